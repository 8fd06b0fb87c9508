"""Findings -> the protocol's diagnostics and reports."""

from __future__ import annotations

import functools
import hashlib
import inspect
import os
from collections.abc import Callable, Sequence

import msgspec
from lsprotocol import types
from pygls.uris import from_fs_path

from ...model import Position, Related
from ...reports.severities import Level, level
from ...rules import RULES
from .positions import Encoding, Units
from .workspace import Result, Shown

SOURCE = "flaxargs"
_SEVERITIES = {
    Level.ERROR: types.DiagnosticSeverity.Error,
    Level.WARNING: types.DiagnosticSeverity.Warning,
    Level.NOTE: types.DiagnosticSeverity.Information,
}
# What does nothing at all, and may be shown faded.
_UNNECESSARY = {"JFX112", "JFX905"}


class Data(msgspec.Struct, frozen=True):
    """What a diagnostic carries for whoever asks what can be done about it.

    Attributes:
        key: which finding it is, among those of one text.
        titles: of its fixes, the preferred one first.
    """

    key: str
    titles: tuple[str, ...] = ()


def key(shown: Shown) -> str:
    """Tells a finding from all others of the same text."""
    found = shown.finding.diagnostic
    parts = (shown.part, found.code, found.range, found.message)
    return hashlib.blake2b(repr(parts).encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def diagnostic(
    result: Result, shown: Shown, encoding: Encoding, lines_of: Callable[[str], Sequence[str] | None]
) -> types.Diagnostic:
    """A finding as the protocol has it.

    Args:
        result: what it is part of.
        shown: the finding.
        encoding: what columns count.
        lines_of: the lines of another place's file, where they are at hand.
    """
    found = shown.finding.diagnostic
    related = [_related(result, place, encoding, lines_of) for place in found.related]
    return types.Diagnostic(
        range=_range(shown, encoding),
        severity=_SEVERITIES[level(found.code)],
        code=found.code,
        code_description=_page(found.code),
        source=SOURCE,
        message=found.message,
        tags=[types.DiagnosticTag.Unnecessary] if found.code in _UNNECESSARY else None,
        related_information=[place for place in related if place is not None] or None,
        data=msgspec.to_builtins(Data(key(shown), tuple(fix.title for fix in found.fixes))),
    )


@functools.cache
def _page(code: str) -> types.CodeDescription | None:
    """The rule's page: its class's docstring, in its file of the installed package."""
    found = next((rule for rule in RULES if rule.code == code), None)
    uri = from_fs_path(inspect.getfile(found)) if found is not None else None
    return types.CodeDescription(uri) if uri else None


def _range(shown: Shown, encoding: Encoding) -> types.Range:
    """The range of a finding, told from its own lines."""
    start, end = shown.finding.diagnostic.range
    lines = shown.finding.lines or ("",)
    first = Units(lines[:1], encoding).position(Position(1, start.column))
    last = Units(lines[-1:], encoding).position(Position(1, end.column))
    return types.Range(
        types.Position(max(start.line - 1, 0), first.character), types.Position(max(end.line - 1, 0), last.character)
    )


def _related(
    result: Result, place: Related, encoding: Encoding, lines_of: Callable[[str], Sequence[str] | None]
) -> types.DiagnosticRelatedInformation | None:
    path, position = place.path, place.position
    buffer = result.buffer
    uri: str | None = None
    lines: Sequence[str] | None = None
    if result.document is not None and result.document.cells:
        head, cell, number = path.rpartition(":cell ")
        if cell and os.path.abspath(head) == buffer.path and number.isdigit():
            part = result.document.cells.index(int(number))
            uri, lines = buffer.parts[part].uri, result.document.parts[part].lines
    if uri is None and os.path.abspath(path) == buffer.path and buffer.parts:
        uri = buffer.parts[0].uri
        lines = result.document.parts[0].lines if result.document is not None else None
    if uri is None:
        uri = from_fs_path(os.path.abspath(path))
        lines = lines_of(os.path.abspath(path))
    if uri is None:
        return None
    start = Units(lines or (), encoding).position(position) if lines else types.Position(position.line - 1, 0)
    return types.DiagnosticRelatedInformation(types.Location(uri, types.Range(start, start)), place.message)


def by_part(
    result: Result, encoding: Encoding, lines_of: Callable[[str], Sequence[str] | None]
) -> list[list[types.Diagnostic]]:
    """The diagnostics of each part of a buffer; a file on disk is one part."""
    found: list[list[types.Diagnostic]] = [[] for _ in result.buffer.parts or (None,)]
    for shown in result.shown:
        if shown.part < len(found):
            found[shown.part].append(diagnostic(result, shown, encoding, lines_of))
    return found


def result_id(diagnostics: Sequence[types.Diagnostic]) -> str:
    """The same for equal diagnostics."""
    said = repr(diagnostics).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(said, digest_size=12).hexdigest()
