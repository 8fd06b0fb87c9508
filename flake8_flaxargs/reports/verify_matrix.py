"""The behaviour matrix as a table: a row a way of giving the merged arguments, a column a way of running."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from ..shim.records import Cell, CellResult, Given
from .markup import element
from .verify_words import SIGNS, result_words, way_words

# What a verdict rests on, beside its sign.
MARKS = {"jaxpr": "", "values": "v", "exception": "!"}


class _Row(NamedTuple):
    given: tuple[Given, ...]
    flags: tuple[tuple[str, bool], ...]


class _Column(NamedTuple):
    phase: str
    gradient: bool
    streams: tuple[str, ...]


def matrix(results: Sequence[CellResult], caption: str) -> ET.Element:
    """A table: a cell's sign is its verdict; its title says all that is known of it.

    Rows come in the order in which they first occur; of columns ``init`` comes first, then those without gradient.
    """
    placed: dict[tuple[_Row, _Column], list[CellResult]] = {}
    for result in results:
        placed.setdefault((_row(result.cell), _column(result.cell)), []).append(result)
    rows = list(dict.fromkeys(row for row, _ in placed))
    columns = sorted(dict.fromkeys(column for _, column in placed), key=_order)
    given = list(dict.fromkeys(given.name for row in rows for given in row.given))
    flags = list(dict.fromkeys(name for row in rows for name, _ in row.flags))
    lines = (
        element("tr", _row_heads(row, given, flags), (_cell(placed.get((row, column), ())) for column in columns))
        for row in rows
    )
    return element(
        "table",
        element("caption", caption),
        element("thead", _heads([*given, *flags], columns)),
        element("tbody", lines),
        class_="matrix",
    )


def _row(cell: Cell) -> _Row:
    return _Row(cell.given, cell.flags)


def _column(cell: Cell) -> _Column:
    return _Column(cell.phase, cell.gradient, cell.streams)


def _order(column: _Column) -> tuple[bool, bool, int, tuple[str, ...]]:
    return column.phase != "init", column.gradient, len(column.streams), column.streams


def _heads(names: Sequence[str], columns: Sequence[_Column]) -> Iterable[ET.Element]:
    """A line of phases over a line of streams."""
    named = [element("th", element("code", name), scope="col", rowspan=2) for name in names]
    corner = named or [element("th", "arguments", scope="col", rowspan=2)]
    phases = [
        element("th", phase, " · ∇" if gradient else "", scope="colgroup", class_="phase", colspan=len(list(group)),
                title="and the gradient in the parameters" if gradient else None)
        for (phase, gradient), group in groupby(columns, key=lambda column: (column.phase, column.gradient))
    ]  # fmt: skip
    yield element("tr", corner, phases)
    yield element("tr", (_streams_head(column) for column in columns))


def _streams_head(column: _Column) -> ET.Element:
    named = ", ".join(column.streams)
    match column.phase, named:
        case "init", "":
            text, title = "params", "a key for params alone"
        case "init", _:
            text, title = f"params, {named}", f"keys for params, {named}"
        case _, "":
            text, title = "no rngs", "no keys"
        case _:
            text, title = named, f"a key for {named}"
    return element("th", text, scope="col", class_="streams", title=title)


def _row_heads(row: _Row, given: Sequence[str], flags: Sequence[str]) -> Iterable[ET.Element]:
    ways = {each.name: each for each in row.given}
    values = dict(row.flags)
    for name in given:
        yield element("th", way_words(ways[name]) if name in ways else "-", scope="row")
    for name in flags:
        yield element("th", str(values.get(name, "-")), scope="row")
    if not given and not flags:
        yield element("th", "as synthesised", scope="row")


def _cell(results: Sequence[CellResult]) -> ET.Element:
    if not results:
        return element("td", "·", class_="empty", title="not run")
    return element("td", map(_sign, results))


def _sign(result: CellResult) -> ET.Element:
    mark = MARKS[result.how]
    return element(
        "span",
        SIGNS[result.verdict],
        [element("sup", mark)] if mark else [],
        class_=f"cell {result.verdict}",
        role="img",
        title=result_words(result),  # which is the name of an img that has no other
    )
