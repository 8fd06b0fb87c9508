"""Where the file of a module is: source roots of the project, then the installed packages."""

from __future__ import annotations

import functools
import os
import sys
from typing import NamedTuple

from .installed import Distributions

# A folder with one of these is taken for the top of a project.
PROJECT_MARKERS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", ".hg")
PACKAGE_FILES = ("__init__.py", "__init__.pyi")
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
        self._relative: dict[tuple[str, int, str], Located | None] = {}
        self._children: dict[tuple[str, ...], Located | None] = {}
        self._listings: dict[str, dict[str, bool]] = {}
        self._packages: dict[str, tuple[str, ...]] = {}

    def module_name(self, path: str) -> str:
        """The dotted name of a file by the packages (folders with ``__init__.py``) around it."""
        folder, base = os.path.split(path)
        stem = os.path.splitext(base)[0]
        return ".".join(self._package(folder) + (() if stem == "__init__" else (stem,)))

    def _package(self, folder: str) -> tuple[str, ...]:
        """The names of the packages around what stands in a folder, outermost first."""
        if folder not in self._packages:
            outer, base = os.path.split(folder)
            self._packages[folder] = (*self._package(outer), base) if base and self._is_package(folder) else ()
        return self._packages[folder]

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
        top = name.partition(".")[0]
        if top in _STDLIB:
            return self._shadowing(name, path)
        local = self.find_local(name, path)
        if local is None and self._distributions.may_hold_flax(top):
            return self._find(self._installed, name)
        return local

    def _shadowing(self, name: str, path: str) -> Located | None:
        """A module of the project that takes the place of the stdlib's: it stands where a script's own folder is."""
        top = name.partition(".")[0]
        if top in sys.builtin_module_names:
            return None
        nearest = self.roots(path)[:1]
        shadow = self._find(nearest, top)
        return self._find(nearest, name) if shadow is not None and shadow.file not in {None, path} else None

    def find_local(self, name: str, path: str) -> Located | None:
        """The same, among the files of the project alone."""
        return self._find(self.roots(path), name)

    def relative(self, path: str, level: int, name: str) -> Located | None:
        """The module that ``from ..name`` (``level`` dots) means in the file at ``path``."""
        folder = os.path.dirname(path)
        key = (folder, level, name)
        if key not in self._relative:
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            package = Located(self._package_file(folder), (folder,))
            self._relative[key] = self._descend(package, name.split(".") if name else [])
        return self._relative[key]

    def child(self, package: Located, name: str) -> Located | None:
        """The submodule ``name`` of a package."""
        key = (name, *package.folders)
        if key not in self._children:
            self._children[key] = self._step(package.folders, name)
        return self._children[key]

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
            listing = self._listing(folder)
            candidate = os.path.join(folder, part)
            is_folder = listing.get(part, False)
            if is_folder and (package_file := self._package_file(candidate)):
                return Located(package_file, (candidate,))
            for suffix in (".py", ".pyi"):
                if listing.get(part + suffix) is False:
                    return Located(candidate + suffix, ())
            if is_folder:
                portions.append(candidate)
        return Located(None, tuple(portions)) if portions else None

    def _is_package(self, folder: str) -> bool:
        return self._package_file(folder) is not None

    def _package_file(self, folder: str) -> str | None:
        listing = self._listing(folder)
        return next((os.path.join(folder, name) for name in PACKAGE_FILES if listing.get(name) is False), None)

    def _listing(self, folder: str) -> dict[str, bool]:
        """The names in a folder, and whether each is a folder: one look at the disk for all questions about it."""
        listing = self._listings.get(folder)
        if listing is None:
            try:
                with os.scandir(folder) as entries:
                    listing = {entry.name: entry.is_dir() for entry in entries}
            except (OSError, ValueError):  # no such folder, a file, a NUL in the name
                listing = {}
            self._listings[folder] = listing
        return listing


def installed_folders() -> tuple[str, ...]:
    """The folders of ``sys.path`` that hold installed packages: the standard library holds no Flax."""
    stdlib = os.path.dirname(os.__file__)
    return tuple(
        dict.fromkeys(
            entry
            for entry in sys.path
            if os.path.isdir(entry)
            and os.path.basename(entry) not in {"bin", "Scripts", "lib-dynload"}
            and entry != stdlib
        )
    )


def project_root(path: str) -> str | None:
    """The nearest folder above a file that looks like the top of a project."""
    return _marked(os.path.dirname(path))


@functools.cache
def _marked(folder: str) -> str | None:
    """The folder, or the nearest one above it, that holds a marker."""
    try:
        names = set(os.listdir(folder))
    except (OSError, ValueError):
        names = set()
    if not names.isdisjoint(PROJECT_MARKERS):
        return folder
    parent = os.path.dirname(folder)
    return _marked(parent) if parent != folder else None


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
