"""Workflow commands that GitHub Actions turns into annotations of a change.

Source: "Workflow commands for GitHub Actions" in GitHub's documentation, and ``toolkit/packages/core/src/command.ts``
for what has to be escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .concise import concise
from .places import Root, column, line
from .records import Finding
from .sections import rule
from .severities import Level, level, worst_first
from .texts import encodable

_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(findings: Sequence[Finding], *, root: Path | None = None) -> str:
    """One command a line, worst first: GitHub shows ten or so of each kind and drops the rest.

    Lines and columns are 1-based. The message is the finding's line in ``concise``, since the log of the step shows
    nothing else; so nothing but this has to be printed.

    Args:
        findings: what was found.
        root: the folder that paths are relative to, the checkout's; default is the working directory.
    """
    seen_from = Root(root)
    return "".join(f"{_command(finding, seen_from)}\n" for finding in worst_first(findings))


def _command(finding: Finding, root: Root) -> str:
    code = finding.diagnostic.code
    properties = {"file": root.path(finding.path), **_place(finding), "title": f"{code} {rule(code).name}"}
    written = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{_COMMANDS[level(code)]} {written}::{_data(concise(finding))}"


def _place(finding: Finding) -> dict[str, int]:
    """The place; without columns where it takes several lines: GitHub refuses both together."""
    if finding.cell is not None:
        return {"line": 1}
    start, end = finding.diagnostic.range
    if start.line != end.line:
        return {"line": line(start), "endLine": line(end)}
    return {"line": line(start), "endLine": line(end), "col": column(start), "endColumn": column(end)}


def _data(text: str) -> str:
    return encodable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
