"""What a keystroke inside one class or function can be checked by: that definition, with what it and its users name.

Checking a file of 2,000 lines takes half a second, which no keystroke has. So the file is cut down to the definitions
that matter, all on their own lines; the findings of the others stay what they were. The answer is provisional: the
whole file is checked once no key is struck for a while.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from ...source import Source, SourceError

_WORD = re.compile(r"[^\W\d]\w*")
# A cut that leaves more lines than this costs too much, and is not made.
_MOST = 500


class Region(NamedTuple):
    """A statement at the top level.

    Attributes:
        first, last: its lines, 1-based, decorators included.
        name: of the class or function that it defines; "" where it is any other statement.
        binds: what it binds, as far as others may name it.
        words: all names in its text.
    """

    first: int
    last: int
    name: str
    binds: frozenset[str]
    words: frozenset[str]


class Cut(NamedTuple):
    """A text that is cut down.

    Attributes:
        source: the same lines, those left out blank.
        lines: the lines (1-based) whose findings are those of the cut; all other findings stay.
        outline: of the whole text.
    """

    source: Source
    lines: frozenset[int]
    outline: Outline


class Outline(NamedTuple):
    """The regions of a text, in order, and its lines with their ends."""

    lines: tuple[str, ...]
    regions: tuple[Region, ...]


def outline(source: Source) -> Outline | None:
    """The regions of a text; None where it cannot be parsed."""
    try:
        body = source.tree.body
    except SourceError:
        return None
    lines = tuple(source.lines)
    return Outline(lines, tuple(_region(node, lines) for node in body))


def cut(before: Outline, source: Source) -> Cut | None:
    """The cut for a text that differs from another inside one class or function alone, with as many lines.

    None where it differs in any other way, or the cut would leave too much.
    """
    lines = tuple(source.lines)
    index = _changed(before, lines)
    if index is None:
        return None
    region = _parsed(before.regions[index], lines)
    if region is None:
        return None
    regions = (*before.regions[:index], region, *before.regions[index + 1 :])
    after = Outline(lines, regions)
    names = region.binds | before.regions[index].binds
    for affected in ({index, *_users(regions, names)}, {index}):
        kept = _needed(regions, affected)
        if sum(regions[each].last - regions[each].first + 1 for each in kept) <= _MOST:
            numbers = frozenset(n for each in affected for n in range(regions[each].first, regions[each].last + 1))
            text = "".join(_left(after, kept))
            return Cut(Source(source.path, text, source.encoding, source.bom, buffer=True), numbers, after)
    return None


def _changed(before: Outline, lines: tuple[str, ...]) -> int | None:
    """The one definition that holds all lines which differ."""
    if len(lines) != len(before.lines):
        return None
    differ = [number for number, pair in enumerate(zip(before.lines, lines, strict=True), 1) if pair[0] != pair[1]]
    if not differ:
        return None
    for index, region in enumerate(before.regions):
        if region.first <= differ[0] and differ[-1] <= region.last:
            alone = all(other.first > region.last or other.last < region.first for other in _beside(before, index))
            return index if region.name and alone else None
    return None


def _beside(before: Outline, index: int) -> Iterable[Region]:
    return (*before.regions[max(index - 1, 0) : index], *before.regions[index + 1 : index + 2])


def _parsed(region: Region, lines: Sequence[str]) -> Region | None:
    """The region as it is now; None where it is no longer one definition on the same lines."""
    text = "".join(lines[region.first - 1 : region.last])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if len(body) != 1 or not isinstance(body[0], ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return None
    found = _WORD.findall(text)
    return Region(region.first, region.last, body[0].name, frozenset({body[0].name}), frozenset(found))


def _region(node: ast.stmt, lines: Sequence[str]) -> Region:
    first, last = node.lineno, node.end_lineno or node.lineno
    words = frozenset(_WORD.findall("".join(lines[first - 1 : last])))
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
            first = min([first, *(decorator.lineno for decorator in node.decorator_list)])
            words |= frozenset(_WORD.findall("".join(lines[first - 1 : node.lineno])))
            return Region(first, last, name, frozenset({name}), words)
        case ast.Assign() | ast.AnnAssign():
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            bound = {part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)}
            return Region(first, last, "", frozenset(bound), words)
    return Region(first, last, "", words, words)  # imports, `if`, `try`: they may bind anything that they name


def _users(regions: Sequence[Region], names: Collection[str]) -> set[int]:
    """The definitions that name something, and those that name them, and so on."""
    found: set[int] = set()
    wanted = set(names)
    while True:
        more = {
            index
            for index, region in enumerate(regions)
            if index not in found and region.name and not wanted.isdisjoint(region.words)
        }
        if not more:
            return found
        found |= more
        wanted = {name for index in more for name in regions[index].binds}


def _needed(regions: Sequence[Region], affected: Collection[int]) -> set[int]:
    """What is affected, what it names, and so on."""
    by_name: dict[str, list[int]] = {}
    for index, region in enumerate(regions):
        for name in region.binds:
            by_name.setdefault(name, []).append(index)
    found = set(affected)
    pending = list(affected)
    while pending:
        for word in regions[pending.pop()].words:
            for index in by_name.get(word, ()):
                if index not in found:
                    found.add(index)
                    pending.append(index)
    return found


def _left(after: Outline, kept: Collection[int]) -> list[str]:
    """The lines of what is kept, and those between statements; all others blank."""
    lines = list(after.lines)
    numbers = {n for each in kept for n in range(after.regions[each].first, after.regions[each].last + 1)}
    for index, region in enumerate(after.regions):
        if index not in kept:
            for number in range(region.first, region.last + 1):
                if number not in numbers:
                    lines[number - 1] = "\n"
    return lines
