"""Abstract values: where a value may come from, and what is done with it."""

from __future__ import annotations

from typing import Literal, NamedTuple

from ..facts import records as r


class Origin(NamedTuple):
    """One source of a value.

    ``kind`` and what ``name`` holds:

    - ``parameter``, ``attribute``: the raw value that the caller or the constructor gave, by its name.
    - ``merged``: the result of merge site ``site``; ``hand-merged``: both sides of ``name`` combined by hand.
    - ``translated``: made of the parameter ``name`` so that None stays None (``None if train is None else not train``).
    - ``self``, ``super``: the Module itself, and as its bases see it.
    - ``instance``: what the constructor call ``site`` of the walk made.
    - ``function``: a function defined in the method, by qualname.
    - ``none``, ``never-none``, ``unknown``.
    """

    kind: Literal[
        "parameter",
        "attribute",
        "merged",
        "hand-merged",
        "translated",
        "self",
        "super",
        "instance",
        "function",
        "none",
        "never-none",
        "unknown",
    ]
    name: str = ""
    site: int = -1


Value = frozenset[Origin]

UNKNOWN: Value = frozenset({Origin("unknown")})
NONE: Value = frozenset({Origin("none")})
NEVER_NONE: Value = frozenset({Origin("never-none")})


class Use(NamedTuple):
    """What is done with a value that is read.

    - ``none-test``: compared with None.
    - ``argument``: given to ``call`` at ``slot`` (a position or a keyword).
    - ``operand``: an operand of a merge.
    - ``store``: bound to a name, nothing more; ``discard``: an expression statement.
    - ``packed``: put into a tuple, list or dict.
    - ``message``: part of a ``raise`` or of an assertion's message.
    - ``plain``: anything else: it decides something.
    """

    kind: Literal["plain", "none-test", "argument", "operand", "store", "discard", "packed", "message"] = "plain"
    call: r.Call | None = None
    slot: int | str = -1


PLAIN = Use()
STORE = Use("store")


class Read(NamedTuple):
    """One read of a raw parameter or attribute.

    Attributes:
        origin: which.
        node: the name or attribute that reads it (an alias has the alias's place).
        use: what for.
        after: the merge site of this name that has certainly run before, or None.
        merged: a local name that holds the merged value at this place, or None.
        deferred: whether it stands in a nested function, which runs at another time.
        guarded: whether a branch around it asks whether the parameter or attribute of this name is None.
    """

    origin: Origin
    node: r.Name | r.Attribute
    use: Use
    after: int | None
    merged: str | None
    deferred: bool
    guarded: bool = False


class MergeSite:
    """One call of ``merge_param``, direct or in a function that is called.

    Attributes:
        call: the call in this method (of ``merge_param``, or of the function that merges).
        direct: whether it is ``merge_param`` itself.
        name: the expression of the name string; None where it is given by a callee.
        operands: the expressions of the two operands with their values.
        names: the attributes that are merged here with the parameter of the same name.
        discarded: whether it is an expression statement.
        deferred: whether it stands in a nested function.
        guarded: whether a branch around it asks for a parameter or attribute.
    """

    def __init__(
        self, call: r.Call, direct: bool, name: r.Expression | None, operands: tuple[tuple[r.Expression, Value], ...]
    ) -> None:
        self.call = call
        self.direct = direct
        self.name = name
        self.operands = operands
        self.names = merged_names([value for _, value in operands])
        self.discarded = False
        self.deferred = False
        self.guarded = False


class HandMerge(NamedTuple):
    """Attribute and parameter ``name`` combined by hand, at the statement or expression that starts there.

    ``inverted``: the side that is tested is taken where it is None, so a value that is given alone is lost.
    """

    name: str
    line: int
    column: int
    form: Literal["statement", "ternary", "or"]
    inverted: bool = False


def merged_names(operands: list[Value]) -> frozenset[str]:
    """The names of which one operand is the attribute and the other the parameter."""
    if len(operands) != 2:
        return frozenset()
    found = set()
    for mine, other in (operands, operands[::-1]):
        for origin in mine:
            if origin.kind == "attribute" and Origin("parameter", origin.name) in other:
                found.add(origin.name)
    return frozenset(found)


def single(value: Value, kind: str) -> str | None:
    """The name of the only origin of a value, if it is of this kind."""
    if len(value) == 1:
        (origin,) = value
        if origin.kind == kind:
            return origin.name
    return None


def raw_pair(left: Value, right: Value) -> str | None:
    """The name of which one value is the raw attribute and the other the raw parameter."""
    for first, second in ((left, right), (right, left)):
        name = single(first, "attribute")
        if name is not None and single(second, "parameter") == name:
            return name
    return None
