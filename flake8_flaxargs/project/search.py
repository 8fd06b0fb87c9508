"""Where the file of a module is: source roots of the project, then the installed packages."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from .installed import Distributions

# A folder with one of these is taken for the top of a project.
PROJECT_MARKERS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", ".hg")
_STDLIB = sys.stdlib_module_names


class Located(NamedTuple):
    """A module's place: ``file`` is None for a namespace package, which has only ``folders``."""

    file: str | None
    folders: tuple[str, ...]


class Search:
    """Finds modules as Python would, without importing anything.

    Args:
        installed: folders of installed packages (``sys.path``'s).
    """

    def __init__(self, installed: tuple[str, ...]) -> None:
        self._installed = installed
        self._distributions = Distributions(installed)
        self._located: dict[tuple[tuple[str, ...], str], Located | None] = {}
        self._roots: dict[str, tuple[str, ...]] = {}
        self._kinds: dict[str, str] = {}

    def module_name(self, path: str) -> str:
        """The dotted name of a file by the packages (folders with ``__init__.py``) around it."""
        folder, base = os.path.split(path)
        stem = os.path.splitext(base)[0]
        parts = [] if stem == "__init__" else [stem]
        while self._is_package(folder):
            folder, base = os.path.split(folder)
            parts.append(base)
        return ".".join(reversed(parts))

    def roots(self, path: str) -> tuple[str, ...]:
        """The folders that a file's absolute imports are looked for in, nearest first."""
        folder = os.path.dirname(path)
        found = self._roots.get(folder)
        if found is None:
            top = folder
            while self._is_package(top):
                top = os.path.dirname(top)
            found = self._roots[folder] = _with_parents(top)
        return found

    def find(self, name: str, path: str) -> Located | None:
        """The module ``name`` as the file at ``path`` imports it; None where there is none (or it is the stdlib's)."""
        if name.partition(".")[0] in _STDLIB:
            return None
        local = self.find_local(name, path)
        if local is None and self._distributions.may_hold_flax(name.partition(".")[0]):
            return self._find(self._installed, name)
        return local

    def find_local(self, name: str, path: str) -> Located | None:
        """The same, among the files of the project alone."""
        return self._find(self.roots(path), name)

    def relative(self, path: str, level: int, name: str) -> Located | None:
        """The module that ``from ..name`` (``level`` dots) means in the file at ``path``."""
        folder = os.path.dirname(path)
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        package = Located(None, (folder,))
        if self._is_package(folder):
            package = Located(os.path.join(folder, "__init__.py"), (folder,))
        return self._descend(package, name.split(".") if name else [])

    def child(self, package: Located, name: str) -> Located | None:
        """The submodule ``name`` of a package."""
        return self._descend(package, [name])

    def _find(self, roots: tuple[str, ...], name: str) -> Located | None:
        key = (roots, name)
        if key not in self._located:
            self._located[key] = self._descend(Located(None, roots), name.split("."))
        return self._located[key]

    def _descend(self, start: Located, parts: list[str]) -> Located | None:
        place: Located | None = start
        for part in parts:
            if place is None:
                return None
            place = self._step(place.folders, part)
        return place

    def _step(self, folders: tuple[str, ...], part: str) -> Located | None:
        """A regular package or module of any folder comes before a namespace package (PEP 420)."""
        portions: list[str] = []
        for folder in folders:
            candidate = os.path.join(folder, part)
            if self._is_package(candidate):
                return Located(os.path.join(candidate, "__init__.py"), (candidate,))
            for suffix in (".py", ".pyi"):
                if self._kind(candidate + suffix) == "file":
                    return Located(candidate + suffix, ())
            if self._kind(candidate) == "folder":
                portions.append(candidate)
        return Located(None, tuple(portions)) if portions else None

    def _is_package(self, folder: str) -> bool:
        return self._kind(os.path.join(folder, "__init__.py")) == "file"

    def _kind(self, path: str) -> str:
        kind = self._kinds.get(path)
        if kind is None:
            try:
                kind = "folder" if os.path.isdir(path) else "file" if os.path.isfile(path) else ""
            except ValueError:  # a NUL in a name
                kind = ""
            self._kinds[path] = kind
        return kind


def installed_folders() -> tuple[str, ...]:
    """The folders of ``sys.path`` that hold installed packages: the standard library holds no Flax."""
    stdlib = os.path.dirname(os.__file__)
    return tuple(
        dict.fromkeys(
            entry
            for entry in sys.path
            if os.path.isdir(entry) and os.path.basename(entry) not in {"bin", "Scripts", "lib-dynload"} and entry != stdlib
        )
    )


def project_root(path: str) -> str | None:
    """The nearest folder above a file that looks like the top of a project."""
    folder = os.path.dirname(path)
    while True:
        if any(os.path.exists(os.path.join(folder, marker)) for marker in PROJECT_MARKERS):
            return folder
        parent = os.path.dirname(folder)
        if parent == folder:
            return None
        folder = parent


def _with_parents(top: str) -> tuple[str, ...]:
    """A source root, the folders between it and the project's, and a ``src`` folder there."""
    found = [top]
    root = project_root(os.path.join(top, "x"))
    if root is not None:
        folder = top
        while folder != root:
            folder = os.path.dirname(folder)
            found.append(folder)
        if os.path.isdir(os.path.join(root, "src")):
            found.append(os.path.join(root, "src"))
    return tuple(dict.fromkeys(found))
