"""The calls that a walk goes through, as they stand: for checks that look at how a layer is made and called.

Effects say what a call does to whoever runs it; these say how it is written, and what its parts mean there.
"""

from __future__ import annotations

from typing import NamedTuple

from ...facts import records as r
from .. import terms as t
from ..conditions import Cond
from ..modes import FLAGS
from ..terms import Arguments, Place, Term

_LAYERS = {t.ClassRef, t.Instance, t.Self, t.Bound, t.Partial, t.Lifted, t.Choice, t.FunctionRef}


class SeenCall(NamedTuple):
    """A call in a function's own text.

    Attributes:
        place, node: where it stands, and its record.
        func, arguments, result: what they mean there.
        path: the condition under which the function comes to it.
    """

    place: Place
    node: r.Call
    func: Term
    arguments: Arguments
    result: Term
    path: Cond


def worth_keeping(node: r.Call, func: Term) -> bool:
    """Whether a check may want to see a call: one that may concern a layer, or that hands on a mode."""
    if type(func) in _LAYERS:
        return True
    if type(func) is t.ForeignRef:
        return func.dotted.endswith("partial")
    return any(keyword.name in FLAGS for keyword in node.keywords)
