"""Code actions of the language server: applied as an editor does, they leave the text that they promise."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from flake8_flaxargs.frontends.language_server.edits import text_edits
from flake8_flaxargs.frontends.language_server.positions import column, units

from .suite.editor import COMMAND, NET, applied, begin, capabilities, change, codes, edited, pull, show, until

E = types.PositionEncodingKind
# Before the finding stand characters of one, two, three and four bytes, the last of two units of UTF-16.
WIDE = NET.replace("train = train if", 'name = "aé€😀"; train = train if')
MERGED = "nn.merge_param('train', self.train, train)"


@pytest_lsp.fixture(
    config=ClientServerConfig(server_command=COMMAND), params=[E.Utf8, E.Utf16, E.Utf32], ids=lambda e: e.value
)
async def client(lsp_client: LanguageClient, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[None]:
    result = await begin(lsp_client, tmp_path, capabilities(encodings=(request.param,)))
    assert result.capabilities.position_encoding == request.param
    yield
    await lsp_client.shutdown_session()


async def actions(
    client: LanguageClient, uri: str, only: list[str] | None = None, line: int = 8
) -> list[types.CodeAction]:
    """What is offered on a line, as an editor asks that shows the findings."""
    report = await pull(client, uri)
    shown = [found for found in getattr(report, "items", ()) if found.range.start.line == line]
    place = types.Range(types.Position(line, 0), types.Position(line, 200))
    context = types.CodeActionContext(diagnostics=shown, only=list(only) if only else None)
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, context)
    found = await client.text_document_code_action_async(params) or []
    return [action for action in found if isinstance(action, types.CodeAction)]


def titled(found: list[types.CodeAction], start: str) -> types.CodeAction:
    (action,) = (action for action in found if action.title.startswith(start))
    return action


@pytest.mark.asyncio
@pytest.mark.parametrize("text", [NET, WIDE, WIDE.replace("\n", "\r\n")], ids=["ascii", "wide", "crlf"])
async def test_quick_fix(client: LanguageClient, tmp_path: Path, text: str) -> None:
    uri = show(client, tmp_path / "net.py", text)
    found = await actions(client, uri)
    fix = next(action for action in found if action.edit and "merge_param" in action.title)
    assert fix.kind == types.CodeActionKind.QuickFix and fix.diagnostics
    assert [action.is_preferred for action in found if action.is_preferred] == [True]
    fixed = applied(fix, uri, text, client)
    assert "merge_param" in fixed and "train if train" not in fixed
    assert ("\r\n" in text) == ("\r\n" in fixed) and "\r" not in fixed.replace("\r\n", "")
    change(client, uri, 2, fixed)
    assert await codes(client, uri) == []


@pytest.mark.asyncio
async def test_all_safe_fixes_and_no_other(client: LanguageClient, tmp_path: Path) -> None:
    text = NET + NET.replace("Net", "Other").partition("\n\n\n")[2].join(["\n\n", ""])
    uri = show(client, tmp_path / "net.py", text)
    assert await codes(client, uri) == ["JFX102", "JFX102"]
    (action,) = await actions(client, uri, ["source.fixAll"])
    assert action.kind == "source.fixAll.flaxargs"
    change(client, uri, 2, applied(action, uri, text, client))
    assert await codes(client, uri) == []
    assert await actions(client, uri, ["source.fixAll.flaxargs"]) == []
    assert await actions(client, uri, ["source.organizeImports"]) == []


@pytest.mark.asyncio
async def test_fix_all_is_worked_out_once_it_is_chosen(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    action = titled(await actions(client, uri), "Make all safe")
    assert action.edit is None
    chosen = await client.code_action_resolve_async(action)
    assert "merge_param" in applied(chosen, uri, NET, client)


@pytest.mark.asyncio
async def test_disable_joins_the_comment_that_is_there(client: LanguageClient, tmp_path: Path) -> None:
    text = WIDE.replace("else self.train\n", "else self.train  # noqa: E501\n")
    uri = show(client, tmp_path / "net.py", text)
    silent = applied(titled(await actions(client, uri), "Disable JFX102 on this line"), uri, text, client)
    assert silent == text.replace("# noqa: E501", "# noqa: E501, JFX102")
    change(client, uri, 2, silent)
    assert await codes(client, uri) == []


@pytest.mark.asyncio
async def test_an_edit_names_the_version_that_it_is_for(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    change(client, uri, 7, NET + "\n")
    action = titled(await actions(client, uri), "Disable")
    assert action.edit and action.edit.document_changes
    (edit,) = action.edit.document_changes
    assert isinstance(edit, types.TextDocumentEdit) and edit.text_document.version == 7


@pytest.mark.asyncio
async def test_incremental_changes(client: LanguageClient, tmp_path: Path) -> None:
    """Also behind characters of several units, and a form feed, which ends no line in the protocol."""
    text = "# \x0c \u2028 a page\n" + WIDE
    uri = show(client, tmp_path / "net.py", text)
    encoding = _encoding(client)
    line = text.split("\n")[9]
    end = units(line, encoding)
    start = units(line[: line.index("train = train if")], encoding)
    edit = types.TextDocumentContentChangePartial(
        range=types.Range(types.Position(9, start), types.Position(9, end)), text=f"train = {MERGED}"
    )
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, uri), [edit])
    )
    assert await codes(client, uri) == []


def _encoding(client: LanguageClient) -> str:
    assert client.capabilities is not None and client.capabilities.general is not None
    (encoding,) = client.capabilities.general.position_encodings or ()
    return str(getattr(encoding, "value", encoding))


@pytest.mark.asyncio
async def test_verify_is_offered(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    place = types.Range(types.Position(8, 20), types.Position(8, 20))
    params = types.CodeActionParams(types.TextDocumentIdentifier(uri), place, types.CodeActionContext([]))
    found = await client.text_document_code_action_async(params) or []
    assert "Verify this fix on the accelerator" in [action.title for action in found]


@pytest.mark.asyncio
async def test_verify_says_what_is_wrong_when_the_text_has_changed(client: LanguageClient, tmp_path: Path) -> None:
    uri = show(client, tmp_path / "net.py", NET)
    report = await pull(client, uri)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    data = report.items[0].data
    change(client, uri, 2, "\n" + NET)
    arguments = [uri, data["key"], data["titles"][0]]
    await client.workspace_execute_command_async(types.ExecuteCommandParams("flaxargs.verify", arguments))
    await until(lambda: client.messages)
    assert "the text has changed" in client.messages[0].message
    assert client.progress_reports  # it was shown that something goes on
    await client.workspace_execute_command_async(types.ExecuteCommandParams("flaxargs.verify", [1]))
    assert await codes(client, uri) == ["JFX102"]


@pytest.mark.asyncio
async def test_verify_runs_the_shim_and_shows_what_it_came_to(client: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    uri = show(client, tmp_path / "net.py", NET)
    report = await pull(client, uri)
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    data = report.items[0].data
    arguments = [uri, data["key"], data["titles"][0]]
    await client.workspace_execute_command_async(types.ExecuteCommandParams("flaxargs.verify", arguments))
    await until(lambda: client.messages, 120)
    assert "net:Net: contract" in client.messages[0].message
    assert " on cpu" in client.messages[0].message or " on gpu" in client.messages[0].message
    assert (tmp_path / "net.py").read_text() == NET


@pytest.mark.asyncio
async def test_a_finding_leads_to_the_page_of_its_rule(client: LanguageClient, tmp_path: Path) -> None:
    report = await pull(client, show(client, tmp_path / "net.py", NET))
    assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
    described = report.items[0].code_description
    assert described is not None
    assert "## What it does" in Path(described.href.removeprefix("file://")).read_text()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", "a\n"),
        ("a\n", ""),
        ("a", "a\nb"),
        ("a\r\nb\r\n", "a\r\nc\r\nb\r\n"),
        ("a\r\n", "a\n"),
        ("x = 1\ny = 2\n", "import z\nx = 1\ny = 3\n"),
        ("\ufeffa = 1\n", "a = 2\n"),
        ("é😀 = a\n", "é😀 = b\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_edits_turn_one_text_into_the_other(old: str, new: str, encoding: str) -> None:
    bom = "\ufeff" if old.startswith("\ufeff") else ""
    assert edited(old, text_edits(old, new, encoding), encoding) == bom + new


def test_columns_that_no_text_has() -> None:
    assert column("a😀b\n", 99, "utf-16") == 3
    assert column("a😀b\n", 2, "utf-16") == 2  # in the middle of a character
    assert column("", 5, "utf-8") == 0
