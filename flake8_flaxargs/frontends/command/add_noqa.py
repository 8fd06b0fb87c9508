"""``flaxargs add-noqa``: accepts the findings that there are, so that new ones stand out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .failure import Failure

if TYPE_CHECKING:
    from ...model import Diagnostic
    from ...source import Source


def add_noqa(source: Source, diagnostics: Iterable[Diagnostic]) -> tuple[Source, dict[int, str]]:
    """The text with a ``# noqa`` for each finding that has none, and the reasons by line for those that can have none.

    See ``noqa.add``.
    """
    from ...noqa import add

    wanted: dict[int, set[str]] = defaultdict(set)
    for diagnostic in diagnostics:
        wanted[diagnostic.range.start.line].add(diagnostic.code)
    return add(source, wanted)


@click.command()
@click.argument("paths", nargs=-1, required=True, metavar="PATH...", type=click.Path(exists=True, dir_okay=False))
def command(paths: tuple[str, ...]) -> None:
    """Write `# noqa` comments, with codes, on the lines of all findings of files.

    What is found from then on is new. A comment that is there already gets the codes added; all else stays as it is.
    The exit status is 1 where a finding is left that can have no such comment.

    \b
    Example:
      $ flaxargs add-noqa net.py
      net.py: 1 line
    """
    from ...linter import Linter
    from ...source import Source, SourceError

    linter = Linter()
    left = False
    for path in paths:
        try:
            source = Source.from_file(path)
        except SourceError as error:
            raise Failure(str(error)) from error
        changed, impossible = add_noqa(source, linter.lint(source))
        for line, reason in sorted(impossible.items()):
            click.echo(f"flaxargs: {path}:{line}: no comment can be written: {reason}", err=True)
            left = True
        lines = _changed_lines(source, changed)
        if lines:
            _write(path, changed)
            click.echo(f"{path}: {lines} {'line' if lines == 1 else 'lines'}")
    if left:
        raise SystemExit(1)


def _changed_lines(before: Source, after: Source) -> int:
    return sum(old != new for old, new in zip(before.raw_lines, after.raw_lines, strict=True))


def _write(path: str, source: Source) -> None:
    try:
        Path(path).write_bytes(source.encode(source.raw))
    except OSError as error:
        raise Failure(f"cannot write {path}: {error.strerror}; it is left as it was") from error
