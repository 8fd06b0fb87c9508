"""Whether the operands of a ``merge_param`` call are what they should be."""

from __future__ import annotations

from ..facts import records as r
from ..project.classes import Field, ModuleClass
from ..project.names import FunctionEntity
from .nullness import Nullness
from .reads import AttributeReaders
from .report import Defeat, Mismatch
from .values import MergeSite, Origin, single


class Operands:
    """Looks at the operands of merges.

    Args:
        nullness: what can be None.
        readers: which methods read and assign an attribute.
    """

    def __init__(self, nullness: Nullness, readers: AttributeReaders) -> None:
        self._nullness = nullness
        self._readers = readers

    def defeat(
        self,
        site: MergeSite,
        module: ModuleClass,
        function: FunctionEntity,
        fields: dict[str, Field],
        parameters: dict[str, r.Parameter],
    ) -> Defeat | None:
        """Which operand of a merge is never None, so that the merge has nothing to choose (JFX103)."""
        scope = f"{function.facts.qualname}.<locals>"
        for expression, value in site.operands:
            name = single(value, "attribute")
            if name in fields and self._excludes_none(module, fields[name]):
                return Defeat(site, expression, fields[name], None)
            name = single(value, "parameter")
            if name in parameters:
                parameter = parameters[name]
                if parameter.default is None:
                    never = self._nullness.annotation_excludes_none(function.file, scope, parameter.annotation)
                else:
                    never = self._default_excludes_none(function, parameter.default, fields)
                if never:
                    return Defeat(site, expression, None, parameter)
            elif value == frozenset({Origin("never-none")}) and not _is_text(expression) and not site.guarded:
                return Defeat(site, expression, None, None)
        return None

    def _excludes_none(self, module: ModuleClass, field: Field) -> bool:
        """Whether an attribute is never None: not where ``__post_init__`` or ``setup`` may put None in its place."""
        return self._nullness.field_excludes_none(field) and not self._readers.assigned(module, field.name)

    def _default_excludes_none(self, function: FunctionEntity, default: r.Expression, fields: dict[str, Field]) -> bool:
        """As ``Nullness``, but a bare name first means the class's own attribute default: ``rate=rate``."""
        if isinstance(default, r.Name) and default.id in fields:
            return self._nullness.field_excludes_none(fields[default.id])
        return self._nullness.default_excludes_none(function.file, function.facts.qualname, default)


def mismatch(site: MergeSite, fields: dict[str, Field], parameters: dict[str, r.Parameter]) -> Mismatch | None:
    """How the operands of a merge and its name do not fit together (JFX104)."""
    if len(site.operands) != 2 or site.name is None:
        return None
    (first, first_value), (second, second_value) = site.operands
    for position, expression in enumerate((first, second)):
        if isinstance(expression, r.Constant) and isinstance(expression.value, str) and not _is_text(site.name):
            return Mismatch(site, "order", expression.value, str(position))
    if not _is_text(site.name):
        return None
    assert isinstance(site.name, r.Constant)
    text = str(site.name.value)
    sides = [
        (single(value, kind), kind) for value in (first_value, second_value) for kind in ("attribute", "parameter")
    ]
    raw = [(name, kind) for name, kind in sides if name is not None]
    translated = [single(value, "translated") for value in (first_value, second_value)]
    if any(translated):
        known = {name for name, _ in raw} | {name for name in translated if name}
        return None if text in known or len(raw) != 1 else Mismatch(site, "string", raw[0][0], text)
    if len(raw) != 2:
        return None
    (left, left_kind), (right, right_kind) = raw
    if left == right and left_kind == right_kind:
        if left in fields and left in parameters:
            return Mismatch(site, "same", left, left_kind)
        return None
    if left == right:
        return None if text == left else Mismatch(site, "string", left, text)
    if not all(name in (fields if kind == "attribute" else parameters) for name, kind in raw):
        return None  # what setup makes of an attribute is no attribute that a caller gives
    if text in fields and text in parameters:
        return Mismatch(site, "operand", text, right if left == text else left)
    for name, kind in raw:
        if kind == "attribute" and name in parameters and left_kind != right_kind:
            return Mismatch(site, "operand", name, right if left == name else left)
    if text not in {left, right} and left_kind != right_kind:
        name = left if left_kind == "parameter" else right
        return Mismatch(site, "string", name, text)
    return None


def _is_text(expression: r.Expression | None) -> bool:
    return isinstance(expression, r.Constant) and isinstance(expression.value, str) and expression.exact


def text_of(expression: r.Expression | None) -> str:
    """The text that a merge is named by; nothing where that is no literal."""
    return str(expression.value) if isinstance(expression, r.Constant) else ""
