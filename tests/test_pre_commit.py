"""The hooks, run by the real pre-commit in real git repositories."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.test_command_check import CLEAN, NET
from tests.test_command_fix import FIXED

ROOT = Path(__file__).parents[1]
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
BIN = Path(sys.executable).parent


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], cwd=folder, check=True, capture_output=True
    )


def hooks(folder: Path, *ids: str) -> None:
    """A repository of the user's with our hooks, run in the environment of the tests. (Two tests below install.)"""
    chosen = [{**hook, "language": "system"} for hook in HOOKS if hook["id"] in ids]
    config = {"repos": [{"repo": "local", "hooks": chosen}]}
    git(folder, "init", "-q")
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "PRE_COMMIT_HOME": str(folder.parent / "pre-commit"),
        "XDG_CACHE_HOME": str(folder.parent / "cache"),
    }
    git(folder, "add", "-A")
    return subprocess.run(
        [sys.executable, "-m", "pre_commit", "run", "--color", "never", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        env=environment,
    )


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    made = tmp_path / "repository"
    made.mkdir()
    return made


def test_a_finding_stops_the_commit(repository: Path) -> None:
    hooks(repository, "flaxargs")
    (repository / "net.py").write_text(NET)
    (repository / "clean.py").write_text(CLEAN)
    done = run(repository)
    assert done.returncode == 1
    assert "net.py:8:27: JFX101" in done.stdout
    assert "clean.py" not in done.stdout


def test_clean_files_pass(repository: Path) -> None:
    hooks(repository, "flaxargs", "flaxargs-fix")
    (repository / "clean.py").write_text(CLEAN)
    done = run(repository)
    assert done.returncode == 0
    assert done.stdout.count("Passed") == 2


def test_no_python_file_is_no_error(repository: Path) -> None:
    hooks(repository, "flaxargs", "flaxargs-fix")
    (repository / "data.txt").write_text(NET)
    done = run(repository)
    assert done.returncode == 0
    assert done.stdout.count("Skipped") == 2


def test_what_is_mended_stops_the_commit_once(repository: Path) -> None:
    hooks(repository, "flaxargs-fix")
    (repository / "net.py").write_text(NET)
    first = run(repository)
    assert first.returncode == 1
    assert "files were modified by this hook" in first.stdout
    assert (repository / "net.py").read_text() == FIXED
    assert run(repository).returncode == 0


def test_what_the_configuration_excludes_is_left_although_pre_commit_names_it(repository: Path) -> None:
    hooks(repository, "flaxargs", "flaxargs-fix")
    (repository / "pyproject.toml").write_text('[tool.flaxargs]\nextend-exclude = ["old/"]\n')
    (repository / "old").mkdir()
    (repository / "old" / "net.py").write_text(NET)
    assert run(repository, "--all-files").returncode == 0
    assert (repository / "old" / "net.py").read_text() == NET


def test_the_hooks_are_such_as_pre_commit_takes() -> None:
    subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", ".pre-commit-hooks.yaml"], cwd=ROOT, check=True
    )


def test_flake8s_own_hook_with_the_plugin_beside_it(repository: Path) -> None:
    """What README tells users of flake8 to do, in the environment of the tests."""
    flake8 = {
        "id": "flake8",
        "name": "flake8",
        "entry": "flake8 --isolated --select JFX",
        "language": "system",
        "types": ["python"],
        "require_serial": True,
    }
    git(repository, "init", "-q")
    (repository / ".pre-commit-config.yaml").write_text(
        yaml.safe_dump({"repos": [{"repo": "local", "hooks": [flake8]}]})
    )
    (repository / "net.py").write_text(NET)
    done = run(repository)
    assert done.returncode == 1
    assert "net.py:8:27: JFX101" in done.stdout


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """This checkout as a git repository that pre-commit can clone and install."""
    made = tmp_path_factory.mktemp("published") / "flake8-flaxargs"
    left_out = shutil.ignore_patterns(
        ".git", ".venv", "tests", "fixtures", "benchmarks", "build", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, made, ignore=left_out)
    git(made, "init", "-q")
    git(made, "add", "-A")
    git(made, "commit", "-qm", "published")
    return made


def installing(folder: Path, config: dict[str, object]) -> subprocess.CompletedProcess[str]:
    git(folder, "init", "-q")
    (folder / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (folder / "net.py").write_text(NET)
    done = run(folder)
    if (
        "Could not find a version that satisfies" in done.stdout
        or "Failed to establish a new connection" in done.stdout
    ):
        pytest.skip("pre-commit installs hooks from the package index, which cannot be reached")
    return done


@pytest.mark.xdist_group("installing")
def test_pre_commit_installs_the_hooks_from_a_repository_of_ours(repository: Path, published: Path) -> None:
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=published, capture_output=True, text=True, check=True)
    hooks = [{"id": "flaxargs"}, {"id": "flaxargs-fix"}]
    done = installing(repository, {"repos": [{"repo": str(published), "rev": head.stdout.strip(), "hooks": hooks}]})
    assert "net.py:8:27: JFX101" in done.stdout, done.stdout + done.stderr
    assert "files were modified by this hook" in done.stdout
    assert (repository / "net.py").read_text() == FIXED
    assert run(repository).returncode == 0


@pytest.mark.xdist_group("installing")
def test_pre_commit_installs_the_plugin_as_a_dependency_of_flake8(repository: Path, published: Path) -> None:
    """The hook is that of flake8's own repository, whose entry is ``flake8``."""
    hook = {
        "id": "flake8",
        "name": "flake8",
        "entry": "flake8 --isolated --select JFX",
        "language": "python",
        "types": ["python"],
        "require_serial": True,
        "additional_dependencies": ["flake8", f"flake8-flaxargs @ {published.as_uri()}"],
    }
    done = installing(repository, {"repos": [{"repo": "local", "hooks": [hook]}]})
    assert done.returncode == 1
    assert "net.py:8:27: JFX101" in done.stdout, done.stdout + done.stderr
