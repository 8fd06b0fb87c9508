"""Runs a Module on shapes alone: whether it takes these arguments, which rng streams it draws, which variables it has.

Nothing is computed: ``jax.eval_shape`` traces ``init`` and ``apply``. A Module that looks at values, which a shape has
not, is run on small values instead.
"""

from __future__ import annotations

import contextlib
import inspect
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import flax.errors
import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np

from .constructor_values import FEATURES
from .input_shapes import Absent, AtConstructor, Carry, Fixed, parameters
from .specs import Spec

_STREAM = re.compile(r'PRNG for "([^"]+)"')
_NEEDS_VALUES = (
    jax.errors.ConcretizationTypeError,
    jax.errors.TracerArrayConversionError,
    jax.errors.TracerIntegerConversionError,
    jax.errors.NonConcreteBooleanIndexError,
)
_MOST_STREAMS = 20
# Untyped in some versions of JAX and typed in others.
_struct: Any = jax.ShapeDtypeStruct
_settings: Any = jax.config
_flax_settings: Any = flax.config


class Ran(NamedTuple):
    """What a run came to: the abstract variables, and the streams drawn besides ``params``, sorted."""

    variables: Any
    streams: tuple[str, ...]


def is_spec(value: Any) -> bool:
    """For ``jax.tree_util``: a Spec is a leaf, though a tuple."""
    return isinstance(value, Spec)


def abstract(spec: Spec) -> Any:
    """The ``jax.ShapeDtypeStruct`` that a Spec stands for."""
    if spec.dtype == "key":
        return _struct(spec.shape, jax.random.key(0).dtype)
    return _struct(spec.shape, jnp.dtype(spec.dtype))


def concrete(spec: Spec, seed: int) -> Any:
    """An array with values that depend on the Spec and the seed alone.

    Floats are normal; integers are at least 0 and less than ``below`` (2 where there is none), and where there is room
    each of them occurs; booleans start with True; keys are JAX's typed keys.
    """
    random = np.random.default_rng([seed, zlib.crc32(str(spec).encode())])
    if spec.dtype == "key":
        key = jax.random.key(int(random.integers(2**31)))
        return jax.random.split(key, spec.shape) if spec.shape else key
    dtype = jnp.dtype(spec.dtype)
    if dtype == jnp.bool_:
        values = random.integers(0, 2, spec.shape).astype(bool)
        if values.size:
            values.reshape(-1)[0] = True  # a mask that lets nothing through gives NaN
        return jnp.asarray(values)
    if jnp.issubdtype(dtype, jnp.integer):
        return jnp.asarray(random.integers(0, max(spec.below or 2, 1), spec.shape), dtype)
    if jnp.issubdtype(dtype, jnp.complexfloating):
        return jnp.asarray(random.standard_normal(spec.shape) + 1j * random.standard_normal(spec.shape), dtype)
    return jnp.asarray(random.standard_normal(spec.shape), dtype)


def arguments(cls: type[nn.Module], method: str, values: Mapping[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """How values by parameter are given: by position up to the first gap, as lifted transforms want, then by name."""
    positional: list[Any] = []
    named: dict[str, Any] = {}
    gap = False
    for name, parameter in parameters(cls, method).items():
        if name not in values:
            gap = True
        elif parameter.kind is parameter.VAR_POSITIONAL:
            positional += values[name]
        elif parameter.kind is parameter.KEYWORD_ONLY or (gap and parameter.kind is not parameter.POSITIONAL_ONLY):
            named[name] = values[name]
        else:
            positional.append(values[name])
    return positional, named | {name: value for name, value in values.items() if name not in parameters(cls, method)}


@contextlib.contextmanager
def quick() -> Iterator[None]:
    """Without the filtering of tracebacks, which costs a third of a run on shapes."""
    before = _settings.jax_traceback_filtering
    frames = _flax_settings.flax_filter_frames
    _settings.update("jax_traceback_filtering", "off")
    _flax_settings.update("flax_filter_frames", False)
    try:
        yield
    finally:
        _settings.update("jax_traceback_filtering", before)
        _flax_settings.update("flax_filter_frames", frames)


def carries(module: nn.Module, values: Mapping[str, Any]) -> dict[str, Any]:
    """The call's values, with what ``initialize_carry`` gives in place of ``Carry``."""
    found = {name: value for name, value in values.items() if not isinstance(value, Absent | AtConstructor)}
    for name, value in found.items():
        if isinstance(value, Carry):
            like = next((each for each in found.values() if isinstance(each, Spec)), Spec("float32", (2, FEATURES)))
            found[name] = _carry(module, like)
    return found


def _carry(module: nn.Module, like: Spec) -> Any:
    make = module.initialize_carry  # AttributeError, where there is none: this is not what the Module takes

    def value(name: str) -> Any:
        if re.search("rng|key", name):
            return jax.random.key(0)
        if "shape" in name:
            return like.shape
        if re.search("batch_dims", name):
            return like.shape[:-1]
        if "batch" in name:
            return like.shape[0]
        attributes = (getattr(module, each, None) for each in (name, "features", "hidden_size", "hidden"))
        return next((each for each in attributes if isinstance(each, int)), FEATURES)

    needed = [each for each in inspect.signature(make).parameters.values() if each.default is each.empty]
    made = jax.eval_shape(lambda: make(*(value(each.name) for each in needed)))
    return jax.tree_util.tree_map(lambda leaf: Spec(str(leaf.dtype), leaf.shape), made)


def run(cls: type[nn.Module], method: str, attributes: Mapping[str, Any], values: Mapping[str, Any]) -> Ran:
    """Init and apply on shapes.

    Args:
        values: by parameter: trees of ``Spec``, or ``Fixed``; no ``Carry``.

    Raises:
        Exception: whatever the Module, Flax or JAX raises.
    """
    given = {name: value.value if isinstance(value, Fixed) else value for name, value in values.items()}
    leaves, tree = jax.tree_util.tree_flatten(given, is_leaf=is_spec)
    at = [index for index, leaf in enumerate(leaves) if isinstance(leaf, Spec)]
    specs = [leaves[index] for index in at]

    def called(door: Any, first: Any, arrays: list[Any], **options: Any) -> Any:
        filled = list(leaves)
        for index, array in zip(at, arrays, strict=True):
            filled[index] = array
        positional, named = arguments(cls, method, jax.tree_util.tree_unflatten(tree, filled))
        return door(first, *positional, method=method, **options, **named)

    def init(keys: Any, arrays: list[Any]) -> Any:
        return called(cls(**attributes).init, keys, arrays)

    def apply(variables: Any, keys: Any, arrays: list[Any]) -> None:
        called(cls(**attributes).apply, variables, arrays, rngs=keys, mutable=True)

    try:
        return _both(init, apply, [abstract(spec) for spec in specs], jax.eval_shape)
    except _NEEDS_VALUES:
        return _both(init, apply, [concrete(spec, 0) for spec in specs], lambda function, *rest: function(*rest))


def _both(init: Any, apply: Any, arrays: list[Any], through: Any) -> Ran:
    variables, first = _drawing(lambda keys: through(init, keys, arrays), ("params",))
    _, second = _drawing(lambda keys: through(apply, variables, keys, arrays), ())
    return Ran(variables, tuple(sorted({*first, *second} - {"params"})))


def _drawing(call: Any, streams: tuple[str, ...]) -> tuple[Any, tuple[str, ...]]:
    """Call with keys for more streams until none is missing. Flax lets ``init`` draw any stream from ``params``."""
    for _ in range(_MOST_STREAMS):
        try:
            return call({name: jax.random.key(number) for number, name in enumerate(streams)}), streams
        except flax.errors.InvalidRngError as error:
            missing = _STREAM.search(str(error))
            if missing is None or missing[1] in streams:
                raise
            streams = (*streams, missing[1])
    raise RuntimeError(f"more than {_MOST_STREAMS} rng streams")
