"""The pair that ``apply`` returns, taken apart where it is bound."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Range
from .base import Statement, find
from .reach import free_name


def unpacked(statement: Statement, text: str, call: cst.Call) -> Edit | None:
    """An edit that makes ``y = call`` bind the pair's halves; None where the call is not bound that way.

    Args:
        text: of the file.
    """
    assigned = [assign for assign in find(statement.node, cst.Assign) if assign.value is call]
    if len(assigned) != 1 or len(assigned[0].targets) != 1:
        return None
    target = assigned[0].targets[0].target
    if not isinstance(target, cst.Name | cst.Attribute | cst.Subscript) or target.lpar:
        return None
    end = statement.range(target).end
    return Edit(Range(end, end), f", {free_name(statement, text, 'updates')}")
