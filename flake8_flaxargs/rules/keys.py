"""The key for a stream that a call lacks: one that is at hand and fresh, else one that shows how it would look."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Safety
from .arguments import entry, inserted, keyword
from .base import Statement, find
from .contract_rule import Scene, call_depth
from .fresh_keys import Key, keys_at
from .reach import bound_before

_CODES = {"JFX201", "JFX202"}


def give_key(scene: Scene, node: cst.Call, how: str) -> tuple[Fix, ...]:
    """Give a stream a key that is at hand; else show how it would look.

    Args:
        node: the call that runs the Module.
        how: ``apply`` where that call takes ``rngs``; ``bind`` where the Module was bound before; else "".
    """
    statement, stream = scene.statement, scene.suspect.name
    call = _taker(statement, node, how)
    if call is None:
        return ()
    title = f"Give a key for '{stream}'"
    given_away = _given_before(scene)
    keys = keys_at(scene, call, stream)
    fresh = next((key for key in keys if key.fresh and key.name not in given_away), None)
    if fresh is not None:
        edit = _given(statement, call, stream, fresh.name)
        reason = f"`{fresh.name}` looks unused, and the masks are drawn from it from then on"
        return (Fix(title, (edit,), Safety.UNSAFE, reason),) if edit is not None else ()
    random = scene.random()
    if random is None:
        return ()
    spelled, imports = random
    made, reason = _derived(scene, keys[0], spelled) if keys else _made(scene, spelled)
    edit = _given(statement, call, stream, made)
    return (Fix(title, (*imports, edit), Safety.DISPLAY, reason),) if edit is not None else ()


def _given_before(scene: Scene) -> set[str]:
    """The keys that are offered to the calls above this one in the statement: no key serves twice."""
    statement, suspect = scene.statement, scene.suspect
    place = (suspect.line, suspect.column, suspect.depth, suspect.name)
    above = sorted(
        (other.line, other.column, other.depth, other.name, other.details[3])
        for other in scene.others
        if other.code in _CODES and other.lines == suspect.lines
    )
    given: set[str] = set()
    for line, column, depth, stream, how in above:
        if (line, column, depth, stream) >= place:
            break
        for node in find(statement.node, cst.Call):
            call = (
                _taker(statement, node, how) if statement.at(node, line, column) and call_depth(node) == depth else None
            )
            if call is not None:
                free = (key.name for key in keys_at(scene, call, stream) if key.fresh and key.name not in given)
                given |= set(list(free)[:1])
    return given


def _derived(scene: Scene, key: Key, random: str) -> tuple[str, str]:
    """A key made of one that is in use, and why it is only shown."""
    if not key.each_time:
        reason = f"`{key.name}` is the same in each pass of the loop: fold the number of the pass in, for other masks"
    else:
        reason = f"`{key.name}` may be used elsewhere, too: fold a number in that nothing else does, or split a key off"
    return f"{random}.fold_in({key.name}, 1)", reason


def _made(scene: Scene, random: str) -> tuple[str, str]:
    """A key made on the spot, and why it is only shown."""
    maker = "PRNGKey" if "PRNGKey(" in scene.source.text else "key"
    return (
        f"{random}.{maker}(0)",
        "no name here surely holds a key, and this one draws the same masks each time: hand one in",
    )


def _taker(statement: Statement, node: cst.Call, how: str) -> cst.Call | None:
    """The call that takes ``rngs``."""
    return node if how == "apply" else _binding_call(statement, node) if how == "bind" else None


def _binding_call(statement: Statement, node: cst.Call) -> cst.Call | None:
    """The ``model.bind(...)`` behind ``bound(...)`` or ``bound.method(...)``."""
    bound = node.func.value if isinstance(node.func, cst.Attribute) else node.func
    if isinstance(bound, cst.Name):
        values = [
            found.node.value
            for found in bound_before(statement.node, node)
            if isinstance(found.node, cst.Assign) and found.each_time
            for target in found.node.targets
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
