"""JSON lines: a finding a line, for programs that read while the linter writes."""

from __future__ import annotations

from collections.abc import Sequence

from .json_report import record
from .records import Finding
from .texts import dump


def render(findings: Sequence[Finding]) -> str:
    """One object a line, in the order given; ``json_report.record`` says what stands in it (positions are 1-based)."""
    return "".join(dump(record(finding)) + "\n" for finding in findings)
