"""``flaxargs check``: what is checked, what is shown, and how it ends."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flake8_flaxargs.frontends.command import main

NET = """from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)
"""
CLEAN = "from flax import linen as nn\n\n\nclass Net(nn.Module):\n    features: int\n"
WHERE = "net.py:8:27"
COMMAND = [sys.executable, "-m", "flake8_flaxargs"]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    return tmp_path


def write(files: dict[str, str]) -> None:
    for name, text in files.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_text(text)


def check(*arguments: str, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(main, ["check", *arguments], input=stdin)


def found(*arguments: str, stdin: bytes | None = None) -> list[str]:
    """Path and code of each finding."""
    result = check("--output-format", "concise", *arguments, stdin=stdin)
    assert result.exit_code == (1 if result.stdout else 0), result.output
    return [f"{line.split(':')[0]} {line.split()[1]}" for line in result.stdout.splitlines()]


# --- what is checked ------------------------------------------------------------------------------------------------


def test_a_folder_is_searched_and_files_are_reported_in_order(folder: Path) -> None:
    write({"b/net.py": NET, "a.py": NET, "b/a.md": f"```python\n{NET}```\n", "c.txt": NET, "clean.py": CLEAN})
    assert found() == ["a.py JFX101", "b/a.md JFX101", "b/net.py JFX101"]
    assert found("b", "a.py", "b/net.py") == ["b/a.md JFX101", "b/net.py JFX101", "a.py JFX101"]


def test_a_file_that_is_named_is_checked_whatever_it_is_called() -> None:
    write({"net.txt": NET, "venv/net.py": NET})
    assert found("net.txt", "venv/net.py") == ["net.txt JFX101", "venv/net.py JFX101"]
    assert found(".") == []
    assert found("--force-exclude", "venv/net.py") == []


def test_other_peoples_code_is_left_out_of_folders() -> None:
    write(
        {".venv/a.py": NET, "node_modules/b.py": NET, "env/pyvenv.cfg": "", "env/lib/c.py": NET, "src/build/d.py": NET}
    )
    assert found() == []


def test_what_git_ignores_is_left_out() -> None:
    write(
        {
            ".git/info/exclude": "private.py\n",
            ".gitignore": "*_pb2.py\n/gen/\n!kept_pb2.py\n",
            "sub/.gitignore": "!also_pb2.py\nlocal.py\n",
            **dict.fromkeys(
                ["net.py", "a_pb2.py", "kept_pb2.py", "gen/a.py", "sub/also_pb2.py", "sub/b_pb2.py", "sub/local.py"],
                NET,
            ),
            "sub/gen/a.py": NET,
            "private.py": NET,
        }
    )
    kept = ["kept_pb2.py", "net.py", "sub/also_pb2.py", "sub/gen/a.py"]
    assert found() == [f"{name} JFX101" for name in kept]
    assert found("sub") == ["sub/also_pb2.py JFX101", "sub/gen/a.py JFX101"]
    assert found("a_pb2.py") == ["a_pb2.py JFX101"]  # named
    assert len(found("--no-respect-gitignore")) == 9
    real = subprocess.run(
        "git init -q . && git ls-files -o --exclude-standard '*.py'",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert sorted(real.stdout.split()) == kept


def test_a_link_in_circles_ends() -> None:
    write({"a/net.py": NET})
    os.symlink("..", "a/up")
    os.symlink("gone.py", "a/dangling.py")
    assert found() == ["a/net.py JFX101"]


def test_stdin_is_taken_for_what_it_is_called() -> None:
    assert found("-", stdin=NET.encode()) == ["stdin.py JFX101"]
    assert found("-", "--stdin-filename", "x/net.md", stdin=f"```python\n{NET}```".encode()) == ["x/net.md JFX101"]
    assert found("-", stdin=b"") == []


# --- which rules ----------------------------------------------------------------------------------------------------

BOTH = NET + "\n\ndef run(x):\n    return Net(True).apply({}, x, train=True)\n"


@pytest.mark.parametrize(
    ("options", "codes"),
    [
        ([], "JFX101 JFX201"),
        (["--select", "JFX2"], "JFX201"),
        (["--select", "attribute-not-merged"], "JFX101"),
        (["--select", "jfx101, apply-without-rng"], "JFX101 JFX201"),
        (["--ignore", "JFX2"], "JFX101"),
        (["--ignore", "JFX"], ""),
        (["--ignore", "JFX", "--extend-select", "JFX201"], "JFX201"),
        (["--select", "JFX2", "--ignore", "JFX201"], ""),
        (["--per-file-ignores", "net.py:JFX1"], "JFX201"),
        (["--per-file-ignores", "*.py:JFX1,JFX2"], ""),
        (["--per-file-ignores", "net.py:JFX1 n*.py:apply-without-rng"], ""),
        (["--per-file-ignores", "other.py:JFX1"], "JFX101 JFX201"),
    ],
    ids=str,
)
def test_rules_are_selected_by_code_prefix_or_name(options: list[str], codes: str) -> None:
    write({"net.py": BOTH})
    assert " ".join(sorted({line.split()[1] for line in found(*options, "net.py")})) == codes


@pytest.mark.parametrize(
    ("option", "near"),
    [("JFX999", "JFX9"), ("apply-without-rgn", "apply-without-rng"), ("E501", "flaxargs rules"), ("JFX101x", "JFX101")],
)
@pytest.mark.parametrize("where", ["--select", "--ignore", "--extend-select"])
def test_an_unknown_rule_is_an_error_that_names_the_nearest(option: str, near: str, where: str) -> None:
    write({"net.py": NET})
    result = check(where, option, "net.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert option in result.stderr
    assert near in result.stderr


def test_what_could_not_be_checked_is_shown_unless_it_is_ignored_itself() -> None:
    write({"bad.py": "def (:\n", "net.py": NET})
    assert found("--select", "JFX2") == ["bad.py JFX000"]
    assert found() == ["bad.py JFX000", "net.py JFX101"]
    assert found("--ignore", "JFX000,JFX101") == []


# --- noqa -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("comment", ["# noqa", "# noqa: JFX101", "# NOQA:E501,JFX1", "# noqa: JFX101 E501"])
def test_noqa_keeps_a_finding_silent(comment: str) -> None:
    write({"net.py": NET.replace("= None):", f"= None):  {comment}")})
    result = check("net.py")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "1 kept silent by noqa" in result.stderr
    assert found("--disable-noqa", "net.py") == ["net.py JFX101"]


def test_a_whole_file_may_be_silent() -> None:
    write({"net.py": "# flake8: noqa\n" + NET})
    assert found("net.py") == []


# --- configuration --------------------------------------------------------------------------------------------------


def test_the_nearest_pyproject_that_speaks_of_flaxargs_is_read() -> None:
    write(
        {
            "pyproject.toml": '[tool.flaxargs]\nignore = ["JFX1"]\n',
            "inner/pyproject.toml": "[tool.other]\n",
            "inner/net.py": BOTH,
        }
    )
    assert found("inner/net.py") == ["inner/net.py JFX201"]
    assert found("--isolated", "inner/net.py") == ["inner/net.py JFX101", "inner/net.py JFX201"]
    assert found("--select", "JFX1", "inner/net.py") == ["inner/net.py JFX101"]  # the file's ignore is overruled


def test_patterns_are_relative_to_the_configuration() -> None:
    write(
        {
            "p/pyproject.toml": '[tool.flaxargs]\nextend-exclude = ["/gen/"]\n'
            '[tool.flaxargs.per-file-ignores]\n"tests/*.py" = ["JFX1"]\n"/a.py" = ["attribute-not-merged"]\n',
            **dict.fromkeys(["p/gen/a.py", "p/sub/gen/a.py", "p/a.py", "p/sub/a.py", "p/tests/a.py"], NET),
        }
    )
    assert found("p") == ["p/sub/a.py JFX101", "p/sub/gen/a.py JFX101"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[tool.flaxargs]\nselct = ["JFX1"]\n', "unknown key 'selct'; did you mean 'select'?"),
        ('[tool.flaxargs]\nflax_version = "0.12"\n', "unknown key 'flax_version'; did you mean 'flax-version'?"),
        ('[tool.flaxargs]\nignore = ["JFX77"]\n', "'JFX77'"),
        ('[tool.flaxargs]\nflax-version = "new"\n', "new"),
        ('[tool.flaxargs.per-file-ignores]\n"*" = ["nope"]\n', "'nope'"),
        ("[tool]\nflaxargs = 3\n", "write [tool.flaxargs]"),
        ("[tool.flaxargs\n", "cannot read"),
    ],
    ids=lambda value: value.strip() if value.startswith("[") else "",
)
def test_a_configuration_that_cannot_be_used_is_an_error(text: str, said: str) -> None:
    write({"net.py": NET, "pyproject.toml": text})
    result = check("net.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


# --- what is shown --------------------------------------------------------------------------------------------------


def test_the_full_report_shows_the_line_the_place_and_the_cure() -> None:
    write({"net.py": NET})
    result = check("net.py")
    assert result.stdout == (
        f"{WHERE}: JFX101 attribute-not-merged\n"
        "  attribute `train` of `Net` is never read (line 5): parameter `train` of `__call__` hides it; "
        "merge them with nn.merge_param\n"
        "    |\n"
        "  8 |     def __call__(self, x, train: bool | None = None):\n"
        "    |                           ^^^^^\n"
        "  see net.py:5:5: attribute `train`\n"
        "  fix (flaxargs fix): Merge `train` with merge_param "
        "[safe: both defaults are None, and each use in the project gives `train` once]\n\n"
    )
    assert result.stderr == "flaxargs: 1 finding in 1 of 1 file; 1 can be mended with `flaxargs fix`\n"


def test_carets_stand_under_what_they_mean_in_wide_characters_and_tabs() -> None:
    write({"net.py": NET.replace("    ", "\t").replace("self, x, train", "self, 層, train")})
    lines = check("net.py").stdout.splitlines()
    shown = next(index for index, line in enumerate(lines) if "def __call__" in line)
    assert lines[shown].index("train") + 1 == lines[shown + 1].index("^")  # the wide one takes two cells


def test_a_name_that_would_speak_to_the_terminal_is_shown_harmless(folder: Path) -> None:
    write({"net.py": NET.replace("bool | None = None):", "bool | None = None):  # \x1b[2J")})
    assert "\x1b" not in check("net.py").stdout


def test_statistics_count_by_rule() -> None:
    write({"a.py": BOTH, "b.py": NET})
    result = check("--statistics")
    assert result.stdout.splitlines() == ["     2  JFX101  attribute-not-merged", "     1  JFX201  apply-without-rng"]
    assert result.exit_code == 1


def test_a_report_is_written_whole(folder: Path) -> None:
    write({"net.py": NET})
    os.link("net.py", "other-name.py")
    Path("report.json").write_text("old")
    result = check("--output-format", "json", "-o", "report.json", "net.py")
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(Path("report.json").read_text())
    assert sorted(path.name for path in folder.iterdir()) == ["net.py", "other-name.py", "report.json"]


def test_a_report_that_cannot_be_written_is_an_error() -> None:
    write({"net.py": NET})
    result = check("-o", "no/such/report.txt", "net.py")
    assert result.exit_code == 2
    assert "cannot write no/such/report.txt" in result.stderr


@pytest.mark.parametrize("output_format", ["concise", "full", "json", "jsonl", "sarif", "github", "gitlab", "junit"])
def test_every_format_is_the_same_for_any_number_of_processes(output_format: str) -> None:
    write({f"m{number}/net{number}.py": BOTH if number % 2 else CLEAN for number in range(12)})
    arguments = ["check", "--output-format", output_format, "-j"]
    one, three = (subprocess.run([*COMMAND, *arguments, jobs], capture_output=True, text=True) for jobs in ("1", "3"))
    assert one.stdout == three.stdout
    assert "net3.py" in one.stdout


def test_colours_are_for_terminals_and_no_color_turns_them_off() -> None:
    write({"net.py": NET})
    assert b"\x1b[" in terminal("check", "net.py", TERM="xterm")
    assert b"\x1b[3" not in terminal("check", "net.py", TERM="xterm", NO_COLOR="1")
    plain = subprocess.run([*COMMAND, "check", "net.py"], capture_output=True, env={**os.environ, "TERM": "xterm"})
    assert b"\x1b" not in plain.stdout


def test_long_work_shows_a_bar_on_a_terminal() -> None:
    write({f"net{number}.py": CLEAN for number in range(25)})
    assert b"checking" in terminal("check", TERM="xterm")
    assert b"checking" not in subprocess.run([*COMMAND, "check"], capture_output=True).stderr


def terminal(*arguments: str, **environment: str) -> bytes:
    """What a command writes on a terminal."""
    lead, follow = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments], stdout=follow, stderr=follow, stdin=follow, env={**os.environ, **environment}
    ) as process:
        os.close(follow)
        said = b""
        try:
            while chunk := os.read(lead, 65536):
                said += chunk
        except OSError:  # Linux says so when the other side is closed
            pass
        process.wait()
    os.close(lead)
    return said


# --- bad input ------------------------------------------------------------------------------------------------------


def test_what_is_not_there_is_told_and_the_rest_checked() -> None:
    write({"net.py": NET})
    result = check("--output-format", "concise", "gone.py", "net.py")
    assert result.exit_code == 2
    assert "gone.py: no such file or folder" in result.stderr
    assert result.stdout.startswith(WHERE)


def test_a_folder_without_python_is_told() -> None:
    Path("empty").mkdir()
    result = check("empty")
    assert result.exit_code == 0
    assert "empty: no file to check there" in result.stderr


def test_a_broken_notebook_is_told_and_the_rest_checked() -> None:
    write({"a.ipynb": "{", "net.py": NET})
    result = check("--output-format", "concise")
    assert result.exit_code == 2
    assert "a.ipynb is no notebook" in result.stderr
    assert result.stdout.startswith(WHERE)


def test_a_file_that_cannot_be_decoded_is_a_finding() -> None:
    Path("bad.py").write_bytes(b"x = '\xff'\n")
    assert found() == ["bad.py JFX000"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_told() -> None:
    write({"a.py": NET, "sub/b.py": NET})
    Path("a.py").chmod(0)
    Path("sub").chmod(0)
    result = check()
    assert result.exit_code == 2
    assert "a.py: Permission denied" in result.stderr
    assert "sub: Permission denied" in result.stderr
    Path("sub").chmod(0o755)


def test_a_closed_pipe_is_no_traceback() -> None:
    write({f"net{number}.py": NET for number in range(300)})
    command = " ".join([*COMMAND, "check", "-j", "1", "--output-format", "full"])
    said = subprocess.run(f"{command} | head -1", shell=True, capture_output=True, text=True)
    assert said.stdout.startswith("net0.py:8:27")
    assert "Traceback" not in said.stderr
