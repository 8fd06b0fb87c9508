"""What is known at one point of a walk, and what is left of it where branches meet."""

from __future__ import annotations

import copy

from .values import UNKNOWN, Value


class State:
    """The values of names, and which site has merged a name, at one point of the walk."""

    def __init__(self) -> None:
        self.names: dict[str, Value] = {}
        self.merged: dict[str, int] = {}
        self.alive = True

    def fork(self) -> State:
        other = copy.copy(self)
        other.names = dict(self.names)
        other.merged = dict(self.merged)
        return other

    def join(self, branches: list[State]) -> None:
        """Become the state after the branches that go on."""
        going_on = [branch for branch in branches if branch.alive]
        self.alive = bool(going_on)
        if not going_on:
            return
        names = set().union(*(branch.names for branch in going_on))
        self.names = {
            name: frozenset().union(*(branch.names.get(name, UNKNOWN) for branch in going_on)) for name in names
        }
        first = going_on[0].merged
        self.merged = {name: site for name, site in first.items() if all(name in b.merged for b in going_on)}
