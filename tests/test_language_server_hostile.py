"""The language server and those who make its life hard; and clients that do not ask for findings."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

from .suite.editor import COMMAND, LOSS, NET, begin, capabilities, change, show, until


@pytest_lsp.fixture(config=ClientServerConfig(server_command=COMMAND))
async def pushed(lsp_client: LanguageClient, tmp_path: Path) -> AsyncIterator[None]:
    """A client that does not pull."""
    await begin(lsp_client, tmp_path, capabilities(pull=False))
    yield
    await lsp_client.shutdown_session()


def seen(client: LanguageClient, uri: str) -> list[str]:
    return [str(found.code) for found in client.diagnostics.get(uri, ())]


@pytest.mark.asyncio
async def test_findings_are_pushed(pushed: LanguageClient, tmp_path: Path) -> None:
    uri = show(pushed, tmp_path / "net.py", NET)
    await until(lambda: seen(pushed, uri) == ["JFX102"])
    change(pushed, uri, 2, NET.replace("self.train\n", "self.train  # noqa\n"))
    await until(lambda: seen(pushed, uri) == [])
    change(pushed, uri, 3, NET)
    await until(lambda: seen(pushed, uri) == ["JFX102"])
    pushed.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    await until(lambda: seen(pushed, uri) == [])


@pytest.mark.asyncio
async def test_a_change_in_one_file_is_pushed_to_another(pushed: LanguageClient, tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text("")
    net = show(pushed, tmp_path / "net.py", NET)
    loss = show(pushed, tmp_path / "loss.py", LOSS)
    await until(lambda: seen(pushed, loss) == ["JFX201"])
    (found,) = pushed.diagnostics[loss]
    assert found.related_information and found.related_information[0].location.uri == net
    change(pushed, net, 2, NET.replace("nn.Dropout(0.5, deterministic=not train)(x)", "x"))
    await until(lambda: seen(pushed, loss) == [])


@pytest.mark.asyncio
async def test_notebook(pushed: LanguageClient, tmp_path: Path) -> None:
    """The cells are one program; each shows its own findings, also after a magic."""
    head, _, body = NET.partition("\n\n\n")
    texts = ["%matplotlib inline\n" + head, "# a title", body.rstrip("\n")]
    kinds = [types.NotebookCellKind.Code, types.NotebookCellKind.Markup, types.NotebookCellKind.Code]
    uris = [f"vscode-notebook-cell:{tmp_path}/net.ipynb#{number}" for number in range(3)]
    languages = ["python", "markdown", "python"]
    items = [
        types.TextDocumentItem(uri, language, 1, text)
        for uri, language, text in zip(uris, languages, texts, strict=True)
    ]
    cells = [types.NotebookCell(kind, uri) for kind, uri in zip(kinds, uris, strict=True)]
    notebook = types.NotebookDocument((tmp_path / "net.ipynb").as_uri(), "jupyter-notebook", 1, cells)
    pushed.notebook_document_did_open(types.DidOpenNotebookDocumentParams(notebook, items))
    await until(lambda: seen(pushed, uris[2]) == ["JFX102"])
    (found,) = pushed.diagnostics[uris[2]]
    assert body.split("\n")[found.range.start.line][found.range.start.character :].startswith("train if train")
    assert seen(pushed, uris[0]) == []
    edit = types.TextDocumentContentChangeWholeDocument(texts[2].replace("self.train\n", "self.train  # noqa\n"))
    content = types.NotebookDocumentCellContentChanges(types.VersionedTextDocumentIdentifier(2, uris[2]), [edit])
    pushed.notebook_document_did_change(
        types.DidChangeNotebookDocumentParams(
            types.VersionedNotebookDocumentIdentifier(2, notebook.uri),
            types.NotebookDocumentChangeEvent(cells=types.NotebookDocumentCellChanges(text_content=[content])),
        )
    )
    await until(lambda: seen(pushed, uris[2]) == [])


# --- without a client that knows what it does --------------------------------------------------------------------


class Wire:
    """Bytes to and from a server."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self._number = 0

    def write(self, data: bytes) -> None:
        assert self.process.stdin
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message: object) -> None:
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method: str, params: object) -> None:
        self.send({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: str, params: object) -> dict[str, Any]:
        """The response to a request."""
        self._number += 1
        self.send({"jsonrpc": "2.0", "id": self._number, "method": method, "params": params})
        while True:
            message = self.read()
            if message.get("id") == self._number and "method" not in message:
                return message

    def read(self) -> dict[str, Any]:
        assert self.process.stdout
        length = 0
        while (line := self.process.stdout.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        assert length, "the server has died"
        found: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return found

    def initialize(self, folder: Path) -> dict[str, Any]:
        """The first request; ``initialized`` never follows."""
        said = {"textDocument": {"diagnostic": {}}, "workspace": {"configuration": False}}
        folders = [{"uri": folder.as_uri(), "name": "x"}]
        return self.ask("initialize", {"processId": None, "capabilities": said, "workspaceFolders": folders})

    def open(self, path: Path, text: str) -> str:
        item = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})
        return path.as_uri()

    def type(self, uri: str, version: int, text: str) -> None:
        document = {"uri": uri, "version": version}
        self.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [{"text": text}]})

    def codes(self, uri: str) -> list[str]:
        answer = self.ask("textDocument/diagnostic", {"textDocument": {"uri": uri}})
        return [found["code"] for found in answer["result"]["items"]]


@contextmanager
def serving(folder: Path, *arguments: str) -> Iterator[Wire]:
    env = os.environ | {"XDG_CACHE_HOME": str(folder / ".cache")}
    pipe = subprocess.PIPE
    command = [sys.executable, "-m", "flake8_flaxargs", "server", *arguments]
    with (folder / "stderr.txt").open("wb") as stderr:
        process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=stderr, env=env, cwd=Path.cwd())
        try:
            yield Wire(process)
        finally:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream:
                    with suppress(BrokenPipeError):
                        stream.close()


def test_messages_that_make_no_sense(tmp_path: Path) -> None:
    with serving(tmp_path) as wire:
        assert "error" in wire.ask("textDocument/hover", {})  # before initialize
        wire.initialize(tmp_path)
        for body in (
            b"{",
            b"[]",
            b"7",
            b"null",
            b'"x"',
            b'{"jsonrpc": "2.0"}',
            b'{"jsonrpc": "1.0", "id": 1}',
            b"\xff",
        ):
            wire.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        wire.write(b"Nonsense: 1\r\nContent-Type: x\r\n\r\n")
        wire.notify("no/such", {"a": 1})
        wire.notify("$/cancelRequest", {"id": 99})
        wire.notify("textDocument/didChange", {"textDocument": {"uri": "file:///nowhere.py", "version": 3}})
        wire.type("file:///never/opened.py", 4, "x")
        wire.notify("textDocument/didClose", {"textDocument": {"uri": "untitled:Untitled-1"}})
        wire.notify("workspace/didChangeConfiguration", {"settings": [1, {"flaxargs": 3}]})
        wire.notify("workspace/didChangeConfiguration", {"settings": {"flaxargs": {"select": 7, "debounce": "x"}}})
        assert "error" in wire.ask("no/such", {})
        assert "error" in wire.ask("textDocument/hover", {"position": "here"})
        assert "error" in wire.ask("workspace/executeCommand", {"command": "rm", "arguments": []})
        far = {"line": 10**9, "character": 10**9}
        uri = wire.open(tmp_path / "net.py", NET)
        assert wire.ask("textDocument/hover", {"textDocument": {"uri": uri}, "position": far})["result"] is None
        unknown = {"textDocument": {"uri": "http://example.org/x.py"}}
        assert wire.ask("textDocument/diagnostic", unknown)["result"]["items"] == []
        assert wire.codes(uri) == ["JFX102"]


def test_a_client_that_never_says_initialized(tmp_path: Path) -> None:
    with serving(tmp_path) as wire:
        assert wire.initialize(tmp_path)["result"]["serverInfo"]["name"] == "flaxargs"
        assert wire.codes(wire.open(tmp_path / "net.py", NET)) == ["JFX102"]
        assert wire.ask("shutdown", None)["result"] is None
        wire.notify("exit", None)
        assert wire.process.wait(30) == 0


def test_every_prefix_of_a_file(tmp_path: Path) -> None:
    """Half-typed code gives findings, or a word on why not; never silence for good."""
    text = "".join(NET.replace("Net", f"Net{number}") + "\n\n" for number in range(25))
    with serving(tmp_path) as wire:
        wire.initialize(tmp_path)
        uri = wire.open(tmp_path / "net.py", "")
        for version, end in enumerate(range(0, len(text), 7), 2):
            wire.type(uri, version, text[:end])
            if version % 5 == 0:
                wire.codes(uri)
        wire.type(uri, 10**6, text)
        assert wire.codes(uri) == ["JFX102"] * 25


def test_a_file_of_a_megabyte(tmp_path: Path) -> None:
    with serving(tmp_path) as wire:
        wire.initialize(tmp_path)
        uri = wire.open(tmp_path / "net.py", NET + "x = [\n" + "    1234567, 'text',\n" * 50_000 + "]\n")
        assert wire.codes(uri) == ["JFX102"]
        assert wire.codes(wire.open(tmp_path / "line.py", NET + "x = '" + "y" * 1_000_000 + "'\n")) == ["JFX102"]


def test_folders_that_may_not_be_read_or_do_not_exist(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "bad.py").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "pyproject.toml").write_text("[tool.flaxargs\n")
    locked.chmod(0)
    try:
        with serving(tmp_path) as wire:
            wire.initialize(tmp_path)
            found = wire.ask("workspace/diagnostic", {"previousResultIds": []})["result"]["items"]
            assert {Path(item["uri"]).name: len(item["items"]) for item in found} == {"net.py": 1, "bad.py": 1}
            assert wire.codes(wire.open(locked / "net.py", NET)) == ["JFX102"]
            assert wire.codes(wire.open(tmp_path / "none" / "net.py", NET)) == ["JFX102"]
            assert wire.codes(wire.open(tmp_path / "net.py" / "net.py", NET)) == ["JFX102"]
    finally:
        locked.chmod(0o700)
    assert "pyproject.toml" in (tmp_path / "stderr.txt").read_text()


def test_a_killed_server_leaves_a_cache_that_can_be_used(tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / f"net{number}.py").write_text(NET.replace("Net", f"Net{number}"))
    for answers in (0, 2):
        with serving(tmp_path) as wire:
            wire.initialize(tmp_path)
            wire.send(
                {"jsonrpc": "2.0", "id": "w", "method": "workspace/diagnostic", "params": {"previousResultIds": []}}
            )
            for _ in range(answers):
                wire.codes(wire.open(tmp_path / "net1.py", NET))
            wire.process.send_signal(signal.SIGKILL)
    with serving(tmp_path) as wire:
        wire.initialize(tmp_path)
        found = wire.ask("workspace/diagnostic", {"previousResultIds": []})["result"]["items"]
        assert [len(item["items"]) for item in found] == [1] * 40


def test_a_request_can_be_cancelled(tmp_path: Path) -> None:
    with serving(tmp_path) as wire:
        wire.initialize(tmp_path)
        uri = wire.open(tmp_path / "net.py", NET + "\n\n".join(NET.replace("Net", f"N{n}") for n in range(60)))
        for number in ("a", "b"):
            params = {"textDocument": {"uri": uri}}
            wire.send({"jsonrpc": "2.0", "id": number, "method": "textDocument/diagnostic", "params": params})
        wire.notify("$/cancelRequest", {"id": "b"})
        answers: dict[str, dict[str, Any]] = {}
        while len(answers) < 2:
            message = wire.read()
            answers |= {message["id"]: message} if message.get("id") in {"a", "b"} else {}
        assert "result" in answers["a"] and answers["b"]["error"]["code"] == -32800


@pytest.mark.asyncio
async def test_two_clients_over_tcp(tmp_path: Path) -> None:
    """Each has its own buffers; one that leaves without a word does not take the server along."""
    with serving(tmp_path, "--tcp") as wire:
        await until(lambda: "listening" in (tmp_path / "stderr.txt").read_text())
        said = (tmp_path / "stderr.txt").read_text()
        port = int(said.partition("127.0.0.1:")[2].split()[0])
        clients = []
        for text in (NET, NET.replace("self.train\n", "self.train  # noqa\n"), NET):
            client = LanguageClient()
            await client.start_tcp("127.0.0.1", port)
            params = types.InitializeParams(
                capabilities(), workspace_folders=[types.WorkspaceFolder(tmp_path.as_uri(), "x")]
            )
            await client.initialize_session(params)
            show(client, tmp_path / "net.py", text)
            clients.append(client)
        asked = types.DocumentDiagnosticParams(types.TextDocumentIdentifier((tmp_path / "net.py").as_uri()))
        found = [await client.text_document_diagnostic_async(asked) for client in clients]
        assert [len(getattr(report, "items", ())) for report in found] == [1, 0, 1]
        await clients[0].shutdown_session()
        report = await clients[2].text_document_diagnostic_async(asked)
        assert len(getattr(report, "items", ())) == 1
        await asyncio.gather(*(client.stop() for client in clients), return_exceptions=True)
        assert wire.process.poll() is None


def test_without_pygls_the_way_out_is_named(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['pygls'] = None; sys.argv = ['flaxargs', 'server']\n"
        "from flake8_flaxargs.frontends.command import main; main()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=Path.cwd())
    assert run.returncode == 2
    assert "pip install '.[lsp]' in the folder of flake8-flaxargs" in run.stderr and "Traceback" not in run.stderr
