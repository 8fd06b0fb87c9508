"""Finds out what a function applies, and to what: it is called once with probes, up to its first ``apply``."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import flax.linen as nn
import jax

from .verification import FLAGS

_KEYS = ("key", "rng", "prng", "seed_key")


class Probe:
    """Stands for an argument; all that is made of it is a probe of the same argument.

    Attributes:
        origin: the parameter.
        path: attributes and items that lead from it.
    """

    def __init__(self, origin: str, path: tuple[str, ...] = ()) -> None:
        self.origin = origin
        self.path = path

    def __getattr__(self, name: str) -> Probe:
        if name.startswith("__"):
            raise AttributeError(name)
        return Probe(self.origin, (*self.path, name))

    def __getitem__(self, key: object) -> Probe:
        return Probe(self.origin, (*self.path, str(key)))

    def __call__(self, *_: object, **__: object) -> Probe:
        return Probe(self.origin, self.path)

    def _same(self, *_: object) -> Probe:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __neg__ = _same


class Application(NamedTuple):
    """An ``apply`` that a function makes.

    Attributes:
        module: the instance.
        variables: what it is applied to, with probes in it.
        inputs: by parameter of the method, what it is called with.
        method: its name.
    """

    module: nn.Module
    variables: Any
    inputs: dict[str, Any]
    method: str


class _Reached(BaseException):
    """Ends the function at its first ``apply``; no ``except Exception`` of the user's stops it."""

    def __init__(self, application: Application) -> None:
        self.application = application


def probe(function: Callable[..., Any]) -> tuple[Application | None, dict[str, Any]]:
    """The first ``apply`` that a function makes, if it makes one, and the arguments that it was called with."""
    arguments = {name: _argument(name, parameter) for name, parameter in required(function).items()}
    with _watched():
        try:
            inspect.unwrap(function)(**arguments)
        except _Reached as reached:
            return reached.application, arguments
        except BaseException:  # noqa: BLE001  (a probe is no array: what comes of that says nothing)
            return None, arguments
    return None, arguments


def required(function: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    """The parameters without default, and mode flags."""
    return {
        name: parameter
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind not in {parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD}
        and (parameter.default is parameter.empty or name in FLAGS)
    }


def _argument(name: str, parameter: inspect.Parameter) -> Any:
    if name in FLAGS or "bool" in str(parameter.annotation):
        return True
    if name == "rngs":
        return {"dropout": jax.random.PRNGKey(0)}
    if is_key(name):
        return jax.random.PRNGKey(0)
    return Probe(name)


def is_key(name: str) -> bool:
    """Whether a parameter of this name is a PRNG key."""
    return name in _KEYS or name.endswith(("_key", "_rng")) or name.startswith(("rng_", "key_"))


@contextlib.contextmanager
def _watched() -> Iterator[None]:
    """``apply`` of all Modules tells what it was called with, in place of running."""
    real = nn.Module.apply

    def apply(self: nn.Module, variables: Any, *args: Any, method: Any = None, **kwargs: Any) -> Any:
        name = method if isinstance(method, str) else getattr(method, "__name__", "__call__")
        names = list(inspect.signature(getattr(type(self), name)).parameters)[1:]
        others = {
            key: value for key, value in kwargs.items() if key not in {"rngs", "mutable", "capture_intermediates"}
        }
        raise _Reached(Application(self, variables, {**dict(zip(names, args, strict=False)), **others}, name))

    nn.Module.apply = apply  # type: ignore[method-assign]
    try:
        yield
    finally:
        nn.Module.apply = real  # type: ignore[method-assign]
