"""What Flax really does with a generated program: it is run, on the parameters that it needs."""

from __future__ import annotations

import functools
import sys
import types
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from unittest import mock

import jax
import jax.numpy as jnp
from flax import linen as nn
from flax.core import scope as core_scope

JUDGED = {
    "InvalidRngError",
    "ModifyScopeVariableError",
    "ScopeCollectionNotFound",
    "TracerBoolConversionError",
    "ValueError",
}
FILLED = {"params", "batch_stats", "cache"}
# What JAX says of programs that it refuses for its own reasons.
ASIDE = ("must have the same pytree structure", "Non-hashable static arguments")


class Outcome(NamedTuple):
    """``error`` is the name of the exception, "" for none; ``valid``: whether it is one that the judge knows of.

    ``aside``: JAX refuses the program, for the structure of what a loop carries (collections that are made on the way)
    or for an argument that is static and, in a transform around, a tracer.
    """

    error: str
    message: str = ""
    valid: bool = True
    aside: bool = False


def _lenient_merge(name: str, a: Any, b: Any) -> Any:
    return b if a is None else a


def _lenient_make_rng(strict: Any, self: Any, name: str = "params") -> Any:
    if self.has_rng(name) or self.has_rng("params"):
        return strict(self, name)
    return jax.random.key(0)


def _lenient_map_variables(strict: Any, *args: Any, **kwargs: Any) -> Any:
    return strict(*args, **{**kwargs, "init": True, "mutable": True})


@contextmanager
def _lenient() -> Iterator[None]:
    """Let every run through: no merge fails, each stream is there."""
    strict = core_scope.Scope.make_rng
    with (
        mock.patch("flax.linen.stochastic.merge_param", _lenient_merge),
        mock.patch("flax.linen.normalization.merge_param", _lenient_merge),
        mock.patch("flax.linen.attention.merge_param", _lenient_merge),
        mock.patch("flax.linen.merge_param", _lenient_merge),
        mock.patch("flax.linen.module.merge_param", _lenient_merge),
        mock.patch("flax.linen.map_variables", functools.partial(_lenient_map_variables, nn.map_variables)),
        mock.patch("flax.linen.while_loop", lambda _, body, module, carry, **options: body(module, carry)),
        mock.patch("flax.linen.cond", lambda test, then, otherwise, *given: (then(*given), otherwise(*given))[1]),
        mock.patch.object(core_scope.Scope, "make_rng", functools.partialmethod(_call_lenient, strict)),
    ):
        yield


def _call_lenient(self: Any, strict: Any, name: str = "params") -> Any:
    return _lenient_make_rng(strict, self, name)


class Runner:
    """Fills in the parameters and statistics that a judged run needs.

    A program says ``{'params': params}`` of something empty: what belongs there is found by running the very same call
    first, with everything mutable and nothing that can fail.
    """

    def __init__(self) -> None:
        self._apply = nn.Module.apply
        self._bind = nn.Module.bind
        self._nn_apply = nn.apply
        self.collecting = ""
        self._depth = 0

    def _filled(self, variables: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
        return {name: found.get(name, {}) if name in FILLED else value for name, value in variables.items()}

    def _collected(self, run: Any) -> dict[str, Any]:
        with _lenient():
            self._depth += 1
            try:
                return dict(run()[1])
            except Exception as error:  # noqa: BLE001  (whatever it is, the judged run shows it, too)
                self.collecting = f"{type(error).__name__}: {error}"
                return {}
            finally:
                self._depth -= 1

    @contextmanager
    def patched(self) -> Iterator[None]:
        runner = self

        def apply(self: nn.Module, variables: Any, *args: Any, **kwargs: Any) -> Any:
            if runner._depth:
                return runner._apply(self, variables, *args, **kwargs)
            free = {**kwargs, "mutable": True}
            found = runner._collected(lambda: runner._apply(self, {}, *args, **free))
            return runner._apply(self, runner._filled(variables, found), *args, **kwargs)

        def bind(self: nn.Module, variables: Any, **kwargs: Any) -> Any:
            def run(*args: Any, **named: Any) -> Any:  # by now it is known what it is called with
                free = {**named, "mutable": True, "rngs": kwargs.get("rngs")}
                found = runner._collected(lambda: runner._apply(self, {}, *args, **free))
                return runner._bind(self, runner._filled(variables, found), **kwargs)(*args, **named)

            return run

        def nn_apply(fn: Any, module: nn.Module, *options: Any, **named: Any) -> Any:
            strict = runner._nn_apply(fn, module, *options, **named)

            def run(variables: Any, *args: Any, **kwargs: Any) -> Any:
                free = runner._nn_apply(fn, module, mutable=True)
                found = runner._collected(lambda: free({}, *args, **kwargs))
                return strict(runner._filled(variables, found), *args, **kwargs)

            return run

        with (
            mock.patch.object(nn.Module, "apply", apply),
            mock.patch.object(nn.Module, "bind", bind),
            mock.patch.object(nn, "apply", nn_apply),
        ):
            yield


def outcome(text: str, eager: bool = False) -> Outcome:
    """Run a program's ``run(params, batch_stats)``.

    Traced as a whole with ``jax.eval_shape`` unless ``eager``: that compiles nothing, and Flax raises or not while it
    traces. The programs ask no array for its truth.
    """
    module = types.ModuleType("program")
    sys.modules["program"] = module
    runner = Runner()

    def run() -> Any:
        with runner.patched():
            module.run({}, {})
        return jnp.zeros(())

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            exec(compile(text, "program.py", "exec"), module.__dict__)
            if eager:
                run()
            else:
                jax.eval_shape(run)
    except Exception as error:  # noqa: BLE001  (what it is, is the answer)
        name = type(error).__name__
        message = str(error).splitlines()[0] if str(error) else ""
        valid = name in JUDGED
        if name == "ValueError":
            valid = "passed to the constructor" in message
        if name == "ScopeCollectionNotFound":
            valid = '"params"' not in message and (not runner.collecting or message in runner.collecting)
            if not valid and runner.collecting.startswith(
                "TracerBool"
            ):  # it has not come to that for want of parameters
                return Outcome("TracerBoolConversionError", message)
            if not valid and runner.collecting.startswith("ScopeCollection") and '"params"' not in runner.collecting:
                return Outcome(name, runner.collecting)
        note = f" [collecting: {runner.collecting}]" if runner.collecting else ""
        aside = not valid and any(said in text for said in ASIDE for text in (message, runner.collecting))
        return Outcome(name, message + note, valid, aside)
    finally:
        sys.modules.pop("program", None)
    return Outcome("")
