"""Cells in which the same thing happened, told once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..shim.records import CellResult, Verdict
from .verify_words import outcome_words

# Worst first: of these a reader wants to know what happened.
TELLING = (Verdict.CHANGED, Verdict.CONTRACT, Verdict.MENDED)


class Story(NamedTuple):
    """What happened, and where.

    Attributes:
        original, fixed: outcomes in words.
        why: of a changed cell, what is different.
        results: the cells, at least one, in the report's order.
    """

    verdict: Verdict
    original: str
    fixed: str
    why: str
    results: Sequence[CellResult]


def stories(results: Iterable[CellResult]) -> list[Story]:
    """Of cells that are more than the same, by verdict, then in the order in which they first occur."""
    groups: dict[tuple[Verdict, str, str, str], list[CellResult]] = {}
    for result in results:
        if result.verdict in TELLING:
            key = (result.verdict, outcome_words(result.original), outcome_words(result.fixed), result.why)
            groups.setdefault(key, []).append(result)
    told = [Story(*key, found) for key, found in groups.items()]
    return sorted(told, key=lambda story: TELLING.index(story.verdict))
