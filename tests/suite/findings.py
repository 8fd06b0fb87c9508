"""Findings for the tests of reports: those of the fixture programs, and some that no program should have to bear."""

from __future__ import annotations

import functools
from collections.abc import Iterable

from flake8_flaxargs.config import Config
from flake8_flaxargs.linter import Linter, unreadable
from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Related, Safety
from flake8_flaxargs.reports.records import Finding
from flake8_flaxargs.source import Source

from .fixtures import ROOT

# What file names and messages may hold, and what breaks which format: a line end and "::" GitHub's commands, "]]>" and
# control characters XML, a lone surrogate UTF-8, a null byte the file system, "%" and "#" URIs.
HOSTILE = (
    "new\nline",
    "carriage\rreturn",
    "100%25 % of it",
    "colon:comma,semicolon;",
    "\"double\" 'single' `back`",
    "<tag> & ]]> -->",
    "emoji \U0001f469\u200d\U0001f4bb and \u00e4\u00f6\u00fc",
    "lone \udcff surrogate \ud800",
    "null \0 byte, \x1b[31mred\x1b[0m, bell \x07, delete \x7f, \x85",
    "spaces # and ? and [brackets] {0}",
    "separators \u2028 and \u2029, \u202eturned",
    "non-characters \ufffe \uffff",
    "::error file=x::y",
    "back\\slash",
)


@functools.cache
def fixture_findings() -> tuple[Finding, ...]:
    """What all rules find in the fixture programs, by file; paths are absolute."""
    linter = Linter(Config(cache_directory=None, enabled=lambda code: True))
    found = []
    for path in sorted(ROOT.glob("JFX*/**/*.py")):
        source = Source.from_file(path)
        found += [finding(str(path), diagnostic, source.lines) for diagnostic in linter.lint(source)]
    return tuple(found)


def finding(path: str, diagnostic: Diagnostic, lines: list[str], cell: int | None = None) -> Finding:
    """A diagnostic with the lines that it takes."""
    start, end = diagnostic.range
    taken = tuple(line.rstrip("\n") for line in lines[start.line - 1 : end.line])
    return Finding(path, diagnostic, taken, cell)


def hostile_findings() -> list[Finding]:
    """Each hostile text as path, message, line, related path and message, title, reason and replacement."""
    return [made(text, message=text, line=text, fixes=(fix(text, safety) for safety in Safety)) for text in HOSTILE]


def made(
    path: str = "net.py",
    code: str = "JFX101",
    message: str = "a message",
    place: Range | None = None,
    line: str = "    train: bool | None = None",
    fixes: Iterable[Fix] = (),
    cell: int | None = None,
) -> Finding:
    """A finding that is made up; it stands at line 7, columns 4 to 9, where nobody says otherwise."""
    place = place or Range(Position(7, 4), Position(7, 9))
    related = (Related(path, Position(3, 0), message),)
    return Finding(path, Diagnostic(code, message, place, related, tuple(fixes)), (line,), cell)


def fix(text: str, safety: Safety = Safety.SAFE) -> Fix:
    """A fix of line 7 that writes ``text``."""
    return Fix(f"Write {text}", (Edit(Range(Position(7, 0), Position(8, 0)), f"{text}\n"),), safety, f"since {text}")


def not_checked(path: str = "broken.py") -> Finding:
    """A file that cannot be read: a place without extent, no lines."""
    return Finding(path, unreadable(f"cannot read {path}: it is a directory"))
