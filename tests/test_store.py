"""The cache of facts: what it keeps, what it does with damage, and that many may write it at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

import flake8_flaxargs
from flake8_flaxargs.config import Config
from flake8_flaxargs.facts.reader import read
from flake8_flaxargs.facts.records import FileFacts
from flake8_flaxargs.facts.store import FactsStore
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.shelf import checksum, default_directory
from flake8_flaxargs.source import Source, SourceError

from .test_flake8 import AT, NET, environment, flake8, many_files, write

_ENTRY = re.compile(r"[0-9a-f]/[0-9a-f]{39}\.(outline|full|verdict)")


def entries(cache: Path) -> list[Path]:
    """All files below a cache."""
    return sorted(path for path in cache.rglob("*") if not path.is_dir())


def assert_holds_entries_alone(cache: Path) -> None:
    """No temporary file was left, nor anything else."""
    assert entries(cache)
    for path in entries(cache):
        assert _ENTRY.fullmatch("/".join(path.parts[-2:])), path


# --- one store -----------------------------------------------------------------------------------------------------


def test_facts_from_the_cache_are_those_of_the_file(tmp_path: Path) -> None:
    source = Source("net.py", NET)
    for depth in ("outline", "full"):
        made = FactsStore(tmp_path, "0.12").facts(source, depth)
        kept = FactsStore(tmp_path, "0.12").facts(source, depth)
        assert made == kept == read(Source("net.py", NET), depth)
    assert len(entries(tmp_path)) == 2
    assert_holds_entries_alone(tmp_path)


def test_an_entry_is_read_rather_than_made_again(tmp_path: Path) -> None:
    """Told by an entry that holds something else."""
    FactsStore(tmp_path, "0.12").facts(Source("net.py", NET), "full")
    (entry,) = entries(tmp_path)
    other = msgspec.msgpack.encode(read(Source("other.py", "class Other: pass\n"), "full"))
    entry.write_bytes(checksum(other) + other)
    kept = FactsStore(tmp_path, "0.12").facts(Source("net.py", NET), "full")
    assert [found.name for found in kept.classes] == ["Other"]


def test_what_an_entry_is_made_from_is_in_its_name(tmp_path: Path) -> None:
    FactsStore(tmp_path, "0.12").facts(Source("net.py", NET), "full")
    (first,) = entries(tmp_path)
    python = f"py{sys.version_info.major}.{sys.version_info.minor}"
    assert re.fullmatch(
        rf"{re.escape(flake8_flaxargs.__version__)}-[0-9a-f]+-{python}-flax0\.12", first.relative_to(tmp_path).parts[0]
    )
    FactsStore(tmp_path, "0.10").facts(Source("net.py", NET), "full")  # another Flax
    FactsStore(tmp_path, "0.12").facts(Source("net.py", NET + "\n"), "full")  # another content
    FactsStore(tmp_path, "0.12").facts(Source("elsewhere.py", NET.replace("\n", "\r\n")), "full")  # the same
    assert len(entries(tmp_path)) == 3


DAMAGE: dict[str, Callable[[Path, bytes], object]] = {
    "empty": lambda path, data: path.write_bytes(b""),
    "one byte": lambda path, data: path.write_bytes(data[:1]),
    "checksum alone": lambda path, data: path.write_bytes(data[:16]),
    "truncated": lambda path, data: path.write_bytes(data[: len(data) // 2]),
    "last byte gone": lambda path, data: path.write_bytes(data[:-1]),
    "a byte more": lambda path, data: path.write_bytes(data + b"\0"),
    "bit flipped at the start": lambda path, data: path.write_bytes(bytes([data[0] ^ 1]) + data[1:]),
    "bit flipped in the middle": lambda path, data: path.write_bytes(data[:99] + bytes([data[99] ^ 64]) + data[100:]),
    "zeros": lambda path, data: path.write_bytes(bytes(len(data))),
    "text": lambda path, data: path.write_text("not found"),
    "of other types": lambda path, data: path.write_bytes(checksum(b"\x93\x01\x02\x03") + b"\x93\x01\x02\x03"),
    "no msgpack": lambda path, data: path.write_bytes(checksum(b"\xc1") + b"\xc1"),
    "too deep": lambda path, data: path.write_bytes(checksum(b"\x91" * 10**6) + b"\x91" * 10**6),
    "a folder": lambda path, data: (path.unlink(), path.mkdir()),
    "a full folder": lambda path, data: (path.unlink(), path.mkdir(), (path / "file").write_bytes(data)),
    "a dangling link": lambda path, data: (path.unlink(), path.symlink_to("nowhere")),
    "a link to itself": lambda path, data: (path.unlink(), path.symlink_to(path.name)),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_entry_is_made_again(tmp_path: Path, damage: str) -> None:
    FactsStore(tmp_path, "0.12").facts(Source("net.py", NET), "full")
    (entry,) = entries(tmp_path)
    data = entry.read_bytes()
    DAMAGE[damage](entry, data)
    store = FactsStore(tmp_path, "0.12")
    assert store.facts(Source("net.py", NET), "full") == read(Source("net.py", NET), "full")
    assert entry.read_bytes() == data
    store.facts(Source("other.py", "x = 1\n"), "full")  # and the store goes on keeping
    assert len(entries(tmp_path)) == 2
    assert_holds_entries_alone(tmp_path)


def test_random_damage_never_shows(tmp_path: Path) -> None:
    FactsStore(tmp_path, "0.12").facts(Source("net.py", NET), "full")
    (entry,) = entries(tmp_path)
    data = entry.read_bytes()
    expected = read(Source("net.py", NET), "full")
    for index in range(0, len(data), 7):
        entry.write_bytes(data[:index] + bytes([data[index] ^ (1 << index % 8)]) + data[index + 1 :])
        assert FactsStore(tmp_path, "0.12").facts(Source("net.py", NET), "full") == expected


def test_a_cache_that_vanishes_meanwhile_is_no_error(tmp_path: Path) -> None:
    store = FactsStore(tmp_path / "cache", "0.12")
    store.facts(Source("net.py", NET), "full")
    os.rename(tmp_path / "cache", tmp_path / "gone")
    assert store.facts(Source("net.py", NET), "full") == read(Source("net.py", NET), "full")


@pytest.mark.parametrize("place", ["file/below", "file", "loop/below", "/proc/flaxargs", "/dev/null/below"])
def test_a_place_that_cannot_be_written_is_no_error(tmp_path: Path, place: str) -> None:
    """As root nothing else is read-only: a file stands where a folder should, or the kernel refuses."""
    (tmp_path / "file").write_text("kept")
    (tmp_path / "loop").symlink_to("loop")
    store = FactsStore(tmp_path / place, "0.12")
    for text in (NET, NET + "\n"):
        assert store.facts(Source("net.py", text), "full") == read(Source("net.py", text), "full")
    assert sorted(os.listdir(tmp_path)) == ["file", "loop"]
    assert (tmp_path / "file").read_text() == "kept"


def test_what_cannot_be_parsed_leaves_no_entry(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        FactsStore(tmp_path, "0.12").facts(Source("net.py", "class (:\n"), "full")
    assert entries(tmp_path) == []


def test_facts_of_every_construct_survive_the_cache(tmp_path: Path) -> None:
    """Numbers that msgpack does not have, lone surrogates, deep nesting, all kinds of statements."""
    text = """
x = 2**70, 99999999999999999999999, -9223372036854775808, 1e400, -0.0, 1j, b'\\xff', ..., '\\ud800', 'é😀'
def f(a, /, b: 'int' = 1, *c: 'list[', d, e=None, **g) -> '(': global x; yield; await_ = [*a, {**b}]; del a
class A(B, *C, metaclass=D, **E):
    x: int = field(default=9223372036854775808); y = z = lambda *a, **b: (w := a)
    def m(self):
        match self:
            case {'k': [1, *r], **s} if t: return f'{s!r:>{r}}'
        while x: break
        else: raise A from B
        try: import a.b as c
        except* E as e: from . import *
        finally: assert x, y
        for i, *j in k: continue
        with a as b, c as (d, e): nonlocal_ = {k: v for k, v in e if v}
"""
    text += "z = " + "[" * 90 + "1" + "]" * 90 + "\n"
    text += "def deep():\n" + "".join(" " * depth + "if x:\n" for depth in range(1, 95)) + " " * 95 + "return 1\n"
    made = FactsStore(tmp_path, "0.12").facts(Source("all.py", text), "full")
    (entry,) = entries(tmp_path)
    assert msgspec.msgpack.decode(entry.read_bytes()[16:], type=FileFacts) == made
    assert FactsStore(tmp_path, "0.12").facts(Source("all.py", text), "full") == made


# --- where ---------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="the rule of XDG is for the other systems")
def test_the_place_is_the_platforms_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "/some/cache")
    assert default_directory() == Path("/some/cache/flaxargs")
    for unset in ("", "relative/place"):  # XDG: such a value is to be ignored
        monkeypatch.setenv("XDG_CACHE_HOME", unset)
        assert default_directory() == tmp_path / ".cache/flaxargs"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_directory() == tmp_path / ".cache/flaxargs"


def test_flake8_keeps_facts_in_the_platforms_cache_folder(tmp_path: Path) -> None:
    write(tmp_path, {"net.py": NET})
    cold = flake8(tmp_path, "--isolated", "--select=JFX", "net.py")
    assert cold.lines[0].startswith(f"net.py:{AT} ")
    assert_holds_entries_alone(tmp_path / ".home/.cache/flaxargs")
    before = {path: path.stat().st_mtime_ns for path in entries(tmp_path / ".home")}
    assert flake8(tmp_path, "--isolated", "--select=JFX", "net.py") == cold
    assert {path: path.stat().st_mtime_ns for path in entries(tmp_path / ".home")} == before


def test_the_cache_can_be_elsewhere_or_nowhere(tmp_path: Path) -> None:
    write(tmp_path, {"net.py": NET, "setup.cfg": "[flake8]\nselect = JFX\nflaxargs-no-cache = true\n"})
    elsewhere = flake8(tmp_path, "--isolated", "--select=JFX", "--flaxargs-cache-dir=some/where", "net.py")
    assert_holds_entries_alone(tmp_path / "some/where")
    nowhere = flake8(tmp_path, "net.py")
    assert nowhere == elsewhere
    assert not (tmp_path / ".home").exists()


# --- many at once, and hardship ------------------------------------------------------------------------------------


def test_many_flake8_processes_share_one_cache(tmp_path: Path) -> None:
    many_files(tmp_path)
    arguments = ["--isolated", "--extend-select=JFX", "--flaxargs-cache-dir=./cache", "-j1", "."]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "flake8", *arguments],
            cwd=tmp_path,
            env=environment(tmp_path),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    outcomes = [(*process.communicate(timeout=120), process.returncode) for process in running]
    assert len(set(outcomes)) == 1
    output, errors, status = outcomes[0]
    assert (errors, status) == ("", 1)
    assert output.count("JFX101") == 8
    assert_holds_entries_alone(tmp_path / "cache")
    warm = flake8(tmp_path, *arguments)
    assert warm.lines == output.splitlines()


@pytest.mark.skipif(sys.platform == "win32", reason="ulimit is a shell's")
def test_a_full_disk_is_no_error_and_leaves_nothing(tmp_path: Path) -> None:
    """No process may write a byte into a file: what a full disk does, once the file has been made."""
    write(tmp_path, {"net.py": NET, "other.py": NET})
    command = 'ulimit -f 0; exec "$0" -B -m flake8 --isolated --select=JFX --flaxargs-cache-dir=./cache -j1 .'
    outcome = subprocess.run(
        ["sh", "-c", command, sys.executable],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (outcome.returncode, outcome.stderr) == (1, "")
    found = [line.partition(" attr")[0] for line in outcome.stdout.splitlines()]
    assert found == [f"./net.py:{AT}", f"./other.py:{AT}"]
    assert (tmp_path / "cache").is_dir()
    assert entries(tmp_path / "cache") == []


def test_a_damaged_cache_changes_no_finding(tmp_path: Path) -> None:
    """All entries of a project at once, Flax's own not among them."""
    project = many_files(tmp_path / "project")
    config = Config(cache_directory=tmp_path / "cache")
    source = Source.from_file(project / "m7.py")
    expected = Linter(config).lint(source)
    assert [found.code for found in expected] == ["JFX101"]
    before = {path: path.read_bytes() for path in entries(tmp_path / "cache")}
    assert before
    for path in before:
        path.write_bytes(path.read_bytes()[:-3] + b"???")
    assert Linter(config).lint(Source.from_file(project / "m7.py")) == expected
    assert {path: path.read_bytes() for path in entries(tmp_path / "cache")} == before
