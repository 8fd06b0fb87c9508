"""JFX107."""

from __future__ import annotations

import libcst as cst

from ..contracts.checks.keywords import BY_DEFAULT, REFUSES
from ..contracts.modes import FLAGS
from ..model import Fix, Safety
from .arguments import given, keyword
from .base import Statement, find
from .contract_rule import ContractRule, Scene
from .mode_names import in_scope
from .reach import path_to


class ArgumentGivenNowhere(ContractRule):
    """
    ## What it does
    Flags the call of a layer or Module that merges an argument which neither its constructor nor the call gives.

    ## Why is this bad?
    Flax raises `ValueError: Parameter "deterministic" must be passed to the constructor or at call time.`; `Dropout`
    does so at rate 0, too.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5)(nn.Dense(8)(x))
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not train)
    ```

    Fine: attention without a dropout rate, which does not look at the argument.

    ## Fix safety
    Unsafe: it passes the mode flag in scope, a parameter or else an attribute, inverted where its polarity is the
    other; that this flag is the one that is meant, is a guess. What does not take the keyword itself (`nn.Sequential`,
    a loop over layers) has it given to the constructors of the layers that lack it, where these stand in the same
    method. With none or several flags in scope, in front of the merge of the flag, and for the call of what a transform
    has lifted, which may drop or trace it, the author has to decide.

    ## References
    - `flax.linen.merge_param`
    - Measured: A1 (merge_param), B4, B5 (Dropout), C1b (attention), D1 (BatchNorm)
    """

    code = "JFX107"
    name = "argument-given-nowhere"
    runtime = "raises"
    offers = (Safety.UNSAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        return (
            f"`{scene.suspect.name}` of `{scene.suspect.layer}` is given neither to the constructor nor at this call: "
            "Flax raises ValueError"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        if not isinstance(node, cst.Call) or any(part.star for part in node.args):
            return ()
        # Where merge_param is told another name than the parameter's (JFX104), nothing says how to give it.
        name = scene.suspect.name
        told = keyword(node, name)
        by_none = told is None or (isinstance(told.value, cst.Name) and told.value.value == "None")
        if name not in FLAGS or not by_none:
            return ()
        match scene.suspect.details:
            case ():
                calls = [node]
            case (why,) if why == BY_DEFAULT and isinstance(node.func, cst.Call):  # of a template: self.norm()(x)
                calls = [node]
            case (why, *places) if why == REFUSES and told is None:
                calls = _constructors(scene, node, places)
            case _:
                return ()
        flags = [in_scope(scene, call, name) for call in calls]
        if not flags or flags[0] is None or set(flags) != {flags[0]}:
            return ()
        edits = tuple(given(scene.statement, call, name, flags[0]) for call in calls)
        return (Fix(f"Pass `{flags[0]}`", edits, Safety.UNSAFE, "that this flag is the one that is meant is a guess"),)


def _constructors(scene: Scene, node: cst.Call, places: list[str]) -> list[cst.Call]:
    """The calls that make what lacks the argument, in the function of the flagged call; empty unless all are there."""
    statement = scene.statement
    owner = _owner(statement, node)
    if owner is None:
        return []
    wanted = [(int(line), int(column)) for line, column in (place.split(":") for place in places)]
    found = [
        call
        for call in find(statement.node, cst.Call)
        if any(statement.at(call, *place) for place in wanted)
        and _is_constructor(call, scene.spelled(scene.suspect.layer))
        and _owner(statement, call) is owner
        and not any(part.star for part in call.args)
    ]
    return found if len(found) == len(wanted) else []


def _owner(statement: Statement, node: cst.CSTNode) -> cst.FunctionDef | cst.Lambda | None:
    """The function that a node stands in."""
    around = [part for part in path_to(statement.node, node) if isinstance(part, cst.FunctionDef | cst.Lambda)]
    return around[-1] if around else None


def _is_constructor(call: cst.Call, names: set[str]) -> bool:
    match call.func:
        case cst.Name(value=name) | cst.Attribute(attr=cst.Name(value=name)):
            return name in names
    return False
