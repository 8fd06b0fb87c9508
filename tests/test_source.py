"""Text in and out: encodings, line ends, lines, columns, places."""

from __future__ import annotations

import ast
import codecs
import warnings
from pathlib import Path

import pytest

from flake8_flaxargs.model import Position
from flake8_flaxargs.source import Source, SourceError

BYTES = {
    "nothing": b"",
    "a newline": b"\n",
    "utf-8": "é = '😀'\n".encode(),
    "bom": codecs.BOM_UTF8 + b"x = 1\n",
    "bom alone": codecs.BOM_UTF8,
    "bom and cookie": codecs.BOM_UTF8 + b"# coding: utf-8\nx = 1\n",
    "crlf": b"x = 1\r\ny = 2\r\n",
    "cr": b"x = 1\ry = 2\r",
    "mixed line ends": b"x = 1\r\ny = 2\nz = 3\rw = 4\n\r\n",
    "bom and crlf": codecs.BOM_UTF8 + b"x = 1\r\n",
    "no final newline": b"x = 1\r\ny = 2",
    "form feed, tabs": b"\x0cx = 1\n\tif x:\x0c\n",
    "nul": b"x = '\0'\n",
    "latin-1": b"# coding: latin-1\nx = '\xe9\x85\xa0'\r\n",
    "cookie in line two": b"#!/usr/bin/python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n",
    "koi8-r": "# coding: koi8-r\nx = 'Привет'\n".encode("koi8-r"),
    "shift_jis": "# coding: shift_jis\nx = '日本'\n".encode("shift_jis"),
    "gb18030": "# coding: gb18030\nx = '中😀'\n".encode("gb18030"),
    "utf-8-sig in the cookie": b"# coding: utf-8-sig\nx = 1\n",
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes_that_are_read_are_the_bytes_that_are_written(name: str) -> None:
    data = BYTES[name]
    source = Source.from_bytes("x.py", data)
    assert source.encode(source.raw) == data
    assert "\r" not in source.text
    assert not source.raw.startswith("\ufeff")
    assert "".join(source.lines) == source.text
    assert "".join(source.raw_lines) == source.raw
    assert len(source.lines) == len(source.raw_lines)


@pytest.mark.parametrize(
    "data",
    [
        b"# coding: no-such-codec\n",
        b"# coding: hex\n",
        b"# coding: rot13\n",
        b"# coding: undefined\n",
        b"# coding: punycode\nx = 1\n",
        b"# coding: utf-16\nx = 1\n",
        b"# coding: utf-16\nx = 12\n",
        b"# coding: utf-32\nx = 1\n",
        b"# coding: utf-7\nx = '+AGE-'\n",
        b"x = '\xe9'\n",
        codecs.BOM_UTF8 + b"# coding: latin-1\n",
        codecs.BOM_UTF16_LE + "x = 1\n".encode("utf-16-le"),
    ],
)
def test_bytes_that_cannot_be_read_and_written_back_are_refused(data: bytes) -> None:
    with pytest.raises(SourceError, match=r"cannot decode some/x\.py: .+; declare its encoding in a '# -\*- coding"):
        Source.from_bytes("some/x.py", data)


def test_a_second_byte_order_mark_belongs_to_the_text() -> None:
    """Python does not take it for whitespace, so neither is it dropped."""
    data = codecs.BOM_UTF8 * 2 + b"x = 1\n"
    source = Source.from_bytes("x.py", data)
    assert source.encode(source.raw) == data
    with pytest.raises(SourceError, match="U\\+FEFF"):
        _ = source.tree


@pytest.mark.parametrize("name", ["absent.py", "folder.py", "dangling.py", "loop.py", "in\0valid.py"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.py").mkdir()
    (tmp_path / "dangling.py").symlink_to("nowhere")
    (tmp_path / "loop.py").symlink_to("loop.py")
    with pytest.raises(SourceError, match=r"^cannot read .*; check that it exists and is readable$"):
        Source.from_file(tmp_path / name)


def test_only_newlines_end_lines() -> None:
    """``str.splitlines`` knows more ends than Python's source has."""
    source = Source("x.py", "a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b\r\nc\rd\n\ne")
    assert source.lines == ["a\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029b\n", "c\n", "d\n", "\n", "e"]
    assert [line[-1:] for line in source.raw_lines] == ["\n", "\r", "\n", "\n", "e"]


def test_lines_are_those_of_the_syntax_tree() -> None:
    source = Source("x.py", "x = 1\r\n\x0c\ry = '\u2028'\n\x0cz = 3")
    assert [node.lineno for node in source.tree.body] == [1, 3, 4]
    assert source.lines[3] == "\x0cz = 3"


@pytest.mark.parametrize("line", ["a = b", "é = b", "'😀' + b", "'日本語' + b", "'e\u0301\u200d' + b", "'\ud800' + b"])
def test_byte_columns_become_character_columns(line: str) -> None:
    source = Source("x.py", f"x\n{line} + '終'\n")
    at = line.index("b")
    assert source.column(2, len(line[:at].encode("utf-8", "surrogatepass"))) == at
    assert source.column(2, 0) == 0
    assert source.column(1, 1) == 1


def test_columns_of_all_names_are_those_of_the_text() -> None:
    source = Source("x.py", "x = ['é', '😀', a, '日本', b]; y = '終' + c\nz = [d, 'ñ', e]\n")
    names = {node.id: node for node in _names(source)}
    for name in "abcde":
        node = names[name]
        assert source.lines[node.lineno - 1][source.column(node.lineno, node.col_offset)] == name


def _names(source: Source) -> list[ast.Name]:
    return [node for node in ast.walk(source.tree) if isinstance(node, ast.Name)]


@pytest.mark.parametrize("raw", ["ab\ncd\nef", "ab\r\ncd\r\nef", "ab\rcd\ref", "ab\r\ncd\nef"])
def test_a_place_is_an_index_of_the_raw_text(raw: str) -> None:
    source = Source("x.py", raw)
    for line, letters in enumerate(("ab", "cd", "ef"), start=1):
        for column, letter in enumerate(letters):
            assert raw[source.offset(Position(line, column))] == letter
    assert source.offset(Position(3, 2)) == source.offset(Position(4, 0)) == len(raw)


def test_texts_that_differ_in_line_ends_and_encoding_alone_have_one_digest() -> None:
    text = "# coding: latin-1\nx = 'é'\n"
    same = [
        Source.from_bytes("a.py", text.encode("latin-1")),
        Source.from_bytes("b.py", text.replace("\n", "\r\n").encode("latin-1")),
        Source.from_lines("c.py", text.splitlines(keepends=True)),
        Source("d.py", text),
    ]
    assert len({source.digest for source in same}) == 1
    assert Source("d.py", text + "\n").digest != same[0].digest
    assert Source("d.py", "x = '\ud800'").digest  # what flake8 reads with surrogates


def test_what_python_cannot_parse_says_where() -> None:
    with pytest.raises(SourceError, match=r"^cannot parse x\.py: ") as caught:
        _ = Source("x.py", "x = 1\nl'é' = 1 +* 2\n").tree
    assert caught.value.line == 2


@pytest.mark.parametrize(
    "text",
    [
        "x = '\0'",
        "x = " + "(" * 500 + ")" * 500,
        "x = " + "-" * 100_000 + "1",
        "x = " + "1" * 10_000,
        "x = '\ud800'",
        "if x:\n" + "".join(" " * depth + "if x:\n" for depth in range(1, 150)) + " " * 150 + "pass",
    ],
)
def test_what_is_too_much_for_python_is_said_to_be(text: str) -> None:
    with pytest.raises(SourceError, match=r"^cannot parse x\.py: \S"):
        _ = Source("x.py", text).tree


def test_warnings_about_the_linted_code_are_not_ours() -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        _ = Source("x.py", "x = '\\d'; y = 1if x else 2; x is 1\n").tree
    assert caught == []


def test_a_new_text_keeps_byte_order_mark_and_encoding() -> None:
    source = Source.from_bytes("x.py", codecs.BOM_UTF8 + b"x = 1\n")
    assert source.encode("é = 1\n") == codecs.BOM_UTF8 + "é = 1\n".encode()
    latin = Source.from_bytes("x.py", b"# coding: latin-1\n")
    assert latin.encode("é\n") == b"\xe9\n"
    with pytest.raises(UnicodeEncodeError):
        latin.encode("終")


def test_with_carriage_returns_alone_only_the_first_two_lines_declare_an_encoding() -> None:
    """``tokenize`` takes such a file for a single line."""
    assert Source.from_bytes("x.py", b"# one\rx = 1\r# coding: output\r").encoding == "utf-8"
    assert Source.from_bytes("x.py", b"# one\r# coding: latin-1\rx = '\xe9'\r").raw.endswith("x = 'é'\r")
