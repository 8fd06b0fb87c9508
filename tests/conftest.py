"""Set up before JAX is imported: the suite compiles thousands of tiny programs, each of which runs once."""

from __future__ import annotations

import os
import sys

import pytest

# Optimising them takes a third of the suite's time, and changes no verdict.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

_since = 0


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """Let go of what JAX has compiled now and then: the programs of a whole run take gigabytes."""
    global _since
    _since += 1
    if _since >= 250 and "jax" in sys.modules:
        sys.modules["jax"].clear_caches()
        _since = 0
