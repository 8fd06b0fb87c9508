"""``# noqa``: what it covers is what the real flake8 keeps silent, and what is added makes it silent."""

from __future__ import annotations

import argparse
import ast
import codecs
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest
from flake8.processor import FileProcessor

from flake8_flaxargs.noqa import Noqa, add
from flake8_flaxargs.source import Source

from .test_flake8 import environment

ROOT = Path(__file__).parents[1]
CODE = "JFX107"
HEAD = """\
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
"""
# Statements with a finding; ``@`` stands where a comment goes.
SPELLINGS = [
    f"        x = nn.Dropout(0.5)(x){comment}\n"
    for comment in [
        "",
        "  # noqa",
        "  # NOQA",
        "  # NoQa:JFX107",
        "  # noqa: JFX107",
        "  # noqa: jfx107",
        "  # noqa: JFX1",
        "  # noqa: JFX1,E501",
        "  # noqa: JFX2",
        "  # noqa: JFX1071",
        "  # noqa: E501 JFX107",
        "  # noqa: E501, JFX107",
        "  # noqa: E501 , JFX107",
        "  # noqa: E501,JFX2",
        "  # noqa: E501JFX107",
        "  # noqa: JFX107: why",
        "  # noqa: JFX107 why",
        "  # noqa: J",
        "  # noqa: JFX",
        "  # noqa : E501",
        "  # noqa:  E501",
        "  # noqa:\tE501",
        "  # noqa E501",
        "  # noqa because",
        "  #noqa",
        "  #  noqa",
        "  # why  # noqa: JFX107",
        "  # noqa: E501  # noqa: JFX107",
        "  # type: ignore # noqa:E501,JFX107",
        "  # flake8: noqa",
        "  # nonoqa",
        "; '# noqa'",
        "; '# noqa: E501'  # noqa: JFX107",
        "; y = '''\n# noqa: JFX107\n'''",
        "; y = '''\n# noqa: E501\n'''  # noqa: JFX107",
        "; y = '''\n'''  # noqa: JFX107",
        "; y = 'a\\\nb'  # noqa: JFX107",
        " \\\n + 1  # noqa: JFX107",
        " \\\n + 1",
    ]
] + [
    "        x = (nn.Dropout(0.5)(x),\n  x)  # noqa: JFX107\n",
    "        x = (nn.Dropout(0.5)(x),  # noqa: JFX107\n  x)\n",
    "        x = ('''\n''', nn.Dropout(0.5)(x))  # noqa: JFX107\n",
    "        x = ('''\n''', nn.Dropout(0.5)(x), '''\n''')  # noqa: JFX107\n",
    "        x = ('''\n''', nn.Dropout(0.5)(x),\n'''\n''')  # noqa: JFX107\n",
    "        f'''{x\n}''', nn.Dropout(0.5)(x), '''\n'''  # noqa: JFX107\n",
    "        x = nn.Dropout(0.5)(x), f'''{\nx}'''  # noqa: E501\n",
    "        x = f'''{\nnn.Dropout(0.5)(x)}'''\n",
    "        x = nn.Dropout(0.5)(x)\n# flake8: noqa: E501\n",
    "        x = nn.Dropout(0.5)(x)\n'''\n  # flake8: noqa\n'''\n",
    "        x = nn.Dropout(0.5)(x)\n# flake8:noqa\n",
    "        x = nn.Dropout(0.5)(x)\n# FLAKE8=NOQA because\n",
    "        x = nn.Dropout(0.5)(x)\n# noqa\n",
    "        # noqa\n        x = nn.Dropout(0.5)(x)\n",
]


def shown(folder: Path, *options: str) -> dict[str, set[int]]:
    """The lines of the findings that flake8 shows of the files of a folder, by file name."""
    command = [sys.executable, "-m", "flake8", "--isolated", "--select", "JFX", "--flaxargs-no-cache", *options, "."]
    run = subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)
    assert not run.stderr
    found = defaultdict(set)
    for line in run.stdout.splitlines():
        place = re.match(rf"\./(\w+\.py):(\d+):\d+: {CODE} ", line)
        assert place is not None, line
        found[place[1]].add(int(place[2]))
    return found


def write(folder: Path, texts: list[str], newline: str = "\n") -> list[Path]:
    """Files of a folder, one a text."""
    paths = [folder / f"case{number:02}.py" for number in range(len(texts))]
    for path, text in zip(paths, texts, strict=True):
        path.write_bytes(text.replace("\n", newline).encode())
    return paths


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["lf", "crlf"])
def test_covers_what_flake8_keeps_silent(tmp_path: Path, newline: str) -> None:
    paths = write(tmp_path, [HEAD + spelling for spelling in SPELLINGS], newline)
    there, left = shown(tmp_path, "--disable-noqa"), shown(tmp_path)
    silenced = 0
    for path, spelling in zip(paths, SPELLINGS, strict=True):
        noqa = Noqa(Source.from_file(path))
        assert there[path.name], f"nothing to be silent about: {spelling}"
        for line in there[path.name]:
            assert noqa.covers(line, CODE) is (line not in left[path.name]), spelling
        silenced += there[path.name] != left[path.name]
    assert 0 < silenced < len(paths)


def test_line_without_comment_is_not_covered() -> None:
    noqa = Noqa(Source("net.py", "x = 1\ny = 1  # noqa\n"))
    assert [noqa.covers(line, CODE) for line in (0, 1, 2, 3, 99)] == [False, False, True, False, False]
    assert not Noqa(Source("net.py", "")).covers(1, CODE)


@pytest.mark.parametrize(
    "text", ["x = '''\n# noqa\n", "x = (1  # noqa\n", "  x\n y # noqa\n", "a\0 # noqa", "?  # noqa"]
)
def test_text_that_is_no_python_is_taken_line_by_line(text: str) -> None:
    noqa = Noqa(Source("net.py", text))
    assert {line for line in range(1, 5) if noqa.covers(line, CODE)} == {
        number for number, line in enumerate(text.split("\n"), 1) if "# noqa" in line
    }


def lines_of_flake8(source: Source) -> list[str]:
    """The text in which flake8 looks for a comment, by line."""
    options = argparse.Namespace(hang_closing=False, indent_size=4, max_line_length=79, max_doc_length=None, verbose=0)
    processor = FileProcessor(source.path, options, list(source.lines))
    known = map(processor.noqa_line_for, range(1, len(source.lines) + 1))
    return [line if text is None else text for line, text in zip(source.lines, known, strict=True)]


def test_takes_the_lines_of_whole_files_as_flake8_does() -> None:
    """Files of this repository, and of the standard library as examples of everything else."""
    standard = Path(ast.__file__).parent
    paths = [*(ROOT / "flake8_flaxargs").rglob("*.py"), *(ROOT / "tests").glob("*.py"), *standard.glob("[a-d]*.py")]
    several = 0
    for path in paths:
        source = Source.from_file(path)
        noqa = Noqa(source)
        assert [noqa.text_at(line) for line in range(1, len(source.lines) + 1)] == lines_of_flake8(source), path
        several += any(stretch.first < stretch.last for stretch in noqa.stretches.values())
    assert several > 50


# --- adding --------------------------------------------------------------------------------------------------------

DROPOUT = "        x = nn.Dropout(0.5)(x)"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "  # noqa: JFX107"),
        (" ", "  # noqa: JFX107"),
        ("    ", "    # noqa: JFX107"),
        ("  # why", "  # why  # noqa: JFX107"),
        ("  # type: ignore ", "  # type: ignore  # noqa: JFX107"),
        ("  #noqa", "  #noqa  # noqa: JFX107"),
        ("  # noqa: E501", "  # noqa: E501, JFX107"),
        ("  # noqa:W291", "  # noqa:JFX107, W291"),
        ("  # NOQA:E501,W291", "  # NOQA:E501,JFX107,W291"),
        ("  # noqa: E501 W291", "  # noqa: E501 JFX107 W291"),
        ("  # noqa: E501, W291  # why", "  # noqa: E501, JFX107, W291  # why"),
        ("  # noqa: A1, E501: why", "  # noqa: A1, E501, JFX107: why"),
        ("  # noqa: E501 too long", "  # noqa: E501, JFX107 too long"),
        ("  # noqa: E501,", "  # noqa: E501, JFX107,"),
        ("  # noqa: jfx107", "  # noqa: jfx107, JFX107"),
        ("  # noqa: E501  # noqa: W291", "  # noqa: E501, JFX107  # noqa: W291"),
        ("  # noqa", "  # noqa"),
        ("  # noqa : E501", "  # noqa : E501"),
        ("  # noqa: JFX1", "  # noqa: JFX1"),
        ("  # noqa: JFX107,JFX108", "  # noqa: JFX107,JFX108"),
        ("; y = '''\n'''", "; y = '''\n'''  # noqa: JFX107"),
        ("; y = '''\n'''  # noqa: E501", "; y = '''\n'''  # noqa: E501, JFX107"),
        ("; y = '# noqa'", "; y = '# noqa'"),
        (" \\\n + 1", " \\\n + 1  # noqa: JFX107"),
        ("; y = 'ä\\\nü'  # ß", "; y = 'ä\\\nü'  # ß  # noqa: JFX107"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", ""], ids=["lf", "crlf", "cr", "none"])
def test_comment_is_added(before: str, after: str, end: str) -> None:
    newline = end or "\n"
    source = Source("net.py", (HEAD + DROPOUT + before).replace("\n", newline) + end)
    changed, impossible = add(source, {7: {CODE}})
    assert not impossible
    assert changed.raw == (HEAD + DROPOUT + after).replace("\n", newline) + end
    assert Noqa(changed).covers(7, CODE)
    again, _ = add(changed, {7: {CODE}})
    assert again.raw == changed.raw


def test_flake8_is_silent_after_adding(tmp_path: Path) -> None:
    """In whatever spelling the comment stood there before; and the code means what it meant."""
    paths = write(tmp_path, [HEAD + spelling for spelling in SPELLINGS])
    left = shown(tmp_path)
    in_strings = set()
    for path in paths:
        source = Source.from_file(path)
        changed, impossible = add(source, {line: {CODE} for line in left[path.name]})
        assert ast.dump(changed.tree) == ast.dump(source.tree)
        assert set(impossible) <= left[path.name]
        assert all("string" in reason for reason in impossible.values())
        if impossible:
            in_strings.add(path.name)
        path.write_bytes(changed.encode(changed.raw))
    assert len(left) - len(in_strings) > 15
    assert set(shown(tmp_path)) == in_strings


def test_codes_of_one_statement_are_listed_once() -> None:
    source = Source("net.py", "x = 1, '''\n''', 2\ny = 3\n")
    changed, impossible = add(source, {2: {"JFX201", "JFX107"}, 1: {"JFX107"}, 3: ()})
    assert not impossible
    assert changed.raw == "x = 1, '''\n''', 2  # noqa: JFX107, JFX201\ny = 3\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("x = '# noqa: E501'\n", 1, "a string says `# noqa: E501` there (lines 1 to 1)"),
        ("x = '''\n# noqa: E501\n''', 1  # why\n", 3, "a string says `# noqa: E501` there (lines 1 to 3)"),
        ("x = '''\n# noqa: E501\n''', 1  # noqa: W291\n", 1, "a string says `# noqa: E501` there"),
        ("x = '''\n", 1, "cannot be read as Python"),
        ("x = 1\n", 7, "has no such line"),
        ("", 1, "has no such line"),
    ],
)
def test_line_that_can_have_no_comment(text: str, line: int, reason: str) -> None:
    changed, impossible = add(Source("net.py", text), {line: {CODE}})
    assert changed.raw == text
    assert set(impossible) == {line}
    assert reason in impossible[line]


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + "x = 'ä'\r\ny = 2\n".encode(),
        "# coding: latin-1\r\nx = 'ä'\ry = 2".encode("latin-1"),
        b"\x0cx = 1\n\n\n  \ny = 2\n\x0c\n",
    ],
    ids=["bom", "latin-1", "form feeds"],
)
def test_all_else_stays_byte_for_byte(data: bytes) -> None:
    source = Source.from_bytes("net.py", data)
    changed, _ = add(source, {1: {"JFX000"}})
    written = changed.encode(changed.raw)
    assert written.count(b"# noqa: JFX000") == 1
    assert written.replace(b"  # noqa: JFX000", b"") == data


def test_file_that_is_left_out_stays_as_it_is() -> None:
    source = Source("net.py", "# flake8: noqa\nx = 1\n")
    changed, impossible = add(source, {2: {CODE}})
    assert (changed.raw, impossible) == (source.raw, {})
