"""New texts -> the protocol's edits: few and small, so that cursors and folds stay where they are."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping

from lsprotocol import types

from ...source import Source
from .positions import Encoding, Units
from .texts import Buffer

_BOM = "\ufeff"


def text_edits(old: str, new: str, encoding: Encoding) -> list[types.TextEdit]:
    """The edits that turn one text into the other."""
    if old.startswith(_BOM) and not new.startswith(_BOM):
        new = _BOM + new
    lines = Source("", old).raw_lines
    units = Units(lines, encoding)
    return [types.TextEdit(units.at_offsets(start, end), text) for start, end, text in _hunks(lines, new)]


def _hunks(lines: list[str], new: str) -> Iterator[tuple[int, int, str]]:
    """Stretches of the old text, by offsets, and what takes their place."""
    others = Source("", new).raw_lines
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, lines, others, autojunk=False)
    head = _common(lines, others)
    tail = _common(lines[head:][::-1], others[head:][::-1])
    matcher.set_seqs(lines[head : len(lines) - tail], others[head : len(others) - tail])
    for tag, first, last, other_first, other_last in matcher.get_opcodes():
        if tag == "equal":
            continue
        before = "".join(lines[head + first : head + last])
        after = "".join(others[head + other_first : head + other_last])
        start = _common(before, after)
        end = _common(before[start:][::-1], after[start:][::-1])
        if before[start - 1 : start + 1] == "\r\n" or after[start - 1 : start + 1] == "\r\n":
            start -= 1  # an end of line is not cut in two
        if end and before[len(before) - end - 1 : len(before) - end + 1] == "\r\n":
            end -= 1
        if end and after[len(after) - end - 1 : len(after) - end + 1] == "\r\n":
            end -= 1
        at = offsets[head + first]
        yield at + start, at + len(before) - end, after[start : len(after) - end]


def _common(one: str | list[str], other: str | list[str]) -> int:
    """How much two sequences have in common at their start."""
    count = 0
    for mine, others in zip(one, other, strict=False):
        if mine != others:
            break
        count += 1
    return count


def workspace_edit(buffer: Buffer, raws: Mapping[int, str], encoding: Encoding, versioned: bool) -> types.WorkspaceEdit:
    """The edit that gives parts of a buffer other texts.

    Args:
        buffer: as it was checked.
        raws: by part, the new text.
        encoding: what columns count.
        versioned: whether the client takes ``documentChanges``: it then refuses an edit of a text it no longer has.
    """
    changed = {
        part: edits
        for part, raw in sorted(raws.items())
        if (edits := text_edits(buffer.parts[part].text, raw, encoding))
    }
    if not versioned:
        return types.WorkspaceEdit(changes={buffer.parts[part].uri: edits for part, edits in changed.items()})
    return types.WorkspaceEdit(
        document_changes=[
            types.TextDocumentEdit(
                types.OptionalVersionedTextDocumentIdentifier(buffer.parts[part].uri, buffer.parts[part].version), edits
            )
            for part, edits in changed.items()
        ]
    )
