"""How long an editor waits for findings after a key, and whether the server's memory grows.

``python -m benchmarks.editor`` writes a project of 1,000 files, starts ``flaxargs server`` over stdio, and types into
a file of 2,000 lines through pygls's own client: a change of one character, then a pull of the findings. The time is
from sending the change to having the findings. Keys follow one another at once, or after ``--pause`` seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

from .editor_project import LINES, write

_BUDGET = 50.0
# What is typed, one key after the other, before it is taken back the same way: as a comment, and as code.
_TYPED = (" * scale", "  # half of it")


class Editor:
    """Types into the large file.

    Args:
        client: the connection.
        path: the file.
        seed: decides where keys go.
    """

    def __init__(self, client: LanguageClient, path: Path, seed: int) -> None:
        self._client = client
        self._uri = path.as_uri()
        self._lines = path.read_text().split("\n")
        self._version = 1
        self._random = random.Random(seed)

    async def open(self) -> int:
        """Show the file; how many findings it has."""
        item = types.TextDocumentItem(self._uri, "python", self._version, "\n".join(self._lines))
        self._client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await self._pull()

    async def _pull(self) -> int:
        params = types.DocumentDiagnosticParams(types.TextDocumentIdentifier(self._uri))
        report = await self._client.text_document_diagnostic_async(params)
        return len(report.items) if isinstance(report, types.RelatedFullDocumentDiagnosticReport) else -1

    async def word(self, pause: float) -> list[float]:
        """Type a word somewhere and take it back; milliseconds for each key."""
        places = [number for number, line in enumerate(self._lines) if line.startswith("        x = ")]
        line = self._random.choice(places)
        text = self._random.choice(_TYPED)
        before = len(self._lines[line])
        spent = []
        for taken in (*range(1, len(text) + 1), *range(len(text) - 1, -1, -1)):
            await asyncio.sleep(pause)
            begin = time.perf_counter()
            grown = taken > 0 and len(self._lines[line]) - before < taken
            at = before + (taken - 1 if grown else taken)
            place = types.Range(types.Position(line, at), types.Position(line, at + (not grown)))
            key = text[taken - 1] if grown else ""
            self._lines[line] = self._lines[line][:at] + key + self._lines[line][at + (not grown) :]
            self._version += 1
            edit = types.TextDocumentContentChangePartial(range=place, text=key)
            document = types.VersionedTextDocumentIdentifier(self._version, self._uri)
            self._client.text_document_did_change(types.DidChangeTextDocumentParams(document, [edit]))
            await self._pull()
            spent.append(1000 * (time.perf_counter() - begin))
        return spent


def _resident(pid: int) -> float:
    """MiB of memory that a process has."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


async def measure(folder: Path, edits: int, files: int, pause: float) -> tuple[list[float], list[float]]:
    """Milliseconds for each key, once warm, and the server's MiB after each tenth of the edits."""
    large = write(folder, files)
    os.environ["XDG_CACHE_HOME"] = str(folder / ".cache")
    client = LanguageClient("benchmark", "1")
    await client.start_io(sys.executable, "-m", "flake8_flaxargs", "server", "--stdio")
    said = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities())
    )
    folders = [types.WorkspaceFolder(folder.as_uri(), "project")]
    await client.initialize_async(types.InitializeParams(said, workspace_folders=folders))
    client.initialized(types.InitializedParams())
    process = client._server  # pygls has no other way to the process that it has started
    assert process is not None
    editor = Editor(client, large, seed=7)
    begin = time.perf_counter()
    findings = await editor.open()
    print(
        f"opened {LINES} lines of {files} files: {findings} findings, {time.perf_counter() - begin:.2f} s", flush=True
    )
    for _ in range(3):
        await editor.word(0)
    spent: list[float] = []
    memory = [_resident(process.pid)]
    while len(spent) < edits:
        spent += await editor.word(pause)
        if len(spent) >= len(memory) * edits / 10:
            memory.append(_resident(process.pid))
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]
    return spent, memory


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 where the budget is not met or memory grows."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.editor", description=__doc__)
    parser.add_argument("--edits", type=int, default=1000, help="keys to strike (now %(default)s; 10000 for memory)")
    parser.add_argument("--files", type=int, default=1000, help="of the project")
    parser.add_argument("--pause", type=float, default=0.0, help="seconds between keys")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        spent, memory = asyncio.run(measure(Path(temporary), options.edits, options.files, options.pause))
    cuts = statistics.quantiles(spent, n=100)
    growth = memory[-1] - memory[len(memory) // 2]
    print(f"keystroke to findings: p50 {cuts[49]:.1f} ms, p95 {cuts[94]:.1f} ms, p99 {cuts[98]:.1f} ms, ", end="")
    print(f"max {max(spent):.1f} ms, {len(spent)} keys (budget: p95 <= {_BUDGET:g} ms)")
    print("server's memory in MiB: " + ", ".join(f"{each:.0f}" for each in memory))
    print(f"growth over the second half: {growth:.1f} MiB")
    return 1 if cuts[94] > _BUDGET or growth > 10 else 0


if __name__ == "__main__":
    sys.exit(main())
