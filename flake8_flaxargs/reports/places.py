"""Where a finding stands, as reports write it: lines and columns 1-based, columns in code points, ends exclusive.

The records count columns from 0; here is where that turns. In a notebook a position counts in its cell, and says
nothing about lines of the ``.ipynb`` file: formats that know files alone point at its first line, and say the rest in
words.
"""

from __future__ import annotations

import os
import urllib.parse
from pathlib import Path, PurePath

from ..model import Position
from .records import Finding
from .texts import printable


def line(position: Position) -> int:
    """The 1-based line."""
    return max(position.line, 1)


def column(position: Position) -> int:
    """The 1-based column in code points, as flake8 prints it."""
    return max(position.column + 1, 1)


def spot(finding: Finding) -> str:
    """``path:line:column``; in a notebook ``path:cell N:line:column``."""
    start = finding.diagnostic.range.start
    cell = "" if finding.cell is None else f"cell {finding.cell}:"
    return f"{printable(finding.path)}:{cell}{line(start)}:{column(start)}"


def message(finding: Finding) -> str:
    """The message for a format that has no cells: of a finding in a notebook with ``cell N, line L, column C: ``."""
    if finding.cell is None:
        return finding.diagnostic.message
    start = finding.diagnostic.range.start
    return f"cell {finding.cell}, line {line(start)}, column {column(start)}: {finding.diagnostic.message}"


class Root:
    """Paths as they are seen from a folder, mostly that of a repository.

    Symbolic links are followed, as GitHub wants it, where that does not lead out of the folder.

    Args:
        folder: None for the working directory.
    """

    def __init__(self, folder: Path | None = None) -> None:
        lexical = os.path.abspath(folder or "")
        self._folders = (os.path.realpath(lexical), lexical)
        self._known: dict[str, str | None] = {}

    def relative(self, path: str) -> str | None:
        """The path below the folder, with forward slashes; None for one outside. A relative one counts from the cwd."""
        if path not in self._known:
            found = (_below(name, folder) for folder in self._folders for name in (_real(path), os.path.abspath(path)))
            self._known[path] = next(filter(None, found), None)
        return self._known[path]

    def path(self, path: str) -> str:
        """The path below the folder, else the absolute one; with forward slashes."""
        return self.relative(path) or PurePath(os.path.abspath(path)).as_posix()

    def uri(self, path: str) -> str:
        """The same as a URI reference, percent-encoded: relative below the folder, else ``file:///...``.

        A byte of a file name that is no UTF-8 is encoded as that byte.
        """
        below = self.relative(path)
        if below is not None:
            return urllib.parse.quote(_bytes(below))
        absolute = PurePath(os.path.abspath(path))
        quoted = urllib.parse.quote(_bytes(absolute.as_posix()), safe="/:" if absolute.drive else "/")
        return "file://" + quoted if quoted.startswith("/") else "file:///" + quoted


def _below(path: str, folder: str) -> str | None:
    try:
        return PurePath(path).relative_to(folder).as_posix()
    except ValueError:
        return None


def _real(path: str) -> str:
    try:
        return os.path.realpath(path)
    except (ValueError, OSError):  # a null byte or a character that no file system has: a name, not a file
        return os.path.abspath(path)


def _bytes(path: str) -> bytes:
    try:
        return path.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # surrogates that stand for no byte
        return path.encode("utf-8", "backslashreplace")
