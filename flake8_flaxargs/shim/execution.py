"""Runs settings of a Module in Flax: traced first, without a FLOP; compiled and run only where jaxprs differ."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp

from .canonical import canonical
from .matrix import Setting
from .reaching import Reaching
from .records import Outcome
from .synthesis import Synthesised, abstract, arguments, concrete, is_spec

_ADDRESS = re.compile(r"0x[0-9a-f]+")
_SEED = 17


@dataclasses.dataclass(frozen=True)
class Traced:
    """A run that was traced, or the exception that came of it.

    Attributes:
        key: the canonical form of the jaxpr.
        function, arguments: what was traced, on abstract arguments.
        result: the abstract result.
    """

    key: str = ""
    function: Callable[..., Any] | None = None
    arguments: tuple[Any, ...] = ()
    result: Any = None
    error: BaseException | None = None

    @property
    def said(self) -> tuple[str, str] | None:
        """Type and message of the exception."""
        if self.error is None:
            return None
        return type(self.error).__name__, _ADDRESS.sub("0x", str(self.error))

    @property
    def outcome(self) -> Outcome:
        """The record of it."""
        from .comparison import shapes

        if self.said is not None:
            return Outcome((), self.said[0], self.said[1][:2000])
        return Outcome(shapes(self.result))


class Runs:
    """All runs of an original and a fixed Module. A setting is traced once, and a computation compiled once.

    Args:
        synthesised: what they are made and called with.
        method: what is called.
        sides: the classes, ``original`` and ``fixed``.
        reaching: watches the fixed one while it is traced.
    """

    def __init__(
        self,
        synthesised: Synthesised,
        method: str,
        sides: Mapping[str, type[nn.Module]],
        reaching: Reaching | None = None,
    ) -> None:
        self._synthesised = synthesised
        self._method = method
        self._sides = sides
        self._traces: dict[object, Traced] = {}
        self._values: dict[str, Any] = {}
        self._reference: Traced | None = None
        self._reaching = reaching
        self.compiled = 0

    @property
    def traced(self) -> int:
        """How many settings were traced."""
        return len(self._traces)

    def trace(self, side: str, setting: Setting) -> Traced:
        """A setting on one side."""
        key = (side, repr(setting))
        if key not in self._traces:
            self._traces[key] = self._trace(side, setting)
        return self._traces[key]

    def find_reference(self, settings: Sequence[Setting]) -> None:
        """Take the variables that ``apply`` gets from the first ``init`` that works, of the original if one does."""
        for side in self._sides:
            for setting in settings:
                if setting.phase == "init" and self.trace(side, setting).error is None:
                    self._reference = self.trace(side, setting)
                    return

    @property
    def variables(self) -> Any:
        """The abstract variables that ``apply`` gets; None where no ``init`` works."""
        return None if self._reference is None else self._reference.result

    def values(self, traced: Traced) -> Any:
        """What a traced run gives, on the device. Those with equal jaxprs are run once."""
        if traced.key not in self._values:
            assert traced.function is not None
            compiled = jax.jit(traced.function).lower(*traced.arguments).compile()
            self.compiled += 1
            self._values[traced.key] = jax.device_get(compiled(*self._concrete(traced.arguments)))
        return self._values[traced.key]

    def values_on_cpu(self, traced: Traced) -> Any:
        """The same on the CPU."""
        cpu = jax.devices("cpu")[0]
        assert traced.function is not None
        with jax.default_device(cpu):
            arguments = jax.device_put(jax.device_get(self._concrete(traced.arguments)), cpu)
            return jax.device_get(jax.jit(traced.function)(*arguments))

    def differs_from_itself(self, setting: Setting) -> bool:
        """Whether the original, traced again, is another computation: it draws from NumPy, or counts its calls."""
        again = self._trace("original", setting)
        return (again.key, again.said) != (self.trace("original", setting).key, self.trace("original", setting).said)

    def run_afresh(self, side: str, setting: Setting) -> Any:
        """What a setting gives, compiled and run for itself: the naive way, to be measured against.

        Raises:
            Exception: what the user's code raises.
        """
        function, arguments = self._function(side, setting)
        return jax.device_get(jax.jit(function)(*self._concrete(arguments)))

    def _trace(self, side: str, setting: Setting) -> Traced:
        function, arguments = self._function(side, setting)
        try:
            watched = self._reaching is not None and side == "fixed"
            with self._reaching.watching() if watched and self._reaching else contextlib.nullcontext():
                closed, result = jax.make_jaxpr(function, return_shape=True)(*arguments)
        except Exception as error:  # noqa: BLE001  (what the user's code raises is what is compared)
            return Traced(error=error)
        tree = jax.tree_util.tree_structure(result)
        return Traced(canonical(closed, tree), function, arguments, result)

    def _function(self, side: str, setting: Setting) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        """What a setting computes, as a function of arrays, and its abstract arguments."""
        keys = {stream: jax.ShapeDtypeStruct((2,), jnp.uint32) for stream in setting.streams}
        inputs = jax.tree_util.tree_map(_abstract, self._synthesised.call, is_leaf=is_spec)
        build = functools.partial(self._module, side, setting)
        others = {**self._synthesised.static, **setting.flags}
        for name, giving in setting.giving.items():
            if giving.way in {"call", "both"}:
                others[name] = giving.call
        method, cls = self._method, self._sides[side]

        def init(keys: Any, inputs: Any) -> Any:
            args, kwargs = arguments(cls, method, {**inputs, **others})
            return build().init(keys, *args, **kwargs, method=method)

        if setting.phase == "init":
            return init, ({"params": jax.ShapeDtypeStruct((2,), jnp.uint32), **keys}, inputs)
        variables = self.variables if self.variables is not None else {}
        collections = [*(name for name in variables if name != "params"), "intermediates"]

        def apply(variables: Any, keys: Any, inputs: Any) -> Any:
            args, kwargs = arguments(cls, method, {**inputs, **others})
            return build().apply(variables, *args, **kwargs, rngs=keys, mutable=collections, method=method)

        if not setting.gradient:
            return apply, (variables, keys, inputs)
        return functools.partial(_gradient, apply), (variables, keys, inputs)

    def _module(self, side: str, setting: Setting) -> nn.Module:
        given = {
            name: giving.attribute for name, giving in setting.giving.items() if giving.way in {"attribute", "both"}
        }
        return self._sides[side](**{**self._synthesised.attributes, **given})

    def _concrete(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """Values for abstract arguments, the same for each run: variables of the reference, keys, inputs."""
        *variables, keys, _ = arguments
        drawn = {name: jax.random.PRNGKey(_SEED + index) for index, name in enumerate(sorted(keys))}
        return (*(self._initial for _ in variables), drawn, self._inputs)

    @functools.cached_property
    def _inputs(self) -> Any:
        leaves, tree = jax.tree_util.tree_flatten(self._synthesised.call, is_leaf=is_spec)
        values = [concrete(leaf, _SEED + index) if is_spec(leaf) else leaf for index, leaf in enumerate(leaves)]
        return jax.tree_util.tree_unflatten(tree, values)

    @functools.cached_property
    def _initial(self) -> Any:
        if self._reference is None:
            return {}
        return self.values(self._reference)


def _abstract(leaf: Any) -> Any:
    """An array by shape and type alone; arrays that were given stand for themselves once values are needed."""
    return abstract(leaf) if is_spec(leaf) else jax.ShapeDtypeStruct(jnp.shape(leaf), jnp.result_type(leaf))


def _is_float(leaf: Any) -> bool:
    return bool(jnp.issubdtype(leaf.dtype, jnp.floating))


def _gradient(apply: Callable[..., Any], variables: Any, keys: Any, inputs: Any) -> Any:
    """The gradient of the sum of the squared outputs in all parameters and inputs that are floats."""
    leaves, tree = jax.tree_util.tree_flatten((variables.get("params", {}), inputs))
    free = [index for index, leaf in enumerate(leaves) if _is_float(leaf)]

    def loss(chosen: list[Any]) -> Any:
        merged = list(leaves)
        for index, leaf in zip(free, chosen, strict=True):
            merged[index] = leaf
        params, given = jax.tree_util.tree_unflatten(tree, merged)
        result = apply({**variables, "params": params} if "params" in variables else variables, keys, given)
        squares = [
            jnp.sum(jnp.square(jnp.abs(leaf).astype(jnp.float32)))
            for leaf in jax.tree_util.tree_leaves(result)
            if hasattr(leaf, "dtype") and jnp.issubdtype(leaf.dtype, jnp.inexact)
        ]
        return sum(squares, jnp.float32(0))

    return jax.grad(loss)([leaves[index] for index in free])
