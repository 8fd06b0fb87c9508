"""Class hierarchies across files, and the fields that Flax makes of annotated names.

The dataclass rules are those of ``flax.linen.Module.__init_subclass__`` (linen/module.py: ``_customized_dataclass_transform``,
linen/kw_only_dataclasses.py) and of ``dataclasses``: order of the fields by the reversed MRO, an annotated override keeps
the place and takes the new default, ``parent`` and ``name`` come last.
"""

from __future__ import annotations

import dataclasses
import functools
from typing import Literal

from ..facts import records as r
from .files import File, Files
from .names import ClassEntity, Entity, ForeignEntity, FunctionEntity, Names

ROOT = ("flax.linen.module", "Module")
_HARMLESS = {"Generic", "Protocol", "ABC", "object", "NamedTuple"}
_DATACLASS_DECORATORS = ("dataclass", "dataclasses")


@dataclasses.dataclass(frozen=True)
class Field:
    """A dataclass field of a Module, as the class that is asked sees it.

    Attributes:
        name: the attribute.
        owner: the class whose default is in force.
        facts: the annotated statement in ``owner``.
        default: the default's expression where it has one that can be seen.
        kind: ``required``, ``value``, ``factory``, or ``unknown`` (a call of something else).
        in_constructor: False for ``field(init=False)``.
        keyword_only: whether the constructor takes it by keyword alone.
    """

    name: str
    owner: ClassEntity
    facts: r.FieldFacts
    default: r.Expression | None
    kind: Literal["required", "value", "factory", "unknown"]
    in_constructor: bool = True
    keyword_only: bool = False


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
        self._fields: dict[tuple[str, str], dict[str, Field]] = {}

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
                self._known.pop((file.path, facts.qualname), None)
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

    # --- fields ----------------------------------------------------------------------------------------------------

    def fields(self, module: ModuleClass) -> dict[str, Field]:
        """The fields of a Module by name, in the order of its constructor's positional parameters."""
        key = module.entity.key
        if key not in self._fields:
            self._fields[key] = self._collect(module)
        return self._fields[key]

    def _collect(self, module: ModuleClass) -> dict[str, Field]:
        found: dict[str, Field] = {}
        for entity in reversed(module.lineage):
            if entity.file.name == ROOT[0] or not self._makes_fields(entity):
                continue
            keyword_only = any(
                keyword.name == "kw_only" and _is_true(keyword.value) for keyword in entity.facts.keywords
            )
            for facts in entity.facts.fields:
                marker = _annotation_name(facts.annotation)
                if marker == "KW_ONLY":
                    keyword_only = True
                elif marker not in {"ClassVar", "InitVar"}:
                    field = self._field(entity, facts, keyword_only)
                    found[field.name] = field
        return found

    def _makes_fields(self, entity: ClassEntity) -> bool:
        """Annotated names of a plain mixin are no fields: only a Module's or a dataclass's are."""
        return self.of(entity).is_module or any(_is_dataclass_decorator(node) for node in entity.facts.decorators)

    def _field(self, entity: ClassEntity, facts: r.FieldFacts, keyword_only: bool) -> Field:
        make = functools.partial(Field, facts.name, entity, facts)
        match facts.default:
            case None:
                return make(None, "required", keyword_only=keyword_only)
            case r.Call(func=func, keywords=keywords) if _last_name(func) in {"field", "module_field"}:
                options = {keyword.name: keyword.value for keyword in keywords}
                settings = {
                    "in_constructor": not _is_false(options.get("init")),
                    "keyword_only": keyword_only or _is_true(options.get("kw_only")),
                }
                if "default" in options:
                    return make(options["default"], "value", **settings)
                if "default_factory" in options:
                    return make(None, "factory", **settings)
                return make(None, "unknown" if None in options else "required", **settings)
            case default:
                return make(default, "value", keyword_only=keyword_only)


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


def _annotation_name(annotation: r.Expression) -> str:
    """``ClassVar`` of ``typing.ClassVar[int]``."""
    return _last_name(annotation.value if isinstance(annotation, r.Subscript) else annotation)


def _last_name(expression: r.Expression) -> str:
    match expression:
        case r.Name(id=name):
            return name
        case r.Attribute(attr=attr):
            return attr
    return ""


def _is_dataclass_decorator(decorator: r.Expression) -> bool:
    return _last_name(decorator.func if isinstance(decorator, r.Call) else decorator) in _DATACLASS_DECORATORS


def _is_true(expression: r.Expression | None) -> bool:
    return isinstance(expression, r.Constant) and expression.value is True


def _is_false(expression: r.Expression | None) -> bool:
    return isinstance(expression, r.Constant) and expression.value is False
