"""The records that every part speaks: places, edits, fixes, diagnostics. No tree nodes, no rule logic.

Lines are 1-based. Columns are 0-based and count code points, as flake8 and libcst do (``ast`` counts UTF-8 bytes;
``facts.reader`` converts). Ranges are half-open: ``end`` is the first place after the text.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

import msgspec


class Position(NamedTuple):
    """A place in a text: 1-based line, 0-based column in code points."""

    line: int
    column: int


class Range(NamedTuple):
    """The text from ``start`` up to, not including, ``end``."""

    start: Position
    end: Position


class Safety(enum.StrEnum):
    """What a user may expect of a fix.

    ``SAFE``: every run that worked before gives the same result, and every run that now fails broke the Module's
    contract before. ``UNSAFE``: numbers or signatures may change. ``DISPLAY``: shown, never applied.
    """

    SAFE = "safe"
    UNSAFE = "unsafe"
    DISPLAY = "display"


class Edit(msgspec.Struct, frozen=True):
    """Replace the text of ``range`` by ``text``.

    Lines in it end with ``\\n``; fixing writes the file's own newline.
    """

    range: Range
    text: str


class Fix(msgspec.Struct, frozen=True):
    """Edits of one file that together mend a finding.

    Attributes:
        title: what applying it does, in the imperative.
        edits: they never overlap one another.
        safety: see ``Safety``.
        reason: why the safety is what it is, naming the place that decides it.
    """

    title: str
    edits: tuple[Edit, ...]
    safety: Safety
    reason: str


class Related(msgspec.Struct, frozen=True):
    """Another place that is part of a finding's evidence: the attribute's line, the other file's base class."""

    path: str
    position: Position
    message: str


class Diagnostic(msgspec.Struct, frozen=True):
    """One finding.

    Attributes:
        code: ``JFX`` and three digits.
        message: one line; names the evidence.
        range: where it stands; its first line is also where ``# noqa`` goes.
        related: the other places of the same finding.
        fixes: alternatives, the preferred one first.
    """

    code: str
    message: str
    range: Range
    related: tuple[Related, ...] = ()
    fixes: tuple[Fix, ...] = ()
