"""JFX106."""

from __future__ import annotations

import libcst as cst

from ..model import Fix, Safety
from .arguments import keyword, removed
from .base import Statement, find
from .contract_rule import ContractRule, Scene

_OVERRULED = ("overruled",)


class ArgumentGivenTwice(ContractRule):
    """
    ## What it does
    Flags the call of a layer or Module that is given a merged argument which its constructor was given already:
    `deterministic` of `Dropout` and of attention with dropout, `use_running_average` of `BatchNorm`, and whatever a
    Module of the project merges.

    ## Why is this bad?
    Flax raises `ValueError: Parameter "deterministic" was passed to the constructor and at call time. Should be passed
    just once.`, even where both values are equal.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            dropout = nn.Dropout(0.5, deterministic=False)
            return dropout(nn.Dense(8)(x), deterministic=not train)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            dropout = nn.Dropout(0.5)
            return dropout(nn.Dense(8)(x), deterministic=not train)
    ```

    Fine: attention whose dropout rate is 0, which does not look at the argument; values that may be None.

    ## Fix safety
    Unsafe: dropping the constructor's argument decides for the call's. It is offered where one constructor in the same
    class or function gives it by keyword, holds no comment, and makes what is called once; a partial that a call
    overrules is left to the author.

    ## References
    - `flax.linen.merge_param`
    - Measured: A2, A2b, A17 (merge_param), B3 (Dropout), C1a, C1b (attention), D1 (BatchNorm)
    """

    code = "JFX106"
    name = "argument-given-twice"
    runtime = "raises"
    offers = (Safety.UNSAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        name, layer = scene.suspect.name, scene.suspect.layer
        if scene.suspect.details == _OVERRULED:
            return f"`{name}` of `{layer}` is settled by a partial and given again at this call, which wins in silence"
        return f"`{name}` of `{layer}` is given to the constructor and again at this call: Flax raises ValueError"

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        name = scene.suspect.name
        if not isinstance(node, cst.Call) or keyword(node, name) is None or scene.suspect.details == _OVERRULED:
            return ()
        around = scene.around(scene.suspect.line)
        names = scene.spelled(scene.suspect.layer)
        calls = find(around.node, cst.Call)
        constructors = [
            call
            for call in calls
            if _makes(call, names)
            and keyword(call, name) is not None
            and around.range(call) != scene.statement.range(node)
            and (_is_partial(call) or _is_made_here(scene, around, call))
        ]
        used = around.text(node.func)
        if len(constructors) != 1 or sum(around.text(call.func) == used for call in calls) != 1:
            return ()  # which one it is cannot be told, or another use relies on it
        argument = keyword(constructors[0], name)
        edit = removed(around, constructors[0], argument) if argument is not None else None
        if edit is None:
            return ()
        reason = "the call's value decides from then on"
        return (Fix(f"Drop `{name}` of the constructor", (edit,), Safety.UNSAFE, reason),)


def _is_made_here(scene: Scene, around: Statement, call: cst.Call) -> bool:
    """Whether a constructor makes what the flagged call runs; another of the same class is none of its business."""
    places = (map(int, place.split(":")) for place in scene.suspect.details)
    return any(around.at(call, line, column) for line, column in places)


def _is_partial(call: cst.Call) -> bool:
    return _last(call.func).startswith("partial") and bool(call.args)


def _makes(call: cst.Call, names: set[str]) -> bool:
    """Whether a call makes a layer of one of these names, or a template of it."""
    if _is_partial(call):
        return _last(call.args[0].value) in names
    return _last(call.func) in names


def _last(node: cst.BaseExpression) -> str:
    match node:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name
    return ""
