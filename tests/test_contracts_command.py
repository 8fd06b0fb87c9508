"""``python -m flake8_flaxargs.contracts``: what it prints, and what it says where there is nothing to print."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from flake8_flaxargs.contracts.__main__ import main

NET = """\
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        x = nn.BatchNorm(use_running_average=not train)(x)
        return nn.Dropout(0.5, deterministic=not train)(x)

    def plain(self, x):
        return x


def noisy(x, train):
    return nn.Dropout(0.5)(x, deterministic=not train)
"""
CALL = [
    "needs 'batch_stats' if not initializing  [BatchNorm at net.py:7]",
    "updates 'batch_stats' if train and not initializing  [BatchNorm at net.py:7]",
    "draws 'dropout' if train  [Dropout at net.py:8]",
]


@pytest.fixture
def net(tmp_path: Path) -> Path:
    path = tmp_path / "net.py"
    path.write_text(NET)
    return path


def printed(capsys: pytest.CaptureFixture[str], asked: str) -> list[str]:
    """The lines of a contract but for what Python asks, which every flag does."""
    assert main(asked) == 0
    out, err = capsys.readouterr()
    assert not err
    head, *lines = out.splitlines()
    assert head == f"{asked.rpartition(':')[2]} asks of its caller:"
    return [line.strip() for line in lines if "asks in Python" not in line]


@pytest.mark.parametrize("name", ["Net", "Net.__call__"])
def test_class_stands_for_its_call(net: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, f"{net}:{name}") == CALL


def test_method_that_asks_for_nothing(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, f"{net}:Net.plain") == ["nothing"]


def test_function(net: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert printed(capsys, f"{net}:noisy") == ["draws 'dropout' if train  [Dropout at net.py:15]"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("{net}:Nat", "net.py has no class or function Nat; it has Net, noisy"),
        ("{net}:Nat.__call__", "net.py has no class or function Nat.__call__; it has Net, noisy"),
        ("{net}:Net.run", "net.py: class Net has no method run"),
        ("{net}gone.py:Net", "net.pygone.py"),
        ("{broken}:Net", "cannot parse"),
        ("{net}", "usage: python -m flake8_flaxargs.contracts path.py:Class.method"),
        ("", "usage: "),
    ],
)
def test_nothing_to_print(net: Path, asked: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    broken = net.with_name("broken.py")
    broken.write_text("class Net(:\n")
    assert main(asked.format(net=net, broken=broken)) == 2
    out, err = capsys.readouterr()
    assert not out
    assert said in err
    assert len(err.splitlines()) == 1


def test_as_a_program(net: Path) -> None:
    command = [sys.executable, "-m", "flake8_flaxargs.contracts"]
    run = subprocess.run([*command, f"{net}:Net"], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert all(f"  {line}\n" in run.stdout for line in CALL)
    assert subprocess.run(command, capture_output=True, check=False).returncode == 2


@pytest.mark.parametrize("command", [["flake8_flaxargs.contracts"], ["flake8_flaxargs", "contract"]])
def test_a_reader_that_goes_away_is_no_error_of_ours(net: Path, command: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    run = subprocess.run(
        [sys.executable, "-m", *command, f"{net}:Net"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (run.returncode, run.stderr) == (1, "")
