"""JFX113."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Position, Range, Safety
from .arguments import inserted, keyword
from .base import Statement, find
from .contract_rule import ContractRule, Scene


class ModeTraced(ContractRule):
    """
    ## What it does
    Flags a mode flag that a transform (`jax.jit`, `jax.pmap`, `jax.checkpoint`, `nn.jit`, `nn.remat`) traces because it
    is not static, and that then reaches a Python branch: `if train:`, `not train`, a `Dropout` with a rate, a
    `BatchNorm`. For `nn.remat` and `nn.jit` positions count `self`, and a position says nothing about a keyword.

    ## Why is this bad?
    JAX raises `TracerBoolConversionError: Attempted boolean conversion of traced array with shape bool[]`.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dense(8)(x)


    def loss(params, x, key, train):
        if train:
            x = x + jax.random.normal(key, x.shape)
        return (Net().apply({'params': params}, x) ** 2).mean()


    fast_loss = jax.jit(loss)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dense(8)(x)


    def loss(params, x, key, train):
        if train:
            x = x + jax.random.normal(key, x.shape)
        return (Net().apply({'params': params}, x) ** 2).mean()


    fast_loss = jax.jit(loss, static_argnames=('train',))
    ```

    Fine: a default that no call overrides; a flag that no Python branch asks for; a rate of 0.

    ## Fix safety
    Safe where the signature is visible: the call raised before.

    ## References
    - [JAX: errors](https://docs.jax.dev/en/latest/errors.html#jax.errors.TracerBoolConversionError)
    - Measured: H1 to H4 (jax.jit), E11b (nn.remat), E12 (nn.jit)
    """

    code = "JFX113"
    name = "mode-traced"
    runtime = "raises"

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        how, _, place = scene.suspect.details
        flag = f"`{scene.suspect.name}`" if scene.suspect.name else "a flag of this call"
        layer = scene.suspect.layer
        return f"{flag} is traced by `{how}` and asked for by Python in `{layer}` ({place}): make it static"

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        how, index, _ = scene.suspect.details
        edits = None
        if how.startswith("jax."):
            edits = _jitted(scene, node)
        elif isinstance(node, cst.Call) and int(index) >= 0:
            edits = _lifted(scene, node, int(index))
        if edits is None:
            return ()
        return (Fix(f"Make `{scene.suspect.name}` static", edits, Safety.SAFE, "the call raised before"),)


def _jitted(scene: Scene, node: cst.CSTNode) -> tuple[Edit, ...] | None:
    """``static_argnames`` for a function under ``jax.jit``: at its decorator, or at the only call that wraps it."""
    name = scene.suspect.name
    function = _function_of(scene.statement, node)
    if function is None:
        return None
    for decorator in function.decorators:
        jit = decorator.decorator
        if _is_jit(jit):
            partial, edits = scene.partial()
            text = f"{partial}({scene.statement.text(jit)}, static_argnames=('{name}',))"
            return (*edits, Edit(scene.statement.range(jit), text))
        if isinstance(jit, cst.Call) and (_is_jit(jit.func) or (jit.args and _is_jit(jit.args[0].value))):
            edit = _named(scene.statement, jit, name)
            return (edit,) if edit is not None else None
    wrapping = scene.wrapping_calls(function.name.value, _is_jit)
    if len(wrapping) != 1:
        return None
    statement, call = wrapping[0]
    edit = _named(statement, call, name)
    return (edit,) if edit is not None else None


def _function_of(statement: Statement, node: cst.CSTNode) -> cst.FunctionDef | None:
    """The function that a parameter belongs to, which may stand inside that of the statement."""
    for function in find(statement.node, cst.FunctionDef):
        if any(parameter is node for parameter in function.params.children):
            return function
    return None


def _is_jit(node: cst.BaseExpression) -> bool:
    match node:
        case cst.Attribute(value=cst.Name(value="jax"), attr=cst.Name(value="jit")) | cst.Name(value="jit"):
            return True
    return False


def _named(statement: Statement, call: cst.Call, name: str) -> Edit | None:
    """An edit that adds a name to ``static_argnames`` of a call."""
    if keyword(call, "static_argnums") is not None:
        return None
    given = keyword(call, "static_argnames")
    match given:
        case None:
            return inserted(statement, call, f"static_argnames=('{name}',)")
        case cst.Arg(value=cst.SimpleString() as single):
            return Edit(statement.range(single), f"({statement.text(single)}, '{name}')")
        case cst.Arg(value=cst.Tuple(elements=[*_, last]) | cst.List(elements=[*_, last])):
            end = statement.range(last.value).end
            quote = last.value.quote if isinstance(last.value, cst.SimpleString) else "'"
            return Edit(Range(end, end), f", {quote}{name}{quote}")
    return None


def _lifted(scene: Scene, call: cst.Call, index: int) -> tuple[Edit, ...] | None:
    """``static_argnums`` for a lifted transform, which counts ``self``."""
    given = keyword(call, "static_argnums")
    statement = scene.statement
    if given is None:
        return (inserted(statement, call, f"static_argnums=({index},)"),)
    numbers = [int(part.value) for part in find(given.value, cst.Integer)]
    if numbers == [index - 1]:  # off by one: self was not counted
        (number,) = find(given.value, cst.Integer)
        return (Edit(statement.range(number), str(index)),)
    match given.value:
        case cst.Tuple(elements=[*_, last]) if numbers:
            end = statement.range(last.value).end
            return (Edit(Range(Position(*end), Position(*end)), f", {index}"),)
    return None
