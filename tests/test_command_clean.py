"""``flaxargs clean``: removes what the linter has kept, and nothing else."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flake8_flaxargs.config import Config
from flake8_flaxargs.frontends.command import main
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.shelf import Shelf, clear

from .test_flake8 import NET

SHELF = "0.1.0-0123456789ab-py3.11-flax0.12"
VERDICTS = "0.0.9.dev1-0123456789abcdef"
# What somebody may have put there, or is no entry by its name.
FOREIGN = [
    "README",
    "a/notes.txt",
    "0.1.0/x",
    "something-else/a/" + "0" * 39 + ".full",
    f"{SHELF}/notes.txt",
    f"{SHELF}/a/notes.txt",
    f"{SHELF}/a/" + "0" * 38 + ".full",
    f"{SHELF}/a/" + "0" * 39 + ".py",
    f"{SHELF}/a/" + "0" * 39 + ".full.bak",
    f"{SHELF}/aa/" + "0" * 39 + ".full",
    f"{SHELF}/a/b/" + "0" * 39 + ".full",
]
OURS = [
    f"{SHELF}/a/" + "0" * 39 + ".full",
    f"{SHELF}/a/" + "0" * 39 + ".outline",
    f"{SHELF}/b/" + "f" * 39 + ".full",
    f"{SHELF}/b/0123456789abcdef",
    f"{VERDICTS}/c/" + "0" * 39 + ".verdict",
]


def clean(folder: Path) -> Result:
    return CliRunner().invoke(main, ["clean", "--cache-dir", str(folder)], prog_name="flaxargs")


def files(folder: Path) -> set[str]:
    """Relative paths of the files, and of the empty folders."""
    ends = (path for path in folder.rglob("*") if path.is_symlink() or path.is_file() or not any(path.iterdir()))
    return {path.relative_to(folder).as_posix() for path in ends}


def write(folder: Path, names: list[str]) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bytes(100_000))


def test_what_the_linter_keeps_is_removed(tmp_path: Path) -> None:
    cache, net = tmp_path / "cache", tmp_path / "net.py"
    net.write_text(NET)
    linter = Linter(Config(cache_directory=cache))
    found = linter.lint_path(net)
    assert found
    kept = files(cache)
    assert {Path(name).suffix for name in kept} >= {".full", ".verdict"}
    result = clean(cache)
    assert result.exit_code == 0
    assert result.stdout == f"removed {len(kept)} entries (0.0 MB) from {cache}\n"
    assert files(cache) == set()
    assert cache.is_dir()
    assert Linter(Config(cache_directory=cache)).lint_path(net) == found


def test_nothing_else_is_removed(tmp_path: Path) -> None:
    write(tmp_path, FOREIGN + OURS)
    (tmp_path / "empty").mkdir()
    assert clean(tmp_path).stdout == f"removed 5 entries (0.5 MB) from {tmp_path}\n"
    assert files(tmp_path) == {*FOREIGN, "empty"}


def test_links_are_not_followed(tmp_path: Path) -> None:
    """Neither to a folder that looks like ours, nor out of the cache."""
    elsewhere, cache = tmp_path / "elsewhere", tmp_path / "cache"
    write(elsewhere, OURS)
    (cache / VERDICTS / "a").mkdir(parents=True)
    (cache / SHELF).symlink_to(elsewhere / SHELF)
    (cache / VERDICTS / "c").symlink_to(elsewhere / VERDICTS / "c")
    (cache / VERDICTS / "a" / ("0" * 39 + ".verdict")).symlink_to(elsewhere / OURS[0])
    before = files(cache)
    assert clean(cache).stdout == f"removed 0 entries (0.0 MB) from {cache}\n"
    assert files(elsewhere) == set(OURS)
    assert files(cache) == before


def test_folder_that_is_not_there(tmp_path: Path) -> None:
    result = clean(tmp_path / "gone")
    assert (result.exit_code, result.stdout) == (0, f"removed 0 entries (0.0 MB) from {tmp_path / 'gone'}\n")
    assert not (tmp_path / "gone").exists()


def test_file_in_its_place(tmp_path: Path) -> None:
    path = tmp_path / "cache"
    path.write_text("mine")
    result = clean(path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"flaxargs: cannot empty the cache: {path}: Not a directory; check that")
    assert path.read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may do anything")
def test_folder_that_may_not_be_changed(tmp_path: Path) -> None:
    write(tmp_path, OURS)
    (tmp_path / SHELF / "a").chmod(0o500)
    try:
        result = clean(tmp_path)
    finally:
        (tmp_path / SHELF / "a").chmod(0o700)
    assert result.exit_code == 2
    assert "Permission denied" in result.stderr
    assert set(OURS[:2]) <= files(tmp_path)


def test_platforms_place_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    write(tmp_path / "flaxargs", OURS[:1])
    result = CliRunner().invoke(main, ["clean"], prog_name="flaxargs")
    assert result.stdout == f"removed 1 entry (0.1 MB) from {tmp_path / 'flaxargs'}\n"


def test_writers_go_on_while_the_cache_is_emptied(tmp_path: Path) -> None:
    """Whoever writes meanwhile sees no error, keeps on keeping, and what can be read is whole."""
    digests = [f"{number:040x}" for number in range(400)]
    shelf = Shelf(str(tmp_path / SHELF), "full")
    done = threading.Event()
    removed = []

    def empty() -> None:
        while not done.is_set():
            removed.append(clear(tmp_path)[0])

    thread = threading.Thread(target=empty)
    thread.start()
    try:
        for digest in digests:
            shelf.save(digest, digest.encode())
            assert shelf.load(digest) in {digest.encode(), None}
    finally:
        done.set()
        thread.join()
    assert sum(removed) > 0
    shelf = Shelf(str(tmp_path / SHELF), "full")
    shelf.save(digests[0], b"after")
    assert shelf.load(digests[0]) == b"after"
    assert clear(tmp_path)[0] > 0
    assert files(tmp_path) == set()


def test_shelf_that_was_emptied_is_written_again(tmp_path: Path) -> None:
    shelf = Shelf(str(tmp_path / SHELF), "full")
    for _ in range(3):
        shelf.save("0" * 40, b"text")
        assert shelf.load("0" * 40) == b"text"
        assert clear(tmp_path)[0] == 1
        assert not (tmp_path / SHELF).exists()
