"""Goes through records, and spells them, without asking what they mean."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from ..facts import records as r

_NO_RECORDS = {str, int, float, bool, type(None)}
_astuple = msgspec.structs.astuple


def walk(node: object) -> Iterator[r.Node]:
    """All records of a function's body, or below a record, outer ones first; nested functions included."""
    pending: list[object] = [node.body] if isinstance(node, r.FunctionFacts) else [node]
    while pending:
        current = pending.pop()
        if type(current) in _NO_RECORDS:
            continue
        if type(current) is tuple:
            pending += current
        elif isinstance(current, r.FunctionFacts):
            pending += [current.body, *(parameter.default for parameter in current.parameters)]
        elif isinstance(current, r.Node):
            yield current
            pending += _astuple(current)[2:]


def statements(body: tuple[r.Statement, ...]) -> Iterator[r.Statement]:
    """All statements of a body, those within others and within nested functions included; outer ones first."""
    pending = list(reversed(body))
    while pending:
        statement = pending.pop()
        yield statement
        match statement:
            case r.If(branches=branches, orelse=orelse):
                inner = [branch.body for branch in branches] + [orelse]
            case r.Loop(body=block, orelse=orelse):
                inner = [block, orelse]
            case r.With(body=block):
                inner = [block]
            case r.Try(body=block, handlers=handlers, orelse=orelse, final=final):
                inner = [block, *handlers, orelse, final]
            case r.Match(branches=branches):
                inner = [branch.body for branch in branches]
            case r.LocalFunction(function=function):
                inner = [function.body]
            case _:
                continue
        for part in reversed(inner):
            pending += reversed(part)


def call_depth(node: r.Node) -> int:
    """How many calls a call starts with: 1 of ``f(x)(y)``."""
    depth = 0
    inner = node.func if isinstance(node, r.Call) else None
    while isinstance(inner, r.Call | r.Attribute | r.Subscript):
        depth += isinstance(inner, r.Call)
        inner = inner.func if isinstance(inner, r.Call) else inner.value
    return depth


def root(node: r.Expression) -> r.Expression:
    """What an item, or an item of an item, is of."""
    while isinstance(node, r.Subscript):
        node = node.value
    return node


def dotted(node: r.Expression) -> str:
    """``nn.Module`` of the record of ``nn.Module``; what is no name in front leaves a leading dot."""
    match node:
        case r.Name(id=name):
            return name
        case r.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
    return ""
