"""Class hierarchies across files."""

from __future__ import annotations

import dataclasses

from .fields import Field, Fields
from .files import ROOT, File, Files
from .names import ClassEntity, Entity, ForeignEntity, FunctionEntity, Names

__all__ = ["ROOT", "Classes", "Field", "ModuleClass"]

# A longer chain of classes is not followed to its end.
_DEPTH = 150
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
        self._circles = 0

    def of(self, entity: ClassEntity) -> ModuleClass:
        """The hierarchy of a class. A class that inherits from itself, or in a circle, has the bases up to there."""
        known = self._known.get(entity.key)
        if known is None:
            known = self._known[entity.key] = self._hierarchy(entity, ())
        return known

    def modules_in(self, file: File, names: frozenset[str]) -> list[ModuleClass]:
        """The classes among the ``names`` of a file that descend from ``flax.linen.Module``."""
        outline = self._files.facts(file, "outline")
        classes = [ClassEntity(file, facts) for facts in outline.classes if facts.name in names] if outline else []
        return [known for known in map(self.of, classes) if known.is_module]

    def _hierarchy(self, entity: ClassEntity, below: tuple[tuple[str, str], ...]) -> ModuleClass:
        is_root = (entity.file.name, entity.facts.qualname) == ROOT
        bases: list[ModuleClass] = []
        complete = True
        circles = self._circles
        for expression in entity.facts.bases:
            base = self._names.base(entity, expression)
            if isinstance(base, ClassEntity) and (base.key in below or base.key == entity.key or len(below) > _DEPTH):
                self._circles += 1
                complete = False
            elif isinstance(base, ClassEntity):
                known = self._known.get(base.key) or self._hierarchy(base, (*below, entity.key))
                bases.append(known)
                complete = complete and known.complete
            elif not _knows_nothing_of_flax(base):
                complete = False
        is_module = is_root or any(base.is_module for base in bases)
        found = ModuleClass(entity, _linearize(entity, bases), complete or is_root, is_module)
        if self._circles == circles:  # else it is what it is only as seen from below
            self._known[entity.key] = found
        return found

    def fields(self, module: ModuleClass) -> dict[str, Field]:
        """The fields of a Module by name, in the order of its constructor's positional parameters."""
        return self._fields.of(module)

    def positional(self, module: ModuleClass) -> list[str]:
        """The fields that the constructor takes by position, in order."""
        fields = self._fields.of(module).values()
        return [field.name for field in fields if field.in_constructor and not field.keyword_only]


def _linearize(entity: ClassEntity, bases: list[ModuleClass]) -> tuple[ClassEntity, ...]:
    """C3, as Python does; where the order is inconsistent (Python would refuse the class), depth first."""
    if len(bases) <= 1:
        return (entity, *(other for base in bases for other in base.lineage if other.key != entity.key))
    known = {other.key: other for base in bases for other in base.lineage}
    sequences = [[other.key for other in base.lineage] for base in bases] + [[base.entity.key for base in bases]]
    merged = {entity.key: entity}
    while sequences := [sequence for sequence in sequences if sequence]:
        waiting = {key for sequence in sequences for key in sequence[1:]}
        head = next((sequence[0] for sequence in sequences if sequence[0] not in waiting), sequences[0][0])
        merged.setdefault(head, known[head])
        sequences = [[key for key in sequence if key != head] for sequence in sequences]
    return tuple(merged.values())


def _knows_nothing_of_flax(base: Entity | None) -> bool:
    return isinstance(base, ForeignEntity) and (base.standard or base.dotted.rpartition(".")[2] in _HARMLESS)
