"""An editor for tests: what it says of itself, and what a user does in it."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from lsprotocol import types
from pytest_lsp import LanguageClient

NET = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = train if train is not None else self.train
        return nn.Dropout(0.5, deterministic=not train)(x)
"""
LOSS = """\
import jax
from net import Net


def loss(variables, x):
    return Net().apply(variables, x, train=True)
"""
COMMAND = [sys.executable, "-m", "flake8_flaxargs", "server", "--stdio"]


def capabilities(pull: bool = True, encodings: tuple[types.PositionEncodingKind, ...] = ()) -> types.ClientCapabilities:
    """What an editor may say of itself."""
    return types.ClientCapabilities(
        general=types.GeneralClientCapabilities(position_encodings=list(encodings) or None),
        text_document=types.TextDocumentClientCapabilities(
            diagnostic=types.DiagnosticClientCapabilities() if pull else None,
            code_action=types.CodeActionClientCapabilities(
                resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"])
            ),
        ),
        workspace=types.WorkspaceClientCapabilities(
            diagnostics=types.DiagnosticWorkspaceClientCapabilities(refresh_support=True),
            workspace_edit=types.WorkspaceEditClientCapabilities(document_changes=True),
        ),
        window=types.WindowClientCapabilities(work_done_progress=True),
    )


async def begin(
    client: LanguageClient, folder: Path, said: types.ClientCapabilities, options: object = None
) -> types.InitializeResult:
    """Shake hands, in a workspace of one folder that keeps its cache to itself."""
    (folder / "pyproject.toml").write_text('[tool.flaxargs]\ncache-dir = ".cache"\n')
    folders = [types.WorkspaceFolder(folder.as_uri(), folder.name)]
    params = types.InitializeParams(said, workspace_folders=folders, initialization_options=options)
    return await client.initialize_session(params)


def show(client: LanguageClient, path: Path, text: str) -> str:
    """Open a document."""
    uri = path.as_uri()
    item = types.TextDocumentItem(uri, "python", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    return uri


def change(client: LanguageClient, uri: str, version: int, text: str) -> None:
    """Type another text."""
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(
            types.VersionedTextDocumentIdentifier(version, uri), [types.TextDocumentContentChangeWholeDocument(text)]
        )
    )


async def pull(client: LanguageClient, uri: str, previous: str | None = None) -> types.DocumentDiagnosticReport:
    """Ask for findings."""
    params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(uri), previous_result_id=previous)
    return await client.text_document_diagnostic_async(params)


async def codes(client: LanguageClient, uri: str) -> list[str]:
    """The codes of the findings."""
    report = await pull(client, uri)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    return [str(found.code) for found in report.items]


async def until(happened: Callable[[], object], seconds: float = 30) -> None:
    """Wait for something, as long as a slow machine may take; it is an error if it never comes."""
    async with asyncio.timeout(seconds):
        while not happened():
            await asyncio.sleep(0.02)


def edited(text: str, edits: Sequence[types.TextEdit], encoding: str) -> str:
    """A text with edits made, as an editor makes them: all count in the text as it was."""
    lines = re.findall(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+\Z", text)

    def offset(place: types.Position) -> int:
        if place.line >= len(lines):
            return len(text)
        before = sum(map(len, lines[: place.line]))
        codec, width = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}[encoding]
        encoded = lines[place.line].encode(codec)
        return before + len(encoded[: place.character * width].decode(codec))

    placed = sorted(((offset(e.range.start), offset(e.range.end), e.new_text) for e in edits), reverse=True)
    for start, end, new in placed:
        text = text[:start] + new + text[end:]
    return text


def applied(action: types.CodeAction, uri: str, text: str, client: LanguageClient) -> str:
    """A document's text after an action."""
    assert action.edit is not None and action.edit.document_changes
    (change,) = action.edit.document_changes
    assert isinstance(change, types.TextDocumentEdit) and change.text_document.uri == uri
    general = client.capabilities.general if client.capabilities else None
    encodings = general.position_encodings if general else None
    encoding = str(getattr(encodings[0], "value", encodings[0])) if encodings else "utf-16"
    return edited(text, [edit for edit in change.edits if isinstance(edit, types.TextEdit)], encoding)
