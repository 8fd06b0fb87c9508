"""PRNG keys that are at hand at a call, and whether anybody uses them yet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst

from .base import Statement
from .contract_rule import Scene
from .reach import Bound, assignments, bound_before, mentions

# What a parameter is called that hands in a key for whatever its function draws: ``init_key`` is meant for others.
_PARAMETER = re.compile(
    r"((sub|new|next|step|train|training|random|jax|prng|rng|local|apply|model|batch|loss)_?)?(key|rng|prng)"
    r"|(.*_)?(dropout|drop)_?(rng|key)|(rng|key)_(dropout|drop)"
)
# What a parameter is annotated with that may hold one key.
_ANNOTATION = re.compile(
    r"""["']?([\w.]+\.)?(\w*Array\w*|\w*Key\w*|\w*RNG\w*|UInt32|ndarray|Any)(\[.*\])?["']?""", re.DOTALL
)
_MAKERS = {"jax.random.key", "jax.random.PRNGKey", "jax.random.fold_in"}
_MAKING = re.compile(r"\b(key|PRNGKey|fold_in|split)\(")


class Key(NamedTuple):
    """A name that surely holds one key at a call.

    Attributes:
        each_time: whether it is bound anew each time that the call is reached.
        fresh: whether it is, and nothing else uses it.
    """

    name: str
    each_time: bool
    fresh: bool


def keys_at(scene: Scene, call: cst.Call, stream: str) -> list[Key]:
    """The keys that are surely there when a call runs, those that suit a stream best first."""
    root = scene.statement.node
    bindings = bound_before(root, call)
    if all(bound.owner is None and bound.each_time for bound in bindings) and _outside_of_functions(scene):
        bindings = [*_of_module(scene), *bindings]
    found: list[Key] = []
    for of_parameters in (False, True):  # what was made for this is the nearest
        for bound in bindings:
            if isinstance(bound.node, cst.Param) is of_parameters:
                found += (_key(scene, bound, name) for name in _names(scene, bound.node, stream))
    found = list({key.name: key for key in found}.values())
    return sorted(
        found, key=lambda key: (not key.fresh, not key.each_time, not (stream in key.name or "dropout" in key.name))
    )


def _key(scene: Scene, bound: Bound, name: str) -> Key:
    if bound.owner is not None:
        used = mentions(bound.owner, name) > 1
    else:  # any function of the file may read it
        used = len(re.findall(rf"(?<![\w.]){re.escape(name)}\b", scene.source.text)) > 1
    return Key(name, bound.each_time, bound.each_time and not used)


def _names(scene: Scene, node: cst.Assign | cst.Param, stream: str) -> list[str]:
    """The names that an assignment or a parameter binds to one key each."""
    if isinstance(node, cst.Assign):
        return _made_by(scene, node)
    name = node.name.value
    known = _PARAMETER.fullmatch(name) or re.fullmatch(rf"{re.escape(stream)}_?(rng|key)", name)
    return [name] if known and _may_hold_key(node) else []


def _may_hold_key(parameter: cst.Param) -> bool:
    """Whether nothing says that a parameter is None, or anything else than a key."""
    if parameter.default is not None:
        return False
    annotation = parameter.annotation
    return annotation is None or bool(_ANNOTATION.fullmatch(Statement.text(annotation.annotation)))


def _made_by(scene: Scene, assign: cst.Assign) -> list[str]:
    """The names that hold one key each: ``key, sub = split(key)``, ``sub = fold_in(key, step)``, ``key = key(0)``."""
    value, one = assign.value, False
    if isinstance(value, cst.Subscript):  # split(key)[1]
        value, one = value.value, True
    if not isinstance(value, cst.Call) or len(assign.targets) != 1:
        return []
    made = scene.full_name(value.func)
    one = made == "jax.random.split" if one else made in _MAKERS
    match assign.targets[0].target:
        case cst.Name(value=name) if one:
            return [name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements) if not one and made == "jax.random.split":
            values = [element.value for element in elements if isinstance(element, cst.Element)]
            return [element.value for element in values if isinstance(element, cst.Name)]
    return []


def _outside_of_functions(scene: Scene) -> bool:
    line = scene.suspect.line
    return not any(function.line <= line <= function.end_line for function in scene.facts.all_functions())


def _of_module(scene: Scene) -> Iterator[Bound]:
    """What the statements of the module above this one bind to keys."""
    first, _ = scene.suspect.lines
    for top in scene.facts.body:
        if top.end_line < first and any(map(_MAKING.search, scene.source.lines[top.line - 1 : top.end_line])):
            statement = scene.statement_at((top.line, top.end_line))
            if statement is not None:
                yield from (Bound(assign, None) for assign in assignments([statement.node]))
