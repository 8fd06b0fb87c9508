"""``flaxargs add-noqa``: afterwards, both linters are silent, and nothing but comments has changed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import nbformat
from click.testing import CliRunner, Result

from flake8_flaxargs import noqa
from flake8_flaxargs.config import Config
from flake8_flaxargs.frontends.command import main
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.noqa import Noqa
from flake8_flaxargs.source import Source

from .suite.fixtures import fixtures
from .test_flake8 import NET, environment

TWICE = """\
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        a = '''
        ''', nn.Dropout(0.5)(x)  # why
        b = '# noqa: E501', nn.Dropout(0.5)(x)
        return nn.Dropout(0.5)(x)  # noqa: E501
"""


def add(*paths: Path) -> Result:
    return CliRunner().invoke(main, ["add-noqa", *map(str, paths)], prog_name="flaxargs")


def left(path: Path) -> set[tuple[int, str]]:
    """Line and code of what linting finds and no comment covers."""
    source = Source.from_file(path)
    found = {(item.range.start.line, item.code) for item in Linter(Config(cache_directory=None)).lint(source)}
    noqa = Noqa(source)
    return {(line, code) for line, code in found if not noqa.covers(line, code)}


def test_file_is_silent_afterwards(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(NET.replace("\n", "\r\n").encode())
    assert left(path) == {(7, "JFX101")}
    result = add(path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, f"{path}: 1 line\n", "")
    assert left(path) == set()
    assert path.read_bytes().replace(b"  # noqa: JFX101", b"") == NET.replace("\n", "\r\n").encode()
    written = path.read_bytes()
    result = add(path)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    assert path.read_bytes() == written


def test_finding_that_can_have_no_comment_is_named(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text(TWICE)
    result = add(path)
    assert result.exit_code == 1
    assert result.stdout == f"{path}: 2 lines\n"
    assert result.stderr.startswith(f"flaxargs: {path}:9: no comment can be written: a string says `# noqa: E501`")
    assert left(path) == {(9, "JFX107")}
    lines = path.read_text().splitlines()
    assert lines[7].endswith("  # why  # noqa: JFX107")
    assert lines[9].endswith("  # noqa: E501, JFX107")


def test_file_that_cannot_be_parsed_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_text("import flax\nclass Net(:\n")
    result = add(path)
    assert result.exit_code == 1
    assert "no comment can be written: cannot parse" in result.stderr
    assert path.read_text() == "import flax\nclass Net(:\n"


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "net.py"
    path.write_bytes(b"# coding: nonsense\n")
    result = add(path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"flaxargs: cannot decode {path}: ")
    assert add(tmp_path / "gone.py").exit_code == 2


def test_blocks_of_markdown_and_cells_of_notebooks(tmp_path: Path) -> None:
    page = tmp_path / "net.md"
    page.write_text(f"# It's\n\n- item\n\n  ```python\n{indent(NET, '  ')}  ```\n")
    book = tmp_path / "net.ipynb"
    cells = [nbformat.v4.new_code_cell(text) for text in ("%time 1", NET)]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), book)
    result = add(tmp_path)
    assert (result.exit_code, result.stderr) == (0, "")
    assert page.read_text().count("  # noqa: JFX101\n") == 1
    assert "".join(nbformat.read(book, 4).cells[1].source).count("  # noqa: JFX101\n") == 1
    assert add(tmp_path).stdout == ""


def test_flake8_is_silent_on_all_fixtures_afterwards(tmp_path: Path) -> None:
    paths = []
    for fixture in fixtures():
        if not fixture.flagged:
            continue
        path = fixture.write(tmp_path / fixture.id)
        source = Source.from_file(path)
        found = fixture.linter().lint(source)
        wanted: dict[int, set[str]] = {}
        for item in found:
            wanted.setdefault(item.range.start.line, set()).add(item.code)
        silent, impossible = noqa.add(source, wanted)
        assert not impossible
        assert ast.dump(silent.tree) == ast.dump(source.tree)
        lines = {
            line for line, texts in enumerate(zip(source.lines, silent.lines, strict=True), 1) if len({*texts}) > 1
        }
        assert lines == {item.range.start.line for item in found}
        path.write_bytes(silent.encode(silent.raw))
        paths.append(path.relative_to(tmp_path))
    assert len(paths) > 100
    command = [sys.executable, "-m", "flake8", "--isolated", "--select", "JFX0,JFX1,JFX2,JFX3", *map(str, paths)]
    run = subprocess.run(command, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, check=False)
    assert (run.stdout, run.stderr) == ("", "")
