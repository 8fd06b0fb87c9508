"""The fixed Module on the accelerator against the CPU, both in float32 at the highest precision."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import jax
import numpy as np

from .comparison import compare
from .execution import Runs, Traced
from .matrix import Setting

_EPS = 2.0**-23
_RUNS = 6


def against_cpu(runs: Runs, cells: Sequence[Setting], always: bool = False) -> tuple[float, float] | None:
    """The largest relative error of forward runs on this device against the CPU, and what is allowed.

    Args:
        runs: of the Module.
        cells: settings; the first few of the fixed Module that give a value are run on both.
        always: also where this device is the CPU, which then has to agree with itself.

    Returns:
        None where this device is the CPU, or nothing gives a value.
    """
    if jax.devices()[0].platform == "cpu" and not always:
        return None
    worst, allowed = 0.0, 0.0
    seen: set[str] = set()
    for setting in cells:
        traced = runs.trace("fixed", setting)
        if traced.error is not None or setting.gradient or traced.key in seen or len(seen) == _RUNS:
            continue
        seen.add(traced.key)
        difference = compare(runs.values(traced), runs.values_on_cpu(traced))
        worst = max(worst, difference.relative)
        allowed = max(allowed, tolerance_of(traced))
    return (worst, allowed) if seen else None


def tolerance_of(traced: Traced) -> float:
    """What rounding may add up to: each equation rounds once, a contraction over n products like a walk of n steps.

    ``eps * sqrt(equations) * (8 + 2 * sqrt(largest contraction))``, with eps of float32: random rounding errors grow
    with the root of their number (Higham, Accuracy and Stability of Numerical Algorithms, section 2.8); the factors
    leave room for the functions that both platforms approximate, each its own way.
    """
    assert traced.function is not None
    equations = list(_equations(jax.make_jaxpr(traced.function)(*traced.arguments).jaxpr))
    contracted = max((_contracted(equation) for equation in equations), default=1)
    return _EPS * math.sqrt(max(len(equations), 1)) * (8 + 2 * math.sqrt(contracted))


def _equations(jaxpr: Any) -> Iterator[Any]:
    """The equations of a jaxpr and of those inside of it."""
    for equation in jaxpr.eqns:
        yield equation
        for value in equation.params.values():
            for inner in value if isinstance(value, tuple | list) else (value,):
                inner = getattr(inner, "jaxpr", inner)
                if hasattr(inner, "eqns"):
                    yield from _equations(inner)


def _contracted(equation: Any) -> int:
    """Over how many products an equation sums."""
    if equation.primitive.name == "dot_general":
        (over, _), _ = equation.params["dimension_numbers"]
        return int(np.prod([equation.invars[0].aval.shape[axis] for axis in over], dtype=np.int64))
    if equation.primitive.name == "conv_general_dilated":
        return int(np.prod(equation.invars[1].aval.shape, dtype=np.int64))
    if equation.primitive.name.startswith("reduce_"):
        return int(equation.invars[0].aval.size)
    return 1
