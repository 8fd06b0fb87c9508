"""The plugin inside the real flake8: options, columns, noqa, stdin, workers, and what leaves ``run``."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import libcst as cst
import pytest

from flake8_flaxargs.frontends.flake8 import Flake8Plugin

NET = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    def __call__(self, x, train: bool | None = None):
        return x * 2 if train else x
"""
# Where flake8 prints the finding of ``NET``: 1-based line and column.
AT = "7:27: JFX101"
TWO_MEANINGS = """\
import dataclasses

import jax
from flax import linen as nn


@dataclasses.dataclass(frozen=True)
class Context:
    length: int = 4


class Net(nn.Module):
    context: Context = Context()

    def __call__(self, x, context: jax.Array):
        return x * self.context.length + context
"""
# Python takes an annotated name in parentheses; libcst 1.9 does not.
NO_LIBCST = """

class {name}(nn.Module):
    train: bool | None = None

    def __call__(self, x, train: bool | None = None):
        (y): int = 1
        return x * y if train else x
"""


class Run(NamedTuple):
    """What flake8 printed, line by line, and its exit status."""

    lines: list[str]
    status: int
    errors: str

    @property
    def codes(self) -> list[str]:
        """The codes of the findings, in order."""
        return [found[1] for line in self.lines if (found := re.match(r".*?:\d+:\d+: (\w+)", line))]


def flake8(folder: Path, *arguments: str, stdin: str | None = None, timeout: float = 60) -> Run:
    """Run flake8 in a folder, as a user does: what lies in the folder is not importable."""
    outcome = subprocess.run(
        [sys.executable, "-m", "flake8", *arguments],
        cwd=folder,
        input=stdin,
        env=environment(folder),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
    )
    return Run(outcome.stdout.splitlines(), outcome.returncode, outcome.stderr)


def environment(folder: Path) -> dict[str, str]:
    """Ours, with a home of the test's own."""
    ours = {name: value for name, value in os.environ.items() if name != "XDG_CACHE_HOME"}
    return ours | {"HOME": str(folder / ".home"), "PYTHONSAFEPATH": "1", "PYTHONUTF8": "1"}


def write(folder: Path, files: dict[str, str | bytes]) -> Path:
    """The folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def plugin_on(text: str) -> list[tuple[int, int, str]]:
    """What the plugin yields for a text, without the class."""
    lines = text.splitlines(keepends=True)
    return [found[:3] for found in Flake8Plugin(ast.parse(text), lines, "net.py").run()]


# --- options -------------------------------------------------------------------------------------------------------


def test_options_stand_in_the_help(tmp_path: Path) -> None:
    text = "\n".join(flake8(tmp_path, "--help").lines)
    ours = text[text.index("\nflake8-flaxargs:") :]
    for option in ("methods", "flax-version", "ignore-annotations", "cache-dir", "no-cache"):
        assert f"  --flaxargs-{option}" in ours
    assert re.search(r"Installed plugins:.*\bflake8-flaxargs: ", text, re.DOTALL)


@pytest.mark.parametrize("name", ["setup.cfg", ".flake8", "tox.ini"])
def test_options_are_read_from_configuration_files(tmp_path: Path, name: str) -> None:
    config = "[flake8]\nselect = JFX\nflaxargs-methods = public\nflaxargs-cache-dir = ./made/here\n"
    write(tmp_path, {"net.py": NET.replace("__call__", "encode"), name: config})
    run = flake8(tmp_path, "net.py")
    assert run.codes == ["JFX101"]
    assert any((tmp_path / "made/here").rglob("*.full"))


def test_methods_other_than_call_are_looked_at_on_demand_only(tmp_path: Path) -> None:
    write(tmp_path, {"net.py": NET.replace("__call__", "encode")})
    assert flake8(tmp_path, "--isolated", "--select=JFX", "net.py") == Run([], 0, "")
    run = flake8(tmp_path, "--isolated", "--select=JFX", "--flaxargs-methods=public", "net.py")
    assert run.codes == ["JFX101"]


def test_attributes_that_a_framework_resolves_are_named_by_option(tmp_path: Path) -> None:
    text = NET.replace("train: bool | None = None\n\n", "train: keys.Path = None\n\n")
    write(tmp_path, {"net.py": "from mylib import keys\n" + text})
    assert flake8(tmp_path, "--isolated", "--select=JFX101", "net.py").codes == ["JFX101"]
    option = "--flaxargs-ignore-annotations=kontext.Key,mylib.keys.Path"
    assert flake8(tmp_path, "--isolated", "--select=JFX101", option, "net.py").codes == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [("flaxargs-methods = private", "'private' is not one of call, public"), ("flaxargs-flax-version = new", "'new'")],
)
def test_a_setting_that_cannot_be_used_is_said_in_one_line(tmp_path: Path, setting: str, said: str) -> None:
    write(tmp_path, {"net.py": NET, "setup.cfg": f"[flake8]\n{setting}\n"})
    run = flake8(tmp_path, "net.py")
    assert run.status == 1
    assert run.lines == []
    assert run.errors.startswith("flake8-flaxargs: ")
    assert said in run.errors
    assert run.errors.count("\n") == 1


# --- places --------------------------------------------------------------------------------------------------------


def test_columns_count_characters_also_after_emoji_and_wide_letters(tmp_path: Path) -> None:
    signature = '    def __call__(self, 模型: "😀👍🏽é", train: bool | None = None):'
    text = NET.replace("    def __call__(self, x, train: bool | None = None):", signature).replace("x * 2", "模型")
    text = text.replace("else x", "else None")
    write(tmp_path, {"net.py": text})
    run = flake8(tmp_path, "--isolated", "--select=JFX", "net.py")
    assert run.codes == ["JFX101"]
    assert run.lines[0].startswith(f"net.py:7:{signature.index('train') + 1}: JFX101 ")


def test_an_expression_after_wide_letters_on_its_line_has_its_column(tmp_path: Path) -> None:
    line = '        名 = "😀"; train = nn.merge_param("train", self.train, train)'
    text = NET.replace("train: bool | None = None\n\n", "train: bool = False\n\n")
    text = text.replace("        return", f"{line}\n        return")
    write(tmp_path, {"net.py": text})
    run = flake8(tmp_path, "--isolated", "--select=JFX", "net.py")
    assert run.codes == ["JFX103"]
    assert run.lines[0].startswith(f"net.py:8:{line.index('nn.') + 1}: JFX103 ")


def test_noqa_stands_on_the_line_of_the_parameter(tmp_path: Path) -> None:
    signature = "(  #A\n        self, x,\n        train=None,  #B\n    ):"
    broken = NET.replace("(self, x, train: bool | None = None):", signature)
    noqa = "# noqa: JFX101"
    write(
        tmp_path,
        {
            "at_def.py": broken.replace("#A", noqa),
            "at_parameter.py": broken.replace("#B", noqa),
            "other_code.py": broken.replace("#B", "# noqa: JFX102"),
            "one_line.py": NET.replace("= None):", f"= None):  {noqa}"),
        },
    )
    run = flake8(tmp_path, "--isolated", "--select=JFX", ".")
    assert [line.partition(" ")[0] for line in run.lines] == ["./at_def.py:9:9:", "./other_code.py:9:9:"]


# --- stdin, workers ------------------------------------------------------------------------------------------------


def test_stdin_is_linted_as_the_file_that_it_is_named_after(tmp_path: Path) -> None:
    """What is typed counts, not what is on disk; names are followed from where the file stands."""
    base = NET[: NET.index("    def __call__")]
    net = NET.replace("from flax import linen as nn", "from .base import Net as Base").replace("nn.Module", "Base")
    write(tmp_path, {"pkg/__init__.py": "", "pkg/base.py": base, "pkg/net.py": "x = 1\n"})
    named = flake8(tmp_path, "--isolated", "--select=JFX", "--stdin-display-name=pkg/net.py", "-", stdin=net)
    assert named.status == 1
    assert [line.partition(" attr")[0] for line in named.lines] == [f"pkg/net.py:{AT}"]
    unnamed = flake8(tmp_path, "--isolated", "--select=JFX", "-", stdin=net)
    assert unnamed == Run([], 0, "")  # beside no base.py, nothing says that Net is a Module
    assert flake8(tmp_path, "--isolated", "--select=JFX", "-", stdin=NET).lines[0].startswith(f"stdin:{AT} ")


def many_files(folder: Path) -> Path:
    """Files of which each needs the one before it."""
    files: dict[str, str | bytes] = {"m0.py": NET, "two.py": TWO_MEANINGS, "plain.py": "import os\n"}
    for index in range(1, 8):
        text = NET.replace("from flax import linen as nn", f"from m{index - 1} import Net as Base")
        files[f"m{index}.py"] = text.replace("nn.Module", "Base")
    return write(folder, files)


def test_workers_print_what_one_process_prints(tmp_path: Path) -> None:
    many_files(tmp_path)
    one = flake8(tmp_path, "--isolated", "--extend-select=JFX906", "--flaxargs-no-cache", "-j1", ".")
    four = flake8(tmp_path, "--isolated", "--extend-select=JFX906", "--flaxargs-no-cache", "-j4", ".")
    assert one.codes.count("JFX101") == 8
    assert {"JFX906", "F401"} <= set(one.codes)
    assert four == one


def test_options_reach_workers_that_are_started_afresh(tmp_path: Path) -> None:
    """As on macOS and Windows, where no worker is a copy of the process that read the options."""
    write(tmp_path, {f"net{index}.py": NET.replace("__call__", "encode") for index in range(3)})
    script = tmp_path / "spawned.py"
    script.write_text(
        "import multiprocessing, sys\nfrom flake8.main.cli import main\n"
        "if __name__ == '__main__':\n    multiprocessing.set_start_method('spawn')\n    sys.exit(main(sys.argv[1:]))\n"
    )
    arguments = ["--isolated", "--select=JFX", "--flaxargs-methods=public", "--flaxargs-no-cache", "-j2"]
    files = ["net0.py", "net1.py", "net2.py"]
    outcome = subprocess.run(
        [sys.executable, str(script), *arguments, *files],
        cwd=tmp_path,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert outcome.stderr == ""
    assert [line.partition(" ")[0] for line in outcome.stdout.splitlines()] == [f"{name}:7:25:" for name in files]


def test_files_without_a_candidate_load_no_libcst(tmp_path: Path) -> None:
    merged = NET.replace("return", "train = nn.merge_param('train', self.train, train)\n        return")
    write(tmp_path, {"plain.py": "x = 1\n", "merged.py": merged, "net.py": NET})
    script = "import sys\nfrom flake8.main.cli import main\nmain(sys.argv[1:])\nprint('libcst' in sys.modules)\n"
    for name, loaded in (("plain.py", "False"), ("merged.py", "False"), ("net.py", "True")):
        arguments = ["--isolated", "--select=JFX", "--exit-zero", name]
        outcome = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=tmp_path,
            env=environment(tmp_path),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert outcome.stdout.splitlines()[-1] == loaded, outcome


# --- rules that are off by default ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ([], False),
        (["--extend-ignore=W"], False),
        (["--select=JFX", "--ignore=JFX9"], False),
        (["--select=JFX", "--extend-ignore=JFX906"], False),
        (["--select=JFX"], True),
        (["--select=JFX906"], True),
        (["--extend-select=JFX906"], True),
        (["--ignore=W"], True),  # replaces the list that our own codes are on
    ],
)
def test_rules_that_are_off_are_turned_on_by_flake8s_own_options(
    tmp_path: Path, options: list[str], shown: bool
) -> None:
    write(tmp_path, {"net.py": TWO_MEANINGS})
    run = flake8(tmp_path, "--isolated", "--flaxargs-no-cache", *options, "net.py")
    assert run.codes == (["JFX906"] if shown else [])
    assert run.status == shown


# --- what leaves run() ---------------------------------------------------------------------------------------------


def test_what_libcst_cannot_parse_is_one_finding_and_the_rest_is_checked(tmp_path: Path) -> None:
    odd = NO_LIBCST.format(name="Odd")
    with pytest.raises(cst.ParserSyntaxError):  # where libcst has learnt it, this test needs another gap
        cst.parse_module(odd)
    write(tmp_path, {"net.py": NET + odd + NO_LIBCST.format(name="Odder"), "other.py": NET})
    run = flake8(tmp_path, "--isolated", "--select=JFX,E9", ".")
    assert run.codes == ["JFX101", "JFX000", "JFX101"]
    assert run.lines[0].startswith(f"./net.py:{AT} ")
    assert re.match(
        r"\./net\.py:14:1: JFX000 cannot check the statement at line 14: "
        r"Python parses it, libcst [\d.]+ does not \(.+\); the rest of the file was checked$",
        run.lines[1],
    )
    assert run.lines[2].startswith(f"./other.py:{AT} ")
    assert (run.status, run.errors) == (1, "")


def test_that_finding_can_be_switched_off(tmp_path: Path) -> None:
    write(tmp_path, {"net.py": "from flax import linen as nn\n" + NO_LIBCST.format(name="Odd")})
    assert flake8(tmp_path, "--isolated", "--select=JFX", "--extend-ignore=JFX000", "net.py") == Run([], 0, "")


def test_what_python_cannot_parse_is_flake8s_alone(tmp_path: Path) -> None:
    """libcst takes a decimal with leading zeros; Python does not."""
    write(tmp_path, {"net.py": NET + "x = 007\n", "other.py": NET})
    run = flake8(tmp_path, "--isolated", "--select=JFX,E9", ".")
    assert run.codes == ["E999", "JFX101"]
    assert run.lines[1].startswith(f"./other.py:{AT} ")
    assert run.status == 1


LAYOUTS = {
    "form feed before the indent": ("    def", "\f    def"),
    "form feed in the body's indent": ("        return", "  \f        return"),
    "form feed on a line": ("    def", "\f\n    def"),
    "form feed line in the body": ("        return", "\f\n        return"),
    "form feed after the colon": ("= None):", "= None):\f"),
    "continuation before the def": ("    def", "    \\\n    def"),
    "continuation with an indent of its own": ("    def", "    \\\n            def"),
    "continuation at column 0": ("    def", "\\\n    def"),
    "continuations in the def": ("def __call__(self,", "def \\\n __call__ \\\n  (self,"),
    "comment at column 0": ("        return", "# comment\n        return"),
    "comments that dedent": ("        return", "      # a\n  # b\n        return"),
    "blank lines of spaces": ("        return", "   \n\t\n        return"),
    "deep indent": ("        return", " " * 90 + "return"),
    "one line": ("= None):\n        return", "= None): return"),
    "async": ("def __call__", "async def __call__"),
    "semicolons": ("        return", "        y = 1; z = 2;\n        return"),
    "very long line": ("x * 2", "x * 2 + len('" + "a" * 5_000 + "')"),
    "wide letters": ("x * 2", "(変数 := x) * 2"),
    "letters that are normalised": ("x * 2", "(ﬁ := x) * fi"),
    "zero-width characters in a string": ("x * 2", "x * len('\u200b\u2060\ufeff')"),
    "separators that end no line": ("x * 2", "x * len('\x85\u2028\x1c\x0b')"),
    "tabs": ("    ", "\t"),
    "tabs in the body's indent": ("        return", "\t\treturn"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_that_python_takes_is_passed_over_in_silence(layout: str) -> None:
    """A statement that libcst rejects, though Python runs it, is at least said to be unchecked."""
    old, new = LAYOUTS[layout]
    text = NET.replace(old, new)
    if layout == "tabs in the body's indent":
        text = text.replace("    def", "\tdef").replace("    train", "\ttrain")
    assert text != NET
    lines = [line + "\n" for line in text.split("\n")][:-1]
    found = [entry[:3] for entry in Flake8Plugin(ast.parse(text), lines, "net.py").run()]
    codes = [message[:6] for _, _, message in found]
    assert codes in (["JFX101"], ["JFX000"])
    if codes == ["JFX000"]:
        assert "libcst" in found[0][2]
        assert layout.startswith(("form feed", "continuation with"))


def test_an_error_of_our_own_becomes_one_finding() -> None:
    """A tree that is not that of the lines: not even that makes run() raise."""
    lines = NET.splitlines(keepends=True)[:4]
    found = [entry[:3] for entry in Flake8Plugin(ast.parse(NET), lines, "net.py").run()]
    assert [(line, column) for line, column, _ in found] == [(1, 0)]
    said = r"JFX000 flaxargs failed on this file \(\w+: .*\); the file is unchecked: please report this$"
    assert re.match(said, found[0][2])


def test_an_error_whose_text_cannot_be_made_becomes_a_short_finding() -> None:
    """libcst raises a KeyError that holds nested nodes: writing it down recurses once more."""
    found = plugin_on(NET.replace("x * 2", "x" + ".b()" * 1000))
    assert [message[:6] for _, _, message in found] == ["JFX000"]
    assert len(found[0][2]) < 500
    assert "\n" not in found[0][2]


def test_the_plugin_yields_columns_from_zero() -> None:
    ((line, column, message),) = plugin_on(NET)
    assert f"{line}:{column + 1}: {message}".startswith(AT)
