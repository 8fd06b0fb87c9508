"""A file's text: bytes in, bytes out, and what its lines are.

``text`` has ``\\n`` line ends, so lines and columns mean the same for flake8, ``ast`` and libcst; ``raw`` keeps the
file's own, so that what an edit does not touch is written back byte for byte.
"""

from __future__ import annotations

import ast
import bisect
import codecs
import functools
import io
import itertools
import re
import tokenize
import warnings
from pathlib import Path

from .model import Position

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_ENDING = re.compile(r"\r\n?")
# What can stand between a keyword and a name.
_AFTER_KEYWORD = " \t\f\\"


class SourceError(Exception):
    """A file that cannot be read as Python text. The message names what, where, and the way out."""

    def __init__(self, message: str, line: int = 1, column: int = 0) -> None:
        super().__init__(message)
        self.line = line
        self.column = column


class Source:
    """The text of one file.

    Args:
        path: as the user gave it, or a display name (``stdin``).
        raw: the decoded text, with the file's own line ends and without a byte-order mark.
        encoding: how ``raw`` was decoded, and is encoded again.
        bom: whether the file starts with a UTF-8 byte-order mark.
        tree: the parsed text where the caller (flake8) already has it.
        buffer: whether an editor holds it, so that it goes before what is on disk, and changes with each key: nothing
            that is learnt of it is kept on disk.
    """

    def __init__(
        self,
        path: str,
        raw: str,
        encoding: str = "utf-8",
        bom: bool = False,
        tree: ast.Module | None = None,
        buffer: bool = False,
    ) -> None:
        self.path = path
        self.raw = raw
        self.encoding = encoding
        self.bom = bom
        self.buffer = buffer
        self._tree = tree
        self._error: SourceError | None = None  # why there is none: asked again, it is not parsed again
        self._ends: dict[int, list[int]] = {}  # by line: the byte after each character

    @classmethod
    def from_bytes(cls, path: str, data: bytes) -> Source:
        """Decode as Python does (PEP 263 cookie, byte-order mark, else UTF-8).

        Raises:
            SourceError: unknown or wrong encoding, or one that would not write the same bytes back.
        """
        bom = data.startswith(codecs.BOM_UTF8)
        try:
            encoding, _ = tokenize.detect_encoding(_first_lines(data).readline)
            raw = data.decode(encoding)
            if raw.encode(encoding) != data:  # utf-16, which Python does not take for source either; utf-7
                raise UnicodeError(f"it does not read back the same in {encoding}")
        except (SyntaxError, UnicodeError, LookupError) as error:
            raise SourceError(
                f"cannot decode {path}: {error}; declare its encoding in a '# -*- coding: ... -*-' line"
            ) from error
        return cls(path, raw, "utf-8" if encoding == "utf-8-sig" else encoding, bom)

    @classmethod
    def from_file(cls, path: str | Path) -> Source:
        """Read and decode a file.

        Raises:
            SourceError: it cannot be read or decoded.
        """
        try:
            data = Path(path).read_bytes()
        except (OSError, ValueError) as error:
            raise SourceError(f"cannot read {path}: {error}; check that it exists and is readable") from error
        return cls.from_bytes(str(path), data)

    @classmethod
    def from_lines(cls, path: str, lines: list[str], tree: ast.Module | None = None) -> Source:
        """From flake8's lines, which are decoded and end with ``\\n``."""
        return cls(path, "".join(lines).removeprefix("\ufeff"), tree=tree)

    @functools.cached_property
    def text(self) -> str:
        """The text with ``\\n`` line ends."""
        return _ENDING.sub("\n", self.raw) if "\r" in self.raw else self.raw

    @functools.cached_property
    def raw_lines(self) -> list[str]:
        """Lines with their own ends. Only ``\\n``, ``\\r\\n`` and ``\\r`` end a line: a form feed does not."""
        return _LINE.findall(self.raw)

    @functools.cached_property
    def lines(self) -> list[str]:
        """Lines of ``text``, ends kept."""
        return self.text.splitlines(keepends=True) if _only_newlines(self.text) else _LINE.findall(self.text)

    @functools.cached_property
    def ascii(self) -> bool:
        """Whether a UTF-8 byte offset in a line is also a code-point offset."""
        return self.text.isascii()

    @functools.cached_property
    def may_nest_classes(self) -> bool:
        """Whether a class statement may be indented: a line that starts with space and ``class``."""
        text = self.text
        start = text.find("class")
        while start >= 0:
            if text[start + 5 : start + 6] in _AFTER_KEYWORD:
                line = text.rfind("\n", 0, start) + 1
                if line < start and text[line:start].isspace():
                    return True
            start = text.find("class", start + 5)
        return False

    @functools.cached_property
    def says_flax(self) -> bool:
        """Whether the word stands anywhere in the text."""
        return "flax" in self.text

    @functools.cached_property
    def digest(self) -> str:
        """A hash of ``text``: equal for files that differ in encoding or line ends alone."""
        import hashlib  # loads OpenSSL: most runs over files without Flax never need it

        return hashlib.blake2b(self.text.encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()

    @property
    def digested(self) -> bool:
        """Whether the hash is there."""
        return "digest" in self.__dict__

    @property
    def tree(self) -> ast.Module:
        """The syntax tree of ``text``.

        Raises:
            SourceError: the running Python cannot parse it.
        """
        if self._error is not None:
            raise self._error.with_traceback(None)
        if self._tree is None:
            try:
                with warnings.catch_warnings():  # invalid escapes in the linted code are not ours to report
                    warnings.simplefilter("ignore")
                    self._tree = ast.parse(self.text)
            except SyntaxError as error:
                self._error = SourceError(
                    f"cannot parse {self.path}: {error.msg}", error.lineno or 1, max((error.offset or 1) - 1, 0)
                )
                raise self._error from error
            except (ValueError, RecursionError, MemoryError) as error:
                self._error = SourceError(f"cannot parse {self.path}: {str(error) or type(error).__name__}")
                raise self._error from error
        return self._tree

    @property
    def parsed(self) -> bool:
        """Whether the syntax tree is there."""
        return self._tree is not None

    def drop_tree(self) -> None:
        """Let go of the syntax tree, which is many times the text; asked for again, it is parsed again."""
        self._tree = None

    def column(self, line: int, byte_column: int) -> int:
        """The code-point column of a UTF-8 byte column of ``ast`` on a 1-based line."""
        if self.ascii or not 0 < line <= len(self.lines) or self.lines[line - 1].isascii():
            return byte_column
        if line not in self._ends:
            sizes = (len(char.encode("utf-8", "surrogatepass")) for char in self.lines[line - 1])
            self._ends[line] = list(itertools.accumulate(sizes))
        return bisect.bisect_right(self._ends[line], byte_column)

    def offset(self, position: Position) -> int:
        """The index of a place in ``raw``."""
        return sum(map(len, self.raw_lines[: position.line - 1])) + position.column

    def encode(self, raw: str) -> bytes:
        """The bytes of a new ``raw`` in this file's encoding, byte-order mark kept.

        Raises:
            UnicodeEncodeError: a character that this file's encoding does not have.
        """
        return (codecs.BOM_UTF8 if self.bom else b"") + raw.encode(self.encoding)


def _first_lines(data: bytes) -> io.BytesIO:
    """The lines that may declare an encoding. ``tokenize`` would take a file with ``\\r`` alone for one line."""
    return io.BytesIO(b"\n".join(re.split(rb"\r\n?|\n", data, maxsplit=2)[:2]) + b"\n")


def _only_newlines(text: str) -> bool:
    """Whether ``str.splitlines`` splits this text where Python does."""
    return text.isascii() and not any(mark in text for mark in "\x0b\x0c\x1c\x1d\x1e\r")
