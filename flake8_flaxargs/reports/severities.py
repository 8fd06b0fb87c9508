"""How bad a finding is. Diagnostics carry no severity: what to make of a rule is the business of those who report."""

from __future__ import annotations

import enum
from collections.abc import Iterable

from ..config import UNREADABLE, on_by_default
from .records import Finding
from .sections import rule


class Level(enum.StrEnum):
    """The three that all formats have words for, worst first."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


_BY_BADNESS = tuple(Level)


def level(code: str) -> Level:
    """A file that was not checked, or what Flax will raise for, is an error; what it says nothing about, a warning.

    Habits (the rules that are off by default) are notes.

    Raises:
        KeyError: no rule has the code.
    """
    if code == UNREADABLE:
        return Level.ERROR
    if not on_by_default(code):
        return Level.NOTE
    return Level.ERROR if rule(code).runtime == "raises" else Level.WARNING


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """The findings by level, then by path, cell, place and code."""
    return sorted(findings, key=lambda finding: (_BY_BADNESS.index(level(finding.diagnostic.code)), *order(finding)))


def order(finding: Finding) -> tuple[object, ...]:
    """What findings are sorted by: path, cell, place, code."""
    diagnostic = finding.diagnostic
    return finding.path, finding.cell or 0, diagnostic.range, diagnostic.code, diagnostic.message
