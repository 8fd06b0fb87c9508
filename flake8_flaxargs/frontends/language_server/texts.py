"""What the editor holds: its text documents, and notebooks as one buffer each.

pygls splits lines as ``str.splitlines`` does, the protocol does not: after a form feed every edit would go astray.
"""

from __future__ import annotations

import json
import os
import tokenize
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import unquote

from lsprotocol import types
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument, Workspace

from ...documents import Document, Kind, Program, open_document
from ...source import Source
from . import positions

_BOM = "\ufeff"


class Text(TextDocument):
    """A text document, with lines as the protocol has them."""

    _split: tuple[str, list[str]] | None = None

    @property
    def lines(self) -> list[str]:
        """With their ends."""
        text = self.source
        if self._split is None or self._split[0] is not text:
            self._split = text, Source(self.uri, text).raw_lines
        return self._split[1]

    def _apply_incremental_change(self, change: types.TextDocumentContentChangePartial) -> None:
        start, end = sorted(map(self._offset, (change.range.start, change.range.end)))
        text = self.source
        self._source = text[:start] + change.text + text[end:]

    def _offset(self, position: types.Position) -> int:
        lines = self.lines
        if position.line >= len(lines):
            return len(self.source)
        encoding = str(self.position_codec.encoding or "utf-16")
        before = sum(map(len, lines[: position.line]))
        return before + positions.column(lines[position.line], position.character, encoding)


class Texts(Workspace):
    """pygls's store of documents, with ours in it."""

    def _create_text_document(
        self, doc_uri: str, source: str | None = None, version: int | None = None, language_id: str | None = None
    ) -> Text:
        return Text(
            doc_uri,
            source=source,
            version=version,
            language_id=language_id,
            sync_kind=self._sync_kind,
            position_codec=self._position_codec,
        )


class Part(NamedTuple):
    """A text of a buffer that has a URI of its own: the whole, or a cell."""

    uri: str
    version: int | None
    text: str


class Buffer(NamedTuple):
    """What is checked as one, as it was when it was asked for.

    Attributes:
        uri: of the document or the notebook.
        path: the file; for a text that is none yet, one that might be.
        kind: what it holds.
        parts: its texts; of a notebook the cells in which Python stands.
        data: of a notebook, what its file would hold.
        numbers: by part, the number of the cell, from 1.
    """

    uri: str
    path: str
    kind: Kind
    parts: tuple[Part, ...]
    data: bytes = b""

    def document(self) -> Document:
        """The programs in it.

        Raises:
            SourceError, DocumentError: there are none.
        """
        if self.kind != "python":
            document = open_document(self.path, self.data, self.kind)
            for program in document.programs:
                program.source.buffer = True
            return document
        text = self.parts[0].text
        source = Source(self.path, text.removeprefix(_BOM), _encoding(text), text.startswith(_BOM), buffer=True)
        return Document(self.path, (source,), (Program(source),), lambda raws: source.encode(raws.get(0, source.raw)))


def _encoding(text: str) -> str:
    """The encoding that a text asks to be saved in."""
    head = "".join(Source("", text).raw_lines[:2]) if "coding" in text[:400] else ""
    try:
        found, _ = tokenize.detect_encoding(BytesIO(head.encode("utf-8", "surrogatepass")).readline)
    except (SyntaxError, LookupError):
        return "utf-8"
    return "utf-8" if found == "utf-8-sig" else found


class Buffers:
    """Reads buffers out of a workspace.

    Args:
        texts: what the editor holds.
        folder: where a text that is no file yet is taken to stand.
    """

    def __init__(self, texts: Workspace, folder: str) -> None:
        self._texts = texts
        self._folder = folder

    def all(self) -> list[Buffer]:
        """All that are open and hold Python."""
        cells = {uri for notebook in self._texts.notebook_documents for uri in self._cell_uris(notebook)}
        uris = [uri for uri in list(self._texts.text_documents) if uri not in cells]
        found = (self.at(uri) for uri in [*uris, *list(self._texts.notebook_documents)])
        return [buffer for buffer in found if buffer is not None]

    def _cell_uris(self, notebook_uri: str) -> list[str]:
        notebook = self._texts.get_notebook_document(notebook_uri=notebook_uri)
        return [unquote(cell.document) for cell in notebook.cells] if notebook else []

    def at(self, uri: str) -> Buffer | None:
        """The buffer of a document, a notebook or a cell; None where none is open there, or it is no Python."""
        notebook = self._texts.get_notebook_document(notebook_uri=uri) or self._texts.get_notebook_document(
            cell_uri=uri
        )
        if notebook is not None:
            return self._notebook(notebook)
        text = self._texts.text_documents.get(unquote(uri))
        if text is None or not _is_python(text):
            return None
        return Buffer(text.uri, self.path(text.uri), "python", (Part(text.uri, text.version, text.source),))

    def path(self, uri: str, suffix: str = ".py") -> str:
        """The file of a URI, or one that might be its file."""
        path = to_fs_path(uri) if uri.startswith("file:") else None
        if path:
            return os.path.abspath(path)
        name = unquote(uri).rpartition("/")[2].rpartition(":")[2] or "untitled"
        return os.path.join(self._folder, name if name.endswith(suffix) else f"<{name}>{suffix}")

    def _notebook(self, notebook: types.NotebookDocument) -> Buffer:
        parts = []
        cells: list[dict[str, Any]] = []
        for cell in notebook.cells:
            text = self._texts.text_documents.get(unquote(cell.document))
            python = text is not None and cell.kind == types.NotebookCellKind.Code and _is_python(text)
            cells.append({"cell_type": "code" if python else "raw", "source": text.source if text and python else ""})
            if text is not None and python:
                parts.append(Part(text.uri, text.version, text.source))
        data = json.dumps({"nbformat": 4, "cells": cells}, indent=1).encode()
        return Buffer(notebook.uri, self.path(notebook.uri, ".ipynb"), "notebook", tuple(parts), data)


def _is_python(text: TextDocument) -> bool:
    if text.language_id:
        return text.language_id.lower() in {"python", "python3", "ipython", "py"}
    return text.uri.endswith((".py", ".pyi"))
