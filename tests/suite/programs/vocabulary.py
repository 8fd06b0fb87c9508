"""What programs are made of: layers and how they are called, scopes and what can be said there."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field, replace
from typing import NamedTuple

MODES = ("train", "deterministic", "training", "det")
RATES = ("0.5", "0.0", "1.0", "0", "0.1", "1")


class Field(NamedTuple):
    """An attribute of a Module; ``kind``: mode, rate, flag, count, stream, child, layer. ``default`` "" for none."""

    name: str
    kind: str
    default: str
    child: Protocol | None = None


class Argument(NamedTuple):
    """A parameter of ``__call__`` beside ``x`` that says the mode. ``default`` "" for none.

    ``by_position``: it must be given, and by position.
    """

    name: str
    default: str
    keyword_only: bool = False
    by_position: bool = False


@dataclass(frozen=True)
class Protocol:
    """How a layer is made and called: what a caller has to know of it.

    Attributes:
        name: the class.
        fields: what its constructor takes.
        argument: the mode that its ``__call__`` takes, if it does.
        by_row: whether it can be run on a single row, as in ``nn.vmap``.
        pair: whether it takes a carry and an input and returns two values, as in ``nn.scan``.
        methods: other methods that take ``x`` and the same argument.
        vmapped: whether ``nn.vmap`` decorates ``__call__``: it maps all of the object's parameters, a subclass's too.
    """

    name: str
    fields: tuple[Field, ...] = ()
    argument: Argument | None = None
    by_row: bool = True
    pair: bool = False
    methods: tuple[str, ...] = ()
    vmapped: bool = False


DROPOUT = Protocol(
    "nn.Dropout", (Field("rate", "rate", ""), Field("deterministic", "mode", "None")), Argument("deterministic", "None")
)


BATCH_NORM = Protocol(
    "nn.BatchNorm", (Field("use_running_average", "mode", "None"),), Argument("use_running_average", "None")
)


@dataclass
class Scope:
    """What can be said at a place.

    Attributes:
        modes: expressions whose truth is a mode (True, False or None).
        rates, counts, streams: expressions of those.
        children: attributes that hold Modules.
        compact: whether layers can be made here.
        itself: whether there is a ``self``.
    """

    modes: list[str] = field(default_factory=list)
    rates: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    streams: list[str] = field(default_factory=list)
    children: list[tuple[str, Protocol]] = field(default_factory=list)
    compact: bool = True
    itself: bool = True
    by_row: bool = False
    loops: int = 0

    def inner(self, **changes: object) -> Scope:
        copy = replace(self, modes=list(self.modes), rates=list(self.rates), children=list(self.children))
        return replace(copy, **changes)  # type: ignore[arg-type]


class Layer(NamedTuple):
    """A layer: what makes it, and its call, of ``{f}`` on ``{x}``.

    ``bare``: whether it can be called on ``x`` alone.
    """

    make: str
    call: str
    bare: bool = True


def signed(argument: Argument | None) -> str:
    """The parameters of ``__call__``."""
    if argument is None:
        return "self, x"
    star = "*, " if argument.keyword_only else ""
    return f"self, x, {star}{argument.name}" + (f"={argument.default}" if argument.default else "")


def optional(protocol: Protocol) -> bool:
    """Whether it can be called without a mode."""
    return not protocol.pair and (protocol.argument is None or bool(protocol.argument.default))


def indented(lines: list[str]) -> list[str]:
    return textwrap.indent("\n".join(lines), "    ").splitlines()
