"""``assert_same_behaviour`` and the mark where JAX or Flax is not installed: what to install is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
IMPORT = "from flake8_flaxargs.shim import assert_same_behaviour\n"
MARK = """\
import pytest


@pytest.mark.same_behaviour(int, int)
def test_one():
    pass
"""
SAID = "not installed; install the extra `shim`: pip install '.[shim]' in the folder of flake8-flaxargs"


def python(code: str, *missing: str) -> subprocess.CompletedProcess[str]:
    """Run code in a Python without some packages: to import one is what it is where nobody installed it."""
    hidden = "".join(
        "import importlib.abc, sys\n"
        "class Hidden(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        f"        if name.partition('.')[0] in {missing!r}:\n"
        "            raise ModuleNotFoundError(f'No module named {name!r}', name=name)\n"
        "sys.meta_path.insert(0, Hidden())\n"
    )
    return subprocess.run([sys.executable, "-c", hidden + code], capture_output=True, text=True, cwd=ROOT)


@pytest.mark.parametrize("missing", ["flax", "jax"])
def test_an_import_says_what_to_install(missing: str) -> None:
    caught = python(f"try:\n    {IMPORT}except ImportError as error:\n    print(error.name, error)\n", missing)
    assert caught.stdout == f"{missing} assert_same_behaviour needs {missing}, which is {SAID}\n", caught.stderr
    last = python(IMPORT, missing).stderr.splitlines()[-1]
    assert last.endswith(SAID)


def test_the_mark_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "test_one.py").write_text(MARK)
    arguments = ["-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), str(tmp_path)]
    run = python(f"import pytest; sys.exit(pytest.main({arguments}))", "flax", "jax")
    assert run.returncode == 1
    assert SAID in run.stdout


def test_what_else_is_missing_is_said_as_it_is() -> None:
    """A fault of ours is not blamed on an extra."""
    last = python(IMPORT, "msgspec").stderr.splitlines()[-1]
    assert "No module named 'msgspec'" in last
