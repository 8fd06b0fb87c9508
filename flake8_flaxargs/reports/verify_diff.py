"""A file's diff -> the part that concerns a Module, in coloured lines."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ..shim.records import ModuleReport
from .markup import element

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")
_KINDS = {"@": "place", "+": "new", "-": "gone"}


class Hunk(NamedTuple):
    """A piece of a unified diff.

    Attributes:
        first, last: 1-based lines of the original that it covers, both inclusive.
        lines: its ``@@`` line and what follows.
    """

    first: int
    last: int
    lines: tuple[str, ...]


class Diff(NamedTuple):
    """A file's diff: what stands above its hunks, and these."""

    head: tuple[str, ...]
    hunks: Sequence[Hunk]


def split(lines: Sequence[str]) -> Diff:
    """What stands above the first hunk, and the hunks. Source: ``diff -u`` (POSIX, "Diff -u Output Format")."""
    starts = [index for index, line in enumerate(lines) if _HUNK.match(line)]
    ends = [*starts, len(lines)]
    hunks = [_hunk(lines[start:end]) for start, end in pairwise(ends)]
    return Diff(tuple(lines[: ends[0]]), hunks)


def of_module(hunks: Sequence[Hunk], module: ModuleReport, others: Sequence[ModuleReport]) -> list[Hunk]:
    """The hunks that concern a Module: from its class up to the next of ``others``, and above the first of them.

    Where a class ends is not known here; a change above all the classes (an import) concerns each.
    """
    starts = sorted({other.line for other in others} | {module.line})
    following = [line for line in starts if line > module.line]
    end = following[0] if following else float("inf")
    return [hunk for hunk in hunks if hunk.last < starts[0] or (hunk.last >= module.line and hunk.first < end)]


def block(diff: Diff) -> ET.Element:
    """Lines of a diff, a coloured element each; the signs in front stay, so that colour is not all."""
    lines = [element("span", _line(line), class_="head") for line in diff.head]
    lines += [
        element("span", _line(line), class_=_KINDS.get(line[:1], "same")) for hunk in diff.hunks for line in hunk.lines
    ]
    return element("pre", lines, class_="diff", tabindex=0)


def _line(line: str) -> str:
    return line.rstrip("\r\n") + "\n"


def _hunk(lines: Sequence[str]) -> Hunk:
    found = _HUNK.match(lines[0])
    assert found is not None
    first, many = int(found[1]), int(found[2] or 1)
    return Hunk(first, max(first + many - 1, first), tuple(lines))
