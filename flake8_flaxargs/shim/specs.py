"""Texts for abstract arrays: ``float32[2,8]``, ``int32[2]<100``, ``bool[4]``, ``key[]``."""

from __future__ import annotations

import re
from typing import NamedTuple

_SPEC = re.compile(r"(?P<dtype>[a-z]+\d*(?:_[a-z0-9]+)*)\[(?P<shape>[\d,\s]*)\](?:<(?P<below>\d+))?")
_SHORT = {"f32": "float32", "f16": "float16", "bf16": "bfloat16", "f64": "float64", "i32": "int32", "u32": "uint32"}


class SpecError(ValueError):
    """A text that is no shape; the message says how one is written."""


class Spec(NamedTuple):
    """An abstract array.

    Attributes:
        dtype: name of the type, or ``key``.
        shape: its sizes.
        below: for integers, what all values are less than; None for 2.
    """

    dtype: str
    shape: tuple[int, ...]
    below: int | None = None

    def __str__(self) -> str:
        bound = "" if self.below is None else f"<{self.below}"
        return f"{self.dtype}[{','.join(map(str, self.shape))}]{bound}"


def parsed(text: str) -> Spec:
    """The array that a text stands for.

    Raises:
        SpecError: it stands for none.
    """
    found = _SPEC.fullmatch(text.strip())
    if found is None:
        raise SpecError(f"{text!r} is no array; write its type and shape, such as 'float32[2,8]' or 'int32[2]<100'")
    sizes = tuple(int(size) for size in found["shape"].replace(" ", "").split(",") if size)
    dtype = _SHORT.get(found["dtype"], found["dtype"])
    return Spec(dtype, sizes, int(found["below"]) if found["below"] else None)
