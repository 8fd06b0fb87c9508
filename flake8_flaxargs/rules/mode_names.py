"""The names that switch training behaviour, and which way each points."""

from __future__ import annotations

import libcst as cst

# True means that layers are active.
ACTIVE = frozenset({"train", "training", "is_training", "is_train", "enable_dropout"})
# True means that they are not.
INACTIVE = frozenset(
    {"deterministic", "use_running_average", "eval", "is_eval", "eval_mode", "evaluation", "inference"}
)


def in_scope(function: cst.CSTNode, wanted: str) -> str | None:
    """An expression for ``wanted`` from the mode flag among a function's parameters; None where there is none."""
    if not isinstance(function, cst.FunctionDef):
        return None
    params = function.params
    names = [part.name.value for part in (*params.posonly_params, *params.params, *params.kwonly_params)]
    flags = [name for name in names if name in ACTIVE | INACTIVE]
    if len(flags) != 1:
        return None
    (flag,) = flags
    return flag if (flag in ACTIVE) == (wanted in ACTIVE) else f"not {flag}"
