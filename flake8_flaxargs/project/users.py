"""Who uses a class: the reverse of an import, found by searching the project's files for the class's name.

Asked only when a finding hangs on it, so that linting a file does not read the whole project.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from ..facts.records import Attribute, Binding, Name
from .classes import Classes, ModuleClass
from .files import File, Files
from .names import ClassEntity, ModuleEntity, Names
from .search import project_root

# Folders that hold no source of the project's own.
_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist"}


class Users:
    """Searches the project around a class.

    Args:
        files: where facts come from.
        names: name resolution over them.
        classes: hierarchies over them.
    """

    def __init__(self, files: Files, names: Names, classes: Classes) -> None:
        self._files = files
        self._names = names
        self._classes = classes
        self._paths: dict[str, tuple[str, ...]] = {}
        self._mentions: dict[tuple[str, str], tuple[File, ...]] = {}
        self._subclasses: dict[tuple[str, str], tuple[ModuleClass, ...]] = {}

    def mentioning(self, name: str, near: File) -> tuple[File, ...]:
        """The files of the project around ``near`` whose text holds ``name``; ``near`` itself comes first."""
        top = _top(near)
        key = (top, name)
        if key not in self._mentions:
            if top not in self._paths:
                self._paths[top] = tuple(_python_files(top))
            wanted = name.encode()
            found = [self._files.at(path) for path in self._paths[top] if _holds(path, wanted)]
            self._mentions[key] = tuple(found)
        return (near, *(file for file in self._mentions[key] if file.path != near.path))

    def importing(self, entity: ClassEntity) -> tuple[File, ...]:
        """The files of the project in which a name leads to the class: its own, and those that import it."""
        near = entity.file
        candidates = self.mentioning(entity.facts.name, near)
        return (near, *(file for file in candidates if file.path != near.path and self._imports(file, entity)))

    def _imports(self, file: File, entity: ClassEntity) -> bool:
        outline = self._files.facts(file, "outline")
        for scope, bindings in outline.scopes.items() if outline else ():
            for binding in bindings:
                if binding.kind not in {"import", "from"}:
                    continue
                found = self._names.resolve(file, scope, Name(1, 0, binding.name))
                if isinstance(found, ModuleEntity):
                    found = self._names.member(found, entity.facts.name, file)
                if isinstance(found, ClassEntity) and found.key == entity.key:
                    return True
        return False

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
            for file in (near,) if local or near.of_flax else self._naming(base.entity):
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

    def _naming(self, entity: ClassEntity) -> tuple[File, ...]:
        """The files that may name a class: by its own name, or by one under which another of them passes it on."""
        names = [entity.facts.name]
        found: dict[str, File] = {}
        for name in names:
            for file in self.mentioning(name, entity.file):
                found[file.path] = file
                outline = self._files.facts(file, "outline")
                bindings = outline.scopes[""] if outline else ()
                passed_on = {binding.name for binding in bindings if _renames(binding, name)}
                names += sorted(passed_on.difference(names))
        return tuple(found.values())


def _renames(binding: Binding, name: str) -> bool:
    """Whether a binding gives another name to what is called ``name`` elsewhere: ``import Net as N``, ``N = m.Net``."""
    match binding.value:
        case Name(id=last) | Attribute(attr=last):
            return last == name
    return binding.kind == "from" and binding.attr == name


def _top(near: File) -> str:
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
        if not os.path.isfile(path):  # a pipe would never end
            return False
        with open(path, "rb") as file:
            return wanted in file.read()
    except OSError:
        return False
