"""``flaxargs add-noqa``: accepts the findings that there are, so that new ones stand out."""

from __future__ import annotations

import sys
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import click

from ...checking import Checker, Job, finding_of
from ...config import UNREADABLE
from ...discovery import find
from ...documents import Document, DocumentError, open_document, read_document
from ...noqa import add
from ...source import SourceError
from ...writing import WriteError, write_atomically
from . import options as o
from .running import checked
from .streams import say

if TYPE_CHECKING:
    from ...reports.records import Finding


def add_noqa(checker: Checker, document: Document) -> tuple[bytes | None, int, list[str]]:
    """A document with a ``# noqa`` for each finding that has none.

    Returns:
        Its bytes, None where nothing is to be changed; how many lines were; and of findings that can have no such
        comment where they stand, and why.

    Raises:
        DocumentError: a notebook whose layout could not be kept.
        UnicodeEncodeError: never in practice: the comments are ASCII.
    """
    reasons: list[str] = []
    wanted: dict[int, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    for judged in checker.judge(document):
        if judged.shown and judged.diagnostic.code == UNREADABLE:
            start = judged.diagnostic.range.start
            reasons.append(f"{document.path}:{start.line}: no comment can be written: {judged.diagnostic.message}")
        elif judged.shown:
            part, diagnostic = document.located(document.programs[judged.program], judged.diagnostic)
            wanted[part][diagnostic.range.start.line].add(diagnostic.code)
    raws: dict[int, str] = {}
    lines = 0
    for part, of_part in wanted.items():
        source = document.parts[part]
        changed, impossible = add(source, of_part)
        cell = f":cell {document.cells[part]}" if document.cells else ""
        for line, reason in sorted(impossible.items()):
            reasons.append(f"{document.path}{cell}:{line}: no comment can be written: {reason}")
        if changed.raw != source.raw:
            raws[part] = changed.raw
            lines += sum(old != new for old, new in zip(source.raw_lines, changed.raw_lines, strict=True))
    return (document.encode(raws) if raws else None), lines, reasons


@click.command(name="add-noqa", short_help="Accept all findings with comments.")
@click.argument("paths", nargs=-1, type=str)
@o.options(o.SELECTION[:-1], o.CHECKING, o.FILES, o.RUNNING)
def command(paths: tuple[str, ...], **given: Any) -> None:
    """Write `# noqa` comments, with codes, on the lines of all findings of files.

    What is found from then on is new. A comment that is there already gets the codes added; all else stays as it is.
    Exits with 1 where a finding is left that can have no such comment, 2 where a file could not be written.

    \b
    Example:
      $ flaxargs add-noqa net.py
      net.py: 1 line
    """
    paths = paths or (".",)
    configuration = o.configured(paths, given)
    found = find(paths, configuration)
    job = Job(configuration.settings, configuration.root)
    checker = Checker(job)
    status = o.TROUBLE if found.troubles else o.CLEAN
    for trouble in found.troubles:
        o.tell(trouble)
    for result in checked(found.files, job):
        if result.trouble:
            o.tell(result.trouble)
            status = o.TROUBLE
        elif result.findings:
            status = max(status, _accept(result.path, checker))
    sys.exit(status)


def _accept(path: str, checker: Checker) -> int:
    """Write the comments of a file; 1 where a finding is left, 2 where it could not be written."""
    try:
        document, data = read_document(path)
        changed, lines, reasons = add_noqa(checker, document)
        if changed is not None:
            write_atomically(path, changed, expected=data)
            document = open_document(path, changed)
            say(f"{path}: {lines} line{'' if lines == 1 else 's'}")
    except (OSError, SourceError, DocumentError, WriteError) as error:
        o.tell(str(error))
        return o.TROUBLE
    for reason in reasons:
        o.tell(reason)
    left: list[Finding] = [finding_of(document, judged) for judged in checker.judge(document) if judged.shown]
    return o.FINDINGS if left else o.CLEAN
