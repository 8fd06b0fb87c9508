"""PRNG keys that are at hand at a call, and that nobody has used yet."""

from __future__ import annotations

import re

import libcst as cst

from ..model import Edit, Fix, Safety
from .arguments import entry, inserted, keyword
from .base import Statement, find
from .contract_rule import Scene
from .reach import bound_before

_PARAMETER = re.compile(r"(.*_)?(dropout|drop)_?(rng|key)|(rng|key)_(dropout|drop)")


def give_key(scene: Scene, node: cst.Call, how: str) -> tuple[Fix, ...]:
    """Give a stream a key that is at hand; else show how it would look.

    Args:
        node: the call that runs the Module.
        how: ``apply`` where that call takes ``rngs``; ``bind`` where the Module was bound before; else "".
    """
    statement, stream = scene.statement, scene.suspect.name
    call = node if how == "apply" else _binding_call(statement, node) if how == "bind" else None
    if call is None:
        return ()
    key = _fresh_key(scene, call, stream)
    edit = _given(statement, call, stream, key or f"{stream}_key")
    if edit is None:
        return ()
    title = f"Give a key for '{stream}'"
    if key is None:
        return (Fix(title, (edit,), Safety.DISPLAY, "no unused key is in scope: split one off for this call"),)
    return (Fix(title, (edit,), Safety.UNSAFE, f"`{key}` looks unused, and the masks are drawn from it from then on"),)


def _binding_call(statement: Statement, node: cst.Call) -> cst.Call | None:
    """The ``model.bind(...)`` behind ``bound(...)`` or ``bound.method(...)``."""
    bound = node.func.value if isinstance(node.func, cst.Attribute) else node.func
    if isinstance(bound, cst.Name):
        assigned, _ = bound_before(statement.node, node)
        values = [
            assign.value
            for assign in assigned
            for target in assign.targets
            if isinstance(target.target, cst.Name) and target.target.value == bound.value
        ]
        if len(values) != 1:
            return None
        bound = values[0]
    match bound:
        case cst.Call(func=cst.Attribute(attr=cst.Name(value="bind"))):
            return bound
    return None


def _given(statement: Statement, call: cst.Call, stream: str, key: str) -> Edit | None:
    """An edit that adds a stream to a call's ``rngs``."""
    given = keyword(call, "rngs")
    match given:
        case None if all(part.star != "**" for part in call.args):
            return inserted(statement, call, f"rngs={{'{stream}': {key}}}")
        case cst.Arg(value=cst.Dict() as mapping):
            return entry(statement, mapping, f"'{stream}': {key}")
        case cst.Arg(value=cst.Call(func=cst.Name(value="dict")) as mapping) if stream.isidentifier():
            return inserted(statement, mapping, f"{stream}={key}")
        case cst.Arg(value=cst.Name(value="None") as nothing):
            return Edit(statement.range(nothing), f"{{'{stream}': {key}}}")
    return None


# --- a fresh key ---------------------------------------------------------------------------------------------------


def _fresh_key(scene: Scene, call: cst.Call, stream: str) -> str | None:
    """A name that holds a key which is split off, or handed in, for this and has not been used.

    What is bound outside of a loop around the call does not count, nor what may not be bound when the call runs.
    """
    root = scene.statement.node
    assigned, parameters = bound_before(root, call)
    candidates = [name for assign in assigned for name in _keys_made_by(scene, assign)]
    candidates += [
        parameter.name.value
        for parameter in parameters
        if _PARAMETER.fullmatch(parameter.name.value) and not _is_none(parameter.default)
    ]
    names = [name.value for name in find(root, cst.Name)]
    unused = [name for name in candidates if names.count(name) == 1]
    named = [name for name in unused if stream in name or "dropout" in name]
    return next(iter([*named, *unused]), None)


def _keys_made_by(scene: Scene, assign: cst.Assign) -> list[str]:
    """The names that an assignment binds to one key each: ``key, sub = split(key)``, ``sub = fold_in(key, step)``."""
    value, one = assign.value, False
    if isinstance(value, cst.Subscript):  # split(key)[1]
        value, one = value.value, True
    if not isinstance(value, cst.Call) or len(assign.targets) != 1:
        return []
    made = scene.full_name(value.func)
    one = one if made == "jax.random.split" else made == "jax.random.fold_in" and not one
    match assign.targets[0].target:
        case cst.Name(value=name) if one:
            return [name]
        case cst.Tuple(elements=elements) | cst.List(elements=elements) if not one and made == "jax.random.split":
            values = [element.value for element in elements if isinstance(element, cst.Element)]
            return [element.value for element in values if isinstance(element, cst.Name)]
    return []


def _is_none(node: cst.BaseExpression | None) -> bool:
    return isinstance(node, cst.Name) and node.value == "None"
