"""The examples in each subcommand's help run, and print what the help says."""

from __future__ import annotations

import doctest
import importlib
import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import click
import pytest

from flake8_flaxargs.frontends.command import _COMMANDS, main

from .test_flake8 import environment

ROOT = Path(__file__).parents[1]
FOLDER = "flake8_flaxargs.frontends.command"


class Example(NamedTuple):
    """A line to type, and what the help shows of its output ("" for none; ``...`` stands for anything)."""

    command: str
    line: str
    output: str


def commands() -> dict[str, click.Command]:
    """The subcommands by name, but for those that nobody has written yet."""
    written = {name: f"{FOLDER}.{module}" for name, module in _COMMANDS.items() if find_spec(f"{FOLDER}.{module}")}
    return {name: importlib.import_module(module).command for name, module in written.items()}


def examples(name: str, command: click.Command) -> list[Example]:
    """The examples in a subcommand's help."""
    context = click.Context(command, info_name=name, parent=click.Context(main, info_name="flaxargs"))
    _, _, block = command.get_help(context).partition("Example:\n")
    found = []
    for entry in re.split(r"^ *\$ ", block.partition("\n\n")[0], flags=re.MULTILINE)[1:]:
        line, _, output = entry.partition("\n")
        found.append(Example(name, line, "\n".join(text.removeprefix("    ") for text in output.splitlines())))
    return found


EXAMPLES = [example for name, command in commands().items() for example in examples(name, command)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the README's ``net.py``, and ``flaxargs`` beside it."""
    program = (ROOT / "README.md").read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    net = tmp_path / "work" / "net.py"
    net.parent.mkdir()
    net.write_text(program)
    script = tmp_path / "bin" / "flaxargs"
    script.parent.mkdir()
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m flake8_flaxargs "$@"\n')
    script.chmod(0o755)
    return net.parent


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.line)
def test_example_runs_and_prints_what_the_help_shows(example: Example, folder: Path) -> None:
    env = environment(folder) | {"PATH": f"{folder.parent / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = ["sh", "-c", example.line]
    run = subprocess.run(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert run.returncode in {0, 1}, run.stderr
    printed, wanted = run.stdout + run.stderr, f"{example.output}\n"
    if example.output:
        rules = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        assert doctest.OutputChecker().check_output(wanted, printed, rules), printed


@pytest.mark.parametrize("name", list(commands()))
def test_every_subcommand_has_an_example(name: str) -> None:
    assert [example for example in EXAMPLES if example.command == name and example.line.startswith("flaxargs ")]
