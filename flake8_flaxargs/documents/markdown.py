"""Markdown: its ```python blocks. Sketches that are no Python are left out, as are sessions with ``>>>``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from ..source import Source, SourceError
from .document import Document, Origin
from .joining import Piece, joined

# CommonMark 0.31, "Fenced code blocks": up to three spaces, or the indent of the list item it stands in.
_FENCE = re.compile(r"(?P<indent>[ \t>]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^`\n]*)")
_LANGUAGES = {"python", "python3", "py", "py3"}
_CODEC = "utf-8"


def open_markdown(path: str, data: bytes) -> Document:
    """The code blocks of a Markdown file.

    Raises:
        SourceError: it is not in UTF-8.
    """
    bom = data.startswith(b"\xef\xbb\xbf")
    try:
        raw = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SourceError(f"cannot decode {path}: {error}; save it in UTF-8") from error
    whole = Source(path, raw, _CODEC, bom)
    programs, broken = joined(path, list(_blocks(whole.text.split("\n"))), aligned=True)
    left_out = tuple(f"line {piece.origins[0].line}: {error.msg}" for piece, error in broken)

    def encode(raws: Mapping[int, str]) -> bytes:
        return whole.encode(raws.get(0, raw))

    return Document(path, (whole,), programs, encode, left_out=left_out)


def _blocks(lines: list[str]) -> Iterator[Piece]:
    """The Python blocks."""
    index = 0
    while index < len(lines):
        opening = _FENCE.fullmatch(lines[index].rstrip())
        if opening is None:
            index += 1
            continue
        indent, fence = opening["indent"], opening["fence"]
        closing = re.compile(rf"[ \t>]*{fence[0]}{{{len(fence)},}}[ \t]*")
        end = index + 1
        while end < len(lines) and not closing.fullmatch(lines[end]):
            end += 1
        body = lines[index + 1 : end]
        if _language(opening["info"]) in _LANGUAGES and not any(line.lstrip().startswith(">>>") for line in body):
            yield _piece(body, index + 2, indent)
        index = end + 1


def _language(info: str) -> str:
    """The first word of an info string, also of ``{python}`` and ``python title="..."``."""
    words = re.split(r"[\s,{}:]+", info.strip().strip("{}."))
    return words[0].lower() if words else ""


def _piece(body: list[str], first: int, indent: str) -> Piece:
    """A block without the indent that it has in the file; ``first`` is its first line there, 1-based."""
    lines, origins = [], []
    for number, line in enumerate(body, first):
        own = indent if line.startswith(indent) else line[: len(line) - len(line.lstrip())][: len(indent)]
        lines.append(line[len(own) :])
        origins.append(Origin(0, number, own))
    return Piece(lines, origins)
