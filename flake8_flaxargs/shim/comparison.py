"""Two results -> whether they are the same: trees, shapes, types, and values to the last bit or within a tolerance."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import jax
import numpy as np


class Difference(NamedTuple):
    """How far two results are apart.

    Attributes:
        structure: what differs in tree, shape or type; empty where nothing does.
        ulps: the largest error in units in the last place; 0 where all is equal to the last bit.
        relative: the largest error relative to the largest magnitude in its leaf.
        leaves: the largest error of each leaf, in ulps.
        where: the leaf with the largest error.
    """

    structure: str
    ulps: float
    relative: float
    leaves: tuple[float, ...]
    where: str = ""

    @property
    def same(self) -> bool:
        """Whether results are equal to the last bit; NaN equals NaN."""
        return not self.structure and self.ulps == 0


def compare(original: Any, fixed: Any) -> Difference:
    """How far two trees of arrays are apart."""
    structure = structural(original, fixed)
    if structure:
        return Difference(structure, math.inf, math.inf, ())
    named, _ = jax.tree_util.tree_flatten_with_path(original)
    errors = [
        (jax.tree_util.keystr(path), *_leaf(one, other))
        for (path, one), other in zip(named, jax.tree_util.tree_leaves(fixed), strict=True)
    ]
    worst = max(errors, key=lambda error: error[1], default=("", 0.0, 0.0))
    relative = max((error[2] for error in errors), default=0.0)
    return Difference("", worst[1], relative, tuple(error[1] for error in errors), worst[0])


def structural(original: Any, fixed: Any) -> str:
    """What differs in tree, shape or type; empty where nothing does. Leaves may be abstract."""
    first: Any
    second: Any
    one, first = jax.tree_util.tree_flatten_with_path(original)
    other, second = jax.tree_util.tree_flatten_with_path(fixed)
    if first != second:
        here = {jax.tree_util.keystr(path) for path, _ in one}
        there = {jax.tree_util.keystr(path) for path, _ in other}
        gone, new = sorted(here - there), sorted(there - here)
        parts = [f"no longer {', '.join(gone[:3])}"] * bool(gone) + [f"new {', '.join(new[:3])}"] * bool(new)
        return f"another tree: {'; '.join(parts) or f'{first} became {second}'}"
    for (path, before), (_, after) in zip(one, other, strict=True):
        if shape(before) != shape(after):
            return f"{jax.tree_util.keystr(path) or 'the result'} is {shape(after)}, was {shape(before)}"
    return ""


def shape(leaf: Any) -> str:
    """Type and shape of an array, such as ``float32[2,8]``; the type's name of anything else."""
    if hasattr(leaf, "dtype") and hasattr(leaf, "shape"):
        return f"{leaf.dtype}[{','.join(map(str, leaf.shape))}]"
    return type(leaf).__name__


def shapes(tree: Any) -> tuple[str, ...]:
    """Of all leaves, at most 50."""
    return tuple(shape(leaf) for leaf in jax.tree_util.tree_leaves(tree)[:50])


def _leaf(original: Any, fixed: Any) -> tuple[float, float]:
    """The largest error in ulps and relative."""
    one, other = _array(original), _array(fixed)
    if one.dtype.kind not in "fcV":
        return (0.0, 0.0) if np.array_equal(one, other) else (math.inf, math.inf)
    if one.dtype.kind == "c":
        one, other = (np.stack([value.real, value.imag]) for value in (one, other))
    eps = float(jax.numpy.finfo(one.dtype).eps)
    tiny = float(jax.numpy.finfo(one.dtype).tiny)
    a, b = one.astype(np.float64), other.astype(np.float64)
    unequal = ~((a == b) | (np.isnan(a) & np.isnan(b)))
    if not unequal.any():
        return 0.0, 0.0
    a, b = a[unequal], b[unequal]
    if not (np.isfinite(a) & np.isfinite(b)).all():
        return math.inf, math.inf
    spacing = np.maximum(np.exp2(np.floor(np.log2(np.maximum(np.abs(a), tiny)))), tiny) * eps
    error = np.abs(a - b)
    scale = max(float(np.abs(one.astype(np.float64))[np.isfinite(one.astype(np.float64))].max(initial=0.0)), tiny)
    return float((error / spacing).max()), float(error.max() / scale)


def _array(value: Any) -> Any:
    if isinstance(value, jax.Array) and jax.dtypes.issubdtype(value.dtype, jax.dtypes.extended):
        value = jax.random.key_data(value)
    return np.asarray(value)


def histogram(leaves: list[float]) -> tuple[int, ...]:
    """How many leaves have an error of 0, up to 1, 2, 4, ... 1024 ulps, and more."""
    bounds = [0.0, *(2.0**power for power in range(11))]
    counts = [0] * (len(bounds) + 1)
    for error in leaves:
        counts[next((index for index, bound in enumerate(bounds) if error <= bound), len(bounds))] += 1
    return tuple(counts)
