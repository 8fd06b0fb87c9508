"""A jaxpr's canonical form: equal for two jaxprs that differ in names of variables alone."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from typing import Any

import jax
import numpy as np
from jax.extend import core as jex

_ADDRESS = re.compile(r"0x[0-9a-f]+")


def canonical(closed: Any, tree: object = None) -> str:
    """A hash of a closed jaxpr: its equations with numbered variables, its constants by value, its output tree.

    Of parameters that are functions (the rules of a custom derivative) only the name counts: what they compute shows in
    the jaxpr of the derivative, which is compared as well.
    """
    text = _Writer().closed(closed)
    return hashlib.blake2b(f"{text}\n{tree}".encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()


class _Writer:
    def closed(self, closed: Any) -> str:
        consts = ",".join(_constant(value) for value in closed.consts)
        return f"[{consts}]{self._jaxpr(closed.jaxpr)}"

    def _jaxpr(self, jaxpr: Any) -> str:
        names: dict[Any, int] = {}

        def named(variables: Iterable[Any]) -> str:
            return " ".join(self._atom(variable, names) for variable in variables)

        head = f"{named(jaxpr.constvars)};{named(jaxpr.invars)}"
        lines = []
        for equation in jaxpr.eqns:
            arguments = named(equation.invars)
            parameters = ",".join(f"{key}={self._parameter(value)}" for key, value in sorted(equation.params.items()))
            lines.append(f"{named(equation.outvars)}={equation.primitive.name}[{parameters}]({arguments})")
        return "\n".join([head, *lines, f"->{named(jaxpr.outvars)}"])

    def _atom(self, atom: Any, names: dict[Any, int]) -> str:
        if isinstance(atom, jex.Literal):
            return f"{_constant(atom.val)}:{atom.aval.str_short()}"
        if type(atom).__name__ == "DropVar":
            return "_"
        return f"v{names.setdefault(atom, len(names))}:{_aval(atom.aval)}"

    def _parameter(self, value: Any) -> str:
        if hasattr(value, "jaxpr") and hasattr(value, "consts"):
            return self.closed(value)
        if hasattr(value, "eqns") and hasattr(value, "invars"):
            return self._jaxpr(value)
        if isinstance(value, tuple | list):
            return f"({','.join(map(self._parameter, value))})"
        if isinstance(value, dict):
            return f"{{{','.join(f'{key}:{self._parameter(each)}' for key, each in sorted(value.items(), key=str))}}}"
        if isinstance(value, np.ndarray | jax.Array):
            return _constant(value)
        if callable(value) and not isinstance(value, type):
            return getattr(value, "__name__", type(value).__name__)
        return _ADDRESS.sub("", repr(value))


def _aval(aval: Any) -> str:
    """Type and shape, and whether the type is weak: it decides what later operations give."""
    return f"{aval.str_short()}{'~' * bool(getattr(aval, 'weak_type', False))}"


def _constant(value: Any) -> str:
    if isinstance(value, jax.Array) and jax.dtypes.issubdtype(value.dtype, jax.dtypes.extended):
        return f"key<{_constant(jax.random.key_data(value))}>"
    try:
        array = np.asarray(value)
    except (TypeError, ValueError):
        return _ADDRESS.sub("", repr(value))
    if array.dtype == object:
        return _ADDRESS.sub("", repr(value))
    digest = hashlib.blake2b(np.ascontiguousarray(array).tobytes(), digest_size=12).hexdigest()
    return f"{array.dtype}{array.shape}{digest}"
