"""Class hierarchies across files."""

from __future__ import annotations

import dataclasses

from .fields import ROOT, Field, Fields
from .files import File, Files
from .names import ClassEntity, Entity, ForeignEntity, FunctionEntity, Names

__all__ = ["ROOT", "Classes", "Field", "ModuleClass"]

_HARMLESS = {"Generic", "Protocol", "ABC", "object", "NamedTuple"}


@dataclasses.dataclass(frozen=True)
class ModuleClass:
    """A class and what it inherits.

    Attributes:
        entity: the class.
        lineage: itself and its bases that can be read, in method resolution order.
        complete: whether every base is known (or of the standard library, which knows nothing of Flax).
        is_module: whether it descends from ``flax.linen.Module``.
    """

    entity: ClassEntity
    lineage: tuple[ClassEntity, ...]
    complete: bool
    is_module: bool

    def method(self, name: str, after: ClassEntity | None = None) -> tuple[ClassEntity, FunctionEntity] | None:
        """The method that ``self.name`` finds, or ``super().name`` in the class ``after``; the last of overloads."""
        classes = list(self.lineage)
        if after is not None:
            keys = [entity.key for entity in classes]
            classes = classes[keys.index(after.key) + 1 :] if after.key in keys else []
        for entity in classes:
            for facts in reversed(entity.facts.methods):
                if facts.name == name:
                    return entity, FunctionEntity(entity.file, facts)
        return None


class Classes:
    """Hierarchies, computed once a class.

    Args:
        files: where facts come from.
        names: name resolution over them.
    """

    def __init__(self, files: Files, names: Names) -> None:
        self._files = files
        self._names = names
        self._known: dict[tuple[str, str], ModuleClass] = {}
        self._fields = Fields(files, self.of)

    def of(self, entity: ClassEntity) -> ModuleClass:
        """The hierarchy of a class. A class that inherits from itself, or in a circle, has the bases up to there."""
        known = self._known.get(entity.key)
        if known is None:
            known = self._known[entity.key] = self._hierarchy(entity, ())
        return known

    def modules_in(self, file: File) -> list[ModuleClass]:
        """The classes of a file that descend from ``flax.linen.Module``, with their bodies."""
        outline = self._files.facts(file, "outline")
        if outline is None or not any(facts.bases for facts in outline.classes):
            return []
        if not any(self.of(ClassEntity(file, facts)).is_module for facts in outline.classes):
            return []
        full = self._files.facts(file, "full")
        if full is None:
            return []
        if full is not outline:  # the classes known so far have no bodies
            for facts in full.classes:
                self._known.pop(ClassEntity(file, facts).key, None)
        known = [self.of(ClassEntity(file, facts)) for facts in full.classes]
        return [known_class for known_class in known if known_class.is_module]

    def with_bodies(self, entity: ClassEntity) -> ClassEntity:
        """The same class with the bodies of its methods."""
        full = self._files.facts(entity.file, "full")
        for facts in full.classes if full else ():
            if facts.qualname == entity.facts.qualname:
                return ClassEntity(entity.file, facts)
        return entity

    def _hierarchy(self, entity: ClassEntity, below: tuple[tuple[str, str], ...]) -> ModuleClass:
        is_root = (entity.file.name, entity.facts.qualname) == ROOT
        bases: list[ModuleClass] = []
        complete = True
        for expression in entity.facts.bases:
            base = self._names.resolve(entity.file, entity.facts.scope, expression)
            if isinstance(base, ClassEntity) and base.key not in below and base.key != entity.key:
                known = self._known.get(base.key) or self._hierarchy(base, (*below, entity.key))
                bases.append(known)
                complete = complete and known.complete
            elif not _knows_nothing_of_flax(base):
                complete = False
        is_module = is_root or any(base.is_module for base in bases)
        if is_module:
            entity = self.with_bodies(entity)
        return ModuleClass(entity, _linearize(entity, bases), complete or is_root, is_module)

    def fields(self, module: ModuleClass) -> dict[str, Field]:
        """The fields of a Module by name, in the order of its constructor's positional parameters."""
        return self._fields.of(module)


def _linearize(entity: ClassEntity, bases: list[ModuleClass]) -> tuple[ClassEntity, ...]:
    """C3, as Python does; where the order is inconsistent (Python would refuse the class), depth first."""
    sequences = [list(base.lineage) for base in bases] + [[base.entity for base in bases]]
    merged = [entity]
    while sequences := [sequence for sequence in sequences if sequence]:
        for sequence in sequences:
            head = sequence[0]
            if not any(head.key == other.key for rest in sequences for other in rest[1:]):
                break
        else:
            head = sequences[0][0]
        if head.key not in {known.key for known in merged}:
            merged.append(head)
        sequences = [[other for other in rest if other.key != head.key] for rest in sequences]
    return tuple(merged)


def _knows_nothing_of_flax(base: Entity | None) -> bool:
    return isinstance(base, ForeignEntity) and (base.standard or base.dotted.rpartition(".")[2] in _HARMLESS)
