"""What is to be confirmed on the concrete tree."""

from __future__ import annotations

from typing import NamedTuple

from ...model import Related


class Suspect(NamedTuple):
    """A place that breaks a contract, and the evidence.

    Attributes:
        code: the rule that it concerns.
        line, column, depth: the call, as in ``terms.Place``.
        lines: the first and last line of the statement that holds it, which is what libcst parses.
        name: the stream, collection or argument.
        layer: the class of the layer.
        why: the condition, in words; "" where it always holds.
        related: the other places.
        details: what else the rule says, by its own convention.
        kind: what stands at the place: ``call``, ``argument``, ``parameter``, ``attribute``, ``assignment``,
            ``decorator`` (one that is no call).
    """

    code: str
    line: int
    column: int
    depth: int
    lines: tuple[int, int]
    name: str
    layer: str
    why: str = ""
    related: tuple[Related, ...] = ()
    details: tuple[str, ...] = ()
    kind: str = "call"
