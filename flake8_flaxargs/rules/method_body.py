"""Places in a method's concrete body."""

from __future__ import annotations

import libcst as cst


def first_statement_after_docstring(
    function: cst.FunctionDef,
) -> tuple[cst.SimpleStatementLine | cst.BaseCompoundStatement, int] | None:
    """The statement that a new first statement goes before, and how many blank lines of its own stay above that.

    None where the body has no line of its own (``def f(self): return 1``) or holds only its docstring.
    """
    if not isinstance(function.body, cst.IndentedBlock):
        return None
    body = function.body.body
    index = 1 if _is_docstring(body[0]) else 0
    if index >= len(body):
        return None
    statement = body[index]
    if not isinstance(statement, cst.SimpleStatementLine | cst.BaseCompoundStatement):
        return None
    blank = 0
    for line in statement.leading_lines:
        if line.comment is not None:
            break
        blank += 1
    return statement, blank if index else 0


def _is_docstring(statement: cst.BaseStatement) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString())]):
            return True
    return False
