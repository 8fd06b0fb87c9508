"""``flaxargs fix``: what is mended, what is left alone, and that no file is ever lost."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flake8_flaxargs import writing
from flake8_flaxargs.frontends.command import fix as fix_command
from flake8_flaxargs.frontends.command import main
from tests.test_command_check import CLEAN, COMMAND, NET, write

MERGE = "        train = nn.merge_param('train', self.train, train)\n"
HEAD = "    def __call__(self, x, train: bool | None = None):\n"
FIXED = NET.replace(HEAD, HEAD + MERGE)
# Nobody can tell what becomes of the class here, so that the fix is UNSAFE.
UNSAFE = "import somewhere\n" + NET + "\n\nsomewhere.register(Net)\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    return tmp_path


def fix(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["fix", *arguments], input=stdin)


def test_safe_fixes_are_made_and_what_is_left_is_shown() -> None:
    write({"net.py": NET, "unsafe.py": UNSAFE, "clean.py": CLEAN})
    result = fix()
    assert Path("net.py").read_text() == FIXED
    assert Path("unsafe.py").read_text() == UNSAFE
    assert Path("clean.py").read_text() == CLEAN
    assert result.exit_code == 1
    assert "unsafe.py:9:27: JFX101" in result.stdout
    assert "net.py:8" not in result.stdout.replace("unsafe.py", "")
    assert "1 fix in 1 file" in result.stderr


def test_unsafe_fixes_are_made_where_they_are_asked_for() -> None:
    write({"unsafe.py": UNSAFE})
    fix("--unsafe-fixes")
    assert MERGE in Path("unsafe.py").read_text()


def test_the_configuration_may_ask_for_unsafe_fixes() -> None:
    write({"unsafe.py": UNSAFE, "pyproject.toml": "[tool.flaxargs]\nunsafe-fixes = true\n"})
    fix("--no-unsafe-fixes")
    assert Path("unsafe.py").read_text() == UNSAFE
    fix()
    assert MERGE in Path("unsafe.py").read_text()


def test_fixing_again_changes_nothing() -> None:
    write({"net.py": NET})
    assert fix().exit_code == 0
    before = os.stat("net.py").st_mtime_ns
    result = fix()
    assert (result.exit_code, os.stat("net.py").st_mtime_ns) == (0, before)
    assert "nothing mended" in result.stderr


def test_a_diff_writes_nothing_and_is_a_patch() -> None:
    write({"sub/net.py": NET, "tail.py": NET.rstrip("\n")})
    Path("crlf.py").write_bytes(NET.replace("\n", "\r\n").encode())
    result = CliRunner().invoke(main, ["fix", "--diff"])
    assert result.exit_code == 1
    assert Path("sub/net.py").read_text() == NET
    subprocess.run(["git", "apply", "-"], input=result.stdout_bytes, check=True)
    assert Path("sub/net.py").read_text() == FIXED
    assert Path("tail.py").read_text() == FIXED.rstrip("\n")
    assert Path("crlf.py").read_bytes() == FIXED.replace("\n", "\r\n").encode()
    assert fix("--diff").exit_code == 0


@pytest.mark.parametrize("paths", [("net.py",), ("-",)])
@pytest.mark.parametrize("text", [NET, UNSAFE])
def test_findings_are_no_failure_where_exit_zero_says_so(paths: tuple[str, ...], text: str) -> None:
    write({"net.py": text})
    before = fix("--diff", "--unsafe-fixes", *paths, stdin=text)
    zero = fix("--diff", "--unsafe-fixes", "--exit-zero", *paths, stdin=text)
    assert (before.exit_code, zero.exit_code) == (1, 0)
    assert zero.stdout == before.stdout != ""
    assert fix("--exit-zero", *paths, stdin=text).exit_code == 0


def test_what_could_not_be_read_is_a_failure_in_spite_of_exit_zero() -> None:
    assert fix("--diff", "--exit-zero", "nowhere.py").exit_code == 2
    assert fix("--diff", "--exit-zero", "-", stdin=b"\xff").exit_code == 2


@pytest.mark.parametrize(("arguments", "named"), [(("--diff", "net.py"), "--diff"), (("-",), "'-'")])
def test_a_format_that_nothing_is_shown_in_is_refused(arguments: tuple[str, ...], named: str) -> None:
    write({"net.py": UNSAFE})
    result = fix("--output-format", "json", *arguments, stdin=UNSAFE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert named in result.stderr
    assert "leave --output-format out" in result.stderr
    write({"pyproject.toml": "[tool.flaxargs]\noutput-format = 'json'\n"})  # a taste of the project's, no request
    assert fix(*arguments, stdin=UNSAFE).exit_code != 2


def test_stdin_is_mended_without_a_word_where_quiet_says_so() -> None:
    assert "JFX101" in fix("-", stdin=UNSAFE).stderr
    assert fix("--quiet", "-", stdin=UNSAFE).stderr == ""


@pytest.mark.parametrize("comment", ["# noqa: JFX101", "# noqa", "# noqa: JFX1"])
def test_a_line_with_noqa_is_never_touched(comment: str) -> None:
    text = NET.replace("= None):", f"= None):  {comment}")
    write({"net.py": text})
    assert fix("--unsafe-fixes").exit_code == 0
    assert Path("net.py").read_text() == text


def test_only_selected_rules_are_mended() -> None:
    write({"net.py": NET})
    fix("--select", "JFX2")
    assert Path("net.py").read_text() == NET


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("head", [b"", b"\xef\xbb\xbf", "# -*- coding: latin-1 -*-\n# \xfc\n".encode("latin-1")])
@pytest.mark.parametrize("mode", [0o644, 0o755, 0o600])
def test_encoding_newlines_and_mode_stay(newline: str, head: bytes, mode: int) -> None:
    ends = newline.encode()
    Path("net.py").write_bytes((head + NET.encode()).replace(b"\n", ends))
    Path("net.py").chmod(mode)
    fix()
    assert Path("net.py").read_bytes() == (head + FIXED.encode()).replace(b"\n", ends)
    assert stat.S_IMODE(os.stat("net.py").st_mode) == mode


def test_what_a_link_leads_to_is_mended_and_the_link_stays() -> None:
    write({"real/net.txt": NET})
    os.symlink("real/net.txt", "net.py")
    fix()
    assert os.path.islink("net.py")
    assert Path("real/net.txt").read_text() == FIXED


def test_stdin_is_mended_onto_stdout() -> None:
    result = fix("-", stdin=NET.encode())
    assert (result.exit_code, result.stdout) == (0, FIXED)
    broken = fix("-", stdin=b"def (:\r\n")
    assert broken.stdout_bytes == b"def (:\r\n"
    notebook = fix("-", "--stdin-filename", "a.ipynb", stdin=b"{")
    assert (notebook.exit_code, notebook.stdout) == (2, "{")


@pytest.mark.parametrize("paths", [("net.py", "-"), ("-", "net.py"), (".", "-")])
def test_stdin_and_files_are_not_mended_in_one_go(paths: tuple[str, ...]) -> None:
    """One goes to stdout, the others into their files: which findings are whose, nobody could tell."""
    write({"net.py": NET})
    result = fix(*paths, stdin=NET)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "mend '-' by itself" in result.stderr
    assert Path("net.py").read_text() == NET


# --- asking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "mended"),
    [
        ("y\nn\ny\n", [1, 0, 1]),
        ("n\nn\nn\n", [0, 0, 0]),
        ("n\na\n", [0, 1, 1]),
        ("y\nq\n", [1, 0, 0]),
        ("?\ny\nq\n", [1, 0, 0]),
    ],
)
def test_each_fix_is_asked_for_with_its_diff(answers: str, mended: list[int]) -> None:
    write({"net.py": NET + NET.replace("Net", "Other"), "second.py": NET})
    result = fix("--interactive", stdin=answers)
    assert "+" + MERGE in result.stdout
    texts = Path("net.py").read_text().split("class Other")
    assert [MERGE in text for text in [*texts, Path("second.py").read_text()]] == mended


def test_asking_needs_somebody_to_answer() -> None:
    write({"net.py": NET})
    result = fix("--interactive", stdin="")
    assert Path("net.py").read_text() == NET
    assert result.exit_code == 1
    assert "name a file" in fix("-i", "-", stdin=NET).stderr


# --- nothing is lost ------------------------------------------------------------------------------------------------


def test_a_file_that_changed_meanwhile_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"net.py": NET})
    real = fix_command.mend

    def slow(*arguments: object, **others: object) -> object:
        Path("net.py").write_text("somebody's work\n")
        return real(*arguments, **others)  # type: ignore[arg-type]

    monkeypatch.setattr(fix_command, "mend", slow)
    result = fix("net.py")
    assert result.exit_code == 2
    assert "net.py has changed on disk meanwhile" in result.stderr
    assert Path("net.py").read_text() == "somebody's work\n"


@pytest.mark.parametrize("failing", ["fsync", "replace", "fdopen"])
@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()], ids=["full", "ctrl-c"])
def test_a_write_that_fails_leaves_the_file_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch, failing: str, error: BaseException
) -> None:
    write({"net.py": NET})

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(writing.os, failing, fail)
    result = fix("--no-cache", "net.py")
    monkeypatch.undo()
    assert result.exit_code in {1, 2}
    assert (folder / "net.py").read_text() == NET
    assert [path.name for path in folder.iterdir()] == ["net.py"]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_a_full_disk_under_the_report_is_an_error() -> None:
    write({"net.py": NET})
    with open("/dev/full", "wb") as full:
        said = subprocess.run([*COMMAND, "check", "net.py"], stdout=full, stderr=subprocess.PIPE, text=True)
    assert said.returncode == 2
    assert "Traceback" not in said.stderr
    assert "No space left" in said.stderr


def test_an_interrupt_ends_with_a_word_and_whole_files(folder: Path) -> None:
    write({f"net{number}.py": NET for number in range(400)})
    with subprocess.Popen(
        [*COMMAND, "fix", "--no-cache", "-j", "1"], stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        while all(path.read_text() == NET for path in folder.glob("net1*.py")):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        _, said = process.communicate()
    texts = [path.read_text() for path in folder.iterdir() if path.suffix == ".py"]
    assert len(texts) == 400
    assert set(texts) <= {NET, FIXED}
    assert [path.name for path in folder.iterdir() if path.suffix != ".py"] == []
    if process.returncode != 0:  # it was not done yet
        assert process.returncode == 2
        assert "interrupted" in said
        assert "Traceback" not in said


def test_a_broken_file_is_left_and_the_others_mended() -> None:
    write({"bad.py": "def (:\n", "net.py": NET})
    Path("worse.py").write_bytes(b"\xff\n")
    assert fix().exit_code == 1
    assert Path("bad.py").read_text() == "def (:\n"
    assert Path("worse.py").read_bytes() == b"\xff\n"
    assert Path("net.py").read_text() == FIXED


def test_nothing_is_written_that_brings_a_new_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fix of one class is refused where another fault would follow, and the other fixes are made."""
    from flake8_flaxargs.linter import Linter
    from flake8_flaxargs.model import Diagnostic, Position, Range
    from flake8_flaxargs.source import Source

    real = Linter.lint

    def lint(self: Linter, source: Source) -> tuple[Diagnostic, ...]:
        place = Position(1, 0)
        bad = (
            [Diagnostic("JFX104", "made up", Range(place, place))]
            if MERGE in source.text.split("class Other")[0]
            else []
        )
        return (*bad, *real(self, source))

    monkeypatch.setattr(Linter, "lint", lint)
    write({"net.py": NET + NET.replace("Net", "Other")})
    result = fix()
    first, second = Path("net.py").read_text().split("class Other")
    assert (MERGE in first, MERGE in second) == (False, True)
    assert "it would bring JFX104" in result.stderr


def test_nothing_is_written_that_parses_and_does_not_compile(monkeypatch: pytest.MonkeyPatch) -> None:
    """An argument given twice is a syntax error that only the compiler sees."""
    from flake8_flaxargs.linter import Linter
    from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Safety
    from flake8_flaxargs.source import Source

    def lint(self: Linter, source: Source) -> tuple[Diagnostic, ...]:
        place = Range(Position(1, 10), Position(1, 10))
        twice = Fix("Give it twice", (Edit(place, ", sep=''"),), Safety.SAFE, "")
        return (Diagnostic("JFX101", "made up", place, (), (twice,)),)

    monkeypatch.setattr(Linter, "lint", lint)
    write({"net.py": "f(1, sep=2)\n"})
    result = fix()
    assert Path("net.py").read_text() == "f(1, sep=2)\n"
    assert "keyword argument repeated" in result.stderr
