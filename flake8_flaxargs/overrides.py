"""``[tool.flaxargs.verify."package.module:Class"]``: which of these speak of nothing that there is."""

from __future__ import annotations

import ast
import difflib
import os
from collections.abc import Iterable, Iterator, Sequence

from .discovery import find
from .project.search import Search
from .settings import Configuration
from .shim.plan import definitions
from .tables import header


def unheard(configuration: Configuration, paths: Sequence[str]) -> Iterator[str]:
    """Why tables of settings are heeded nowhere, with what is most like their names: a line each.

    Args:
        configuration: its tables, and the folder that Modules are looked for in.
        paths: files that are verified, wherever they are.
    """
    asked = configuration.settings.verify
    if not asked:
        return
    search = Search(())
    files: dict[str, list[str]] = {}
    for path in dict.fromkeys(map(os.path.abspath, (*paths, *find([configuration.root], configuration).files))):
        if path.endswith(".py"):
            files.setdefault(_module(search, path), []).append(path)
    for name in asked:
        why = _why(name, files)
        if why:
            yield f"{configuration.file}: {header(('tool', 'flaxargs', 'verify', name))} is not heeded: {why}"


def _why(name: str, files: dict[str, list[str]]) -> str | None:
    """What there is not; None where there is all."""
    module, colon, definition = name.rpartition(":")
    if colon and module not in files:
        return f"there is no module {module!r}{_near(module, files)}"
    paths = files[module] if colon else [path for several in files.values() for path in several]
    known = {each for path in paths for each in _definitions(path)}
    if definition in known:
        return None
    within = f"{os.path.relpath(paths[0])} has no" if colon else "no file has a"
    return f"{within} Module {definition!r}{_near(definition, known)}"


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f"; did you mean {near[0]!r}?" if near else ""


def _module(search: Search, path: str) -> str:
    return search.module_name(path) or os.path.splitext(os.path.basename(path))[0]


def _definitions(path: str) -> list[str]:
    try:
        with open(path, "rb") as file:
            return definitions(ast.parse(file.read()))
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return []
