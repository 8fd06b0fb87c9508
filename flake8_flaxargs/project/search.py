"""Where the file of a module is: source roots of the project, then the installed packages."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from .installed import Distributions

# A folder with one of these is taken for the top of a project.
PROJECT_MARKERS = (".git", "pyproject.toml", "setup.py", "setup.cfg", "tox.ini", ".hg")
PACKAGE_FILES = ("__init__.py", "__init__.pyi")
_LIBRARIES = {"site-packages", "dist-packages"}
_STDLIB = sys.stdlib_module_names
# What is asked of the disk: of a folder (an absolute path), what it holds of a name; "root" of a folder, which project
# it belongs to; "package" of an installed one, whether it may hold Modules.
Question = tuple[str, str]
_Key = TypeVar("_Key")
_Answer = TypeVar("_Answer")


class Located(NamedTuple):
    """A module's place: ``file`` is None for a namespace package, which has only ``folders``."""

    file: str | None
    folders: tuple[str, ...]


class Search:
    """Finds modules as Python would, without importing anything.

    It keeps account of the questions to the disk that its answers rest on. An answer given from memory rests on the
    same ones as when it was worked out.

    Args:
        installed: folders of installed packages (``sys.path``'s).
    """

    def __init__(self, installed: tuple[str, ...]) -> None:
        self.installed = installed
        self._installed_prefixes = tuple(  # the rest of sys.path may be the project itself
            [os.path.join(folder, "") for folder in installed if os.path.basename(folder) in _LIBRARIES]
        )
        self._distributions = Distributions(installed)
        self._located: dict[tuple[tuple[str, ...], str], tuple[Located | None, set[Question]]] = {}
        self._roots: dict[str, tuple[tuple[str, ...], set[Question]]] = {}
        self._relative: dict[tuple[str, int, str], tuple[Located | None, set[Question]]] = {}
        self._children: dict[tuple[str, ...], tuple[Located | None, set[Question]]] = {}
        self._packages: dict[str, tuple[tuple[str, ...], set[Question]]] = {}
        self._marked: dict[str, str | None] = {}
        self._listings: dict[str, dict[str, bool]] = {}
        self._asked: set[Question] = set()
        self._answers: dict[str, dict[str, str]] = {}

    # --- what answers rest on --------------------------------------------------------------------------------------

    def rested_on(self) -> set[Question]:
        """What the answers rest on that were given since this was last called."""
        found, self._asked = self._asked, set()
        return found

    def answers(self, kind: str, names: list[str]) -> list[str]:
        """The answers to such questions of one kind: where they are equal, what rests on them is."""
        known = self._answers.setdefault(kind, {})
        for name in names:
            if name not in known:
                known[name] = self._answer(kind, name)
        return [known[name] for name in names]

    def _answer(self, kind: str, name: str) -> str:
        if kind == "root":
            return self.project_root(os.path.join(name, "x")) or ""
        if kind == "package":
            return "yes" if self.may_hold_flax(name) else "no"
        listing = self._listing(kind)
        return f"{listing.get(name)} {listing.get(name + '.py')} {listing.get(name + '.pyi')}"

    def may_hold_flax(self, package: str) -> bool:
        """Whether an installed package may define Modules."""
        self._asked.add(("package", package))
        return self._distributions.may_hold_flax(package)

    def _remembered(
        self, memory: dict[_Key, tuple[_Answer, set[Question]]], key: _Key, work: Callable[[], _Answer]
    ) -> _Answer:
        known = memory.get(key)
        if known is None:
            outer, self._asked = self._asked, set()
            known = memory[key] = work(), self._asked
            self._asked = outer
        self._asked |= known[1]
        return known[0]

    # --- questions -------------------------------------------------------------------------------------------------

    def module_name(self, path: str) -> str:
        """The dotted name of a file by the packages (folders with ``__init__.py``) around it."""
        folder, base = os.path.split(path)
        stem = base[: base.rfind(".")] if base.rfind(".") > 0 else base
        package = self._package(folder)
        return (
            stem
            if not package and stem != "__init__"
            else ".".join((*package, stem) if stem != "__init__" else package)
        )

    def _package(self, folder: str) -> tuple[str, ...]:
        """The names of the packages around what stands in a folder, outermost first."""
        return self._remembered(self._packages, folder, lambda: self._find_package(folder))

    def _find_package(self, folder: str) -> tuple[str, ...]:
        outer, base = os.path.split(folder)
        return (*self._package(outer), base) if base and self._is_package(folder) else ()

    def roots(self, path: str) -> tuple[str, ...]:
        """The folders that a file's absolute imports are looked for in, nearest first."""
        folder = os.path.dirname(path)
        return self._remembered(self._roots, folder, lambda: self._find_roots(folder))

    def _find_roots(self, top: str) -> tuple[str, ...]:
        """The folder around the packages, the folders between it and the project's, and a ``src`` folder there."""
        while self._is_package(top):
            top = os.path.dirname(top)
        found = [top]
        root = self.project_root(os.path.join(top, "x"))
        if root is not None:
            folder = top
            while folder != root:
                folder = os.path.dirname(folder)
                found.append(folder)
            self._asked.add((root, "src"))
            if self._listing(root).get("src"):
                found.append(os.path.join(root, "src"))
        return tuple(dict.fromkeys(found))

    def project_root(self, path: str) -> str | None:
        """The nearest folder above a file that looks like the top of a project: it holds a marker."""
        folder = os.path.dirname(path)
        if folder not in self._marked:
            self._marked[folder] = self._find_marked(folder)
        self._asked.add(("root", folder))
        return self._marked[folder]

    def _find_marked(self, folder: str) -> str | None:
        if not self._listing(folder).keys().isdisjoint(PROJECT_MARKERS):
            return folder
        return self.project_root(folder) if os.path.dirname(folder) != folder else None

    def find(self, name: str, path: str) -> Located | None:
        """The module ``name`` as the file at ``path`` imports it; None where there is none (or it is the stdlib's)."""
        top = name.partition(".")[0]
        if top in _STDLIB:
            return self._shadowing(name, path)
        if self._is_neighbour(path, top) and not self.may_hold_flax(top):  # site-packages are full of those
            return None
        local = self.find_local(name, path)
        if local is None and self.may_hold_flax(top):
            return self._find(self.installed, name)
        return local

    def _is_neighbour(self, path: str, top: str) -> bool:
        """Whether a file is an installed package's, and ``top`` is another package."""
        prefix = next((prefix for prefix in self._installed_prefixes if path.startswith(prefix)), None)
        return prefix is not None and path[len(prefix) :].partition(os.sep)[0].removesuffix(".py") != top

    def is_installed(self, path: str) -> bool:
        """Whether a file belongs to an installed package."""
        return path.startswith(self._installed_prefixes)

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
        return self._remembered(self._relative, (folder, level, name), lambda: self._find_near(folder, level, name))

    def _find_near(self, folder: str, level: int, name: str) -> Located | None:
        for _ in range(level - 1):
            folder = os.path.dirname(folder)
        package = Located(self._package_file(folder), (folder,))
        return self._descend(package, name.split(".") if name else [])

    def child(self, package: Located, name: str) -> Located | None:
        """The submodule ``name`` of a package."""
        return self._remembered(self._children, (name, *package.folders), lambda: self._step(package.folders, name))

    def _find(self, roots: tuple[str, ...], name: str) -> Located | None:
        return self._remembered(
            self._located, (roots, name), lambda: self._descend(Located(None, roots), name.split("."))
        )

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
            self._asked.add((folder, part))
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
        self._asked.add((folder, "__init__"))
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
            os.path.abspath(entry)
            for entry in sys.path
            if os.path.isdir(entry)
            and os.path.basename(entry) not in {"bin", "Scripts", "lib-dynload"}
            and entry != stdlib
        )
    )
