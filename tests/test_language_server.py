"""The language server, spoken to over stdio by a client that pulls findings."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from .suite.editor import COMMAND, LOSS, NET, begin, capabilities, change, codes, pull, show, until

pytestmark = pytest.mark.asyncio


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND))
async def client(lsp_client: LanguageClient, tmp_path: Path) -> AsyncIterator[None]:
    await begin(lsp_client, tmp_path, capabilities())
    yield
    await lsp_client.shutdown_session()


async def test_pulled_findings_of_a_text_that_is_not_saved(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    report = await pull(client, uri)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    (found,) = report.items
    assert (found.code, found.source) == ("JFX102", "flaxargs")
    assert NET.splitlines()[found.range.start.line][found.range.start.character :].startswith("train if train")
    assert not (tmp_path / "net.py").exists()


async def test_unchanged_findings_are_not_sent_again(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    first = await pull(client, uri)
    assert isinstance(first, types.RelatedFullDocumentDiagnosticReport)
    change(client, uri, 2, NET + "# a comment\n")
    second = await pull(client, uri, first.result_id)
    assert isinstance(second, types.RelatedUnchangedDocumentDiagnosticReport)
    change(client, uri, 3, "\n" + NET)
    assert isinstance(await pull(client, uri, first.result_id), types.RelatedFullDocumentDiagnosticReport)


async def test_a_client_that_pulls_is_never_pushed_to(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    await pull(client, uri)
    change(client, uri, 2, NET + "\n")
    await asyncio.sleep(0.6)
    assert not client.diagnostics


async def test_a_change_in_one_file_updates_another(client: LanguageClient, tmp_path: Path) -> None:
    """The second file rests on the first, which stands nowhere but in the editor."""
    (tmp_path / "net.py").write_text("")
    net = show(client, tmp_path / "net.py", NET)
    loss = show(client, tmp_path / "loss.py", LOSS)
    assert await codes(client, loss) == ["JFX201"]
    change(client, net, 2, NET.replace("nn.Dropout(0.5, deterministic=not train)(x)", "x"))
    await until(lambda: client.diagnostic_refresh_count)
    assert await codes(client, loss) == []


async def test_findings_of_the_workspace(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "plain.py").write_text("x = 1\n")
    (tmp_path / "notes.md").write_text(f"```python\n{NET}```\n")
    params = types.WorkspaceDiagnosticParams([])
    report = await client.workspace_diagnostic_async(params)
    (item,) = report.items
    assert isinstance(item, types.WorkspaceFullDocumentDiagnosticReport)
    assert (Path(item.uri).name, [found.code for found in item.items]) == ("net.py", ["JFX102"])
    assert item.result_id
    again = types.WorkspaceDiagnosticParams([types.PreviousResultId(item.uri, item.result_id)])
    (item,) = (await client.workspace_diagnostic_async(again)).items
    assert isinstance(item, types.WorkspaceUnchangedDocumentDiagnosticReport)


async def test_a_file_changed_outside_the_editor(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    loss = show(client, tmp_path / "loss.py", LOSS)
    assert await codes(client, loss) == ["JFX201"]
    (tmp_path / "net.py").write_text(NET.replace("nn.Dropout(0.5, deterministic=not train)(x)", "x"))
    event = types.FileEvent((tmp_path / "net.py").as_uri(), types.FileChangeType.Changed)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    await until(lambda: client.diagnostic_refresh_count)
    assert await codes(client, loss) == []


async def test_settings(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    assert await codes(client, uri) == ["JFX102"]
    settings = types.DidChangeConfigurationParams({"flaxargs": {"ignore": ["hand-rolled-merge"], "nonsense": 1}})
    client.workspace_did_change_configuration(settings)
    await until(lambda: client.diagnostic_refresh_count)
    assert await codes(client, uri) == []
    assert any("nonsense" in message.message for message in client.log_messages)
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"flaxargs": {}}))
    await until(lambda: client.diagnostic_refresh_count == 2)
    (tmp_path / "pyproject.toml").write_text('[tool.flaxargs]\nignore = ["JFX1"]\n')
    event = types.FileEvent((tmp_path / "pyproject.toml").as_uri(), types.FileChangeType.Changed)
    client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    assert await codes(client, uri) == []


async def test_each_folder_of_a_workspace_has_its_own_settings(client: LanguageClient, tmp_path: Path) -> None:
    for name, ignore in (("one", "JFX1"), ("two", "JFX2")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pyproject.toml").write_text(f'[tool.flaxargs]\nignore = ["{ignore}"]\nno-cache = true\n')
    folders = [types.WorkspaceFolder((tmp_path / name).as_uri(), name) for name in ("one", "two")]
    client.workspace_did_change_workspace_folders(
        types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent(added=folders, removed=[]))
    )
    assert await codes(client, show(client, tmp_path / "one" / "net.py", NET)) == []
    assert await codes(client, show(client, tmp_path / "two" / "net.py", NET)) == ["JFX102"]


async def test_hover_shows_the_page_and_the_contract(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("")
    net = show(client, tmp_path / "net.py", NET)
    loss = show(client, tmp_path / "loss.py", LOSS)

    async def hover(uri: str, line: int, character: int) -> str:
        found = await client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(uri), types.Position(line, character))
        )
        assert found is None or isinstance(found.contents, types.MarkupContent)
        return found.contents.value if found is not None else ""

    assert (await hover(net, 8, 20)).startswith("# JFX102 hand-rolled-merge")
    assert "draws 'dropout'" in await hover(net, 3, 7)
    assert "draws 'dropout'" in await hover(loss, 5, 12)  # the name of a Module of another file
    assert "Net.apply" in await hover(loss, 5, 19)
    assert await hover(loss, 2, 0) == ""


async def test_inlay_hints_are_off_until_asked_for(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    loss = show(client, tmp_path / "loss.py", LOSS)
    whole = types.Range(types.Position(0, 0), types.Position(99, 0))
    params = types.InlayHintParams(types.TextDocumentIdentifier(loss), whole)
    assert not await client.text_document_inlay_hint_async(params)
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"inlayHints": True}))
    await pull(client, loss)
    (hint,) = await client.text_document_inlay_hint_async(params) or ()
    assert (hint.label, hint.position.line) == ("rngs: dropout", 5)
