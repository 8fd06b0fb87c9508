"""``flaxargs contract``: what it says of classes, methods and functions, and where there is nothing to say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flake8_flaxargs.frontends.command import main

BASE = """\
from flax import linen as nn


class Base(nn.Module):
    def setup(self):
        self.norm = nn.BatchNorm(use_running_average=False)

    def normed(self, x):
        return self.norm(x)
"""
NET = """\
from base import Base
from flax import linen as nn


class Net(Base):
    @nn.nowrap
    def width(self):
        return 8

    def __call__(self, x, train: bool):
        return nn.Dropout(0.5, deterministic=not train)(self.hidden(x))

    def hidden(self, x):
        return x

    def encode(self, x):
        return nn.Dropout(0.5, deterministic=False)(x)

    def _private(self, x):
        return nn.Dropout(0.5, deterministic=False)(x)


class Plain(nn.Module):
    def __call__(self, x):
        return x


def noisy(x, train):
    return nn.Dropout(0.5)(x, deterministic=not train)
"""
MERGED = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return x, nn.merge_param("train", self.train, train)
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.py").write_text(BASE)
    (tmp_path / "net.py").write_text(NET)
    return tmp_path


def contract(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["contract", *arguments], prog_name="flaxargs")


def said(result: Result) -> list[str]:
    """The lines, but for what Python asks, which every flag does."""
    assert (result.exit_code, result.stderr) == (0, "")
    return [line for line in result.stdout.splitlines() if "asks in Python" not in line]


@pytest.mark.usefixtures("folder")
class TestContract:
    def test_class_is_all_its_public_methods_that_ask(self) -> None:
        assert said(contract("net.py:Net")) == [
            "Net.__call__ asks of its caller:",
            "  draws 'dropout' if train  [Dropout at net.py:11]",
            "Net.encode asks of its caller:",
            "  draws 'dropout' if always  [Dropout at net.py:17]",
            "Net.normed asks of its caller:",
            "  needs 'batch_stats' if not initializing  [BatchNorm at base.py:9]",
            "  updates 'batch_stats' if not initializing  [BatchNorm at base.py:9]",
        ]

    def test_several_targets(self) -> None:
        assert said(contract("net.py:Plain", "net.py:Net.hidden", "base.py:Base.normed", "net.py:noisy")) == [
            "Plain asks nothing of its caller",
            "Net.hidden asks of its caller:",
            "  nothing",
            "Base.normed asks of its caller:",
            "  needs 'batch_stats' if not initializing  [BatchNorm at base.py:9]",
            "  updates 'batch_stats' if not initializing  [BatchNorm at base.py:9]",
            "noisy asks of its caller:",
            "  draws 'dropout' if train  [Dropout at net.py:29]",
        ]

    def test_json_has_conditions_and_places(self) -> None:
        (encode, noisy, normed) = json.loads(
            contract("net.py:Net.encode", "net.py:noisy", "net.py:Net.normed", "--output-format", "json").stdout
        )
        assert (encode["name"], encode["path"], encode["line"]) == ("Net.encode", "net.py", 16)
        assert (noisy["name"], noisy["line"]) == ("noisy", 28)
        assert (normed["name"], normed["path"], normed["line"]) == ("Net.normed", "base.py", 8)
        (drawn,) = (part for part in noisy["contract"] if part["asks"].startswith("draws"))
        assert drawn == {
            "asks": "draws 'dropout'",
            "if": "train",
            "by": "Dropout",
            "path": "net.py",
            "line": 29,
        }

    def test_paths_in_json_are_as_they_were_named(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def paths(target: str) -> list[str]:
            (told,) = json.loads(contract(target, "--output-format", "json").stdout)
            return [told["path"], told["contract"][0]["path"]]

        assert paths("./net.py:Net.encode") == ["./net.py", "./net.py"]
        assert paths(f"{folder}/net.py:Net.encode") == [f"{folder}/net.py"] * 2
        (folder / "sub").mkdir()
        monkeypatch.chdir(folder / "sub")
        assert paths("../net.py:Net.encode") == ["../net.py", "../net.py"]
        assert paths("../net.py:Net.normed") == [f"{folder}/base.py"] * 2

    def test_what_is_merged_is_said_without_a_stray_comma(self, folder: Path) -> None:
        (folder / "merged.py").write_text(MERGED)
        wants = "wants 'train' once, of self.train and train"
        (told,) = json.loads(contract("merged.py:Net", "--output-format", "json").stdout)
        assert [part["asks"] for part in told["contract"]] == [wants]
        assert said(contract("merged.py:Net"))[1] == f"  {wants}, if always  [Net at merged.py:9]"

    @pytest.mark.parametrize(
        ("target", "message"),
        [
            ("net.py:Nett", "net.py has no class or function Nett; it has Net, "),
            ("net.py:plane", "net.py has no class or function plane; it has Plain, "),
            ("net.py:noizy", "net.py has no class or function noizy; it has noisy, "),
            ("net.py:Nett.encode", "net.py has no class or function Nett.encode; it has "),
            ("net.py:Net.decode", "net.py: class Net has no method decode; it has encode, "),
            ("net.py:Net.norm", "net.py: class Net has no method norm; it has normed, "),
            ("gone.py:Net", "cannot read gone.py: "),
            ("empty.py:Net", "empty.py has no class or function Net; it has none"),
            ("broken.py:Net", "cannot parse broken.py: "),
            (".:Net", "cannot read .: "),
        ],
    )
    def test_nothing_to_tell(self, folder: Path, target: str, message: str) -> None:
        (folder / "broken.py").write_text("class Net(:\n")
        (folder / "empty.py").write_text("")
        result = contract("net.py:Net", target)
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith(f"flaxargs: {message}")
        assert len(result.stderr.splitlines()) == 1

    @pytest.mark.parametrize("target", ["net.py", "net.py:", ":Net", ""])
    def test_target_without_a_name(self, target: str) -> None:
        result = contract(target)
        assert result.exit_code == 2
        assert f"{target!r} is no PATH:NAME, such as net.py:Net" in result.stderr

    def test_version_of_flax(self) -> None:
        assert said(contract("net.py:noisy", "--flax-version", "0.8"))[0] == "noisy asks of its caller:"
        result = contract("net.py:noisy", "--flax-version", "new")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "'new' is no version of Flax" in result.stderr
