"""Code actions: a finding's fixes, all SAFE fixes, ``# noqa`` on the line, and the proof of a fix."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec
from lsprotocol import types

from ...documents import DocumentError
from ...fixing import FixError, spliced
from ...mending import mend
from ...model import Diagnostic, Fix, Safety
from ...noqa import add
from ...source import SourceError
from . import diagnostics as d
from .edits import workspace_edit
from .positions import Encoding, overlap
from .workspace import Project, Result, Shown

FIX_ALL = f"{types.CodeActionKind.SourceFixAll.value}.flaxargs"
KINDS = (types.CodeActionKind.QuickFix, FIX_ALL)
VERIFY = "flaxargs.verify"
_ALL = "Make all safe fixes of flaxargs"


class Client(NamedTuple):
    """What a client counts in and takes.

    Attributes:
        encoding: of columns.
        versioned: whether it takes ``documentChanges``.
        resolves: whether it asks for an action's edit once that is chosen.
    """

    encoding: Encoding
    versioned: bool
    resolves: bool


def wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether a client asks for actions of a kind: for it, or one that it is part of."""
    return not only or any(kind == asked or kind.startswith(f"{asked}.") for asked in only)


def actions(
    project: Project, result: Result, part: int, params: types.CodeActionParams, client: Client
) -> Iterator[types.CodeAction]:
    """What can be done at a range of a part of a buffer."""
    only = [str(getattr(kind, "value", kind)) for kind in params.context.only or ()]
    if wanted(types.CodeActionKind.QuickFix.value, only):
        for shown, told in _asked(result, part, params, client.encoding):
            yield from _for_finding(result, shown, told, client)
    if wanted(FIX_ALL, only) and any(_safe(shown) for shown in result.shown):
        lazily = not only and client.resolves  # asked at each move of the cursor: it is worked out once it is chosen
        action = _later(result) if lazily else fix_all(project, result, client)
        if action is not None:
            yield action


def _later(result: Result) -> types.CodeAction:
    return types.CodeAction(title=_ALL, kind=FIX_ALL, data={"uri": result.buffer.uri})


def _safe(shown: Shown) -> bool:
    return any(fix.safety is Safety.SAFE for fix in shown.finding.diagnostic.fixes)


def _asked(
    result: Result, part: int, params: types.CodeActionParams, encoding: Encoding
) -> Iterator[tuple[Shown, types.Diagnostic]]:
    """The findings that a client asks about: by the diagnostics that it shows, else by place."""
    keys = {_key(each) for each in params.context.diagnostics if each.source == d.SOURCE} - {""}
    for shown in result.shown:
        if shown.part != part:
            continue
        told = d.diagnostic(result, shown, encoding, lambda path: None)
        if d.key(shown) in keys or overlap(told.range, params.range):
            given = [each for each in params.context.diagnostics if _key(each) == d.key(shown)]
            yield shown, given[0] if given else told


def _key(diagnostic: types.Diagnostic) -> str:
    try:
        return msgspec.convert(diagnostic.data, d.Data).key
    except msgspec.ValidationError:
        return ""


def _for_finding(result: Result, shown: Shown, told: types.Diagnostic, client: Client) -> Iterator[types.CodeAction]:
    found = shown.finding.diagnostic
    preferred = next((fix for fix in found.fixes if fix.safety is Safety.SAFE), None)
    offered = [fix for fix in found.fixes if fix.safety is not Safety.DISPLAY]
    for fix in sorted(offered, key=lambda fix: fix.safety is not Safety.SAFE):
        raw = fixed_text(result, shown, fix)
        if raw is None:
            continue
        yield types.CodeAction(
            title=fix.title if fix.safety is Safety.SAFE else f"{fix.title} (unsafe: {fix.reason})",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[told],
            is_preferred=fix is preferred,
            edit=workspace_edit(result.buffer, {shown.part: raw}, client.encoding, client.versioned),
        )
    silent = _silenced(result, shown, found)
    if silent is not None:
        yield types.CodeAction(
            title=f"Disable {found.code} on this line",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[told],
            is_preferred=False,
            edit=workspace_edit(result.buffer, {shown.part: silent}, client.encoding, client.versioned),
        )
    if result.buffer.kind == "python":
        for fix in offered[:1]:
            title = "Verify this fix on the accelerator"
            arguments = [result.buffer.parts[shown.part].uri, d.key(shown), fix.title]
            yield types.CodeAction(
                title=title,
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[told],
                is_preferred=False,
                command=types.Command(title, VERIFY, arguments=arguments),
            )


def fixed_text(result: Result, shown: Shown, fix: Fix) -> str | None:
    """The text of the part with a fix made; None where it cannot be."""
    if result.document is None or not fix.edits:
        return None
    try:
        raw, made = spliced(result.document.parts[shown.part], [fix])
    except (IndexError, ValueError):
        return None
    return raw if made else None


def _silenced(result: Result, shown: Shown, found: Diagnostic) -> str | None:
    """The text with a comment that keeps a finding silent; None where there can be none."""
    if result.document is None:
        return None
    source = result.document.parts[shown.part]
    changed, impossible = add(source, {found.range.start.line: [found.code]})
    return None if impossible or changed.raw == source.raw else changed.raw


def fix_all(project: Project, result: Result, client: Client) -> types.CodeAction | None:
    """All SAFE fixes of a buffer, as ``flaxargs fix`` makes them; None where there is none to make."""
    document = result.document
    if document is None:
        return None
    try:
        data = document.encode({})
        mended = mend(document, data, project.checker.judge, (Safety.SAFE,))
    except (FixError, SourceError, DocumentError, UnicodeEncodeError):
        return None
    finally:
        project.back_to(document)
    if not mended.made:
        return None
    raws = {part: source.raw for part, source in enumerate(mended.document.parts)}
    return types.CodeAction(
        title=_ALL,
        kind=FIX_ALL,
        edit=workspace_edit(result.buffer, raws, client.encoding, client.versioned),
    )


def chosen(result: Result, key: str, title: str) -> tuple[Shown, Fix] | None:
    """A finding by its key and its fix by title; None where the text has changed since."""
    for shown in result.shown:
        if d.key(shown) == key:
            for fix in shown.finding.diagnostic.fixes:
                if fix.title == title:
                    return shown, fix
    return None
