"""Who uses a class: the reverse of an import, found by searching the project's files for the class's name.

Asked only when a finding hangs on it, so that linting a file does not read the whole project.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from .classes import Classes, ModuleClass
from .files import File, Files
from .names import ClassEntity
from .search import project_root

# Folders that hold no source of the project's own.
_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist"}


class Users:
    """Searches the project around a class.

    Args:
        files: where facts come from.
        classes: hierarchies over them.
    """

    def __init__(self, files: Files, classes: Classes) -> None:
        self._files = files
        self._classes = classes
        self._paths: dict[str, tuple[str, ...]] = {}
        self._mentions: dict[tuple[str, str], tuple[File, ...]] = {}
        self._subclasses: dict[tuple[str, str], tuple[ModuleClass, ...]] = {}

    def mentioning(self, name: str, near: File) -> tuple[File, ...]:
        """The files of the project around ``near`` whose text holds ``name``; ``near`` itself comes first."""
        top = _top(self._files.search.roots(near.path), near)
        key = (top, name)
        if key not in self._mentions:
            if top not in self._paths:
                self._paths[top] = tuple(_python_files(top))
            wanted = name.encode()
            found = [self._files.at(path) for path in self._paths[top] if _holds(path, wanted)]
            self._mentions[key] = tuple(found)
        return (near, *(file for file in self._mentions[key] if file.path != near.path))

    def subclasses(self, module: ModuleClass) -> tuple[ModuleClass, ...]:
        """The Modules of the project that inherit from ``module``, directly or not."""
        key = module.entity.key
        if key not in self._subclasses:
            self._subclasses[key] = tuple(self._find_subclasses(module))
        return self._subclasses[key]

    def _find_subclasses(self, module: ModuleClass) -> Iterator[ModuleClass]:
        seen = {module.entity.key}
        pending = [module]
        while pending:
            base = pending.pop()
            local = "<locals>" in base.entity.facts.qualname
            near = base.entity.file
            for file in (near,) if local or near.of_flax else self.mentioning(base.entity.facts.name, near):
                outline = self._files.facts(file, "outline")
                for facts in outline.classes if outline else ():
                    entity = ClassEntity(file, facts)
                    if entity.key in seen or not facts.bases:
                        continue
                    known = self._classes.of(entity)
                    if any(other.key == base.entity.key for other in known.lineage[1:]):
                        seen.add(entity.key)
                        pending.append(known)
                        yield known


def _top(roots: tuple[str, ...], near: File) -> str:
    """The folder that is searched: the project's, else the outermost package, else the file's own folder."""
    root = project_root(near.path)
    if root is not None:
        return root
    depth = near.name.count(".") - (0 if near.package else 1)
    folder = os.path.dirname(near.path)
    for _ in range(max(depth, 0)):
        folder = os.path.dirname(folder)
    return folder


def _python_files(top: str) -> Iterator[str]:
    for folder, folders, names in os.walk(top, followlinks=False):
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.join(folder, name)


def _holds(path: str, wanted: bytes) -> bool:
    try:
        with open(path, "rb") as file:
            return wanted in file.read()
    except OSError:
        return False
