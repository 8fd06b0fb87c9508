"""The behaviour matrix: every way to give each merged argument, by mode, phase, rng streams, forward and gradient."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from .records import Cell, Given, Way

# Beyond so many merged arguments, each is varied by itself while the others are given at the call.
_TOGETHER = 2


class Giving(NamedTuple):
    """How a merged argument is given, with the values themselves."""

    way: Way
    attribute: Any = None
    call: Any = None


class Setting(NamedTuple):
    """A cell, with the values themselves.

    Attributes:
        giving: by merged argument.
        flags: mode flags of the call.
    """

    giving: Mapping[str, Giving]
    flags: Mapping[str, bool]
    phase: Literal["init", "apply"]
    streams: tuple[str, ...]
    gradient: bool

    @property
    def cell(self) -> Cell:
        """The record of it."""
        given = tuple(
            Given(
                name,
                giving.way,
                repr(giving.attribute) if giving.way in {"attribute", "both"} else None,
                repr(giving.call) if giving.way in {"call", "both"} else None,
            )
            for name, giving in self.giving.items()
        )
        return Cell(given, tuple(self.flags.items()), self.phase, self.streams, self.gradient)

    @property
    def at_constructor(self) -> Setting | None:
        """The same with what is given at the call given at the constructor; None where nothing is."""
        return self._moved("call", lambda giving: Giving("attribute", attribute=giving.call))

    @property
    def at_call(self) -> Setting | None:
        """The same with what is given at the constructor given at the call; None where nothing is."""
        return self._moved("attribute", lambda giving: Giving("call", call=giving.attribute))

    def _moved(self, way: Way, move: Callable[[Giving], Giving]) -> Setting | None:
        if all(giving.way != way for giving in self.giving.values()):
            return None
        moved = {name: move(giving) if giving.way == way else giving for name, giving in self.giving.items()}
        return self._replace(giving=moved)


def settings(values: Mapping[str, Sequence[Any]], flags: Sequence[str], streams: Sequence[str]) -> Iterator[Setting]:
    """All cells.

    Args:
        values: by merged argument, what it is given, at least two values.
        flags: mode flags of the call, each of which is True and False.
        streams: the rng streams that the Module draws from: all are given, and all but one.
    """
    some = [tuple(streams), *(tuple(each for each in streams if each != left) for left in streams)]
    modes = [dict(zip(flags, chosen, strict=True)) for chosen in itertools.product([True, False], repeat=len(flags))]
    for giving, mode, given in itertools.product(_givings(values), modes, dict.fromkeys(some)):
        yield Setting(giving, mode, "init", given, False)
        yield Setting(giving, mode, "apply", given, False)
        yield Setting(giving, mode, "apply", given, True)


def _givings(values: Mapping[str, Sequence[Any]]) -> Iterator[dict[str, Giving]]:
    """How all merged arguments are given."""
    ways = {name: list(_ways(several)) for name, several in values.items()}
    if len(values) <= _TOGETHER:
        for chosen in itertools.product(*ways.values()):
            yield dict(zip(ways, chosen, strict=True))
        return
    plain = {name: Giving("call", call=several[0]) for name, several in values.items()}
    seen = []
    for name, options in ways.items():
        for option in options:
            giving = {**plain, name: option}
            if giving not in seen:
                seen.append(giving)
                yield giving


def _ways(values: Sequence[Any]) -> Iterator[Giving]:
    for value in values:
        yield Giving("attribute", attribute=value)
    for value in values:
        yield Giving("call", call=value)
    for one, other in itertools.product(values, repeat=2):
        yield Giving("both", attribute=one, call=other)
    yield Giving("neither")
