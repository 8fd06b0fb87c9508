"""Bytes -> Document, by what the file's name says it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from ..source import Source, SourceError
from .document import Document, Program
from .markdown import open_markdown
from .notebook import open_notebook

Kind: TypeAlias = Literal["python", "notebook", "markdown"]
# By suffix; any other file is taken for Python.
KINDS: dict[str, Kind] = {".py": "python", ".ipynb": "notebook", ".md": "markdown", ".markdown": "markdown"}


def kind_of(path: str) -> Kind:
    """What a file of this name holds."""
    return KINDS.get(Path(path).suffix.lower(), "python")


def open_document(path: str, data: bytes, kind: Kind | None = None) -> Document:
    """The document in these bytes.

    Raises:
        SourceError: they cannot be decoded.
        DocumentError: they are no notebook, or a damaged one.
    """
    return _OPEN[kind or kind_of(path)](path, data)


def read_document(path: str) -> tuple[Document, bytes]:
    """The document in a file, and the bytes that were read.

    Raises:
        OSError: the file cannot be read.
        SourceError: it cannot be decoded.
        DocumentError: it is no notebook, or a damaged one.
    """
    try:
        data = Path(path).read_bytes()
    except ValueError as error:  # a NUL in the name
        raise OSError(str(error)) from error
    return open_document(path, data), data


def _open_python(path: str, data: bytes) -> Document:
    source = Source.from_bytes(path, data)

    def encode(raws: Mapping[int, str]) -> bytes:
        return source.encode(raws.get(0, source.raw))

    return Document(path, (source,), (Program(source),), encode)


_OPEN: Mapping[Kind, Callable[[str, bytes], Document]] = {
    "python": _open_python,
    "notebook": open_notebook,
    "markdown": open_markdown,
}
__all__ = ["KINDS", "Kind", "SourceError", "kind_of", "open_document", "read_document"]
