"""The names that switch training behaviour, and which way each points."""

from __future__ import annotations

from ..facts import records as r
from . import conditions as c
from . import terms as t
from .conditions import Cond
from .records import walk
from .terms import Term

# True means that layers are active.
ACTIVE = frozenset({"train", "training", "is_training", "is_train", "enable_dropout"})
# True means that they are not.
INACTIVE = frozenset(
    {"deterministic", "use_running_average", "eval", "is_eval", "eval_mode", "evaluation", "inference"}
)
FLAGS = ACTIVE | INACTIVE


def flag_in(term: Term) -> tuple[str, bool] | None:
    """The mode flag that a value is, and whether it is true where layers are active; None for anything else.

    ``not train`` is ``train``, and is true where layers are not; of two values that may be meant, both must agree.
    """
    match term:
        case t.Param(name=name) | t.Get(of=t.Self(), name=name) if name.removeprefix(t.MADE_WITH) in FLAGS:
            name = name.removeprefix(t.MADE_WITH)
            return name, name in ACTIVE
        case t.Truthy(cond=cond):
            return _flag_asked(cond)
        case t.Choice(then=then, otherwise=otherwise):
            found = {flag_in(part) for part in (then, otherwise) if part != t.NONE}
            if None not in found and len({flag[1] for flag in found if flag}) == 1:
                return min(flag for flag in found if flag)
    return None


def _flag_asked(cond: Cond) -> tuple[str, bool] | None:
    match cond:
        case c.Truth(of=of):
            return flag_in(of)
        case c.Not(operand=operand):
            found = _flag_asked(operand)
            return (found[0], not found[1]) if found else None
    return None


def may_be_bool(annotation: r.Expression | None) -> bool:
    """Whether an annotation, if there is one, says ``bool``."""
    if annotation is None:
        return True
    for node in walk(annotation):
        match node:
            case r.Name(id="bool" | "Bool" | "Any") | r.Attribute(attr="bool" | "Bool" | "Any" | "bool_"):
                return True
            case r.Constant(value=str(text)) if "bool" in text.lower():
                return True
    return False
