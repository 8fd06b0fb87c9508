"""The original and the fixed text of a file as two modules, side by side in one process."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from collections.abc import Sequence

# What tracebacks call the fixed text, after the file's name.
FIXED = " (fixed)"


def load(
    path: str, name: str, roots: Sequence[str], original: str, fixed: str
) -> tuple[types.ModuleType, types.ModuleType]:
    """Both modules, as importing the file by this name would give them.

    Args:
        path: of the file; what the texts are is run, not what is on disk.
        name: dotted name of the module; its packages are imported as usual.
        roots: folders to import from, first first.

    Raises:
        BaseException: whatever the user's code raises, ``SystemExit`` included.
    """
    for root in reversed(roots):
        if root not in sys.path:
            sys.path.insert(0, root)
    package, _, _ = name.rpartition(".")
    if package:
        importlib.import_module(package)
    before = _executed(path, name, original)
    after = _executed(path, name, fixed, FIXED)
    sys.modules[name] = before
    return before, after


def _executed(path: str, name: str, text: str, suffix: str = "") -> types.ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None:  # a file of another suffix
        spec = importlib.util.spec_from_loader(name, loader=None, origin=path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    module.__file__ = path
    sys.modules[name] = module  # dataclasses and pickle look there for what a class's annotations mean
    exec(compile(text, path + suffix, "exec", dont_inherit=True), module.__dict__)
    return module
