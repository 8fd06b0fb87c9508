"""The mode flag that is at hand in a function."""

from __future__ import annotations

import libcst as cst

from ..contracts.modes import ACTIVE, INACTIVE


def in_scope(function: cst.FunctionDef | None, wanted: str) -> str | None:
    """An expression for ``wanted`` from the mode flag among a function's parameters; None where there is none."""
    if function is None:
        return None
    params = function.params
    names = [part.name.value for part in (*params.posonly_params, *params.params, *params.kwonly_params)]
    flags = [name for name in names if name in ACTIVE | INACTIVE]
    if len(flags) != 1:
        return None
    (flag,) = flags
    return flag if (flag in ACTIVE) == (wanted in ACTIVE) else f"not {flag}"
