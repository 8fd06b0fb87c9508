"""The report on one method that rules look at: the names that can be given twice, and the faults of its merges."""

from __future__ import annotations

import dataclasses
import enum
from typing import NamedTuple

from ..facts import records as r
from ..project.classes import Field, ModuleClass
from ..project.names import FunctionEntity
from .flow import Flow
from .nullness import default_is_none
from .values import HandMerge, MergeSite, Read


class Fate(enum.Enum):
    """What becomes of a name that is both attribute and parameter."""

    MERGED = "merged here, or by who it is handed to"
    HAND_MERGED = "combined by hand"
    ATTRIBUTE_DEAD = "the attribute is never read"
    PARAMETER_DEAD = "the parameter is never read"
    UNUSED = "neither is read, or the method does nothing"
    TWO_MEANINGS = "both are read, each for itself"
    KEY = "a framework resolves the attribute: it is no value of the parameter"
    UNKNOWN = "something that cannot be read may use it"


class Pair(NamedTuple):
    """A name that is an attribute of the Module and a parameter of the method."""

    field: Field
    parameter: r.Parameter
    fate: Fate


class Defeat(NamedTuple):
    """An operand of a merge that can never be None.

    ``field`` or ``parameter`` is set where it is one of these; else it is an expression.
    """

    site: MergeSite
    operand: r.Expression
    field: Field | None
    parameter: r.Parameter | None


class Mismatch(NamedTuple):
    """A merge whose string or operands do not belong together.

    Attributes:
        kind: ``string`` (it is not the parameter's name), ``same`` (two operands the same), ``order`` (the string is in
            the wrong place), ``operand`` (not the attribute and the parameter of that name).
        name: the name that the merge should be of.
        found: what stands there instead.
    """

    site: MergeSite
    kind: str
    name: str
    found: str


class Bypass(NamedTuple):
    """A merge whose result is not what is used.

    Attributes:
        read: the later read of the raw value; None where the result is thrown away.
        forwarded: who the raw value is handed to, past the merge, and what that lacks, in words.
    """

    site: MergeSite
    read: Read | None
    name: str
    forwarded: str | None


@dataclasses.dataclass(frozen=True)
class MethodReport:
    """All of this for one method that a caller can enter.

    Attributes:
        module, function: the class, as itself, and its method.
        pairs: names that are both attribute and parameter.
        hand_merges, defeats, mismatches, bypasses: the faults of single expressions.
    """

    module: ModuleClass
    function: FunctionEntity
    fields: dict[str, Field]
    flow: Flow
    pairs: tuple[Pair, ...]
    hand_merges: tuple[tuple[HandMerge, Field, r.Parameter], ...]
    defeats: tuple[Defeat, ...]
    mismatches: tuple[Mismatch, ...]
    bypasses: tuple[Bypass, ...]

    def suspects(self) -> set[str]:
        """The codes of the rules that may find something here: only where one is enabled is libcst loaded at all."""
        fates = {pair.fate for pair in self.pairs}
        found = {"JFX101"} if fates & {Fate.ATTRIBUTE_DEAD, Fate.PARAMETER_DEAD} else set()
        if Fate.TWO_MEANINGS in fates:
            found.add("JFX906")
        for _, field, parameter in self.hand_merges:
            found.add("JFX102" if both_default_none(field, parameter, self.fields) else "JFX901")
        for code, faults in (("JFX103", self.defeats), ("JFX104", self.mismatches), ("JFX105", self.bypasses)):
            if faults:
                found.add(code)
        return found


def both_default_none(field: Field, parameter: r.Parameter, fields: dict[str, Field]) -> bool:
    """Whether attribute and parameter may both be left out: each has the default None."""
    return field.kind == "value" and default_is_none(field.default) and parameter_default_is_none(parameter, fields)


def parameter_default_is_none(parameter: r.Parameter, fields: dict[str, Field]) -> bool:
    """Whether a parameter's default is None; ``rate=rate`` takes the class's own default of the attribute."""
    default = parameter.default
    if isinstance(default, r.Name) and default.id in fields:
        default = fields[default.id].default
    return default_is_none(default)
