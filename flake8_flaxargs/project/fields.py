"""The fields that Flax makes of the annotated names of a class and its bases.

The rules are those of ``flax.linen.Module.__init_subclass__`` (linen/module.py: ``_customized_dataclass_transform``,
linen/kw_only_dataclasses.py) and of ``dataclasses._process_class``. What is easily overlooked in them:

- each base gives *all* its fields, inherited ones too, from the last of the method resolution order to the first: in
  ``D(B, C)`` a field that ``C`` only inherits overrules none of ``B``'s, but in ``D(C, B)`` it does, whatever ``D.x``
  finds;
- an override keeps the place of the first definition;
- an annotation without value takes the class attribute that is inherited, whoever set it;
- a name annotated as ClassVar or InitVar is no field any more, here and below.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from ..facts import records as r
from .files import ROOT, File, Files
from .names import ClassEntity

if TYPE_CHECKING:
    from .classes import ModuleClass

# Flax's own, keyword-only and last of every Module; what a class says of them only has to agree.
_RESERVED = {"parent", "name"}
_MARKERS = {"ClassVar", "InitVar", "KW_ONLY"}
_SPECIFIERS = {"field", "module_field"}
# What makes dataclasses of its subclasses, without a decorator (flax/struct.py ``__init_subclass__``): file and name.
PYTREE_NODE = ("flax.struct", "PyTreeNode")
_KNOWN = {*_MARKERS, *_SPECIFIERS, "dataclass"}


@dataclasses.dataclass(frozen=True)
class Field:
    """A dataclass field of a Module, as the class that is asked sees it.

    Attributes:
        name: the attribute.
        owner: the class whose annotation is in force.
        facts: the annotated statement in ``owner``.
        default: the default's expression where it has one that can be seen, to be read in ``owner``'s file.
        kind: ``required``, ``value``, ``factory``, or ``unknown`` (it has a default that ``owner`` does not show).
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


class Fields:
    """The fields of classes, computed once a class.

    Args:
        files: where facts come from.
        hierarchy: the hierarchy of a class.
    """

    def __init__(self, files: Files, hierarchy: Callable[[ClassEntity], ModuleClass]) -> None:
        self._files = files
        self._hierarchy = hierarchy
        self._known: dict[tuple[str, str], dict[str, Field | None]] = {}
        self._aliases: dict[str, dict[str, str]] = {}

    def of(self, module: ModuleClass) -> dict[str, Field]:
        """The fields of a Module by name, in the order of its constructor's positional parameters."""
        return {name: field for name, field in self._all(module).items() if field is not None}

    def _all(self, module: ModuleClass) -> dict[str, Field | None]:
        """The fields of a class; None for a ClassVar or InitVar, which hides a field of its name."""
        key = module.entity.key
        if key not in self._known:
            self._known[key] = {}  # in progress: a class that inherits from itself has the fields up to there
            self._known[key] = self._collect(module)
        return self._known[key]

    def _collect(self, module: ModuleClass) -> dict[str, Field | None]:
        bases = [self._hierarchy(entity) for entity in module.lineage[1:]]
        if not self._makes_fields(module):
            return next((self._all(base) for base in bases if self._makes_fields(base)), {})
        found: dict[str, Field | None] = {}
        for base in reversed(bases):
            found |= self._all(base)
        entity = module.entity
        keyword_only = _is_true(_option(entity.facts.keywords, "kw_only")) or any(
            isinstance(node, r.Call) and _is_true(_option(node.keywords, "kw_only"))
            for node in entity.facts.decorators
            if self._spelled(entity, node) == "dataclass"
        )
        for facts in entity.facts.fields:
            marker = self._marker(entity, facts.annotation)
            if marker == "KW_ONLY":
                keyword_only = True
            elif marker:
                found[facts.name] = None
            else:
                found[facts.name] = self._field(module, facts, keyword_only)
        if module.is_module:
            for name in _RESERVED:
                found.pop(name, None)
        return found

    def _makes_fields(self, module: ModuleClass) -> bool:
        """Annotated names of a plain mixin are no fields: only a Module's or a dataclass's are."""
        entity = module.entity
        if module.is_module:
            return entity.file.name != ROOT[0]
        if any((base.file.name, base.facts.name) == PYTREE_NODE for base in module.lineage[1:]):
            return True
        return any(self._spelled(entity, node) == "dataclass" for node in entity.facts.decorators)

    def _field(self, module: ModuleClass, facts: r.FieldFacts, keyword_only: bool) -> Field:
        make = functools.partial(Field, facts.name, module.entity, facts)
        match facts.default:
            case None:
                return make(*self._inherited(module, facts.name), keyword_only=keyword_only)
            case r.Call(func=func, keywords=keywords) if self._spelled(module.entity, func) in _SPECIFIERS:
                said = _option(keywords, "kw_only")
                default, kind = _given(keywords)
                return make(
                    default,
                    kind,
                    in_constructor=not _is_false(_option(keywords, "init")),
                    keyword_only=_is_true(said) or (keyword_only and not _is_false(said)),
                )
            case default:
                return make(default, "value", keyword_only=keyword_only)

    def _inherited(
        self, module: ModuleClass, name: str
    ) -> tuple[r.Expression | None, Literal["required", "value", "unknown"]]:
        """The default of an annotation without value: the class attribute of that name, if a base has one.

        Only a literal means the same in the file of the class that inherits it.
        """
        for entity in module.lineage:
            default = self._class_attribute(entity, name)
            if default is not None:
                return (default, "value") if isinstance(default, r.Constant) else (None, "unknown")
        return None, "required"

    def _class_attribute(self, entity: ClassEntity, name: str) -> r.Expression | None:
        """What a class itself binds a name to, as far as it is seen; ``dataclasses`` takes a bare ``field()`` away."""
        for facts in entity.facts.fields:
            if facts.name == name and facts.default is not None:
                default = facts.default
                if isinstance(default, r.Call) and self._spelled(entity, default.func) in _SPECIFIERS:
                    return _given(default.keywords)[0]
                return default
        for bound, value in entity.facts.plain:
            if bound == name:
                return value
        for method in entity.facts.methods:
            if method.name == name:
                return r.Opaque(method.line, method.column, ())
        return None

    # --- what names mean -------------------------------------------------------------------------------------------

    def _marker(self, entity: ClassEntity, annotation: r.Expression) -> str:
        """``ClassVar`` of ``typing.ClassVar[int]``; "" for any other annotation."""
        name = self._spelled(entity, annotation.value if isinstance(annotation, r.Subscript) else annotation)
        return name if name in _MARKERS else ""

    def _spelled(self, entity: ClassEntity, node: r.Expression) -> str:
        """The last name of an expression (of what is called), as it is spelled where it is imported from."""
        match node:
            case r.Call(func=func):
                return self._spelled(entity, func)
            case r.Attribute(attr=attr):
                return attr
            case r.Name(id=name):
                return name if name in _KNOWN else self._renamed(entity.file).get(name, name)
        return ""

    def _renamed(self, file: File) -> dict[str, str]:
        """The well-known names that a file imports under another one: ``from dataclasses import field as f``."""
        if file.path not in self._aliases:
            facts = self._files.facts(file, "outline")
            self._aliases[file.path] = {
                binding.name: binding.attr
                for bindings in (facts.scopes.values() if facts else ())
                for binding in bindings
                if binding.kind == "from" and binding.attr in _KNOWN
            }
        return self._aliases[file.path]


def _given(
    keywords: tuple[r.Keyword, ...],
) -> tuple[r.Expression | None, Literal["required", "value", "factory", "unknown"]]:
    """The default of ``field(...)``."""
    default = _option(keywords, "default")
    if default is not None:
        return default, "value"
    if _option(keywords, "default_factory") is not None:
        return None, "factory"
    return None, "unknown" if any(keyword.name is None for keyword in keywords) else "required"


def _option(keywords: tuple[r.Keyword, ...], name: str) -> r.Expression | None:
    return next((keyword.value for keyword in keywords if keyword.name == name), None)


def _is_true(expression: r.Expression | None) -> bool:
    return isinstance(expression, r.Constant) and expression.value is True


def _is_false(expression: r.Expression | None) -> bool:
    return isinstance(expression, r.Constant) and expression.value is False
