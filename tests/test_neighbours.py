"""What stands beside us in a project: ruff, GitHub's workflows, completion of shells."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
import yaml

from flake8_flaxargs.frontends.command import main
from tests.test_command_check import NET

ROOT = Path(__file__).parents[1]
SILENCED = NET.replace("= None):", "= None):  # noqa: JFX101")


def ruff(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--no-cache", *arguments, "."],
        cwd=folder,
        capture_output=True,
        text=True,
    )


def test_ruff_leaves_our_noqa_where_it_is_told_of_us(tmp_path: Path) -> None:
    """What README tells people to write; RUF100 and RUF102 are the rules that look at noqa comments."""
    (tmp_path / "net.py").write_text(SILENCED)
    (tmp_path / "pyproject.toml").write_text('[tool.ruff.lint]\nselect = ["RUF"]\nexternal = ["JFX"]\n')
    assert ruff(tmp_path, "--fix", "--unsafe-fixes").returncode == 0
    assert (tmp_path / "net.py").read_text() == SILENCED


def test_ruff_takes_it_away_where_it_is_not(tmp_path: Path) -> None:
    """Why README says so. Once this fails, the setting is no longer needed."""
    (tmp_path / "net.py").write_text(SILENCED)
    (tmp_path / "pyproject.toml").write_text('[tool.ruff.lint]\nselect = ["RUF"]\n')
    ruff(tmp_path, "--fix", "--preview")
    assert (tmp_path / "net.py").read_text() != SILENCED


def workflow_lines() -> list[list[str]]:
    workflow = yaml.safe_load((ROOT / "docs" / "github-workflow.yml").read_text())
    steps = workflow["jobs"]["flaxargs"]["steps"]
    return [shlex.split(step["run"]) for step in steps if step.get("run", "").startswith("flaxargs ")]


@pytest.mark.parametrize("line", workflow_lines(), ids=" ".join)
def test_the_commands_of_the_example_workflow_run(line: list[str], tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    run = subprocess.run(
        [sys.executable, "-m", "flake8_flaxargs", *line[1:]], cwd=tmp_path, capture_output=True, text=True
    )
    assert run.returncode == (0 if "--exit-zero" in line else 1), run.stderr
    assert (tmp_path / "flaxargs.sarif").exists() == ("sarif" in line)
    assert run.stdout.startswith("::") == ("github" in line)


def test_every_option_is_explained() -> None:
    context = click.Context(main)
    for name in main.list_commands(context):
        command = main.get_command(context, name)
        assert command is not None
        for parameter in command.params:
            assert not isinstance(parameter, click.Option) or parameter.help, (name, parameter.name)
