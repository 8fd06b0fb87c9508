"""``assert_same_behaviour``: for people who hold their own refactorings of Flax Modules to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import flax.linen as nn
import jax

from .records import CellResult, Hints, ModuleReport, Override, Target
from .specs import SpecError, parsed
from .synthesis import NotSynthesised, Synthesised, abstract, given, synthesise
from .verification import flags_of, merged_of, verify

_SHOWN = 12


def assert_same_behaviour(
    original: type[nn.Module],
    fixed: type[nn.Module],
    *,
    attributes: Mapping[str, Any] | None = None,
    call: Sequence[Any] | Mapping[str, Any] | None = None,
    method: str = "__call__",
    platform: str = "auto",
    tolerance: float = 0,
) -> ModuleReport:
    """Run two Modules side by side: every way to give arguments that both constructor and call take, train and eval,
    ``init`` and ``apply``, with and without each rng stream, forward and gradient.

    What no run comes by is not compared: a branch that the attributes do not enter, an optional input that is left out,
    another method. Give ``attributes``, ``call`` and ``method`` such that it is.

    Runs whose jaxprs are equal are not even compiled; others are compared in all leaves, float32 to the last bit.

    Args:
        original, fixed: the classes. Both are made with the same attributes and called with the same inputs.
        attributes: what they are made with; what is left out is synthesised from annotations and names.
        call: arrays of any shape and dtype, or texts for them, ``"float32[2,8]"``, ``"int32[2]<100"`` (all values below
            100), ``"key[]"``; by position, or by name. Left out, inputs are searched for with ``jax.eval_shape``.
        method: the method that is called.
        platform: ``auto``, ``cpu``, ``cuda``, ``tpu`` or ``rocm``.
        tolerance: the largest error that is let pass, relative to the largest magnitude of the leaf it is in; 0 for
            bit-equal.

    Returns:
        The report on all cells.

    Raises:
        AssertionError: cells differ; the message lists them.
        TypeError: ``original`` or ``fixed`` is no class of Module, or ``call`` is neither a list nor a dict.
        ValueError: inputs could not be synthesised, or a text in ``call`` is no shape; the message says what to give.
        RuntimeError: the platform is not there.
    """
    for given_class in (original, fixed):
        if not (isinstance(given_class, type) and issubclass(given_class, nn.Module)):
            raise TypeError(f"{given_class!r} is no class of flax.linen.Module; give the classes, not instances")
    device = _device(platform)
    target = Target(f"{fixed.__module__}:{fixed.__qualname__}", "", 0, method=method)
    with jax.default_device(device):
        try:
            synthesised = _given(original, method, dict(attributes or {}), call)
        except NotSynthesised as error:
            raise ValueError(error.asked) from error
        report = verify(original, fixed, target, tolerance, synthesised)
    if report.problem is not None:
        raise ValueError(report.problem)
    if report.changed:
        raise AssertionError(_told(report))
    return report


def _device(platform: str) -> Any:
    """The device to run on.

    Raises:
        RuntimeError: it is not there.
    """
    if platform == "auto":
        return jax.devices()[0]
    return jax.devices({"cuda": "gpu", "rocm": "gpu"}.get(platform, platform))[0]


def _given(
    cls: type[nn.Module], method: str, attributes: dict[str, Any], call: Sequence[Any] | Mapping[str, Any] | None
) -> Synthesised:
    """What the Modules are made and called with."""
    merged = merged_of(cls, method, ())
    flags = [flag for flag in flags_of(cls, method) if flag not in merged]
    if call is None:
        return synthesise(cls, method, merged, flags, Override(attributes=attributes, method=method), Hints())
    _check(call)
    made = given(cls, method, merged, flags, attributes, call)
    arrays = {name: value for name, value in made.static.items() if hasattr(value, "dtype")}
    others = {name: value for name, value in made.static.items() if name not in arrays}
    return dataclasses.replace(made, call={**made.call, **arrays}, static=others)


def _check(call: Sequence[Any] | Mapping[str, Any]) -> None:
    """Look at what is given: a text that is no shape is an error, and no value.

    Raises:
        TypeError: it is a text, or an array, by itself.
        ValueError: a text in it is no shape of a type that there is.
    """
    if isinstance(call, str) or not isinstance(call, Mapping | Sequence):
        one = repr(call) if isinstance(call, str) else "..."
        raise TypeError(f"call= is one {type(call).__name__}, and no list of arguments; write call=[{one}]")
    for value in call.values() if isinstance(call, Mapping) else call:
        if not isinstance(value, str):
            continue
        try:
            abstract(parsed(value))
        except SpecError as error:
            raise ValueError(f"call=: {error}") from error
        except TypeError as error:
            raise ValueError(
                f"call=: {value!r} is no array: JAX has no such type ({error}); write one such as 'float32[2,8]'"
            ) from error


def _told(report: ModuleReport) -> str:
    shown = [_line(result) for result in report.changed[:_SHOWN]]
    more = len(report.changed) - len(shown)
    head = f"{report.name}.{report.method} behaves differently in {len(report.changed)} of {len(report.cells)} cells:"
    return "\n".join([head, *shown, *([f"  ... and {more} more"] if more else [])])


def _line(result: CellResult) -> str:
    cell = result.cell
    given = [f"{one.name} by {one.way} ({one.attribute or one.call})".replace(" (None)", "") for one in cell.given]
    flags = [f"{name}={value}" for name, value in cell.flags]
    phase = f"{cell.phase}{' gradient' * cell.gradient}, rngs {', '.join(cell.streams) or 'none'}"
    return f"  {'; '.join([*given, *flags, phase])}: {result.why}"
