"""What a class, method or function of a file asks of its caller, for whoever asks by name."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from ..facts.records import ClassFacts, FunctionFacts
from ..project.files import File
from ..project.library import supported_version
from ..project.names import ClassEntity, FunctionEntity
from ..project.project import Project
from ..source import Source
from . import spoken
from .effects import Effect
from .inference.engine import Engine

_NAMED = 20


class UnknownName(LookupError):
    """A name that the file does not have; the message says which it has, the nearest first."""


class Told(NamedTuple):
    """What a function or method asks.

    Attributes:
        name: as in ``Net.__call__``.
        path: the file that holds it; a method may be inherited.
        line: of its ``def``, 1-based.
        effects: what it asks; of a method, what ``setup`` asks comes first; what Python is asked comes last.
    """

    name: str
    path: str
    line: int
    effects: tuple[Effect, ...]

    def lines(self) -> Iterator[str]:
        """In words, a line each."""
        return map(spoken.effect, self.effects)


class FileContracts:
    """The contracts of one file.

    Args:
        engine: infers them.
        file: the file.
        path: what it is called in messages; None for its absolute path.
    """

    def __init__(self, engine: Engine, file: File, path: str | None = None) -> None:
        self._path = path or file.path
        self._file = file
        self._engine = engine
        facts = engine.project.files.facts(file, "full")
        self._classes: dict[str, ClassFacts] = {entity.qualname: entity for entity in facts.classes} if facts else {}
        self._functions: dict[str, FunctionFacts] = (
            {function.qualname: function for function in facts.functions} if facts else {}
        )

    @classmethod
    def read(cls, path: str | Path, flax_version: str | None = None) -> FileContracts:
        """Those of a file on disk.

        Args:
            path: the file.
            flax_version: a version of Flax such as ``0.12``; None for the installed one, else the newest known.

        Raises:
            SourceError: the file cannot be read or parsed.
            ValueError: ``flax_version`` is no version.
        """
        source = Source.from_file(path)
        project = Project(supported_version(flax_version))
        file = project.open(source)
        source.tree  # noqa: B018  (raises where the file cannot be parsed)
        return cls(Engine(project), file, str(path))

    def of(self, name: str) -> Told:
        """The contract of ``Class.method``, of a function, or of what calling an object of a class runs.

        Raises:
            UnknownName: there is none.
        """
        head, _, method = name.rpartition(".")
        if name in self._classes:
            head, method = name, "__call__"
        if head in self._classes:
            return self._of_method(name, head, method)
        if name not in self._functions:
            raise UnknownName(f"{self._path} has no class or function {name}; it has {self._listed(name)}")
        ref = self._engine.function_ref(FunctionEntity(self._file, self._functions[name]))
        effects = (*self._engine.contract(ref, None).effects, *self._engine.asks(ref, None))
        return Told(name, ref.path, ref.line, effects)

    def of_class(self, name: str) -> list[Told]:
        """The contracts of a class's public methods, ``__call__`` first: those that ask for anything.

        What Flax itself gives every Module is left out.

        Raises:
            UnknownName: there is no such class.
        """
        if name not in self._classes:
            raise UnknownName(f"{self._path} has no class {name}; it has {self._listed(name)}")
        found = [self._of_method(f"{name}.{method}", name, method) for method in self._public_methods(name)]
        return [told for told in found if told.effects]

    def is_class(self, name: str) -> bool:
        """Whether a name is that of a class."""
        return name in self._classes

    def _of_method(self, name: str, owner: str, method: str) -> Told:
        key = self._engine.key(ClassEntity(self._file, self._classes[owner]))
        found = self._engine.method(key, method)
        if found is None:
            known = _nearest(method, self._public_methods(owner))
            has = f"; it has {known}" if known else ""
            raise UnknownName(f"{self._path}: class {owner} has no method {method}{has}")
        _, setup = self._engine.setup_of(key)
        effects = (*setup.effects, *self._engine.contract(found, key).effects, *self._engine.asks(found, key))
        return Told(name, found.path, found.line, effects)

    def _public_methods(self, owner: str) -> list[str]:
        """The names of a class's own and inherited public methods; ``setup`` is part of them all."""
        key = self._engine.key(ClassEntity(self._file, self._classes[owner]))
        lineage = self._engine.module_class(key).lineage
        names = [facts.name for entity in lineage if not entity.file.of_flax for facts in entity.facts.methods]
        public = dict.fromkeys(name for name in names if name != "setup" and not name.startswith("_"))
        return ["__call__"] * ("__call__" in names) + list(public)

    def _listed(self, name: str) -> str:
        return _nearest(name, [*self._classes, *self._functions]) or "none"


def _nearest(name: str, known: Iterable[str]) -> str:
    """Names, those most like ``name`` first."""

    def likeness(other: str) -> float:
        return difflib.SequenceMatcher(None, name.lower(), other.lower()).ratio()

    return ", ".join(sorted(known, key=likeness, reverse=True)[:_NAMED])
