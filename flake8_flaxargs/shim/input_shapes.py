"""What a method's parameters may be: shapes with named sizes, from names, annotations and what the code uses.

Batch, length and features differ, so that a mean over the wrong axis does not go unseen.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
import re
import types
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import flax.linen as nn

from .constructor_values import FEATURES, VOCABULARY, Guess, NoGuess, active, guesses
from .specs import Spec

SIZES = {"b": 2, "l": 6, "f": FEATURES, "h": 16, "w": 16, "c": 3, "v": VOCABULARY, "t": 4}


class Shape(NamedTuple):
    """An array whose sizes may be names in ``SIZES``; ``below`` bounds integers."""

    dtype: str
    dims: tuple[str | int, ...]
    below: str | int | None = None


class Fixed(NamedTuple):
    """An argument that is no array."""

    value: Any


class Carry(NamedTuple):
    """What the Module's own ``initialize_carry`` gives, for an input of the shape of parameter ``of``."""

    of: str | None


class Absent(NamedTuple):
    """An argument that is left to its default."""


class AtConstructor(NamedTuple):
    """A merged argument that the constructor is given, and the call is not."""

    value: Any


Choice = Any  # Shape | Fixed | Carry | Absent | AtConstructor, or a dict, list or tuple of them
Inputs = dict[str, Choice]


def _shapes(dtype: str, *dims: str, below: str | int | None = None) -> list[Shape]:
    return [Shape(dtype, tuple(each.split()), below) for each in dims]


_VECTORS = _shapes("float32", "b f", "b l f")
_SEQUENCES = _shapes("float32", "b l f", "b f", "l f")
_IMAGES = _shapes("float32", "b h w c", "b h w f", "h w c", "b f")
_TOKENS = _shapes("int32", "b l", "b", "l", "", below="v")
_MASKS = _shapes("bool", "b l", "b 1 l l", "b 1 1 l", "l l", "b l l", "b l f", "b f", "b h w c", "b l 1", "b")
_ANY = [
    *_shapes("float32", "b f", "b l f", "b h w c"),
    *_shapes("int32", "b l", below="v"),
    *_shapes("float32", "f", "b l", "b h w f", "b", "l f", "b t h w c", "b l l f", ""),
    *_shapes("int32", "b", "", below="v"),
]
# Of a parameter's name, the first that is found in it decides.
_ROLES: tuple[tuple[str, Sequence[Choice]], ...] = (
    (r"video|clip", _shapes("float32", "b t h w c")),
    (r"image|img|pixel|frame|picture|photo", _IMAGES),
    (r"mask|valid|padding|pad$", _MASKS),
    (r"positions?(_ids)?$|segment|token_type", _shapes("int32", "b l", "l", "1 l", below="l")),
    (r"lengths?$", _shapes("int32", "b", below="l")),
    (r"^(input_)?ids$|_ids$|token|words?|chars|text|sentence|prompt|sequence_of_ids|indices|codes", _TOKENS),
    (r"labels?|targets?|classes", _shapes("int32", "b", "b l", below=4)),
    (r"^t$|^ts$|time|sigma|noise_level|step", _shapes("float32", "b", "b 1", "") + _shapes("int32", "b", "", below=4)),
    (r"^(rng|key|prng)|_(rng|key)$|prng_?key", _shapes("key", "")),
    (r"bias$|attention_bias", _shapes("float32", "b 1 l l", "l l", "f", "b l l")),
    (r"actions?$", [*_VECTORS, *_shapes("int32", "b", below=4)]),
    (r"edges?$|senders|receivers", _shapes("int32", "l 2", "l", below="b") + _shapes("float32", "l f")),
    (r"^nodes?$", _shapes("float32", "l f", "b l f")),
    (r"adj", _shapes("float32", "l l", "b l l")),
    (r"coord|points|xyz", _shapes("float32", "b 3", "b l 3", "b 2")),
    (
        r"sequence|memory|hidden_states|encoded|encoder|queries|query|keys?$|values?$|^(q|k|v|qkv|kv)$|context",
        _SEQUENCES,
    ),
)
_CARRY = re.compile(r"carry|state$|^h$|^hidden$|^hx$")
_NUMBER = re.compile(
    r"temperature|scale|factor|alpha|beta|epsilon|angle|weight$|threshold|limit|bound|jitter|smooth|rate$|base|offset"
)
_COUNT = re.compile(r"index|depth|^k$|^n$|num_|size|stride|width|levels?$|axis|iteration|samples")
_FLAG = re.compile(
    r"train|determin|^(is|use|with|return|enable)_|eval|decode|causal|only|frozen|inference|normali[sz]e|reverse|flip"
)
_MOST_OF_A_PART = 4
_ARRAY = re.compile(r"array|tensor|Float|Int\[|Bool|Shaped|Num\[", re.IGNORECASE)


class Code(NamedTuple):
    """What a Module's code uses, its children's included: names, and the ranks of windows written in it."""

    names: frozenset[str]
    windows: frozenset[int]


def code(cls: type[nn.Module]) -> Code:
    """Read from the compiled code, which is there for a class without a file as well."""
    names: set[str] = set()
    windows: set[int] = set()
    todo: list[Any] = [cls]
    seen: set[Any] = set()
    while todo and len(seen) < 200:
        each = todo.pop()
        if each in seen:
            continue
        seen.add(each)
        if isinstance(each, type):
            todo += [inspect.unwrap(value) for value in vars(each).values() if inspect.isfunction(value)]
            todo += [base for base in each.__bases__ if issubclass(base, nn.Module) and base is not nn.Module]
            continue
        body = each.__code__ if inspect.isfunction(each) else each
        names.update(body.co_names)
        for constant in body.co_consts:
            if inspect.iscode(constant):
                todo.append(constant)
            elif (
                isinstance(constant, tuple)
                and constant
                and all(type(size) is int and 0 < size < 16 for size in constant)
            ):
                windows.add(len(constant))
        if inspect.isfunction(each):
            found = [each.__globals__.get(name) for name in _all_names(body)]
            todo += [one for one in found if isinstance(one, type) and issubclass(one, nn.Module) and not _is_flax(one)]
    return Code(frozenset(names), frozenset(windows))


def _all_names(body: Any) -> Iterator[str]:
    yield from body.co_names
    for constant in body.co_consts:
        if inspect.iscode(constant):
            yield from _all_names(constant)


def _is_flax(cls: type) -> bool:
    return cls.__module__.partition(".")[0] == "flax"


def general(used: Code) -> list[Shape]:
    """Shapes for a parameter whose name says nothing, by what the code uses."""
    first: list[Shape] = []
    names = used.names
    if "Embed" in names:
        first += _shapes("int32", "b l", "b", below="v")
    if names & {"Conv", "ConvTranspose", "max_pool", "avg_pool", "ConvLocal", "PatchEmbed"}:
        if 1 in used.windows and 2 not in used.windows:
            first += _shapes("float32", "b l f")
        elif 3 in used.windows and 2 not in used.windows:
            first += _shapes("float32", "b t h w c")
        first += [*_shapes("float32", "b h w c", "b h w f", "b l f")]
    attention = {"MultiHeadDotProductAttention", "SelfAttention", "MultiHeadAttention", "dot_product_attention"}
    if names & (
        attention | {"RNN", "scan", "LSTMCell", "GRUCell", "OptimizedLSTMCell", "einsum", "swapaxes", "Bidirectional"}
    ):
        first += _SEQUENCES
    return list(dict.fromkeys([*first, *_ANY]))


def parameters(cls: type[nn.Module], method: str) -> dict[str, inspect.Parameter]:
    """A method's own parameters by name, without ``self`` and ``**options``, in their order."""
    function = inspect.unwrap(inspect.getattr_static(cls, method))
    function = getattr(function, "__func__", function)
    found = list(inspect.signature(function).parameters.values())
    if not isinstance(inspect.getattr_static(cls, method), staticmethod):
        found = found[1:]
    return {each.name: each for each in found if each.kind is not each.VAR_KEYWORD}


def choices(parameter: inspect.Parameter, annotation: Any, others: Sequence[str], used: Code) -> list[Guess]:
    """What a parameter may be, the likeliest first; ``others`` are those before it."""
    name = parameter.name.lower()
    found = _chosen(name, annotation, parameter.default, others, used)
    if parameter.default is not parameter.empty:
        found = [Guess(Absent(), 0), *(guess._replace(cost=guess.cost + 5) for guess in found)]
    return found


def _without_none(annotation: Any) -> Any:
    """``bool`` of ``Optional[bool]`` and ``bool | None``, also where the annotation is a text."""
    if isinstance(annotation, str):
        return re.sub(r"^(?:typing\.)?Optional\[(.*)\]$", r"\1", annotation.strip())
    others = [part for part in typing.get_args(annotation) if part is not type(None)]
    is_union = typing.get_origin(annotation) in {typing.Union, types.UnionType}
    return others[0] if is_union and len(others) == 1 else annotation


def _chosen(name: str, annotation: Any, default: Any, others: Sequence[str], used: Code) -> list[Guess]:
    annotation = _without_none(annotation)
    text = str(annotation if annotation is not None else "")
    if annotation is bool or isinstance(default, bool) or re.match(r"<class 'bool'>|bool\b", text):
        return [Guess(Fixed(active(name)), 0), Guess(Fixed(not active(name)), 2)]
    trees = _trees(annotation, others, used)
    if trees:
        return _costed(trees)
    if re.search(r"\b[dD]ict\b|Mapping|FrozenDict", text) or (annotation is None and name in ("batch", "inputs_dict")):
        return [Guess({}, 0), *_costed(general(used), 3)]
    if annotation in (int, float, str) or "Callable" in text or re.match(r"(int|float|str|Literal)\b", text):
        try:
            return [Guess(Fixed(guess.value), guess.cost) for guess in guesses(name, annotation)]
        except NoGuess:
            pass
    if _CARRY.search(name):
        after = "x" if name != "x" else None
        return [Guess(Carry(after), 0), *_costed([*_VECTORS, (_VECTORS[0], _VECTORS[0]), *_shapes("float32", "f")], 1)]
    role = next((found for pattern, found in _ROLES if re.search(pattern, name)), None)
    if role is None and not _ARRAY.search(text):
        if _FLAG.search(name):
            return [Guess(Fixed(active(name)), 0), Guess(Fixed(not active(name)), 2), *_costed(_ANY, 4)]
        if _NUMBER.search(name):
            return [Guess(Fixed(0.5), 0), *_costed(_shapes("float32", "", "b", "b f", "b 1"), 1), Guess(Fixed(2), 3)]
        if _COUNT.search(name):
            return [Guess(Fixed(2), 0), Guess(Fixed(1), 1), *_costed(_shapes("int32", "", "b", below=2), 2)]
    if role is not None:
        rest = [each for each in general(used) if each not in role]
        return [*_costed(_of_type(role, text)), *_costed(rest, len(role) + 3)]
    return _costed(_of_type(general(used), text))


def _of_type(shapes: Sequence[Choice], text: str) -> list[Choice]:
    """Those of the annotated type first."""
    if re.search(r"(?i)\bu?int\d*\b|Int\[", text):
        return sorted(shapes, key=lambda each: isinstance(each, Shape) and each.dtype != "int32")
    if re.search(r"Float|float", text):
        return sorted(shapes, key=lambda each: isinstance(each, Shape) and each.dtype != "float32")
    return list(shapes)


def _costed(values: Iterable[Choice], start: float = 0) -> list[Guess]:
    return [Guess(value, start + cost) for cost, value in enumerate(values)]


def _trees(annotation: Any, others: Sequence[str], used: Code) -> list[Choice]:
    """Of an annotated tuple, list, named tuple or dataclass of arrays: choices for its parts, the likeliest first."""
    origin, inner = typing.get_origin(annotation), typing.get_args(annotation)
    if origin in (list, tuple) or "Sequence" in str(origin):
        parts = [each for each in inner if each is not Ellipsis]
        if not parts or any(each in (int, float, str) for each in parts):
            return []
        shapes = [[each] * (len(parts) if len(parts) > 1 else 2) for each in general(used)]
        return [each if origin is list else tuple(each) for each in shapes]
    names = _parts(annotation)
    hints = getattr(annotation, "__annotations__", {})
    options = [_chosen(name.lower(), hints.get(name), None, others, used)[:_MOST_OF_A_PART] for name in names]
    found = sorted(itertools.islice(itertools.product(*options), 400), key=lambda each: sum(part.cost for part in each))
    plain = ([part.value.value if isinstance(part.value, Fixed) else part.value for part in each] for each in found)
    return [annotation(**dict(zip(names, each, strict=True))) for each in plain] if names else []


def _parts(annotation: Any) -> Sequence[str]:
    """The names of the parts of a named tuple or a dataclass."""
    if not isinstance(annotation, type) or issubclass(annotation, nn.Module):
        return ()
    if issubclass(annotation, tuple):
        return getattr(annotation, "_fields", ())
    return [field.name for field in dataclasses.fields(annotation)] if dataclasses.is_dataclass(annotation) else ()


def concrete_sizes(choice: Choice, sizes: Mapping[str, int]) -> Choice:
    """The same with ``Spec`` in place of ``Shape``; a size that is a name becomes a number."""
    match choice:
        case Shape(dtype, dims, below):
            bound = sizes.get(below, 2) if isinstance(below, str) else below
            return Spec(dtype, tuple(int(sizes.get(str(dim), dim)) for dim in dims), bound)
        case Fixed() | Carry() | Absent() | AtConstructor() | Spec():
            return choice
        case dict():
            return {key: concrete_sizes(each, sizes) for key, each in choice.items()}
        case list():
            return [concrete_sizes(each, sizes) for each in choice]
        case tuple() if hasattr(choice, "_fields"):
            return type(choice)(*(concrete_sizes(each, sizes) for each in choice))
        case tuple():
            return tuple(concrete_sizes(each, sizes) for each in choice)
        case _ if dataclasses.is_dataclass(choice) and not isinstance(choice, type):
            parts = {field.name: getattr(choice, field.name) for field in dataclasses.fields(choice)}
            return type(choice)(**{name: concrete_sizes(each, sizes) for name, each in parts.items()})
    return choice


_SPOKEN = (
    (r"^(b|n|bs|bsz|batch\w*|num_?batch\w*|\w*batch_?size)$", "b"),
    (r"^(l|s|t|seq\w*|len\w*|time\w*|steps?|tokens?|\w*_?len(gth)?|q|k|kv|words|positions?|src|tgt)$", "l"),
    (r"^(h|height|rows)$", "h"),
    (r"^(w|width|cols|columns)$", "w"),
    (r"^(c|channels?|in_channels|num_channels|chans)$", "c"),
    (r"^(v|vocab\w*)$", "v"),
    (r"^(d|f|e|m|feat\w*|dim\w*|hidden\w*|embed\w*|d_model|model|\w*_dim|\w*features|\w*_size|width|in)$", "f"),
)
_TEXT = re.compile(r"(\w+)\[([^\]]*)\](?:<(\d+))?")


def spoken(text: str, attributes: Mapping[str, Any]) -> Shape | None:
    """A hint's text, ``float32[batch,length]``; names of attributes stand for their values. None for no shape."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    dims: list[str | int] = []
    spatial = len(re.findall(r"\b(h|w|height|width)\b", found[2])) > 1
    for position, word in enumerate(each.strip().lower() for each in found[2].split(",") if each.strip()):
        if word.isdigit():
            dims.append(int(word))
        elif isinstance(attributes.get(word), int):
            dims.append(attributes[word])
        else:
            known = [size for pattern, size in _SPOKEN if re.match(pattern, word) and (spatial or size not in "hw")]
            dims.append(known[0] if known else "b" if position == 0 else "f")
    if not spatial and "h" not in found[2].split(","):
        dims = ["f" if dim == "c" else dim for dim in dims]
    below = int(found[3]) if found[3] else "v" if found[1].startswith(("int", "uint")) else None
    return Shape(found[1], tuple(dims), below)


def named_choices(name: str) -> list[Guess]:
    """What a part of a dict may be, by its key alone."""
    return _chosen(name.lower(), None, None, (), Code(frozenset(), frozenset()))
