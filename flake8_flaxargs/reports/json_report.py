"""JSON: everything that is known of the findings, for programs."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Fix, Position, Range, Related
from .places import column, line
from .records import Finding
from .sections import rule
from .severities import level
from .texts import dump

# Goes up when a key changes its meaning or goes away; new keys may come without.
VERSION = 1

_POSITIONS = "lines and columns from 1, columns in code points, ends exclusive; in a notebook, within the cell"


def render(findings: Sequence[Finding]) -> str:
    """One object: ``version`` (1), ``positions`` (in words) and ``findings``, a list in the order given.

    See ``record`` for what stands in the list.
    """
    report = {"version": VERSION, "positions": _POSITIONS, "findings": list(map(record, findings))}
    return dump(report, indent=2) + "\n"


def record(finding: Finding) -> dict[str, object]:
    """A finding as JSON. Every key is always there, in this order::

        {
          "code": "JFX101",
          "name": "attribute-not-merged",
          "level": "error" | "warning" | "note",
          "message": "...",
          "path": "...",                          // as the user named it
          "cell": 3 | null,                       // of a notebook, from 1, cells of every kind
          "range": {"start": {"line": 7, "column": 27}, "end": {"line": 7, "column": 46}},
          "related": [{"path": "...", "position": {"line": 4, "column": 5}, "message": "..."}],
          "fixes": [                              // alternatives, the preferred one first
            {
              "title": "...",
              "safety": "safe" | "unsafe" | "display",
              "reason": "...",
              "edits": [{"range": {"start": ..., "end": ...}, "text": "..."}]   // replace the range by the text
            }
          ]
        }

    Lines and columns are 1-based, columns count code points, ends are exclusive. In a notebook they count in the cell.
    Lines in an edit's text end with ``\\n``, whatever the file's own end with. A lone surrogate, which stands for a
    byte of a file name that is no UTF-8, is written out: ``\\\\udcff``.
    """
    diagnostic = finding.diagnostic
    return {
        "code": diagnostic.code,
        "name": rule(diagnostic.code).name,
        "level": level(diagnostic.code).value,
        "message": diagnostic.message,
        "path": finding.path,
        "cell": finding.cell,
        "range": _range(diagnostic.range),
        "related": list(map(_related, diagnostic.related)),
        "fixes": list(map(_fix, diagnostic.fixes)),
    }


def _related(related: Related) -> dict[str, object]:
    return {"path": related.path, "position": _position(related.position), "message": related.message}


def _fix(fix: Fix) -> dict[str, object]:
    edits = [{"range": _range(edit.range), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safety": fix.safety.value, "reason": fix.reason, "edits": edits}


def _range(text: Range) -> dict[str, object]:
    return {"start": _position(text.start), "end": _position(text.end)}


def _position(position: Position) -> dict[str, int]:
    return {"line": line(position), "column": column(position)}
