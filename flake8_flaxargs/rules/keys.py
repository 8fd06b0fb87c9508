"""PRNG keys that are at hand at a call, and that nobody has used yet."""

from __future__ import annotations

import re

import libcst as cst

from ..model import Edit, Fix, Safety
from .arguments import entry, inserted, keyword
from .base import Statement, find

_PARAMETER = re.compile(r"(.*_)?(dropout|drop)_?(rng|key)|(rng|key)_(dropout|drop)")


def fresh_key(statement: Statement, call: cst.Call, stream: str) -> str | None:
    """A name that holds a key which is split off, or handed in, for this and has not been used."""
    function = statement.node
    start = statement.range(call).start
    names = find(function, cst.Name)
    candidates: list[str] = []
    for assign in find(function, cst.Assign):
        if not _makes_keys(assign.value) or statement.range(assign).start > start:
            continue
        for target in assign.targets:
            elements = target.target.elements if isinstance(target.target, cst.Tuple) else ()
            made = [part.value for part in elements] or [target.target]
            candidates += [part.value for part in made if isinstance(part, cst.Name)]
    if statement.function is not None:
        params = statement.function.params
        candidates += [
            parameter.name.value
            for parameter in (*params.params, *params.kwonly_params)
            if _PARAMETER.fullmatch(parameter.name.value)
        ]
    unused = [name for name in candidates if sum(other.value == name for other in names) == 1]
    named = [name for name in unused if stream in name or "dropout" in name]
    return next(iter([*named, *unused]), None)


def _makes_keys(value: cst.BaseExpression) -> bool:
    return (
        isinstance(value, cst.Call)
        and isinstance(value.func, cst.Attribute)
        and value.func.attr.value in {"split", "fold_in"}
    )


def give_key(statement: Statement, call: cst.Call, stream: str) -> tuple[Fix, ...]:
    """Give a stream a key that is at hand; else show how it would look."""
    key = fresh_key(statement, call, stream)
    text = f"'{stream}': {key or f'{stream}_key'}"
    given = keyword(call, "rngs")
    edit: Edit | None = None
    match given:
        case None if all(part.star != "**" for part in call.args):
            edit = inserted(statement, call, f"rngs={{{text}}}")
        case cst.Arg(value=cst.Dict() as mapping):
            edit = entry(statement, mapping, text)
        case cst.Arg(value=cst.Name(value="None") as nothing):
            edit = Edit(statement.range(nothing), f"{{{text}}}")
    if edit is None:
        return ()
    title = f"Give a key for '{stream}'"
    if key is None:
        return (Fix(title, (edit,), Safety.DISPLAY, "no unused key is in scope: split one off for this call"),)
    return (Fix(title, (edit,), Safety.UNSAFE, f"`{key}` looks unused, and the masks are drawn from it from then on"),)
