"""JFX113."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Range, Safety
from .arguments import inserted, keyword
from .base import Statement, find
from .contract_rule import ContractRule, Scene
from .reach import path_to


class ModeTraced(ContractRule):
    """
    ## What it does
    Flags a mode flag that a transform (`jax.jit`, `jax.pmap`, `jax.checkpoint`, `jax.shard_map`, `nn.jit`, `nn.remat`)
    traces because it is not static, and that then reaches a Python branch: `if train:`, `not train`, a `Dropout` with a
    rate, a `BatchNorm`. For `nn.remat` and `nn.jit` positions count `self`, and a position says nothing about a
    keyword.

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
    Safe where the signature is visible: the call raised before. `jax.jit` gets `static_argnames`, or one position more
    where it has `static_argnums`; `jax.pmap`, `jax.checkpoint`, `nn.remat` and `nn.jit` get a position, the latter two
    with `self` counted. A flag that a call of `nn.remat` or `nn.jit` gives by keyword, which no position makes static,
    a method or function under `nn.jit`, where Flax takes a static name that the call gives by keyword but no position,
    and a function that is wrapped at several places are left to the author; so is `jax.shard_map`, which makes nothing
    static: the flag has to be given before, with `functools.partial`.

    ## References
    - [JAX: errors](https://docs.jax.dev/en/latest/errors.html#jax.errors.TracerBoolConversionError)
    - Measured: H1 to H4 (jax.jit), E11b (nn.remat), E12 (nn.jit)
    """

    code = "JFX113"
    name = "mode-traced"
    runtime = "raises"
    offers = (Safety.SAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        how, _, place = scene.suspect.details
        flag = f"`{scene.suspect.name}`" if scene.suspect.name else "a flag of this call"
        layer = scene.suspect.layer
        cure = (
            "give it before, with functools.partial" if how == "jax.shard_map" else "make it static"
        )  # knows no static
        return f"{flag} is traced by `{how}` and asked for by Python in `{layer}` ({place}): {cure}"

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        how, index, _ = scene.suspect.details
        edits = None
        if isinstance(node, cst.Param):
            edits = _wrapped(scene, node)
        elif isinstance(node, cst.Call) and int(index) >= 0 and _lifts(scene, node, how):
            edit = _numbered(scene.statement, node, "static_argnums", int(index), off_by_one=True)
            edits = (edit,) if edit is not None else None
        elif isinstance(node, cst.Name | cst.Attribute) and int(index) >= 0:
            edits = _decorating(scene, node, f"static_argnums=({index},)")
        if edits is None:
            return ()
        return (Fix(f"Make `{scene.suspect.name}` static", edits, Safety.SAFE, "the call raised before"),)


def _lifts(scene: Scene, call: cst.Call, how: str) -> bool:
    """Whether a call is that of the lifted transform itself; a decorator's may be of anything."""
    name = (scene.full_name(call.func) or Statement.text(call.func)).rpartition(".")[2]
    return how.startswith("nn.") and name in {how.removeprefix("nn."), "checkpoint"}


def _decorating(scene: Scene, decorator: cst.Name | cst.Attribute, static: str) -> tuple[Edit, ...] | None:
    """The edits that give a bare decorator an argument."""
    made = scene.partial()
    if made is None:
        return None
    partial, imports = made
    text = f"{partial}({scene.statement.text(decorator)}, {static})"
    return (*imports, Edit(scene.statement.range(decorator), text))


# How each transform is told what is static by position [H2 H6 E11b]; ``jax.jit`` takes names as well.
_NUMBERS = {
    "jax.jit": "static_argnums",
    "jax.pmap": "static_broadcasted_argnums",
    "jax.checkpoint": "static_argnums",
    "jax.remat": "static_argnums",
}


def _wrapped(scene: Scene, parameter: cst.Param) -> tuple[Edit, ...] | None:
    """The edits that make a parameter static: at the function's decorator, or at the only call that wraps it."""
    root = scene.statement.node
    functions = [node for node in path_to(root, parameter) if isinstance(node, cst.FunctionDef)]
    if not functions:
        return None
    function = functions[-1]
    if sum(bool(_decorates(scene, decorator.decorator)) for decorator in function.decorators) > 1:
        return None  # one inside another: it is not told which of them is to know
    for decorator in function.decorators:
        node = decorator.decorator
        how = _transform(scene, node)
        if how:
            static = _static(function, parameter, how)
            if static is None or not isinstance(node, cst.Name | cst.Attribute):
                return None
            return _decorating(scene, node, static)
        how = _decorates(scene, node)
        if how and isinstance(node, cst.Call):
            return _told(scene.statement, node, function, parameter, how)
    name = function.name.value
    if len(functions) > 1:
        calls = [(scene.statement, call) for call in find(root, cst.Call) if _wraps(scene, call, name)]
    else:
        calls = scene.wrapping_calls(name, lambda func: bool(_transform(scene, func)))
    if len(calls) != 1:
        return None
    statement, call = calls[0]
    return _told(statement, call, function, parameter, _transform(scene, call.func))


def _transform(scene: Scene, node: cst.BaseExpression) -> str:
    """The transform that an expression is by the file's imports, or by its usual spelling; "" for none."""
    name = scene.full_name(node) or Statement.text(node)
    name = f"jax.{name}" if name in {"jit", "pmap"} else name
    return name if name in _NUMBERS else ""


def _decorates(scene: Scene, node: cst.BaseExpression) -> str:
    """The transform that a decorator applies: ``@jax.jit``, a call of it, or a partial of it; "" for none."""
    how = _transform(scene, node)
    if how or not isinstance(node, cst.Call):
        return how
    return _transform(scene, node.func) or _transform(scene, node.args[0].value if node.args else node)


def _wraps(scene: Scene, call: cst.Call, name: str) -> bool:
    first = call.args[0].value if call.args else None
    return bool(_transform(scene, call.func)) and isinstance(first, cst.Name) and first.value == name


def _static(function: cst.FunctionDef, parameter: cst.Param, how: str) -> str | None:
    """The argument that makes a parameter static."""
    if how == "jax.jit":
        return f"static_argnames=('{parameter.name.value}',)"
    index = _position(function, parameter)
    return f"{_NUMBERS[how]}=({index},)" if index is not None else None


def _position(function: cst.FunctionDef, parameter: cst.Param) -> int | None:
    positional = [*function.params.posonly_params, *function.params.params]
    return next((index for index, found in enumerate(positional) if found is parameter), None)


def _told(
    statement: Statement, call: cst.Call, function: cst.FunctionDef, parameter: cst.Param, how: str
) -> tuple[Edit, ...] | None:
    """The edit of a transform's call, or of the partial of it, that makes a parameter static."""
    numbers, index = _NUMBERS[how], _position(function, parameter)
    edit: Edit | None = None
    if how == "jax.jit" and keyword(call, numbers) is None:
        edit = _named(statement, call, parameter.name.value)
    elif index is not None and keyword(call, "static_argnames") is None:
        edit = _numbered(statement, call, numbers, index)
    return (edit,) if edit is not None else None


def _named(statement: Statement, call: cst.Call, name: str) -> Edit | None:
    """An edit that adds a name to ``static_argnames`` of a call."""
    given = keyword(call, "static_argnames")
    match given:
        case None:
            return inserted(statement, call, f"static_argnames=('{name}',)")
        case cst.Arg(value=value) if name in {text.evaluated_value for text in find(value, cst.SimpleString)}:
            return None  # as it is; what traces it is another transform
        case cst.Arg(value=cst.SimpleString() as single):
            return Edit(statement.range(single), f"({statement.text(single)}, '{name}')")
        case cst.Arg(value=cst.Tuple(elements=[*_, last]) | cst.List(elements=[*_, last])):
            end = statement.range(last.value).end
            quote = last.value.quote if isinstance(last.value, cst.SimpleString) else "'"
            return Edit(Range(end, end), f", {quote}{name}{quote}")
    return None


def _numbered(
    statement: Statement, call: cst.Call, keyword_name: str, index: int, off_by_one: bool = False
) -> Edit | None:
    """An edit that adds a position to the static ones of a call; one that did not count ``self`` is put right."""
    given = keyword(call, keyword_name)
    if given is None:
        return inserted(statement, call, f"{keyword_name}=({index},)")
    numbers = find(given.value, cst.Integer)
    if off_by_one and [number.value for number in numbers] == [str(index - 1)]:
        return Edit(statement.range(numbers[0]), str(index))
    if str(index) in {number.value for number in numbers}:
        return None  # as it is; what traces it is another transform
    match given.value:
        case cst.Integer() as single:
            return Edit(statement.range(single), f"({statement.text(single)}, {index})")
        case (cst.Tuple() | cst.List()) as nothing if not nothing.elements:
            return Edit(statement.range(nothing), f"{index}," if isinstance(nothing, cst.Tuple) else f"({index},)")
        case cst.Tuple(elements=[*_, last]) | cst.List(elements=[*_, last]):
            end = statement.range(last.value).end
            return Edit(Range(end, end), f", {index}")
    return None
