"""Values for a constructor's arguments: from its fields' names and annotations, small, and such that they fit together.

Runs in the child process: annotations are resolved in the user's modules, and classes of configurations are called.
"""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import enum
import functools
import importlib
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import flax.linen as nn
import jax
import jax.numpy as jnp

FEATURES = 8
HEADS = 2
VOCABULARY = 16
_DEEP = 3

# Of a name, the first that is found in it decides; sizes divide one another: heads and groups divide features.
_WHOLE = (
    (r"vocab|num_embeddings|num_tokens|n_tokens", VOCABULARY),
    (r"seed", 0),
    (r"head_dim|key_size|size_per_head", 4),
    (r"head", HEADS),
    (r"kernel|window|receptive", 3),
    (r"groups", 2),
    (r"expan(d|sion)|ratio|factor|mult|growth|cardinality", 2),
    (r"mlp|ff|intermediate", 2 * FEATURES),
    (r"features|hidden|width|dim|d_model|latent|embed|channels|planes|filters|units|size|inner", FEATURES),
    (r"layers|depth|blocks|stages|steps|iterations|levels", 2),
    (r"max_?(len|seq|pos|length)|length|context|positions", 16),
    (r"patch", 4),
    (r"stride|dilation", 1),
    (r"classes|labels|outputs?|actions|tags|experts|codes|members|out", 4),
    (r"top_?k|^k$", 2),
)
_REAL = (
    (r"eps", 1e-6),
    (r"momentum|decay", 0.9),
    (r"drop|rate|prob|^p$", 0.25),
)
_FUNCTIONS = (r"act|non_?linear|gate|fn$", r"init")
_WORDS = (
    (r"activation|^act|nonlin", "relu"),
    (r"padding", "SAME"),
    (r"einsum|equation", "...d,df->...f"),
    (r"norm", "layer"),
    (r"pool|reduc", "mean"),
)
RATE = re.compile(r"drop|(^|_)rate$")
_PASSIVE = re.compile(r"determin|eval|inference|frozen|freeze|running_average|test|decode|disable|^no_")


class Guess(NamedTuple):
    """A value that an argument may have, and how unlikely it is: 0 for what is tried first."""

    value: Any
    cost: float


class Inner(nn.Module):
    """Stands for a Module that is given from without: a dense layer, and dropout where it is told a mode."""

    features: int = FEATURES

    @nn.compact
    def __call__(self, x: Any, *_: Any, **options: Any) -> Any:
        """Takes what other Modules take; options that are mode flags are heeded."""
        y = nn.Dense(self.features)(x)
        for name, value in options.items():
            if isinstance(value, bool):
                y = nn.Dropout(0.25)(y, deterministic=value != active(name))
        return y


class NoGuess(Exception):
    """Nothing is known of what an argument may be; the message names it."""


def active(name: str) -> bool:
    """The value of a mode flag with which Dropout acts: False for ``deterministic``, True for ``train``."""
    return not _PASSIVE.search(name)


def resolved(annotation: Any, owner: type) -> Any:
    """The object that an annotation stands for; its text where it stands for none."""
    if not isinstance(annotation, str):
        return annotation
    module = sys.modules.get(owner.__module__)
    try:
        return eval(annotation, {**vars(typing), **vars(module or typing)}, {})
    except Exception:  # noqa: BLE001 - names under `if TYPE_CHECKING`, packages that are not installed
        return annotation


def guesses(name: str, annotation: Any, depth: int = 0) -> list[Guess]:
    """What an argument may be, the likeliest first.

    Raises:
        NoGuess: nothing is known.
    """
    found = list(_guessed(name.lower(), annotation, depth))
    if not found:
        raise NoGuess(f"`{name}: {text_of(annotation)}`" if annotation is not None else f"`{name}`")
    return found


def text_of(annotation: Any) -> str:
    """An annotation as it may be written."""
    if isinstance(annotation, str):
        return annotation
    if typing.get_origin(annotation) is None and isinstance(annotation, type):
        return annotation.__name__
    return str(annotation)


def _guessed(name: str, annotation: Any, depth: int) -> Iterator[Guess]:
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    match annotation:
        case _ if origin in (typing.Union, types.UnionType):
            for cost, option in enumerate(each for each in arguments if each is not type(None)):
                yield from (guess._replace(cost=guess.cost + cost) for guess in _guessed(name, option, depth))
            if type(None) in arguments:
                yield Guess(None, 1)
        case _ if origin is typing.Annotated or origin in (typing.ClassVar, typing.Final):
            yield from _guessed(name, arguments[0], depth)
        case _ if origin is typing.Literal:
            yield from (Guess(value, cost) for cost, value in enumerate(arguments))
        case _ if origin is type or annotation is type:
            yield Guess(_class(name, arguments[0] if arguments else nn.Module), 0)
        case _ if origin is collections.abc.Callable or annotation in (typing.Callable, collections.abc.Callable):
            returned = arguments[-1] if arguments else None
            yield from _callables(name, returned)
        case _ if origin in (tuple, list, collections.abc.Sequence, collections.abc.Iterable) or annotation in (
            tuple,
            list,
            collections.abc.Sequence,
            typing.Sequence,
        ):
            yield from _sequences(name, arguments, origin is list or annotation is list, depth)
        case _ if origin in (dict, collections.abc.Mapping) or annotation in (dict, collections.abc.Mapping):
            yield Guess({}, 0)
        case typing.Any:  # a class, from Python 3.11 on
            yield from _of_name(name)
        case type():
            yield from _of_class(name, annotation, depth)
        case str():
            yield from _of_text(name, annotation, depth)
        case _:
            yield from _of_name(name)


def _of_class(name: str, annotation: type, depth: int) -> Iterator[Guess]:
    if annotation is bool:
        yield from (Guess(active(name), 0), Guess(not active(name), 1))
    elif annotation is int:
        yield from _integers(name)
    elif annotation is float:
        yield from _reals(name)
    elif annotation is str:
        yield Guess(_by_name(_WORDS, name, "relu"), 0)
    elif issubclass(annotation, enum.Enum):
        yield from (Guess(member, cost) for cost, member in enumerate(annotation))
    elif issubclass(annotation, nn.Module):
        yield from _modules(name, annotation, depth)
    elif annotation in (jax.Array, jnp.ndarray):
        yield Guess(jax.random.key(0) if re.search("key|rng", name) else jnp.ones(FEATURES), 0)
    elif annotation is object:
        yield from _of_name(name)
    elif annotation in (jnp.dtype,) or "dtype" in annotation.__name__.lower():
        yield Guess(jnp.float32, 0)
    else:
        yield from configurations(annotation, depth)


def _of_text(name: str, annotation: str, depth: int) -> Iterator[Guess]:
    """Of an annotation that could not be resolved: by the words in it."""
    simple = {"int": int, "float": float, "bool": bool, "str": str}
    for pattern, meant in (
        (r"(?i)dtype", jnp.dtype),
        (r"Callable|Initializer|Fn\b", collections.abc.Callable),
        (r"(?i)^(tuple|sequence|list)\b.*\bint", collections.abc.Sequence[int]),
        (r"Module", nn.Module),
    ):
        if re.search(pattern, annotation):
            yield from _guessed(name, meant, depth)
            return
    for word, kind in simple.items():
        if re.search(rf"\b{word}\b", annotation):
            yield from _guessed(name, kind, depth)
            return
    if re.search(r"^(typing\.)?Any$", annotation):
        yield from _of_name(name)


def _of_name(name: str) -> Iterator[Guess]:
    """Where there is no annotation, or ``Any``."""
    if "dtype" in name:
        yield Guess(jnp.float32, 0)
    elif re.search(r"^(is|use|with|has)_|training|^train$|determin", name):
        yield from _of_class(name, bool, 0)
    elif any(re.search(pattern, name) for pattern, _ in _REAL):
        yield from _reals(name)
    elif re.search(r"norm|conv|cls|layer$|module|block$", name) or any(re.search(each, name) for each in _FUNCTIONS):
        yield from _callables(name, None)
    elif re.search(r"kernel_size|strides|shape$|sizes$", name):
        yield from _sequences(name, (int,), False, 0)
    elif any(re.search(pattern, name) for pattern, _ in _WHOLE):
        yield from _integers(name)
    else:
        yield from (Guess(FEATURES, 2), Guess(nn.relu, 3))


def _integers(name: str) -> Iterator[Guess]:
    likely = _by_name(_WHOLE, name, 4)
    yield Guess(likely, 0)
    others = [value for value in (FEATURES, 2, 4, 1, 16, 3) if value != likely]
    yield from (Guess(value, 2 + cost) for cost, value in enumerate(others))


def _reals(name: str) -> Iterator[Guess]:
    yield from (Guess(_by_name(_REAL, name, 0.5), 0), Guess(1.0, 3))


def _by_name(table: Any, name: str, otherwise: Any) -> Any:
    return next((value for pattern, value in table if re.search(pattern, name)), otherwise)


def _sequences(name: str, arguments: tuple[Any, ...], mutable: bool, depth: int) -> Iterator[Guess]:
    inner = [each for each in arguments if each is not Ellipsis] or [int]
    kind = list if mutable else tuple
    if len(inner) > 1 and Ellipsis not in arguments:
        with contextlib.suppress(NoGuess):
            yield Guess(kind(guesses(name, each, depth)[0].value for each in inner), 0)
        return
    numbers: list[tuple[Any, ...]] = [(FEATURES, FEATURES)]
    if inner[0] is int and re.search("kernel|window", name):
        numbers = [(3, 3), (3,)]
    elif inner[0] is int and re.search("stride|dilation", name):
        numbers = [(1, 1), (1,), (2, 2)]
    elif inner[0] is int and re.search("stage|blocks|depths|layers$", name):
        numbers = [(1, 1), (FEATURES, FEATURES), (1, 1, 1, 1)]
    elif inner[0] is int and re.search("shape", name):
        numbers = [(FEATURES,), (16, 16, 3), (2, FEATURES)]
    elif inner[0] is not int:
        try:
            one = guesses(name.removesuffix("s"), inner[0], depth)[0].value
        except NoGuess:
            return
        numbers = [(one, one) if not isinstance(one, nn.Module) else (one,)]
    else:
        numbers += [(FEATURES,), (FEATURES,) * 3, (FEATURES,) * 4]
    yield from (Guess(kind(value), 2 * cost) for cost, value in enumerate(numbers))


def _callables(name: str, returned: Any) -> Iterator[Guess]:
    if "init" in name:
        yield Guess(nn.initializers.normal(0.5), 0)
    elif "norm" in name:
        yield Guess(nn.LayerNorm, 0)
        yield Guess(functools.partial(nn.BatchNorm, use_running_average=False), 2)
    elif re.search("conv", name):
        yield Guess(nn.Conv, 0)
    elif "cell" in name:
        yield Guess(nn.GRUCell, 0)
    elif re.search("module|cls|dense|linear|block|layer", name) or _is_module(returned):
        yield from (Guess(nn.Dense, 0), Guess(functools.partial(nn.Dense, FEATURES), 1), Guess(Inner, 2))
    else:
        yield Guess(nn.relu, 0)


def _is_module(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, nn.Module)


def _class(name: str, bound: Any) -> Any:
    if _is_module(bound) and bound is not nn.Module:
        return bound
    return next((guess.value for guess in _callables(name, nn.Module)), nn.Dense)


def _modules(name: str, annotation: type[nn.Module], depth: int) -> Iterator[Guess]:
    if annotation is nn.Module:
        if "norm" in name:
            yield Guess(nn.LayerNorm(), 0)
        elif "cell" in name:
            yield Guess(nn.GRUCell(FEATURES), 0)
        elif re.search("embed", name):
            yield Guess(nn.Embed(VOCABULARY, FEATURES), 1)
        yield from (Guess(nn.Dense(FEATURES), 0.5), Guess(Inner(), 1.5))
        return
    if annotation is nn.RNNCellBase:
        yield Guess(nn.GRUCell(FEATURES), 0)
        return
    for attributes in required(annotation, depth + 1):
        with contextlib.suppress(Exception):  # the user's own constructor; what it says is told where it is the root
            yield Guess(annotation(**attributes), 0)


def fields(cls: type) -> dict[str, dataclasses.Field[Any]]:
    """A Module's own fields that its constructor takes, by name."""
    found = {field.name: field for field in dataclasses.fields(cls) if field.init}
    return {name: field for name, field in found.items() if name not in ("parent", "name")}


def is_required(field: dataclasses.Field[Any]) -> bool:
    """Whether a field has no default."""
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def required(cls: type, depth: int = 0) -> Iterator[dict[str, Any]]:
    """The arguments that a Module's constructor cannot do without: one set of values."""
    if depth > _DEEP:
        return
    values = {}
    for name, field in fields(cls).items():
        if is_required(field):
            try:
                values[name] = guesses(name, resolved(field.type, cls), depth)[0].value
            except NoGuess:
                return
    yield values


def configurations(cls: type, depth: int = 0) -> Iterator[Guess]:
    """Instances of a class of settings (dataclass, attrs, named tuple, or a constructor with defaults), made small."""
    if depth > _DEEP or cls.__module__ == "builtins":
        return
    if cls.__name__ in ("ConfigDict", "FrozenConfigDict"):
        yield from (Guess(cls({}), 0),)
        return
    try:
        parameters = inspect.signature(cls).parameters.values()
    except (TypeError, ValueError):
        return
    needed: dict[str, Any] = {}
    small: dict[str, Any] = {}
    for each in parameters:
        if each.kind in (each.VAR_POSITIONAL, each.VAR_KEYWORD):
            continue
        if each.default is not each.empty:
            small |= smaller(each.name, each.default)
            continue
        annotation = None if each.annotation is each.empty else resolved(each.annotation, cls)
        try:
            needed[each.name] = guesses(each.name, annotation, depth + 1)[0].value
        except NoGuess:
            return
    for cost, values in enumerate([{**needed, **small}, needed][not small :]):
        with contextlib.suppress(Exception):  # the user's own constructor refuses a setting: the next is tried
            yield Guess(cls(**values), 2 * cost)


def smaller(name: str, default: Any) -> dict[str, Any]:
    """A default that would make the Module large, made small; a rate of 0 made one at which something drops."""
    if RATE.search(name.lower()) and isinstance(default, float) and default == 0.0:
        return {name: 0.25}
    if isinstance(default, bool) or not isinstance(default, int) or default <= 2:
        return {}
    likely = next((value for pattern, value in _WHOLE if re.search(pattern, name.lower())), None)
    return {name: likely} if likely is not None and likely < default else {}


def from_text(value: Any, annotation: Any) -> Any:
    """What the text of a setting stands for: ``nn.relu``, ``jnp.float32``, ``package.module:name``; else itself."""
    match value:
        case list():
            return tuple(from_text(each, None) for each in value)
        case Mapping():
            return {key: from_text(each, None) for key, each in value.items()}
        case str() if annotation is not str and (found := re.fullmatch(r"([\w.]+)[.:]([A-Za-z_]\w*)", value)):
            short = {"nn": "flax.linen", "jnp": "jax.numpy", "jax.nn": "jax.nn", "np": "numpy"}
            with contextlib.suppress(ImportError, AttributeError):
                return getattr(importlib.import_module(short.get(found[1], found[1])), found[2])
    return value
