"""Calls of which a run of a function comes to one at most: those in different branches."""

from __future__ import annotations

from ..facts import records as r
from .records import call_depth, walk
from .terms import Place

# The branches around a call: by ``if``, which of its bodies; what follows one that is left early counts as the last.
_Ways = dict[int, int]


class Alternatives:
    """The calls of a function by the branches that they stand in.

    Args:
        path: of its file.
        body: its statements.
    """

    def __init__(self, path: str, body: tuple[r.Statement, ...]) -> None:
        self._path = path
        self._ways: dict[Place, _Ways] = {}
        self._block(body, {})

    def exclude(self, one: Place, other: Place) -> bool:
        """Whether no run comes to both of two calls."""
        others = self._ways.get(other, {})
        return any(others.get(mark, way) != way for mark, way in self._ways.get(one, {}).items())

    def _block(self, statements: tuple[r.Statement, ...], ways: _Ways) -> None:
        for statement in statements:
            match statement:
                case r.If(branches=branches, orelse=orelse):
                    mark = id(statement)
                    for index, branch in enumerate(branches):
                        self._block(branch.body, ways | {mark: index})
                    self._block(orelse, ways | {mark: len(branches)})
                    if any(_leaves(branch.body) for branch in branches):
                        ways = ways | {mark: len(branches)}
                case r.Loop(body=body, orelse=orelse):
                    self._block(body, ways)
                    self._block(orelse, ways)
                case r.With(body=body):
                    self._block(body, ways)
                case r.Try(body=body, handlers=handlers, orelse=orelse, final=final):
                    for index, block in enumerate((body, *handlers)):
                        self._block(block, ways | {id(statement): index})
                    self._block(orelse, ways | {id(statement): 0})
                    self._block(final, ways)
                case r.Match(branches=branches):
                    for index, branch in enumerate(branches):
                        self._block(branch.body, ways | {id(statement): index})
                case r.LocalFunction(function=function):
                    self._block(function.body, ways)
                case _:
                    self._expression(statement, ways)

    def _expression(self, node: r.Node, ways: _Ways) -> None:
        for part in walk(node):
            if isinstance(part, r.Call):
                self._ways[Place(self._path, part.line, part.column, call_depth(part))] = ways
        for index, part in enumerate(walk(node)):
            if isinstance(part, r.IfExp):
                self._expression(part.body, ways | {id(part): 0})
                self._expression(part.orelse, ways | {id(part): 1})
            elif isinstance(part, r.Lambda) and part is not node:  # of several that are handed over, one may be chosen
                self._expression(part.body, ways | {id(node): index})


def _leaves(body: tuple[r.Statement, ...]) -> bool:
    return bool(body) and isinstance(body[-1], r.Return | r.Raise | r.Jump)
