"""Set up before JAX is imported: the suite compiles thousands of tiny programs, each of which runs once."""

from __future__ import annotations

import os

# Optimising them takes a third of the suite's time, and changes no verdict.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")
