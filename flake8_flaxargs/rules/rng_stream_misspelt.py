"""JFX204."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Safety
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
    unsafe.

    ## References
    - Measured: B13b (misspelt), B13d (an extra name), B11 (the fallback)
    """

    code = "JFX204"
    name = "rng-stream-misspelt"
    runtime = "raises"
    offers = (Safety.SAFE, Safety.UNSAFE)

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
        return _spelt(scene, node) or node

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        stream, hidden, _ = scene.suspect.details
        found = _spelt(scene, node)
        title = f"Name the stream '{stream}'"
        match found:
            case cst.SimpleString(quote=quote):
                text = f"{quote}{stream}{quote}"
            case cst.Name():
                text = stream
            case _:
                return ()
        edit = Edit(scene.statement.range(found), text)
        if hidden:
            return (Fix(title, (edit,), Safety.UNSAFE, "'params' served the stream: other numbers are drawn now"),)
        return (Fix(title, (edit,), Safety.SAFE, "the call raised before"),)


def _spelt(scene: Scene, node: cst.CSTNode) -> cst.CSTNode | None:
    """The misspelt name: in the call, else the nearest above it in the statement."""
    name = scene.suspect.name
    start = scene.statement.range(node).start
    for around in (node, scene.statement.node):
        found: list[cst.CSTNode] = [part for part in find(around, cst.SimpleString) if part.evaluated_value == name]
        found += [
            part.keyword
            for call in find(around, cst.Call)
            if isinstance(call.func, cst.Name) and call.func.value == "dict"
            for part in call.args
            if part.keyword is not None and part.keyword.value == name
        ]
        before = [part for part in found if around is node or scene.statement.range(part).start < start]
        if before:
            return before[-1] if around is not node else before[0]
    return None
