"""GitLab's code quality report.

Source: "Code Quality report format" in GitLab's documentation; GitLab drops an entry that its own schema
(``app/validators/json_schemas/codeclimate.json``) refuses, and shows one of several with the same fingerprint.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .fingerprints import fingerprints
from .places import Root, line, message
from .records import Finding
from .severities import Level, level
from .texts import dump

# GitLab also knows "blocker" and "critical", which no linter's finding is.
_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}


def render(findings: Sequence[Finding], *, root: Path | None = None) -> str:
    """A JSON list of issues, in the order given. Lines are 1-based; the format has no columns.

    Args:
        findings: what was found.
        root: the folder that paths are relative to, the repository's; default is the working directory.
    """
    seen_from = Root(root)
    known_by = fingerprints(findings, seen_from)
    issues = [_issue(*pair, seen_from) for pair in zip(findings, known_by, strict=True)]
    return dump(issues, indent=2) + "\n"


def _issue(finding: Finding, fingerprint: str, root: Root) -> dict[str, object]:
    diagnostic = finding.diagnostic
    start, end = diagnostic.range
    lines = {"begin": 1} if finding.cell is not None else {"begin": line(start), "end": line(end)}
    return {
        "type": "issue",
        "check_name": diagnostic.code,
        "description": f"{diagnostic.code} {message(finding)}",
        "categories": ["Bug Risk"],
        "severity": _SEVERITIES[level(diagnostic.code)],
        "fingerprint": fingerprint,
        "location": {"path": root.path(finding.path), "lines": lines},
    }
