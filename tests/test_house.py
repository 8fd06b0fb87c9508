"""The repository keeps its own rules: layers, types, lint and format, ours among the linters."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import msgspec
import pytest

from flake8_flaxargs.rules import RULES
from flake8_flaxargs.settings import Settings

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize(
    "command",
    [
        "lint-imports",
        "mypy --no-incremental",
        "ruff check --no-cache .",
        "ruff format --check --no-cache .",
        "flake8 --flaxargs-no-cache flake8_flaxargs tests benchmarks fixtures",
    ],
    ids=lambda command: command.split()[0],
)
def test_house_is_in_order(command: str) -> None:
    program, *arguments = command.split()
    path = Path(sys.executable).with_name(program)
    run = subprocess.run([path, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_wheel_holds_all_that_the_linter_needs(tmp_path: Path) -> None:
    """Flax's facts and the type marker travel along; tests, fixtures and benchmarks do not."""
    source = tmp_path / "source"  # a copy: building leaves a folder behind, from which later wheels would take files
    shutil.copytree(ROOT / "flake8_flaxargs", source / "flake8_flaxargs")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(tmp_path), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for version in ("0.8", "0.10", "0.12"):
        assert f"flake8_flaxargs/project/library/flax-{version}.msgpack" in names
    assert "flake8_flaxargs/py.typed" in names
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {"flake8_flaxargs"}


def test_requirements_of_the_core_bring_no_jax() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    core = tomllib.loads(text)["project"]["dependencies"]
    assert sorted(part.split(">")[0] for part in core) == ["click", "flake8", "libcst", "msgspec", "pathspec", "rich"]


def test_every_setting_of_the_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    for field in msgspec.structs.fields(Settings):
        assert re.search(rf"(?<![\w-]){field.encode_name}(?![\w-])", text), field.encode_name


def test_readme_and_changelog_name_no_rule_that_is_not_there() -> None:
    known = {rule.code for rule in RULES}
    for name in ("README.md", "CHANGELOG.md"):
        named = set(re.findall(r"JFX\d{3}", (ROOT / name).read_text("utf-8")))
        assert named <= known, name
    folders = {path.name for path in (ROOT / "fixtures").iterdir() if path.name.startswith("JFX")}
    assert folders <= known
