"""``flaxargs explain``, ``rules`` and ``completion``: what they print of the rules, and for whom."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner, Result

from flake8_flaxargs.config import Config
from flake8_flaxargs.frontends.command import main
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Safety
from flake8_flaxargs.rules import RULES
from flake8_flaxargs.source import Source

from .suite.fixtures import fixtures


def flaxargs(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, prog_name="flaxargs")


def on_terminal(*arguments: str, columns: int = 80) -> str:
    """What the command prints where its output goes to a terminal."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    env = os.environ | {"COLUMNS": str(columns), "TERM": "xterm"}
    command = [sys.executable, "-m", "flake8_flaxargs", *arguments]
    with subprocess.Popen(command, stdout=theirs, stdin=subprocess.DEVNULL, env=env) as process:
        os.close(theirs)
        printed = b""
        while chunk := _read(ours):
            printed += chunk
    os.close(ours)
    assert process.returncode == 0
    return re.sub(r"\x1b(\[[\d;]*m|\]8;.*?\x1b\\)", "", printed.decode().replace("\r\n", "\n"))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so when the other side is closed
        return b""


# --- explain -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("asked", ["JFX201", "jfx201", "apply-without-rng", "Apply-Without-RNG"])
def test_page_by_code_or_name(asked: str) -> None:
    result = flaxargs("explain", asked)
    assert result.exit_code == 0
    title, _, facts, *rest = result.stdout.splitlines()
    assert title == "# JFX201 apply-without-rng"
    assert facts.startswith("*On by default · Flax raises · fix: unsafe, shown · ")
    assert rest[rest.index("## Why is this bad?") + 1].startswith("Flax raises `InvalidRngError: ")


def test_several_pages_each_once() -> None:
    result = flaxargs("explain", "JFX302", "mutable-true", "apply-without-collection", "--output-format", "markdown")
    titles = [line for line in result.stdout.splitlines() if line.startswith("# JFX")]
    assert titles == ["# JFX302 apply-without-collection", "# JFX907 mutable-true"]
    assert "*Off by default · Flax is silent · fix: none · " in result.stdout


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_json_has_what_the_rule_has(rule: type) -> None:
    (page,) = json.loads(flaxargs("explain", rule.code, "--output-format", "json").stdout)
    assert page.pop("text").startswith("## What it does\n")
    assert page == {
        "code": rule.code,
        "name": rule.name,
        "default": rule.default,
        "since": rule.since,
        "runtime": rule.runtime,
        "fixes": list(rule.offers),
        "flax": rule.flax,
    }


@pytest.mark.parametrize(
    ("asked", "begun"),
    [
        ("JFX2", ["JFX201", "JFX202", "JFX203", "JFX204"]),
        ("jfx90", ["JFX901", "JFX902", "JFX903", "JFX904", "JFX905", "JFX906", "JFX907"]),
        ("apply-", ["JFX201", "JFX202", "JFX301", "JFX302"]),
    ],
)
def test_the_beginning_of_rules_lists_them_all(asked: str, begun: list[str]) -> None:
    result = flaxargs("explain", asked)
    assert (result.exit_code, result.stdout) == (2, "")
    head, *lines = result.stderr.splitlines()
    assert head == f"flaxargs: no rule has the code or name {asked!r}; these begin so:"
    names = {rule.code: rule.name for rule in RULES}
    assert lines == [f"  {code} {names[code]}" for code in begun]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("JFX205", "no rule has the code or name 'JFX205'; the nearest: JFX20"),
        ("aply-without-rgn", "the nearest: JFX201 apply-without-rng"),
        ("qqq", "no rule has the code or name 'qqq'; `flaxargs rules` lists all there are"),
    ],
)
def test_unknown_rule(asked: str, said: str) -> None:
    result = flaxargs("explain", "JFX101", asked)
    assert result.exit_code == 2
    assert not result.stdout
    assert said in result.stderr
    assert result.stderr.startswith("flaxargs: ")


def test_page_is_laid_out_on_a_terminal() -> None:
    printed = on_terminal("explain", "JFX201")
    assert "JFX201 apply-without-rng" in printed
    assert not any(line.lstrip().startswith(("#", "```")) for line in printed.splitlines())
    assert max(map(len, printed.splitlines())) <= 80
    assert "## What it does" in on_terminal("explain", "JFX201", "--output-format", "markdown")


# --- rules ---------------------------------------------------------------------------------------------------------


def test_table_has_all_rules() -> None:
    head, *rows = flaxargs("rules").stdout.splitlines()
    assert head.split() == ["code", "name", "default", "fix", "in", "Flax", "versions"]
    assert [row.split()[:3] for row in rows] == [
        [rule.code, rule.name, "on" if rule.default else "off"] for rule in RULES
    ]
    assert "JFX201  apply-without-rng            on       unsafe, shown        raises   >=0.8" in rows


def test_table_on_a_terminal_of_80_columns_cuts_no_name() -> None:
    rows = on_terminal("rules").splitlines()
    assert max(map(len, rows)) <= 80
    assert [row.split()[:2] for row in rows[1:]] == [[rule.code, rule.name] for rule in RULES]


def test_table_in_markdown_and_json() -> None:
    table = flaxargs("rules", "--output-format", "markdown").stdout.splitlines()
    assert table[1] == "| --- | --- | --- | --- | --- | --- |"
    assert "| JFX105 | merge-bypassed | on | safe | silent | >=0.8 |" in table
    assert len(table) == len(RULES) + 2
    known = json.loads(flaxargs("rules", "--output-format", "json").stdout)
    assert [rule["code"] for rule in known] == [rule.code for rule in RULES]


# What makes merging safe is that a project uses the class as it has to be used; fixtures do not.
USED_RIGHT = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        {merge}return nn.Dropout(0.5, deterministic=not train)(x)


def run(x):
    return Net(train=True)(x)
"""
BY_HAND = "train = self.train if train is None else train\n        "


def test_safeties_of_fixes_are_those_that_rules_have() -> None:
    """Those that the table lists are offered for some fixture or program, and no others are."""
    linter = Linter(Config(cache_directory=None))
    found = [linter.lint(Source("net.py", USED_RIGHT.format(merge=merge))) for merge in ("", BY_HAND)]
    found += [fixture.linter().lint_path(fixture.folder / fixture.main) for fixture in fixtures()]
    offered: dict[str, set[Safety]] = defaultdict(set)
    for diagnostic in (diagnostic for several in found for diagnostic in several):
        offered[diagnostic.code] |= {fix.safety for fix in diagnostic.fixes}
    assert {rule.code: set(rule.offers) for rule in RULES} == {rule.code: offered[rule.code] for rule in RULES}


# --- completion ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "typed", "wanted"),
    [
        (["explain"], "JFX20", ["JFX201", "JFX202", "JFX203", "JFX204"]),
        (["explain"], "jfx20", ["JFX201", "JFX202", "JFX203", "JFX204"]),
        (
            ["explain", "JFX101"],
            "apply-without",
            ["apply-without-rng", "apply-without-mutable", "apply-without-collection"],
        ),
        (["explain"], "", [rule.code for rule in RULES]),
        (["rules", "--output-format"], "m", ["markdown"]),
        (["completion"], "", ["bash", "zsh", "fish"]),
    ],
)
def test_shell_completes(words: list[str], typed: str, wanted: list[str]) -> None:
    complete = ShellComplete(main, {}, "flaxargs", "_FLAXARGS_COMPLETE")
    assert [item.value for item in complete.get_completions(words, typed)] == wanted


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_script_is_one_that_the_shell_takes(shell: str) -> None:
    result = flaxargs("completion", shell)
    assert result.exit_code == 0
    assert f"_FLAXARGS_COMPLETE={shell}_complete" in result.stdout
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=result.stdout, text=True, check=True)


def test_script_of_the_running_shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELL", "/usr/bin/fish")
    assert flaxargs("completion").stdout == flaxargs("completion", "fish").stdout
    monkeypatch.setenv("SHELL", "/bin/tcsh")
    result = flaxargs("completion")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "flaxargs: no completion for the shell 'tcsh'; name one of bash, zsh, fish\n"


def test_bash_completes_a_rule(tmp_path: Path) -> None:
    """All the way through: what bash would be told while somebody types."""
    env = os.environ | {
        "_FLAXARGS_COMPLETE": "bash_complete",
        "COMP_WORDS": "flaxargs explain mode-h",
        "COMP_CWORD": "2",
    }
    command = [sys.executable, "-m", "flake8_flaxargs"]
    run = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert run.stdout.split() == ["plain,mode-hard-wired"]
