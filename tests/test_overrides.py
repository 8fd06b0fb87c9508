"""``[tool.flaxargs.verify."module:Class"]`` for what there is not: ``flaxargs verify`` says so, once, and goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from flake8_flaxargs.frontends.command import main
from tests.test_command_check import CLEAN, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    return tmp_path


def told(name: str, *paths: str) -> list[str]:
    """What is said of a table of this name; nothing is mended here, and so nothing is run."""
    write(
        {
            "pyproject.toml": f'[tool.flaxargs.verify."{name}"]\nattributes = {{}}\n',
            "pk/__init__.py": "",
            "pk/mod.py": CLEAN + "\n\nclass Net:\n    pass\n\n\nclass Encoder:\n    pass\n",
            "loose/train.py": "if True:\n    class Trained:\n        pass\n\n\ndef step():\n    pass\n",
            "broken.py": "def (:\n",
            "note.md": "# nothing\n",
        }
    )
    result = CliRunner().invoke(main, ["verify", *paths])
    return [line for line in result.stderr.splitlines() if "tool.flaxargs.verify" in line]


@pytest.mark.parametrize("path", ["pk/mod.py", "pk", "loose/train.py"])
@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("pk.mod:Nte", "pk/mod.py has no Module 'Nte'; did you mean 'Net'?"),
        ("pk.mod:Zzzz", "pk/mod.py has no Module 'Zzzz'"),
        ("pk.mood:Net", "there is no module 'pk.mood'; did you mean 'pk.mod'?"),
        ("loose.train:step", "there is no module 'loose.train'; did you mean 'train'?"),  # loose is no package
        ("Encodr", "no file has a Module 'Encodr'; did you mean 'Encoder'?"),
    ],
)
def test_a_table_for_nothing_is_told_with_the_nearest(name: str, why: str, path: str) -> None:
    (line,) = told(name, path)
    table = f'verify."{name}"' if ":" in name else f"verify.{name}"
    assert line.endswith(f"pyproject.toml: [tool.flaxargs.{table}] is not heeded: {why}"), line


@pytest.mark.parametrize("name", ["pk.mod:Net", "train:Trained", "train:step", "Net"])
def test_a_table_for_what_there_is_needs_no_word(name: str) -> None:
    """Also where another file is verified than that which holds it."""
    assert told(name, "pk/mod.py") == told(name, "loose/train.py") == []
