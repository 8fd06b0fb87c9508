"""Places as the protocol counts them: 0-based lines, columns in units of UTF-8, UTF-16 or UTF-32.

Ours count code points. Lines end in ``\\n``, ``\\r\\n`` or ``\\r`` for both.
"""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from ...model import Position, Range

Encoding = str
UTF8 = types.PositionEncodingKind.Utf8.value
UTF32 = types.PositionEncodingKind.Utf32.value


def units(text: str, encoding: Encoding) -> int:
    """How many units a text takes."""
    if encoding == UTF32 or text.isascii():
        return len(text)
    if encoding == UTF8:
        return len(text.encode("utf-8", "surrogatepass"))
    return len(text) + sum(character > "\uffff" for character in text)


def column(line: str, character: int, encoding: Encoding) -> int:
    """The code-point column of a unit of a line; its end where there is no such unit, or a character is cut in two."""
    body = line.rstrip("\r\n")
    if encoding == UTF32 or body.isascii():
        return min(max(character, 0), len(body))
    taken = 0
    for index, each in enumerate(body):
        if taken >= character:
            return index
        taken += units(each, encoding)
    return len(body)


class Units:
    """Turns places of a text into the client's.

    Args:
        lines: the text's lines, with or without their ends.
        encoding: what the client counts.
    """

    def __init__(self, lines: Sequence[str], encoding: Encoding) -> None:
        self._lines = lines
        self._encoding = encoding

    def position(self, place: Position) -> types.Position:
        """The client's position of a place (1-based line, 0-based column in code points)."""
        line = max(place.line - 1, 0)
        text = self._lines[line][: place.column] if line < len(self._lines) else ""
        return types.Position(line, units(text, self._encoding))

    def range(self, stretch: Range) -> types.Range:
        """The client's range."""
        return types.Range(self.position(stretch.start), self.position(stretch.end))

    def place(self, position: types.Position) -> Position:
        """Where a client's position is."""
        if position.line >= len(self._lines):
            return Position(len(self._lines) + 1, 0)
        return Position(position.line + 1, column(self._lines[position.line], position.character, self._encoding))

    def at_offsets(self, start: int, end: int) -> types.Range:
        """The client's range of the text between two offsets, for lines with their ends."""
        return types.Range(self._at(start), self._at(end))

    def _at(self, offset: int) -> types.Position:
        for number, line in enumerate(self._lines):
            if offset < len(line):
                return types.Position(number, units(line[:offset], self._encoding))
            offset -= len(line)
        if self._lines and not self._lines[-1].endswith(("\n", "\r")):
            return types.Position(len(self._lines) - 1, units(self._lines[-1], self._encoding))
        return types.Position(len(self._lines), 0)


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges have a place in common, ends included: a cursor at the end of a finding is at it."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
