"""JFX204."""

from __future__ import annotations

from typing import NamedTuple

import libcst as cst

from ..model import Edit, Fix, Safety
from .arguments import keyword
from .base import find
from .contract_rule import ContractRule, Scene


class RngStreamMisspelt(ContractRule):
    """
    ## What it does
    Flags a stream in `rngs` that nothing in the Module draws from, where something draws from a name much like it that
    is not given.

    ## Why is this bad?
    Flax takes any name. The layer finds no key under its own and raises `InvalidRngError`; with a `'params'` key in
    `rngs` it silently draws from that one instead.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, deterministic=not train)(nn.Dense(8)(x))


    def loss(params, x, key):
        y = Net().apply({'params': params}, x, train=True, rngs={'drop_out': key})
        return (y**2).mean()
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, deterministic=not train)(nn.Dense(8)(x))


    def loss(params, x, key):
        y = Net().apply({'params': params}, x, train=True, rngs={'dropout': key})
        return (y**2).mean()
    ```

    Fine: names that nothing draws from while every stream is given.

    ## Fix safety
    Renaming is safe where the call raised before; with a `'params'` key, which hid the mistake, the numbers change:
    unsafe. Where the dict is a variable that may be read elsewhere, too, the old name may be right there: what is shown
    gives this call the key under both names.

    ## References
    - Measured: B13b (misspelt), B13d (an extra name), B11 (the fallback)
    """

    code = "JFX204"
    name = "rng-stream-misspelt"
    runtime = "raises"
    offers = (Safety.SAFE, Safety.UNSAFE, Safety.DISPLAY)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        stream, hidden, place = scene.suspect.details
        where = f" ({place})" if place else ""
        then = "'params' serves it in silence" if hidden else "Flax raises InvalidRngError"
        return (
            f"nothing draws from '{scene.suspect.name}'; `{scene.suspect.layer}`{where} draws from '{stream}', "
            f"which is not given: {then}"
        )

    @classmethod
    def place(cls, scene: Scene, node: cst.CSTNode) -> cst.CSTNode | None:
        found = _spelt(scene, node)
        return found.node if found else node

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        stream, hidden, _ = scene.suspect.details
        found = _spelt(scene, node)
        title = f"Name the stream '{stream}'"
        match found:
            case _Spelt(node=cst.SimpleString(quote=quote) as key):
                text = f"{quote}{stream}{quote}"
            case _Spelt(node=cst.ConcatenatedString() as key):
                text = f"'{stream}'"
            case _Spelt(node=cst.Name() as key):
                text = stream
            case _:
                return ()
        edit = Edit(scene.statement.range(key), text)
        if found.shared:
            return _copied(scene, node, found.shared, stream)
        if hidden:
            return (Fix(title, (edit,), Safety.UNSAFE, "'params' served the stream: other numbers are drawn now"),)
        return (Fix(title, (edit,), Safety.SAFE, "the call raised before"),)


class _Spelt(NamedTuple):
    """Where a stream's name is written, and the variable that carries it to another place, too ("" for none)."""

    node: cst.CSTNode
    shared: str = ""


def _copied(scene: Scene, node: cst.CSTNode, variable: str, stream: str) -> tuple[Fix, ...]:
    """Give this call the key under both names: others may read the variable as it is."""
    argument = keyword(node, "rngs") if isinstance(node, cst.Call) else None
    if argument is None:
        return ()
    text = f"{{**{variable}, '{stream}': {variable}['{scene.suspect.name}']}}"
    reason = (
        f"`{variable}` may be read elsewhere, too, as it is spelt now: better name the stream '{stream}' everywhere"
    )
    edit = Edit(scene.statement.range(argument.value), text)
    return (Fix(f"Give '{stream}' the key of '{scene.suspect.name}'", (edit,), Safety.DISPLAY, reason),)


def _spelt(scene: Scene, node: cst.CSTNode) -> _Spelt | None:
    """The misspelt name: in the call's ``rngs``, else in what fills the variable that it is given there."""
    name, root = scene.suspect.name, scene.statement.node
    given = keyword(node, "rngs") if isinstance(node, cst.Call) else None
    if given is not None and not isinstance(given.value, cst.Name):
        return next((_Spelt(key) for key in _keys(given.value) if _text(key) == name), None)
    if given is None:  # in a partial or the like: what else the name may be a key of is not known
        found = [key for key in _keys(root) if _text(key) == name]
        return _Spelt(found[0]) if len(found) == 1 else None
    assert isinstance(given.value, cst.Name)
    variable = given.value.value
    start = scene.statement.range(node).start
    found = [
        key
        for assign in find(root, cst.Assign)
        if scene.statement.range(assign).start < start
        for key in _keys_bound(assign, variable)
        if _text(key) == name
    ]
    if not found:
        return None
    filled = sum(_fills(assign, variable) for assign in find(root, cst.Assign))
    named = sum(part.keyword is not None and part.keyword.value == variable for part in find(root, cst.Arg))
    reads = sum(part.value == variable for part in find(root, cst.Name)) - filled - named
    return _Spelt(found[-1], variable if reads > 1 or scene.statement.function is None else "")


def _keys(node: cst.CSTNode) -> list[cst.CSTNode]:
    """The keys of the dict displays and of the calls of ``dict`` in a node."""
    found: list[cst.CSTNode] = [element.key for element in find(node, cst.DictElement) if _is_text(element.key)]
    found += [
        part.keyword
        for call in find(node, cst.Call)
        if isinstance(call.func, cst.Name) and call.func.value == "dict"
        for part in call.args
        if part.keyword is not None
    ]
    return found


def _keys_bound(assign: cst.Assign, variable: str) -> list[cst.CSTNode]:
    """The keys that an assignment gives a variable: ``rngs = {...}``, ``rngs[...] = key``."""
    for target in assign.targets:
        match target.target:
            case cst.Name(value=name) if name == variable:
                return _keys(assign.value)
            case cst.Subscript(value=cst.Name(value=name), slice=[cst.SubscriptElement(slice=cst.Index(value=key))]):
                if name == variable and _is_text(key):
                    return [key]
    return []


def _fills(assign: cst.Assign, variable: str) -> bool:
    return any(
        isinstance(part, cst.Name) and part.value == variable
        for target in assign.targets
        for part in (target.target, target.target.value if isinstance(target.target, cst.Subscript) else target.target)
    )


def _is_text(node: cst.CSTNode) -> bool:
    return isinstance(node, cst.SimpleString | cst.ConcatenatedString)


def _text(key: cst.CSTNode) -> str:
    match key:
        case cst.SimpleString() | cst.ConcatenatedString():
            return str(key.evaluated_value)
        case cst.Name(value=name):
            return name
    return ""
