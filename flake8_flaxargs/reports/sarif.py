"""SARIF 2.1.0, which GitHub's code scanning, editors and many other tools read.

Sources: the OASIS standard; GitHub's "SARIF support for code scanning" for what has to be there and for the limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .. import __version__
from ..model import Fix, Position, Range, Related, Safety
from .fingerprints import fingerprints
from .places import Root, column, line, message
from .records import Finding
from .sections import by_code, first_sentence, link, page, section
from .severities import Level, level, order, worst_first
from .texts import dump

if TYPE_CHECKING:
    from ..rules.base import Rule

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

# GitHub refuses a file with more results, and a rule with a longer description.
RESULTS = 25_000
DESCRIPTION = 1024

_BASE = "%SRCROOT%"
_FINGERPRINT = "flaxargsLine/v1"
_PROBLEM_SEVERITIES = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "recommendation"}

Json = dict[str, object]


def render(findings: Sequence[Finding], *, root: Path | None = None) -> str:
    """A log with one run, its results in the order given.

    Lines and columns are 1-based, columns count code points (``columnKind``), an end column is exclusive. Every rule is
    listed, found or not. Fixes are those that ``flaxargs fix`` can apply, SAFE and UNSAFE ones; in a notebook there are
    none, since nothing can be said in lines of the file. Of more than 25,000 findings, the worst are kept, and a
    notification says so.

    Args:
        findings: what was found.
        root: the folder that URIs are relative to, the repository's; default is the working directory. What lies
            outside has an absolute ``file:`` URI.
    """
    seen_from = Root(root)
    kept = sorted(worst_first(findings)[:RESULTS], key=order) if len(findings) > RESULTS else list(findings)
    numbers = {code: index for index, code in enumerate(by_code())}
    known_by = fingerprints(kept, seen_from)
    run: Json = {
        "tool": {"driver": _driver()},
        "invocations": [_invocation(len(findings) - len(kept))],
        "originalUriBaseIds": {_BASE: {"description": {"text": "The folder that URIs of files are relative to."}}},
        "columnKind": "unicodeCodePoints",
        "results": [
            {**_result(finding, seen_from), "ruleIndex": numbers[finding.diagnostic.code]}
            | {"partialFingerprints": {_FINGERPRINT: fingerprint}}
            for finding, fingerprint in zip(kept, known_by, strict=True)
        ],
    }
    return dump({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _driver() -> Json:
    return {
        "name": "flake8-flaxargs",
        "version": __version__,
        "semanticVersion": __version__,
        "rules": [_rule(rule) for rule in by_code().values()],
    }


def _rule(rule: type[Rule]) -> Json:
    """A rule's page in SARIF's pieces; texts are Markdown that reads as plain text."""
    does = section(rule, "What it does")
    severity = level(rule.code)
    address = link(rule)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _cut(first_sentence(does))},
        "fullDescription": {"text": _cut(f"{does} {section(rule, 'Why is this bad?')}")},
        "help": {"text": page(rule), "markdown": page(rule)},
        **({"helpUri": address} if address else {}),
        "defaultConfiguration": {"enabled": rule.default, "level": severity.value},
        "properties": {
            "tags": ["flax", "jax", rule.runtime],
            "precision": "high",
            "problem.severity": _PROBLEM_SEVERITIES[severity],
            "flax": rule.flax,
            "since": rule.since,
        },
    }


def _invocation(left_out: int) -> Json:
    invocation: Json = {"executionSuccessful": True}
    if left_out:
        text = f"{left_out} more findings are left out, none of them worse: GitHub takes {RESULTS} at most."
        invocation["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return invocation


def _result(finding: Finding, root: Root) -> Json:
    diagnostic = finding.diagnostic
    places = [_related(number, related, finding, root) for number, related in enumerate(diagnostic.related, start=1)]
    fixes = [_fix(fix, finding, root) for fix in diagnostic.fixes if _can_be_applied(fix)]
    result: Json = {
        "ruleId": diagnostic.code,
        "level": level(diagnostic.code).value,
        "message": {"text": message(finding)},
        "locations": [{"physicalLocation": _primary(finding, root)}],
    }
    if places:
        result["relatedLocations"] = places
    if fixes and finding.cell is None:
        result["fixes"] = fixes
    return result


def _primary(finding: Finding, root: Root) -> Json:
    """The finding's place, and its lines as context."""
    location: Json = {"artifactLocation": _artifact(finding.path, root)}
    start, end = finding.diagnostic.range
    if finding.cell is not None:
        location["region"] = {"startLine": 1}  # GitHub wants a line
        return location
    # A place without extent, of a file that cannot be read, is best shown as its line from there on.
    location["region"] = _region(finding.diagnostic.range) if start != end else _from(start)
    if finding.lines:
        last = line(start) + len(finding.lines) - 1
        text = "\n".join(finding.lines)
        location["contextRegion"] = {"startLine": line(start), "endLine": last, "snippet": {"text": text}}
    return location


def _related(number: int, related: Related, finding: Finding, root: Root) -> Json:
    in_notebook = finding.cell is not None and related.path == finding.path
    region: Json = {"startLine": 1} if in_notebook else _from(related.position)
    return {
        "id": number,
        "physicalLocation": {"artifactLocation": _artifact(related.path, root), "region": region},
        "message": {"text": related.message},
    }


def _can_be_applied(fix: Fix) -> bool:
    return fix.safety is not Safety.DISPLAY and bool(fix.edits)


def _fix(fix: Fix, finding: Finding, root: Root) -> Json:
    replacements = [
        {"deletedRegion": _region(edit.range), "insertedContent": {"text": edit.text}} for edit in fix.edits
    ]
    return {
        "description": {"text": fix.title},
        "artifactChanges": [{"artifactLocation": _artifact(finding.path, root), "replacements": replacements}],
        "properties": {"safety": fix.safety.value, "reason": fix.reason},
    }


def _artifact(path: str, root: Root) -> Json:
    base = {} if root.relative(path) is None else {"uriBaseId": _BASE}
    return {"uri": root.uri(path), **base}


def _region(text: Range) -> Json:
    return {**_from(text.start), "endLine": line(text.end), "endColumn": column(text.end)}


def _from(start: Position) -> Json:
    return {"startLine": line(start), "startColumn": column(start)}


def _cut(text: str) -> str:
    return text if len(text) <= DESCRIPTION else f"{text[: DESCRIPTION - 3]}..."
