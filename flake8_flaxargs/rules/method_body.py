"""Places in a method's concrete body."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from ..model import Edit, Position, Range
from ..source import Source
from .base import Statement


def as_first_statement(source: Source, statement: Statement, function: cst.FunctionDef, code: str) -> Edit | None:
    """An edit that makes ``code`` the first statement of a function, after its docstring.

    It gets a line of its own where the body has lines of its own, above the comments of what follows and below the
    blank lines that follow a docstring. None where there is nothing but a docstring.
    """
    body: Sequence[cst.BaseStatement | cst.BaseSmallStatement] = function.body.body
    if isinstance(body[0], cst.SimpleStatementLine) and len(body[0].body) > 1 and _is_docstring(body[0].body[0]):
        body = body[0].body  # others share the docstring's line
    after_docstring = _is_docstring(body[0])
    if len(body) == after_docstring:
        return None
    following = body[1 if after_docstring else 0]
    if isinstance(following, cst.BaseSmallStatement):
        start = statement.range(following).start
        return Edit(Range(start, start), f"{code}; ")
    decorators = following.decorators if isinstance(following, cst.FunctionDef | cst.ClassDef) else ()
    start = statement.range(decorators[0] if decorators else following).start
    above = following.leading_lines if isinstance(following, _WITH_LINES) else ()
    comments = next((index for index, line in enumerate(above) if line.comment is not None), len(above))
    place = Position(start.line - len(above) + (comments if after_docstring else 0), 0)
    before = source.lines[start.line - 1]
    indent = before[: len(before) - len(before.lstrip())]
    indent = indent.rpartition("\f")[2]  # a form feed starts the count of columns anew, and need not be repeated
    return Edit(Range(place, place), f"{indent}{code}\n")


_WITH_LINES = (cst.SimpleStatementLine, cst.BaseCompoundStatement)


def _is_docstring(statement: cst.BaseStatement | cst.BaseSmallStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[inner]) | inner:
            match inner:
                case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString()):
                    return True
    return False
