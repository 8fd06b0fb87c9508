"""Findings for people: what, where in the line, the other places, and what would mend it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.text import Text

from ..model import Fix, Safety
from ..rules import RULES
from .records import Finding

_NAMES = {rule.code: rule.name for rule in RULES}
_TAB = 4
# Of a finding over many lines, so many are shown.
_LINES_SHOWN = 6
_APPLIED_BY = {
    Safety.SAFE: "flaxargs fix",
    Safety.UNSAFE: "flaxargs fix --unsafe-fixes",
    Safety.DISPLAY: "by hand",
}


def render(findings: Sequence[Finding]) -> str:
    """The report without colours."""
    return "\n".join(block.plain for block in blocks(findings)) + ("\n" if findings else "")


def blocks(findings: Sequence[Finding]) -> Iterator[Text]:
    """A styled text a finding; lines and columns are 1-based."""
    for finding in findings:
        text = Text(end="")
        _headline(text, finding)
        _excerpt(text, finding)
        _related(text, finding)
        for fix in finding.diagnostic.fixes:
            _fix(text, fix)
        text.append("\n")
        yield text


def _headline(text: Text, finding: Finding) -> None:
    start = finding.diagnostic.range.start
    text.append(finding.path, "bold")
    if finding.cell is not None:
        text.append(f":cell {finding.cell}")
    text.append(f":{start.line}:{start.column + 1}: ")
    text.append(finding.diagnostic.code, "bold red")
    name = _NAMES.get(finding.diagnostic.code)
    text.append(f" {name}\n" if name else "\n", "cyan")
    text.append(f"  {finding.diagnostic.message}\n")


def _excerpt(text: Text, finding: Finding) -> None:
    """The lines of the range, and carets under it."""
    (first, start), (last, end) = finding.diagnostic.range
    if not finding.lines:
        return
    width = len(str(first + min(len(finding.lines), _LINES_SHOWN) - 1))
    text.append(f"  {'':{width}} |\n", "blue")
    for index, line in enumerate(finding.lines[:_LINES_SHOWN]):
        number = first + index
        text.append(f"  {number:>{width}} | ", "blue")
        text.append(_printable(line).rstrip() + "\n")
        begin = start if number == first else len(line) - len(line.lstrip())
        stop = end if number == last else len(line.rstrip())
        carets = max(cell_len(_printable(line[:stop])) - cell_len(_printable(line[:begin])), 1)
        text.append(f"  {'':{width}} | ", "blue")
        text.append(" " * cell_len(_printable(line[:begin])) + "^" * carets + "\n", "bold red")
    if len(finding.lines) > _LINES_SHOWN:
        text.append(f"  {'':{width}} | ... {len(finding.lines) - _LINES_SHOWN} more lines\n", "blue")


def _printable(line: str) -> str:
    """A line without characters that would move the cursor or speak to the terminal."""
    expanded = line.expandtabs(_TAB)
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in expanded)


def _related(text: Text, finding: Finding) -> None:
    for place in finding.diagnostic.related:
        path = os.path.relpath(place.path) if os.path.isabs(place.path) else place.path
        text.append("  see ", "blue")
        text.append(f"{path}:{place.position.line}:{place.position.column + 1}: {place.message}\n")


def _fix(text: Text, fix: Fix) -> None:
    text.append("  fix ", "green")
    text.append(f"({_APPLIED_BY[fix.safety]}): {fix.title}")
    shown = fix.safety is Safety.DISPLAY
    said = [*([] if shown else [str(fix.safety)]), *([fix.reason] if fix.reason else [])]
    text.append(f" [{': '.join(said)}]\n" if said else "\n", "dim")
    for edit in fix.edits if shown else ():  # nobody makes it but the user
        start = edit.range.start
        text.append(f"      at {start.line}:{start.column + 1}: ", "dim")
        lines = [_printable(line.removesuffix("\r")) for line in edit.text.split("\n") if line.strip()]
        text.append(" / ".join(lines) + "\n" if lines else "delete\n")
