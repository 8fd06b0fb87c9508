"""Pictures in a page of their own making: dropout masks as PNG, histograms as SVG."""

from __future__ import annotations

import base64
import struct
import xml.etree.ElementTree as ET
import zlib
from collections.abc import Sequence
from typing import TypeAlias

from .markup import element
from .verify_words import BINS, count

Bits: TypeAlias = Sequence[Sequence[int]]

# In the middle of light and dark, so that both show it; what is not drawn lets the page through.
BLUE, ORANGE = (0x2F, 0x81, 0xD6), (0xE0, 0x6C, 0x00)

_WIDTH, _HEIGHT, _BAR, _STEP, _TOP, _BOTTOM = 468, 132, 24, 36, 18, 20


def size(bits: Bits) -> tuple[int, int]:
    """Rows and columns; rows that are shorter than the longest count as if filled with 0."""
    return len(bits), max(map(len, bits), default=0)


def ones(bits: Bits) -> int:
    """How many are not 0."""
    return sum(bool(bit) for row in bits for bit in row)


def differing(one: Bits, other: Bits) -> Bits:
    """1 where two masks of the same size differ."""
    width = max(size(one)[1], size(other)[1])
    return [
        [bool(a) != bool(b) for a, b in zip(_filled(first, width), _filled(second, width), strict=True)]
        for first, second in zip(one, other, strict=True)
    ]


def picture(bits: Bits, colour: tuple[int, int, int], words: str) -> ET.Element:
    """An image with a pixel an element: coloured where it is 1, else transparent. Empty masks become a line of text."""
    rows, columns = size(bits)
    if not rows or not columns:
        return element("p", "no elements", class_="faint")
    data = base64.b64encode(png(bits, colour)).decode("ascii")
    scale = max(1, 192 // max(rows, columns))
    return element(
        "img", class_="mask", alt=words, src=f"data:image/png;base64,{data}", width=columns * scale, height=rows * scale
    )


def png(bits: Bits, colour: tuple[int, int, int]) -> bytes:
    """A PNG of one bit a pixel, with a palette of transparent and the colour.

    Source: Portable Network Graphics Specification (Third Edition), 11.2 (IHDR, PLTE, IDAT, IEND) and 11.3.1.1 (tRNS).
    """
    rows, columns = size(bits)
    header = struct.pack(">IIBBBBB", columns, rows, 1, 3, 0, 0, 0)
    lines = b"".join(b"\0" + _packed(_filled(row, columns)) for row in bits)  # 0: a line without a filter
    parts = (
        (b"IHDR", header),
        (b"PLTE", bytes((255, 255, 255, *colour))),
        (b"tRNS", b"\0"),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def histogram(counts: Sequence[int]) -> ET.Element:
    """Bars over the largest errors of leaves. Heights are to scale, but a bar that is not 0 is always seen."""
    most = max(counts, default=0)
    said = ", ".join(f"{many} at {name}" for name, many in zip(BINS, counts, strict=False) if many)
    bars = [
        part
        for index, (name, many) in enumerate(zip(BINS, counts, strict=False))
        for part in _bar(index, name, many, many / most if most else 0.0)
    ]
    words = f"Leaves by their largest error in ulps: {said or 'none'}"
    view = f"0 0 {_WIDTH} {_HEIGHT}"
    return element("svg", element("title", words), bars, class_="histogram", viewBox=view, role="img", aria_label=words)


def _bar(index: int, name: str, many: int, share: float) -> list[ET.Element]:
    room = _HEIGHT - _TOP - _BOTTOM
    height = max(round(share * room, 1), 2) if many else 0.5
    x, y = index * _STEP + (_STEP - _BAR) // 2, _HEIGHT - _BOTTOM - height
    middle = str(index * _STEP + _STEP // 2)
    kind = "none" if not many else "exact" if index == 0 else "inexact"
    bar = element(
        "rect",
        element("title", f"{count(many, 'leaf') if many == 1 else f'{many:,} leaves'}: {name} ulps"),
        class_=f"bar {kind}", x=x, y=str(y), width=_BAR, height=str(height), rx=2,
    )  # fmt: skip
    label = element("text", name, x=middle, y=_HEIGHT - 5, class_="bin")
    number = [element("text", f"{many:,}", x=middle, y=str(y - 4), class_="many")] if many else []
    return [bar, label, *number]


def _filled(row: Sequence[int], width: int) -> list[bool]:
    return [*map(bool, row), *[False] * (width - len(row))]


def _packed(bits: Sequence[bool]) -> bytes:
    """Eight pixels a byte, the leftmost in the highest bit."""
    padded = [*bits, *[False] * (-len(bits) % 8)]
    return bytes(
        sum(bit << (7 - place) for place, bit in enumerate(padded[start : start + 8]))
        for start in range(0, len(padded), 8)
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
