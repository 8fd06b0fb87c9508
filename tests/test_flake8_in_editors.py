"""Editors that run flake8 themselves show our findings once, at the right columns."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .test_command_check import NET
from .test_flake8 import environment

# The parameter stands in column 35, counted from 1 in characters, after a name of two bytes a character.
WIDE = NET.replace("self, x, train", "self, ünïcödé, train").replace("(x)\n", "(ünïcödé)\n")
COLUMN = WIDE.splitlines()[7].index("train") + 1


def test_the_command_line_of_vs_codes_flake8_extension(tmp_path: Path) -> None:
    """Its format and its expression (vscode-flake8 2025): a finding a line, the text on one line."""
    (tmp_path / "net.py").write_text(WIDE)
    arguments = ["--format=%(row)d,%(col)d,%(code).1s,%(code)s:%(text)s", "--select=JFX", "--extend-ignore=JFX9"]
    for given in (["net.py"], ["--stdin-display-name", str(tmp_path / "net.py"), "-"]):
        done = subprocess.run(
            [sys.executable, "-m", "flake8", "--isolated", *arguments, *given],
            cwd=tmp_path,
            env=environment(tmp_path),
            input=WIDE,
            capture_output=True,
            text=True,
        )
        (line,) = done.stdout.splitlines()
        found = re.fullmatch(r"(?P<line>\d+),(?P<column>-?\d+),(?P<type>\w+),(?P<code>\w+\d+):(?P<message>.*)", line)
        assert found is not None
        assert (int(found["line"]), int(found["column"]), found["code"]) == (8, COLUMN, "JFX101")


def test_python_lsp_server_shows_each_finding_once(tmp_path: Path) -> None:
    """The real server, with its plugin for flake8 turned on, as its users turn it on."""
    pytest.importorskip("pylsp", reason="python-lsp-server is not there")
    path = tmp_path / "net.py"
    path.write_text(WIDE)
    off = ("pycodestyle", "pyflakes", "mccabe", "pylint", "jedi_completion")
    plugins: dict[str, object] = {name: {"enabled": False} for name in off}
    flake8 = str(Path(sys.executable).parent / "flake8")
    plugins["flake8"] = {"enabled": True, "select": ["JFX1"], "executable": flake8}
    settings = {"pylsp": {"plugins": plugins}}
    document = {"uri": path.as_uri(), "languageId": "python", "version": 1, "text": WIDE}
    with subprocess.Popen(
        [sys.executable, "-m", "pylsp"],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        start = {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}, "initializationOptions": settings}
        say(server, "initialize", start, 1)
        while hear(server).get("id") != 1:
            pass
        say(server, "initialized", {})
        say(server, "workspace/didChangeConfiguration", {"settings": settings})
        say(server, "textDocument/didOpen", {"textDocument": document})
        while (heard := hear(server)).get("method") != "textDocument/publishDiagnostics":
            pass
        server.kill()
    (found,) = heard["params"]["diagnostics"]
    assert (found["code"], found["range"]["start"]) == ("JFX101", {"line": 7, "character": COLUMN - 1})
    assert "never read" in found["message"]


def say(server: subprocess.Popen[bytes], method: str, params: object, number: int | None = None) -> None:
    """Send a message. (The server's own answers are not all such as lsprotocol reads, hence no client of a library.)"""
    message = {"jsonrpc": "2.0", "method": method, "params": params, **({"id": number} if number else {})}
    data = json.dumps(message).encode()
    assert server.stdin is not None
    server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
    server.stdin.flush()


def hear(server: subprocess.Popen[bytes]) -> dict[str, Any]:
    """The next message."""
    assert server.stdout is not None
    length = 0
    while (line := server.stdout.readline().strip()) or not length:
        assert line, "the server has ended"
        name, _, value = line.partition(b":")
        length = int(value) if name.lower() == b"content-length" else length
    message: dict[str, Any] = json.loads(server.stdout.read(length))
    return message
