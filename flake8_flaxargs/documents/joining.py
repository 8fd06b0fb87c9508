"""Pieces of code -> programs: pieces that follow one another are one program, until one defines a name anew."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ..source import Source
from .document import Origin, Program


class Piece(NamedTuple):
    """A cell or code block.

    Attributes:
        lines: its text by line, without line ends.
        origins: where each comes from.
    """

    lines: Sequence[str]
    origins: Sequence[Origin]


def joined(
    path: str, pieces: Sequence[Piece], aligned: bool = False
) -> tuple[tuple[Program, ...], tuple[tuple[Piece, SyntaxError], ...]]:
    """The programs that pieces make, and the pieces that Python cannot parse, which are in none.

    A tutorial shows one class in several versions, each of which is what the code after it means: a piece that defines
    a class or function of the program again starts another program, which keeps the imports. All programs count lines
    alike; what belongs to another is blank. ``aligned`` makes them count as the part does that the pieces stand in.
    """
    broken: list[tuple[Piece, SyntaxError]] = []
    trees: list[tuple[int, ast.Module]] = []
    for index, piece in enumerate(pieces):
        try:
            trees.append((index, _parsed("\n".join(piece.lines))))
        except SyntaxError as error:
            broken.append((piece, error))
    programs = []
    for members in _groups(trees):
        known = dict(trees)
        lines: list[str] = []
        origins: list[Origin | None] = []
        for index, piece in enumerate(pieces):
            whole = index in members
            gap = piece.origins[0].line - 1 - len(lines) if aligned and piece.origins else 0
            lines += [""] * gap
            origins += [None] * gap
            imports = _import_lines(known[index]) if not whole and index in known and index < min(members) else set()
            kept = [whole or number in imports for number in range(1, len(piece.lines) + 1)]
            lines += [text if keep else "" for text, keep in zip(piece.lines, kept, strict=True)]
            origins += [origin if keep else None for origin, keep in zip(piece.origins, kept, strict=True)]
        programs.append(Program(Source(path, "".join(line + "\n" for line in lines)), tuple(origins)))
    return tuple(programs), tuple(broken)


def _groups(trees: Sequence[tuple[int, ast.Module]]) -> Iterator[set[int]]:
    """Which pieces belong together."""
    members: set[int] = set()
    defined: set[str] = set()
    for index, tree in trees:
        names = {
            node.name for node in tree.body if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        }
        if names & defined:
            yield members
            members, defined = set(), set()
        members.add(index)
        defined |= names
    if members:
        yield members


def _parsed(text: str) -> ast.Module:
    """The tree of a piece.

    Raises:
        SyntaxError: Python cannot parse it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (ValueError, RecursionError, MemoryError) as error:
        raise SyntaxError(str(error) or type(error).__name__) from error


def _import_lines(tree: ast.Module) -> set[int]:
    """The 1-based lines of the imports at the top level that have these lines to themselves."""
    found: set[int] = set()
    others: set[int] = set()
    for node in tree.body:
        lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        (found if isinstance(node, ast.Import | ast.ImportFrom) else others).update(lines)
    return found - others
