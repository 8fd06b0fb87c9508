"""Candidates for what a Module is made and called with, in the order of their likelihood."""

from __future__ import annotations

import dataclasses
import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import flax.linen as nn

from . import constructor_values
from .constructor_values import Guess, NoGuess, fields, from_text, is_required, resolved
from .input_shapes import SIZES, Absent, AtConstructor, Fixed, Inputs, Shape, choices, code, parameters, spoken
from .records import Hints, Override
from .specs import SpecError, parsed

_MOST_HINTS = 8
_LARGE = 256
# How many choices a parameter is tried with, by the number of parameters.
_EACH = {0: 1, 1: 40, 2: 16, 3: 7, 4: 5, 5: 3, 6: 3}
_FEATURES = re.compile(r"feature|hidden|width|dim|model|latent|embed|channel|size|units|planes")
_LENGTHS = re.compile(r"len|seq|context|positions|window|block_size")


class Made(NamedTuple):
    """What a constructor may be given; ``origin`` says who says so."""

    cost: float
    attributes: dict[str, Any]
    origin: str


class Called(NamedTuple):
    """What a method may be given: shapes with named sizes, and the sizes."""

    cost: float
    inputs: Inputs
    sizes: dict[str, int]
    origin: str


def constructions(
    cls: type[nn.Module], merged: Sequence[str], override: Override, hints: Hints
) -> tuple[list[Made], list[str]]:
    """Candidates for the constructor, and the required arguments of which nothing is known."""
    known = fields(cls)
    given = {
        name: from_text(value, resolved(known[name].type, cls) if name in known else None)
        for name, value in override.attributes.items()
    }
    options: dict[str, list[Guess]] = {}
    missing = []
    for name, field in known.items():
        if name in merged or name in given or not is_required(field):
            continue
        try:
            options[name] = constructor_values.guesses(name, resolved(field.type, cls))
        except NoGuess as unknown:
            missing.append((name, str(unknown)))
    found = []
    positional = [name for name, field in known.items() if not field.kw_only]
    for rank, (place, values) in enumerate(hints.attributes[:_MOST_HINTS]):
        said = {_named(name, positional): value for name, value in values.items()}
        said = {name: value for name, value in said.items() if name in known and name not in merged}
        rest = {name: guesses[0].value for name, guesses in options.items() if name not in said}
        if all(name in said for name, _ in missing):
            cost = 0.2 * rank + (3 if _largest(said) > _LARGE else 0)
            found.append(Made(cost, {**rest, **said, **given}, f"its construction at {place}"))
    if not missing:
        likely = {name: guesses[0].value for name, guesses in options.items()} | given
        origin = "the settings" if override.attributes else "names and annotations" if options else "its defaults"
        start = 1.0 if found else 0.0
        found.append(Made(start, likely, origin))
        for name, guesses in options.items():
            found += [Made(start + each.cost, {**likely, name: each.value}, origin) for each in guesses[1:]]
        found += _optional(cls, merged, likely, start, origin)
    found = [each for made in found for each in _livelier(cls, merged, made, given)]
    return sorted(found, key=lambda made: made.cost), [] if found else [text for _, text in missing]


def _named(name: str, positional: Sequence[str]) -> str:
    if name.isdigit():
        return positional[int(name)] if int(name) < len(positional) else name
    return name


def _largest(values: Mapping[str, Any]) -> float:
    return max((abs(value) for value in values.values() if isinstance(value, int | float)), default=0)


def _optional(
    cls: type[nn.Module], merged: Sequence[str], likely: dict[str, Any], start: float, origin: str
) -> Iterator[Made]:
    """With a value for an argument whose default is None: some Modules cannot do without."""
    for name, field in fields(cls).items():
        if field.default is None and name not in merged and name not in likely:
            try:
                guesses = constructor_values.guesses(name, resolved(field.type, cls))
            except NoGuess:
                continue
            yield Made(start + 5, {**likely, name: guesses[0].value}, origin)


def _livelier(cls: type[nn.Module], merged: Sequence[str], made: Made, given: Mapping[str, Any]) -> list[Made]:
    """The same with rates of 0 raised, so that layers drop something, and large defaults made small; then as it is."""
    changed: dict[str, Any] = {}
    defaults = {
        name: field.default
        for name, field in fields(cls).items()
        if name not in made.attributes and name not in merged and field.default is not dataclasses.MISSING
    }
    large = _largest({name: value for name, value in defaults.items() if not isinstance(value, bool)}) > _LARGE
    for name, value in defaults.items():
        if large or isinstance(value, float):
            changed |= constructor_values.smaller(name, value)
    for name, value in made.attributes.items():
        if isinstance(value, float) and value == 0.0 and name not in given:
            changed |= constructor_values.smaller(name, value)
    if not changed:
        return [made]
    more = " and ".join(f"{name}={value!r}" for name, value in sorted(changed.items()))
    livelier = Made(made.cost, {**made.attributes, **changed}, f"{made.origin}, with {more}")
    return [livelier, made._replace(cost=made.cost + 3)]


def calls(
    cls: type[nn.Module],
    method: str,
    merged: Sequence[str],
    flags: Sequence[str],
    override: Override,
    hints: Hints,
    attributes: Mapping[str, Any],
) -> list[Called]:
    """Candidates for a method's arguments, given those of the constructor."""
    options = parameter_choices(cls, method, merged, flags)
    sizes = _sizes(attributes)
    found: list[Called] = []
    for start, hinted, origin in _groups(options, override, hints, attributes, (*merged, *flags)):
        chosen = {name: hinted.get(name, guesses) for name, guesses in options.items()}
        chosen |= {name: guesses for name, guesses in hinted.items() if name not in options}
        most = _EACH.get(sum(len(guesses) > 1 for guesses in chosen.values()), 2)
        for each in itertools.product(*(guesses[:most] for guesses in chosen.values())):
            inputs = {name: guess.value for name, guess in zip(chosen, each, strict=True)}
            cost = start + sum(guess.cost for guess in each) + _strangeness(inputs)
            found += [Called(cost + more, inputs, world, origin) for more, world in _worlds(inputs, sizes, attributes)]
    return sorted(found, key=lambda call: call.cost)[:800]


def parameter_choices(
    cls: type[nn.Module], method: str, merged: Sequence[str], flags: Sequence[str]
) -> dict[str, list[Guess]]:
    found: dict[str, list[Guess]] = {}
    used = code(cls)
    own = parameters(cls, method)
    for name, parameter in own.items():
        annotation = resolved(parameter.annotation, cls) if parameter.annotation is not parameter.empty else None
        if parameter.kind is parameter.VAR_POSITIONAL:
            if not found:
                inner = choices(parameter.replace(kind=parameter.POSITIONAL_OR_KEYWORD), annotation, (), used)
                found[name] = [guess._replace(value=[guess.value]) for guess in inner]
            continue
        if name in flags and name not in merged:
            value = constructor_values.active(name)
            found[name] = [Guess(Fixed(value), 0), Guess(Fixed(not value), 6)]
            continue
        required = parameter.replace(default=parameter.empty) if name in merged else parameter
        if name in merged and isinstance(parameter.default, bool):
            annotation = bool
        found[name] = choices(required, annotation, tuple(found), used)
        if name in merged and parameter.default is not parameter.empty:
            within = [
                Guess(AtConstructor(each.value.value), 5) for each in found[name] if isinstance(each.value, Fixed)
            ]
            found[name] = [*found[name][:3], *within[:1], Guess(Absent(), 6), *found[name][3:]]
    return found


def _groups(
    options: Mapping[str, list[Guess]],
    override: Override,
    hints: Hints,
    attributes: Mapping[str, Any],
    varied: Sequence[str],
) -> Iterator[tuple[float, dict[str, list[Guess]], str]]:
    """By source: what is added to the cost, and the arguments it decides."""
    names = list(options)
    if override.call is not None:
        yield 0, _overridden(override.call, [name for name in names if name not in varied]), "the settings"
        return
    base: dict[str, list[Guess]] = {}
    for _, values in reversed(hints.calls[:_MOST_HINTS]):
        for name, value in values.items():
            if (own := _named(name, names)) in options and own not in varied:
                base[own] = [Guess(Fixed(value), 0), *options[own]]
    entries = []
    for place, shapes in hints.shapes[:_MOST_HINTS]:
        found = {}
        for name, text in shapes.items():
            shape = spoken(text, attributes)
            if shape is not None and _named(name, names) in options:
                soft = _soft(shape)
                found[_named(name, names)] = [Guess(soft, 0), Guess(shape, 0.3)][soft == shape :]
        if found:
            entries.append((place, found))
    general: dict[str, list[Guess]] = {}
    for _, found in reversed([entry for entry in entries if " at " in entry[0]]):
        general |= found
    for rank, (place, found) in enumerate(entries):
        yield 0.2 * rank, {**base, **general, **found}, f"the {place}" if " at " in place else f"the call at {place}"
    yield 2.0 if entries else 0.0, base, "a search over shapes"


def _overridden(call: Sequence[str] | Mapping[str, str], names: Sequence[str]) -> dict[str, list[Guess]]:
    """What the settings say.

    Raises:
        SpecError: a text that is no array and no literal.
    """
    if not isinstance(call, Mapping):
        if len(call) > len(names):
            takes = ", ".join(names) or "nothing"
            raise SpecError(f"call has {len(call)} entries, and there is no more to give than {takes}")
        call = dict(zip(names, call, strict=False))
    return {name: [Guess(setting(text), 0)] for name, text in call.items()}


def setting(text: Any) -> Any:
    """``float32[2,8]`` -> its Spec; ``True``, ``None``, ``3``, ``'relu'`` -> the value.

    Raises:
        SpecError: it is neither.
    """
    import ast

    if not isinstance(text, str):
        return Fixed(text)
    try:
        return Fixed(ast.literal_eval(text))
    except (ValueError, SyntaxError):
        return parsed(text)


def _soft(shape: Shape) -> Shape:
    """A batch of two in place of one, and large sizes made small."""
    dims = [32 if isinstance(size, int) and size > 64 and len(shape.dims) > 1 else size for size in shape.dims]
    if len(dims) > 1 and isinstance(dims[0], int) and (dims[0] == 1 or dims[0] > 8):
        dims[0] = SIZES["b"]
    return shape._replace(dims=tuple(dims))


def _strangeness(inputs: Inputs) -> float:
    """How ill arguments go together: arrays of several ranks, a mask over an axis that no array has."""
    shapes = [value for value in inputs.values() if isinstance(value, Shape)]
    real = [shape for shape in shapes if shape.dtype.startswith(("float", "bfloat")) and shape.dims]
    if not real:
        return 0.0
    axes = {axis for shape in real for axis in shape.dims}
    strange = sum(
        1.0
        for shape in shapes
        if not shape.dtype.startswith("float") and any(dim not in {*axes, "1"} for dim in shape.dims)
    )
    return strange + len({len(shape.dims) for shape in real}) - 1


def _sizes(attributes: Mapping[str, Any]) -> dict[str, int]:
    """The sizes to start with: words below the vocabulary, a length within the longest."""
    sizes = dict(SIZES)
    for name, value in numbers(attributes):
        if re.search("vocab|num_embeddings", name) and value > 0:
            sizes["v"] = value
        elif _LENGTHS.search(name) and 1 < value < sizes["l"]:
            sizes["l"] = value
    return sizes


def numbers(attributes: Mapping[str, Any]) -> list[tuple[str, int]]:
    """Whole numbers among the attributes, those of configurations included."""
    found = []
    for name, value in attributes.items():
        match value:
            case bool():
                pass
            case int():
                found.append((name, value))
            case tuple() | list():
                found += [(name, each) for each in value if isinstance(each, int)]
            case nn.Module() | type():
                pass
            case _ if hasattr(value, "__dict__"):
                inner = vars(value).items()
                found += [(key, each) for key, each in inner if isinstance(each, int) and not isinstance(each, bool)]
    return found


def _worlds(
    inputs: Inputs, sizes: dict[str, int], attributes: Mapping[str, Any]
) -> Iterator[tuple[float, dict[str, int]]]:
    """The sizes to try, and what each adds to the cost."""
    axes = {dim for value in inputs.values() for dim in _dims(value)}
    yield 0, sizes
    seen = {1, sizes["f"]}
    for name, number in numbers(attributes):
        if axes & {"f", "c"} and 0 < number <= 4096 and number not in seen:
            seen.add(number)
            yield 0.5 if _FEATURES.search(name) else 1.5, {**sizes, "f": number}
        if "l" in axes and 0 < number <= 4096 and number != sizes["l"] and _LENGTHS.search(name):
            yield 1.5, {**sizes, "l": number}
    if "h" in axes:
        yield 2.2, {**sizes, "h": 32, "w": 32}
        yield 2.6, {**sizes, "h": 28, "w": 28, "c": 1}
        yield 5, {**sizes, "h": 64, "w": 64}
        yield 7, {**sizes, "h": 224, "w": 224}


def _dims(value: Any) -> tuple[Any, ...]:
    match value:
        case Shape(dims=dims):
            return dims
        case dict():
            return tuple(dim for each in value.values() for dim in _dims(each))
        case list() | tuple():
            return tuple(dim for each in value for dim in _dims(each))
    return ()


def steered(call: Called, error: Exception) -> Iterator[Called]:
    """More candidates, from what an error says: the sizes in it, or the key that a dict lacks."""
    text = str(error)
    if isinstance(error, KeyError) and error.args and isinstance(error.args[0], str):
        yield from _with_key(call, error.args[0])
        return
    if not isinstance(error, TypeError | ValueError | AssertionError):
        return
    axes = {dim for value in call.inputs.values() for dim in _dims(value)}
    known = set(call.sizes.values()) | {0, 1}
    wanted = sorted(set(map(int, re.findall(r"(?<![\w.])\d{1,4}(?![\w.])", text[:600]))))
    for number in [number for number in wanted if number not in known][:5]:
        for axis in ("f", "c", "l"):
            if axis in axes:
                yield call._replace(cost=call.cost + 0.5, sizes={**call.sizes, axis: number})
        for channels in (1, 3):
            side = math.isqrt(number // channels)
            if "h" in axes and side > 3 and side * side * channels == number:
                sizes = {**call.sizes, "h": side, "w": side, "c": channels}
                yield call._replace(cost=call.cost + 0.5, sizes=sizes)


def _with_key(call: Called, key: str) -> Iterator[Called]:
    from .input_shapes import named_choices

    for name, value in call.inputs.items():
        if isinstance(value, dict) and key not in value:
            for guess in named_choices(key)[:6]:
                yield call._replace(
                    cost=call.cost + 0.1 * guess.cost, inputs={**call.inputs, name: {**value, key: guess.value}}
                )
