"""The command where stdout is no UTF-8: people see escapes for what a stream has not, programs see UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

NET = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None, é="≈"):
        return nn.Dropout(0.5, deterministic=not train)(x)


def loss(variables, x):
    return Net().apply(variables, x, train=True)
"""
NAME = "nét.py"
STREAMS = {
    "ascii": {"PYTHONIOENCODING": "ascii"},
    "latin-1": {"PYTHONIOENCODING": "latin-1"},
    "cp1252": {"PYTHONIOENCODING": "cp1252"},
    "C": {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
    "utf-8": {"PYTHONIOENCODING": "utf-8"},
}
# As a shell would: a name on disk is bytes of UTF-8.
PEOPLE = {
    "check": ("check", NAME),
    "concise": ("check", "--output-format", "concise", NAME),
    "statistics": ("check", "--statistics", NAME),
    "fix": ("fix", NAME),
    "contract": ("contract", f"{NAME}:Net"),
    "explain": ("explain", "JFX201"),
    "rules": ("rules",),
    "add-noqa": ("add-noqa", NAME),
    "missing": ("check", "missing-é.py"),
    "unknown": ("contract", f"{NAME}:Nét"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[tool.flaxargs]\ncache-dir = ".cache"\n')
    (tmp_path / NAME).write_text(NET, encoding="utf-8")
    return tmp_path


def run(folder: Path, stream: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONIO", "PYTHONUTF8", "LC_"))}
    ours |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "COLUMNS": "200"}
    command = [sys.executable, "-m", "flake8_flaxargs", *(argument.encode() for argument in arguments)]
    return subprocess.run(command, cwd=folder, env=ours | STREAMS[stream], capture_output=True, check=False)


@pytest.mark.parametrize("name", PEOPLE)
def test_what_people_read_is_whole_on_a_stream_of_ascii(folder: Path, name: str) -> None:
    """Paths, a line of the source and the page of a rule have other characters."""
    ended = run(folder, "ascii", *PEOPLE[name])
    assert ended.returncode in {0, 1} or name in {"missing", "unknown"}
    said = ended.stdout.decode("ascii") + ended.stderr.decode("ascii")
    assert said and "Traceback" not in said and "EncodeError" not in said


@pytest.mark.parametrize("stream", STREAMS)
def test_the_full_report_is_whole_on_any_stream(folder: Path, stream: str) -> None:
    ended = run(folder, stream, "check", NAME)
    assert (ended.returncode, ended.stdout.count(b" JFX")) == (1, 2)
    assert b"2 findings in 1 of 1 file" in ended.stderr


@pytest.mark.parametrize(
    ("stream", "path", "line"),
    [
        ("ascii", rb"n\xe9t.py:8:27: JFX101", rb'\xe9="\u2248"):'),
        ("latin-1", "nét.py:8:27: JFX101".encode("latin-1"), b'\xe9="\\u2248"):'),
        ("utf-8", "nét.py:8:27: JFX101".encode(), 'é="≈"):'.encode()),
    ],
)
def test_only_what_a_stream_has_not_is_escaped(folder: Path, stream: str, path: bytes, line: bytes) -> None:
    ended = run(folder, stream, "check", NAME)
    assert ended.returncode == 1
    assert path in ended.stdout and line in ended.stdout


def test_who_chose_another_way_gets_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(STREAMS, "marks", {"PYTHONIOENCODING": "ascii:replace"})
    assert b'?="?"):' in run(folder, "marks", "check", NAME).stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "--output-format", "json", NAME),
        ("check", "--output-format", "sarif", NAME),
        ("contract", "--output-format", "json", f"{NAME}:Net"),
        ("explain", "--output-format", "json", "JFX201"),
    ],
    ids=["json", "sarif", "contract", "explain"],
)
def test_what_programs_read_is_the_same_on_any_stream(folder: Path, arguments: tuple[str, ...]) -> None:
    said = [run(folder, stream, *arguments).stdout for stream in ("ascii", "cp1252", "utf-8")]
    assert json.loads(said[0]) and said[0] == said[1] == said[2]
    assert json.loads(run(folder, "C", *arguments).stdout)  # there even the name of the file is another
