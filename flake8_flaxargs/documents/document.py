"""The records of a file that holds programs, and the way back from a program's places to the file's."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from ..model import Diagnostic, Edit, Fix, Position, Range, Related
from ..source import Source


class DocumentError(Exception):
    """A file that holds no programs although its name says so; the message names what, where, and the way out."""


class Origin(NamedTuple):
    """Where a line of a program comes from.

    Attributes:
        part: index of the text it stands in, in ``Document.parts``.
        line: its line there, 1-based.
        indent: what stands before it there and is not part of the program.
        editable: whether the program has the line as it is there.
    """

    part: int
    line: int
    indent: str = ""
    editable: bool = True


class Program(NamedTuple):
    """A Python program of a document.

    Attributes:
        source: its text.
        origins: by line, where it comes from; None for a line that is only there to keep the count. None for all: the
            program is the document's one part.
    """

    source: Source
    origins: tuple[Origin | None, ...] | None = None


class Document:
    """A file that holds programs.

    Args:
        path: as the user gave it.
        parts: its texts that may be edited: the whole file, or a notebook's code cells.
        programs: what to lint.
        encode: the bytes of the file with other texts for its parts.
        cells: by part, the number of the notebook's cell; empty where the file is no notebook.
        left_out: how many blocks are no Python, and what Python says of the first.
    """

    def __init__(
        self,
        path: str,
        parts: tuple[Source, ...],
        programs: tuple[Program, ...],
        encode: Callable[[Mapping[int, str]], bytes],
        cells: tuple[int, ...] = (),
        left_out: tuple[str, ...] = (),
    ) -> None:
        self.path = path
        self.parts = parts
        self.programs = programs
        self.cells = cells
        self.left_out = left_out
        self._encode = encode

    def encode(self, raws: Mapping[int, str]) -> bytes:
        """The bytes of the file with other texts, their own line ends included, for some of its parts.

        Raises:
            UnicodeEncodeError: a character that the file's encoding does not have.
            DocumentError: the file's layout could not be kept.
        """
        return self._encode(raws)

    def place(self, program: Program, position: Position) -> tuple[int, Position]:
        """The part a place of a program stands in, and the place there."""
        if program.origins is None:
            return 0, position
        index = min(max(position.line - 1, 0), len(program.origins) - 1)
        origin = program.origins[index] if index >= 0 else None
        if origin is None:  # after the last line of a block: the place after it
            before = next((found for found in reversed(program.origins[:index]) if found is not None), Origin(0, 0))
            return before.part, Position(before.line + 1, 0)
        return origin.part, Position(origin.line, len(origin.indent) + position.column)

    def located(self, program: Program, diagnostic: Diagnostic) -> tuple[int, Diagnostic]:
        """A program's finding with the places and edits that it has in the document, and the part it stands in.

        Fixes that cannot be made there (in a line that holds a notebook's magic, across two cells) are left out.
        """
        if program.origins is None:
            return 0, diagnostic
        here = os.path.abspath(self.path)
        part, start = self.place(program, diagnostic.range.start)
        other, end = self.place(program, diagnostic.range.end)
        related = tuple(
            self._related(program, place) if os.path.abspath(place.path) == here else place
            for place in diagnostic.related
        )
        fixes = [
            Fix(fix.title, tuple(edit for _, edit in edits), fix.safety, self._told(program, fix.reason))
            for fix in diagnostic.fixes
            if (edits := self.edits(program, fix)) is not None and all(where == part for where, _ in edits)
        ]
        found = Diagnostic(
            diagnostic.code,
            self._told(program, diagnostic.message),
            Range(start, end if other == part else start),
            related,
            tuple(fixes),
        )
        return part, found

    def _related(self, program: Program, related: Related) -> Related:
        part, position = self.place(program, related.position)
        path = f"{self.path}:cell {self.cells[part]}" if self.cells else self.path
        return Related(path, position, self._told(program, related.message))

    def _told(self, program: Program, message: str) -> str:
        """A message whose lines (``line 3``, ``net.ipynb:3``) count in the document, as Markdown's do anyway."""
        if not self.cells:
            return message

        def told(found: re.Match[str]) -> str:
            part, position = self.place(program, Position(int(found[1] or found[2]), 0))
            return f"cell {self.cells[part]}, line {position.line}"

        lines = rf"\bline (\d+)\b|{re.escape(os.path.basename(self.path))}:(\d+)\b"
        return re.sub(lines, told, message)

    def edits(self, program: Program, fix: Fix) -> list[tuple[int, Edit]] | None:
        """The edits of a fix by the part that they are made in; None where one cannot be made."""
        if program.origins is None:
            return [(0, edit) for edit in fix.edits]
        found = []
        for edit in fix.edits:
            part, start = self.place(program, edit.range.start)
            other, end = self.place(program, edit.range.end)
            first, last = edit.range.start.line, edit.range.end.line
            touched = program.origins[first - 1 : last if edit.range.end.column else last - 1]
            if part != other or any(origin is None or not origin.editable for origin in touched):
                return None
            origin = program.origins[first - 1] if first <= len(program.origins) else None
            indent = origin.indent if origin is not None else ""
            found.append((part, Edit(Range(start, end), edit.text.replace("\n", "\n" + indent))))
        return found
