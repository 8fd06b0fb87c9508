"""Fixes -> new text: edits applied in one go, overlapping fixes left for the next round, to a fixed point."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Collection, Iterable

from .model import Diagnostic, Edit, Fix, Safety
from .source import Source, SourceError

# A fix that is still offered after so many rounds does not converge.
ROUNDS = 10


class FixError(Exception):
    """A fix that cannot be applied; the file is as it was. The message names what, where, and the way out."""


def apply(source: Source, fixes: Iterable[Fix]) -> tuple[Source, int]:
    """The text with fixes applied, and how many of them were; a fix that overlaps an earlier one is left out.

    What no edit touches stays as it is, line ends included; inserted lines end as the line does where they go.

    Raises:
        FixError: the result cannot be parsed, or not be written in the file's encoding.
    """
    raw, applied = spliced(source, fixes)
    fixed = Source(source.path, raw, source.encoding, source.bom)
    try:
        fixed.encode(raw)
        fixed.tree  # noqa: B018  (parsing is the check)
        check_compiles(source, fixed)
    except (SourceError, UnicodeEncodeError, SyntaxError) as error:
        raise FixError(f"cannot fix {source.path}: {error}; it is left as it was") from error
    return fixed, len(applied)


def spliced(source: Source, fixes: Iterable[Fix]) -> tuple[str, list[int]]:
    """The raw text with fixes applied, unchecked, and which of them were, by index; see ``apply``."""
    taken: list[tuple[int, int]] = []
    edits: list[tuple[int, int, str]] = []
    applied = []
    for index, fix in enumerate(fixes):
        placed = [_place(source, edit) for edit in fix.edits]
        known = set(edits)
        if any(_overlaps(start, end, taken) for start, end, text in placed if (start, end, text) not in known):
            continue
        edits += [edit for edit in placed if edit not in known]  # two fixes may share the import that they need
        taken += [(start, end) for start, end, _ in placed]
        applied.append(index)
    raw = source.raw
    for start, end, text in sorted(edits, reverse=True):
        raw = raw[:start] + text + raw[end:]
    return raw, applied


def fix(
    source: Source,
    lint: Callable[[Source], Iterable[Diagnostic]],
    safeties: Collection[Safety] = (Safety.SAFE,),
) -> Source:
    """The text with all fixes of these safeties applied, again and again until there is none left.

    Raises:
        FixError: a result cannot be parsed or encoded, or the fixes do not come to an end.
    """
    for _ in range(ROUNDS):
        chosen = [
            next(offered for offered in diagnostic.fixes if offered.safety in safeties)
            for diagnostic in lint(source)
            if any(offered.safety in safeties for offered in diagnostic.fixes)
        ]
        if not chosen:
            return source
        source, _ = apply(source, chosen)
    raise FixError(f"the fixes of {source.path} do not come to an end; it is left as it was: please report this")


def check_compiles(before: Source, after: Source) -> None:
    """That a text still compiles if it did: an argument given twice, or an import above ``from __future__``, parses.

    Raises:
        SyntaxError: it no longer does.
    """
    if _compiles(before.text):
        with warnings.catch_warnings():  # `1 is 1` in the user's code is not ours to report, nor to fail on
            warnings.simplefilter("ignore")
            compile(after.text, after.path, "exec", dont_inherit=True)


def _compiles(text: str) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def _place(source: Source, edit: Edit) -> tuple[int, int, str]:
    start = source.offset(edit.range.start)
    text = edit.text
    at_end = start >= len(source.raw)
    if at_end and start and not source.raw.endswith(("\n", "\r")) and edit.range.start.column == 0:
        text = "\n" + text  # a new line after a last line that has no end
    newline = _newline(source.raw_lines, edit.range.start.line)
    return start, source.offset(edit.range.end), text.replace("\n", newline)


def _newline(lines: list[str], line: int) -> str:
    """How a 1-based line ends; a last line that has no end, or is yet to come, as the nearest one above that has."""
    for above in reversed(lines[:line][-2:]):
        ending = above[len(above.rstrip("\r\n")) :]
        if ending:
            return ending
    return "\n"


def _overlaps(start: int, end: int, taken: list[tuple[int, int]]) -> bool:
    """Two insertions at one place overlap, too: which comes first would be chance."""
    return any((start < other_end and other_start < end) or start == other_start for other_start, other_end in taken)
