"""Goes through records, and spells them, without asking what they mean."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..facts import records as r


def walk(node: object) -> Iterator[r.Node]:
    """All records of a function's body, or below a record, outer ones first; nested functions included."""
    pending: list[object] = [node.body] if isinstance(node, r.FunctionFacts) else [node]
    while pending:
        current = pending.pop()
        if isinstance(current, r.FunctionFacts):
            pending += [current.body, *(parameter.default for parameter in current.parameters)]
        elif isinstance(current, r.Node):
            yield current
            pending += msgspec.structs.astuple(current)[2:]
        elif isinstance(current, tuple):
            pending += current


def call_depth(node: r.Node) -> int:
    """How many calls a call starts with: 1 of ``f(x)(y)``."""
    depth = 0
    inner = node.func if isinstance(node, r.Call) else None
    while isinstance(inner, r.Call | r.Attribute | r.Subscript):
        depth += isinstance(inner, r.Call)
        inner = inner.func if isinstance(inner, r.Call) else inner.value
    return depth


def dotted(node: r.Expression) -> str:
    """``nn.Module`` of the record of ``nn.Module``; what is no name in front leaves a leading dot."""
    match node:
        case r.Name(id=name):
            return name
        case r.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
    return ""
