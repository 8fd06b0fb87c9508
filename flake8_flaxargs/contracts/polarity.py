"""Which way round a test on None or truth stands."""

from __future__ import annotations

from ..facts import records as r
from .values import Value


def inverted(test: r.Expression | None, tested: Value | None, body: Value, orelse: Value) -> bool:
    """Whether ``body if test else orelse`` takes the tested side just where it is None (or false)."""
    absent_in_body = holds_where_absent(test)
    return (body if absent_in_body else orelse) == tested


def holds_where_absent(test: r.Expression | None) -> bool:
    """Whether a test on a value holds where the value is None or false."""
    match test:
        case r.Not(operand=operand):
            return not holds_where_absent(operand)
        case r.Compare(operators=("is" | "==",)):
            return True
    return False
