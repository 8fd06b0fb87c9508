"""Damaged files: what disks, editors, merges and half-finished typing make of a good one.

Each function of ``DAMAGE`` takes a source of chance, the bytes of a file and those of another, and returns new bytes,
which may or may not be Python any more. Equal arguments give equal bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from random import Random

Damage = Callable[[Random, bytes, bytes], bytes]

# What is none of the three newlines and yet ends a line for somebody, and other bytes that one may trip over.
_ODD: tuple[bytes, ...] = (
    *(
        b"\0",
        b"\r",
        b"\r\n",
        b"\f",
        b"\v",
        b"\x1a",
        b"\x1c",
        b"\x85",
        b"\xff",
        b"\\\n",
        b"\t",
        b"'''",
        b'"',
        b"#",
        b";",
    ),
    *(char.encode() for char in "\u2028\u0085\u00a0\u0130é\U0001d431\U0001f600\ufeff"),
    b"\xed\xa0\x80",
)
_COOKIES = (
    *("latin-1", "cp1252", "utf-16", "utf-7", "utf-8-sig", "hex", "rot13", "idna", "undefined"),
    *("unicode_escape", "raw_unicode_escape", "shift_jis", "iso2022_jp", "cp037", "mbcs", "x"),
)
_TOKEN = re.compile(rb"\w+|[^\S\n]+|\n|[^\w\s]")


def truncate(chance: Random, data: bytes, other: bytes) -> bytes:
    """The file up to some byte."""
    return data[: chance.randrange(len(data))]


def flip_bits(chance: Random, data: bytes, other: bytes) -> bytes:
    """One to eight bits are the other way round."""
    new = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 8))):
        new[chance.randrange(len(new))] ^= 1 << chance.randrange(8)
    return bytes(new)


def insert_odd(chance: Random, data: bytes, other: bytes) -> bytes:
    """Control characters, line ends of other systems, wide letters and halves of them."""
    for _ in range(chance.choice((1, 1, 3))):
        at = chance.randrange(len(data) + 1)
        data = data[:at] + chance.choice(_ODD) + data[at:]
    return data


def delete_lines(chance: Random, data: bytes, other: bytes) -> bytes:
    """A few lines in a row are gone."""
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    del lines[at : at + chance.choice((1, 1, 2, 5))]
    return b"".join(lines)


def duplicate_lines(chance: Random, data: bytes, other: bytes) -> bytes:
    """A few lines stand twice, as a merge leaves them."""
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    block = lines[at : at + chance.choice((1, 1, 2, 5))]
    return b"".join(lines[:at] + block + lines[at:])


def swap_lines(chance: Random, data: bytes, other: bytes) -> bytes:
    """Two lines stand in each other's place."""
    lines = data.splitlines(keepends=True)
    one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
    lines[one], lines[two] = lines[two], lines[one]
    return b"".join(lines)


def indent(chance: Random, data: bytes, other: bytes) -> bytes:
    """A few lines are indented more, less or by other means."""
    lines = data.splitlines(keepends=True)
    at = chance.randrange(len(lines))
    for index in range(at, min(at + chance.choice((1, 2, 10)), len(lines))):
        body = lines[index].lstrip(b" \t")
        before = len(lines[index]) - len(body)
        prefixes = (b" " * max(before - 4, 0), b" " * (before + 4), b"\t" * (before // 4), b"\f" + b" " * before)
        lines[index] = chance.choice(prefixes) + body
    return b"".join(lines)


def declare_encoding(chance: Random, data: bytes, other: bytes) -> bytes:
    """A cookie that may not be true, a byte-order mark, or both."""
    cookie = f"# -*- coding: {chance.choice(_COOKIES)} -*-\n".encode()
    mark = chance.choice((b"", b"", b"\xef\xbb\xbf"))
    letters = chance.choice((b"", "# é\n".encode(), "# é\n".encode("latin-1")))
    return mark + chance.choice((b"", b"\n", b"#!\n")) + cookie + letters + data


def change_line_ends(chance: Random, data: bytes, other: bytes) -> bytes:
    """Some lines end as they do on other systems; the last may have no end."""
    lines = data.splitlines()
    ends = chance.choice(((b"\r\n",), (b"\r",), (b"\n", b"\r\n"), (b"\n", b"\r"), (b"\n", b"\n\f")))
    new = b"".join(line + chance.choice(ends) for line in lines)
    return new.rstrip(b"\r\n") if chance.random() < 0.5 else new


def splice(chance: Random, data: bytes, other: bytes) -> bytes:
    """A run of tokens of another file stands in the place of one of this."""
    ours, theirs = _TOKEN.findall(data), _TOKEN.findall(other)
    at, there = chance.randrange(len(ours)), chance.randrange(len(theirs))
    run = theirs[there : there + chance.choice((1, 3, 10, 40))]
    return b"".join(ours[:at] + run + ours[at + chance.choice((0, 1, 3, 10)) :])


def swap_tokens(chance: Random, data: bytes, other: bytes) -> bytes:
    """Two tokens stand in each other's place, once to four times."""
    tokens = _TOKEN.findall(data)
    for _ in range(chance.choice((1, 2, 4))):
        one, two = chance.randrange(len(tokens)), chance.randrange(len(tokens))
        tokens[one], tokens[two] = tokens[two], tokens[one]
    return b"".join(tokens)


_KINDS: tuple[Damage, ...] = (
    truncate,
    flip_bits,
    insert_odd,
    delete_lines,
    duplicate_lines,
    swap_lines,
    indent,
    declare_encoding,
    change_line_ends,
    splice,
    swap_tokens,
)
DAMAGE: dict[str, Damage] = {kind.__name__.replace("_", " "): kind for kind in _KINDS}
