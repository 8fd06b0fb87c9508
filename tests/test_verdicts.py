"""The cache of verdicts: whatever changes between two runs, the second says what it would say without the first."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest

from flake8_flaxargs import linter as linter_module
from flake8_flaxargs.config import CODES, Config
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic
from flake8_flaxargs.rules import RULES
from flake8_flaxargs.source import Source

from .test_flake8 import NET, NO_LIBCST, TWO_MEANINGS, write
from .test_store import DAMAGE, entries

Found = dict[str, tuple[Diagnostic, ...]]

BASE = "from flax import linen as nn\nclass Base(nn.Module):\n    train: bool | None = None\n"
BARE = "from flax import linen as nn\nclass Base(nn.Module):\n    size: int = 1\n"
BODY = "\n    def __call__(self, x, train: bool | None = None):\n        return x * 2 if train else x\n"
# It says flax, so that verdicts are kept also while its base is none.
DERIVED = f"import flax\nfrom base import Base\nclass Net(Base):{BODY}"
READER = "from net import Net\ndef run(net: Net):\n    return net.train\n"
READING = "    def read(self):\n        return self.train\n"


class Change(NamedTuple):
    """Files, and what becomes of some of them (None: gone) between two runs."""

    before: dict[str, str]
    after: dict[str, str | None]


CHANGES = {
    "base loses the attribute": Change({"net.py": DERIVED, "base.py": BASE}, {"base.py": BARE}),
    "base gains the attribute": Change({"net.py": DERIVED, "base.py": BARE}, {"base.py": BASE}),
    "base is no Module any more": Change({"net.py": DERIVED, "base.py": BASE}, {"base.py": "class Base: ...\n"}),
    "base is deleted": Change({"net.py": DERIVED, "base.py": BASE}, {"base.py": None}),
    "base cannot be parsed": Change({"net.py": DERIVED, "base.py": BASE}, {"base.py": "class (:\n"}),
    "base cannot be decoded any more": Change({"net.py": DERIVED, "base.py": BASE}, {"base.py": "# coding: none\n"}),
    "an import is satisfied": Change({"net.py": DERIVED, "x.py": ""}, {"base.py": BASE}),
    "an import is shadowed": Change({"net.py": DERIVED, "base.py": BASE}, {"base/__init__.py": BARE}),
    "a file shadows a folder": Change(
        {"net.py": DERIVED.replace("base", "base.sub"), "base/sub.py": BASE}, {"base.py": ""}
    ),
    "a folder becomes a package": Change(
        {"pkg/net.py": DERIVED, "base.py": BASE, "pkg/base.py": BARE}, {"pkg/__init__.py": ""}
    ),
    "a module of the standard library is shadowed": Change(
        {"net.py": DERIVED.replace("base", "queue")}, {"queue.py": BASE}
    ),
    "Flax is shadowed": Change({"net.py": NET}, {"flax/__init__.py": "", "flax/linen.py": "class Module: ...\n"}),
    "a base behind a base": Change(
        {"net.py": DERIVED.replace("base", "mid"), "mid.py": "from base import Base\n", "base.py": BASE},
        {"base.py": BARE},
    ),
    "a star import behind a star import": Change(
        {"net.py": DERIVED.replace("base", "mid"), "mid.py": "from far import *\n", "far.py": "", "base.py": BASE},
        {"far.py": "from base import *\n"},
    ),
    "a re-export turns elsewhere": Change(
        {
            "net.py": DERIVED.replace("base", "pkg"),
            "pkg/__init__.py": "from .one import Base\n",
            "pkg/one.py": BASE,
            "pkg/two.py": BARE,
        },
        {"pkg/__init__.py": "from .two import Base\n"},
    ),
    "a submodule appears": Change(
        {"net.py": f"import pkg\nclass Net(pkg.base.Base):{BODY}", "pkg/__init__.py": "from . import base\n"},
        {"pkg/base.py": BASE},
    ),
    "a circle of imports": Change(
        {"net.py": DERIVED, "base.py": "from far import Base\nimport net\n", "far.py": "import net\n" + BASE},
        {"far.py": "import net\n" + BARE},
    ),
    "a subclass reads the attribute": Change(
        {"net.py": NET, "setup.cfg": ""}, {"deep/sub.py": f"from net import Net\nclass Sub(Net):\n{READING}"}
    ),
    "a subclass of a subclass reads it": Change(
        {
            "net.py": NET,
            "sub.py": "from net import Net\nclass Sub(Net): ...\n",
            "far.py": "from sub import Sub\nclass Far(Sub): ...\n",
        },
        {"far.py": f"from sub import Sub\nclass Far(Sub):\n{READING}"},
    ),
    "a mixin of a subclass reads it": Change(
        {"net.py": NET, "sub.py": "from net import Net\nfrom mix import Mix\nclass Sub(Mix, Net): ...\n", "mix.py": ""},
        {"mix.py": f"class Mix:\n{READING}"},
    ),
    "somebody reads the attribute": Change({"net.py": NET}, {"run.py": READER}),
    "nobody reads the attribute any more": Change({"net.py": NET, "run.py": READER}, {"run.py": None}),
    "who reads it stops to import the class": Change(
        {"net.py": NET, "run.py": READER}, {"run.py": READER.replace("from net", "from other")}
    ),
    "a marker widens the project": Change(
        {"sub/net.py": NET, "run.py": READER.replace("from net", "from sub.net")}, {"pyproject.toml": ""}
    ),
    "a marker narrows the project": Change(
        {"sub/net.py": NET, "run.py": READER.replace("from net", "from sub.net"), "setup.py": ""},
        {"sub/pyproject.toml": ""},
    ),
    "a folder src appears": Change({"app/net.py": DERIVED, "setup.py": ""}, {"src/base.py": BASE}),
    "an installed package comes to need Flax": Change(
        {
            "net.py": DERIVED.replace("base", "zoo.base"),
            "site/zoo/base.py": BASE,
            "site/zoo-1.0.dist-info/METADATA": "Name: zoo\nRequires-Dist: aid\n",
            "site/aid-1.0.dist-info/METADATA": "Name: aid\nRequires-Dist: numpy\n",
        },
        {"site/aid-1.0.dist-info/METADATA": "Name: aid\nRequires-Dist: flax\n"},
    ),
    "an installed package changes": Change(
        {"net.py": DERIVED.replace("base", "zoo.base"), "site/zoo/base.py": BASE}, {"site/zoo/base.py": BARE}
    ),
    "a file without the word flax": Change(
        {"net.py": DERIVED, "base.py": "from far import Base\n", "far.py": BASE}, {"base.py": "class Base: ...\n"}
    ),
}


def lint_all(linter: Linter, paths: Iterable[Path]) -> Found:
    return {str(path): linter.lint_path(path) for path in paths}


def python_files(folder: Path) -> list[Path]:
    """What a user lints: not what is installed."""
    return sorted(path for path in folder.rglob("*.py") if "site" not in path.parts)


@pytest.fixture
def worked_out(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose verdicts were not taken from the cache."""
    seen: list[str] = []
    check = Linter._check

    def counted(self: Linter, source: Source, file: Any, enters: bool) -> tuple[Diagnostic, ...]:
        seen.append(Path(source.path).name)
        return check(self, source, file, enters)

    monkeypatch.setattr(linter_module.Linter, "_check", counted)
    return seen


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_elsewhere_is_seen(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, worked_out: list[str]
) -> None:
    """Whatever was linted before in either process, and in which order."""
    change = CHANGES[name]
    orders: list[Callable[[list[Path]], Iterable[Path]]] = [
        sorted,
        lambda paths: sorted(paths, reverse=True),
        _net_alone,
    ]
    for number, (first, second) in enumerate(itertools.product(orders, orders)):
        project = tmp_path / f"project{number}"
        config = Config(cache_directory=tmp_path / f"cache{number}")
        write(project, change.before)
        monkeypatch.setattr(
            sys, "path", [*sys.path, str(project / "site")] if number == 0 else [*sys.path[:-1], str(project / "site")]
        )
        known = lint_all(Linter(config), first(python_files(project)))
        assert known == lint_all(Linter(Config(cache_directory=None)), first(python_files(project)))
        worked_out.clear()
        assert lint_all(Linter(config), first(python_files(project))) == known
        assert worked_out == []
        for path, text in change.after.items():
            if text is None:
                (project / path).unlink()
            else:
                write(project, {path: text})
        paths = list(second(python_files(project)))
        fresh = lint_all(Linter(Config(cache_directory=None)), paths)
        assert lint_all(Linter(config), paths) == fresh
        net = next(path for path in python_files(project) if path.name == "net.py")
        assert fresh[str(net)] != known[str(net)]  # else the case shows nothing


def _net_alone(paths: list[Path]) -> list[Path]:
    return [path for path in paths if path.name == "net.py"]


def test_a_change_of_nothing_that_matters_leaves_verdicts(tmp_path: Path, worked_out: list[str]) -> None:
    config = Config(cache_directory=tmp_path / "cache")
    project = tmp_path / "project"
    write(project, {"net.py": DERIVED, "base.py": BASE, "setup.cfg": ""})
    known = Linter(config).lint_path(project / "net.py")
    write(project, {"data.txt": "", "__pycache__/net.pyc": "", ".notes/x.py": "", "README.md": "", "build/net.py": NET})
    os.utime(project / "base.py", (1, 1))
    worked_out.clear()
    assert Linter(config).lint_path(project / "net.py") == known
    assert worked_out == []


@pytest.mark.parametrize(
    "other",
    [
        {"methods": "public"},
        {"flax_version": "0.8"},
        {"ignore_annotations": ("bool",)},
        {"enabled": lambda code: code != "JFX101"},
        {"enabled": lambda code: True},
        {"fixes": False},
    ],
    ids=lambda other: "-".join(other),
)
def test_another_configuration_has_verdicts_of_its_own(tmp_path: Path, other: dict[str, Any]) -> None:
    write(tmp_path, {"net.py": NET + NET.replace("__call__", "other"), "two.py": TWO_MEANINGS})
    for name in ("net.py", "two.py"):
        for setting in ({}, other, {}):
            cached = Linter(Config(cache_directory=tmp_path / "cache", **setting)).lint_path(tmp_path / name)
            assert cached == Linter(Config(cache_directory=None, **setting)).lint_path(tmp_path / name)
    folders = {path.parents[1] for path in entries(tmp_path / "cache") if path.suffix == ".verdict"}
    assert len(folders) == 2


def test_findings_name_the_file_as_it_was_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {"net.py": NET})
    monkeypatch.chdir(tmp_path)
    for path in ("net.py", "./net.py", str(tmp_path / "net.py")):
        found = Linter(Config(cache_directory=tmp_path / "cache")).lint_path(path)
        assert found == Linter(Config(cache_directory=None)).lint_path(path)
        assert found[0].related[0].path == path


# --- texts that are not on disk ------------------------------------------------------------------------------------


def test_an_edited_text_in_one_linter(tmp_path: Path) -> None:
    path = str(tmp_path / "net.py")
    linter = Linter(Config(cache_directory=tmp_path / "cache"))
    merged = NET.replace("        return", '        train = nn.merge_param("train", self.train, train)\n        return')
    for text in (NET, merged, NET, "", NET, "class (:\n", merged):
        assert linter.lint(Source(path, text)) == Linter(Config(cache_directory=None)).lint(Source(path, text))


def test_an_edited_text_of_another_file_in_one_linter(tmp_path: Path) -> None:
    write(tmp_path, {"net.py": DERIVED, "base.py": BASE})
    net, base = str(tmp_path / "net.py"), str(tmp_path / "base.py")
    config = Config(cache_directory=tmp_path / "cache")
    known = Linter(config).lint_path(net)
    assert [found.code for found in known] == ["JFX101"]
    for start in (False, True):  # whether it has been asked before the edit
        linter = Linter(config)
        if start:
            assert linter.lint_path(net) == known
        linter.lint(Source(base, BARE))
        assert linter.lint_path(net) == ()
        linter.lint(Source(base, BASE))
        assert linter.lint_path(net) == known
        linter.lint(Source(base, BARE))
        assert linter.lint_path(net) == ()
        assert Linter(config).lint_path(net) == known  # what is on disk


def test_a_text_that_was_let_go_of_is_not_taken_for_the_one_on_disk(tmp_path: Path) -> None:
    """Of many opened texts only some are held; the rest are read from disk, where another may stand."""
    write(tmp_path, {"net.py": DERIVED, "base.py": BASE})
    config = Config(cache_directory=tmp_path / "cache")
    linter = Linter(config)
    linter.lint(Source(str(tmp_path / "base.py"), BARE))
    for number in range(99):
        linter.lint(Source(str(tmp_path / f"other{number}.py"), "x = 1\n"))
    linter.lint_path(tmp_path / "net.py")
    found = Linter(config).lint_path(tmp_path / "net.py")
    assert found == Linter(Config(cache_directory=None)).lint_path(tmp_path / "net.py")


# --- the entries ---------------------------------------------------------------------------------------------------


def verdicts(cache: Path) -> list[Path]:
    return [path for path in entries(cache) if path.suffix == ".verdict"]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    write(tmp_path, {"net.py": NET})
    config = Config(cache_directory=tmp_path / "cache")
    expected = Linter(config).lint_path(tmp_path / "net.py")
    (entry,) = verdicts(tmp_path / "cache")
    data = entry.read_bytes()
    DAMAGE[damage](entry, data)
    assert Linter(config).lint_path(tmp_path / "net.py") == expected
    assert entry.read_bytes() == data


@pytest.mark.parametrize("place", ["file/below", "file", "loop/below", "/proc/flaxargs", "/dev/null/below"])
def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path, place: str) -> None:
    write(tmp_path, {"net.py": NET, "other.py": NET, "file": "kept"})
    (tmp_path / "loop").symlink_to("loop")
    linter = Linter(Config(cache_directory=tmp_path / place))
    for name in ("net.py", "other.py"):
        assert [found.code for found in linter.lint_path(tmp_path / name)] == ["JFX101"]


def test_a_name_that_is_no_text_is_no_error(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9")
    try:
        write(tmp_path, {f"{name}/net.py": DERIVED, f"{name}/base.py": BASE})
    except OSError:
        pytest.skip("this file system has no such names")
    for _ in range(2):
        found = Linter(Config(cache_directory=tmp_path / "cache")).lint_path(tmp_path / name / "net.py")
        assert [diagnostic.code for diagnostic in found] == ["JFX101"]


def test_what_was_not_checked_is_not_kept(tmp_path: Path) -> None:
    write(tmp_path, {"part.py": NET + NO_LIBCST.format(name="Odd"), "none.py": "from flax import linen\nclass (:\n"})
    linter = Linter(Config(cache_directory=tmp_path / "cache"))
    assert "JFX000" in [found.code for found in linter.lint_path(tmp_path / "part.py")]
    assert [found.code for found in linter.lint_path(tmp_path / "none.py")] == ["JFX000"]
    assert verdicts(tmp_path / "cache") == []


# --- what is loaded ------------------------------------------------------------------------------------------------

_LOADED = """
import sys
from pathlib import Path
from random import Random
from flake8_flaxargs.config import Config
from flake8_flaxargs.linter import Linter
found = Linter(Config(cache_directory=Path(sys.argv[2]))).lint_path(sys.argv[1])
parts = ("contracts", "rules", "facts.reader", "facts.records", "facts.store", "project.names", "project.classes",
         "project.users", "project.fields")
print(len(found), *(part for part in parts if "flake8_flaxargs." + part in sys.modules), "libcst" in sys.modules)
"""


def test_what_a_verdict_saves_is_not_loaded(tmp_path: Path) -> None:
    """Nor is anything of it for a file that holds no Module; and such a one leaves nothing in the cache."""
    write(tmp_path, {"net.py": NET, "plain.py": "class A: ...\nclass B(A): ...\n"})

    def loaded(name: str) -> list[str]:
        command = [sys.executable, "-c", _LOADED, str(tmp_path / name), str(tmp_path / "cache")]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()

    assert loaded("plain.py") == ["0", "False"]
    assert not (tmp_path / "cache").exists()
    assert len(loaded("net.py")) > 3
    assert loaded("net.py") == ["1", "False"]


def test_codes_are_those_of_the_rules() -> None:
    assert tuple(rule.code for rule in RULES) == CODES


# --- at random -----------------------------------------------------------------------------------------------------

_NAMES = ("a", "b", "c", "pkg.a", "pkg.b", "pkg.sub.c", "queue")
_MARKERS = ("setup.py", "pkg/setup.cfg", "pkg/__init__.py", "pkg/sub/__init__.py")


def _random_text(random: Random) -> str:
    """A file that takes part in a net of bases, re-exports and readers."""
    other, own = random.choice(_NAMES), random.choice("AB")
    base = random.choice("AB")
    imported = random.choice(
        [
            f"from {other} import {base}\n",
            f"from {other} import *\n",
            f"from .{random.choice('abc')} import {base}\n",
            f"from {other} import {own} as {base}\n",
            f"import {other} as m\n{base} = m.{base}\n",
            f"from flax import linen as nn\n{base} = nn.Module\n",
            f"from flax import linen as nn\n{base} = nn.Module\n",
            f"from flax import linen as nn\nclass {base}(nn.Module):\n    train: bool | None = None\n",
        ]
    )
    attribute = random.choice(["    train: bool | None = None\n", "    size: int = 1\n", "    train: bool = True\n"])
    method = random.choice([BODY, READING, "", BODY + READING])
    reader = random.choice(["", "", f"def run(x: {own}):\n    return x.train\n"])
    return f"{imported}class {own}({base}):\n{attribute}{method}{reader}"


@pytest.mark.parametrize("seed", range(5))
def test_random_changes_of_random_projects(seed: int, tmp_path: Path) -> None:
    """Any files, in any order, after any change: as if each were linted alone, for the first time."""
    random = Random(seed)
    project = tmp_path / "project"
    write(project, {f"{name.replace('.', '/')}.py": _random_text(random) for name in _NAMES})
    config = Config(cache_directory=tmp_path / "cache")
    seen = set()
    for _ in range(40):
        paths = python_files(project)
        random.shuffle(paths)
        cached = Linter(config)
        found = {str(path): cached.lint_path(path) for path in paths[: random.randint(1, len(paths))]}
        assert found == {path: Linter(Config(cache_directory=None)).lint_path(path) for path in found}
        seen |= set(found.values())
        changed = project / random.choice([f"{name.replace('.', '/')}.py" for name in _NAMES])
        marker = project / random.choice(_MARKERS)
        match random.randrange(4):
            case 0 if marker.exists():
                marker.unlink()
            case 0:
                write(project, {str(marker.relative_to(project)): ""})
            case 1 if changed.exists():
                changed.unlink()
            case _:
                write(project, {str(changed.relative_to(project)): _random_text(random)})
    assert len(seen) > 1
