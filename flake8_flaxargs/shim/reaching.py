"""Whether what a fix changes has run at all: a cell that never comes by the changed line proves nothing of it."""

from __future__ import annotations

import ast
import contextlib
import difflib
import sys
from collections.abc import Iterator
from types import FrameType
from typing import Any


def changed_statements(original: str, fixed: str, name: str) -> frozenset[int]:
    """The first lines, 1-based, of the statements in functions of a class or function that a fix changes or adds."""
    matcher = difflib.SequenceMatcher(None, original.split("\n"), fixed.split("\n"), autojunk=False)
    lines = {
        line + 1
        for kind, _, _, start, end in matcher.get_opcodes()
        if kind in {"replace", "insert"}
        for line in range(start, end)
    }
    found: set[int] = set()
    for node in ast.parse(fixed).body:
        if getattr(node, "name", None) == name:
            for function in ast.walk(node):
                if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                    found |= {start for statement in function.body for start in _starts(statement, lines)}
    return frozenset(found)


def _starts(statement: ast.stmt, lines: set[int]) -> Iterator[int]:
    """The first lines of the innermost statements on changed lines."""
    inner = [child for child in ast.walk(statement) if isinstance(child, ast.stmt) and child is not statement]
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    own = set(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    for child in inner:
        own -= set(range(child.lineno, (child.end_lineno or child.lineno) + 1))
        if set(range(child.lineno, (child.end_lineno or child.lineno) + 1)) & lines and not any(
            isinstance(deeper, ast.stmt) for deeper in ast.walk(child) if deeper is not child
        ):
            yield child.lineno
    if own & lines:
        yield statement.lineno


class Reaching:
    """Watches the lines of a file that run, until all that are waited for have.

    Args:
        path: the file name that the code was compiled with.
        wanted: 1-based lines.
    """

    def __init__(self, path: str, wanted: frozenset[int]) -> None:
        self._path = path
        self.missed = set(wanted)

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """While the code runs. Nobody is watched once nothing is waited for: watching costs time."""
        if not self.missed:
            yield
            return
        before = sys.gettrace()
        sys.settrace(self._called)
        try:
            yield
        finally:
            sys.settrace(before)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename == self._path else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "line":
            self.missed.discard(frame.f_lineno)
        return self._line
