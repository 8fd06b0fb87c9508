"""JFX110."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Safety
from .arguments import keyword
from .contract_rule import ContractRule, Scene


class ModeInverted(ContractRule):
    """
    ## What it does
    Flags a mode flag that is handed on the wrong way round: `deterministic=train`, `use_running_average=training`,
    `train=deterministic`; by position, too, where the second argument of `Dropout` is `deterministic` and that of
    `BatchNorm` is `use_running_average`. Also `~train`, which of a bool is -2 or -1: always true.

    ## Why is this bad?
    Dropout is off in training and on in evaluation, silently; statistics move in evaluation and stay in training.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=train)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not train)
    ```

    Fine: a flag that is turned on the way, in a local name, a comparison or a conditional expression; a flag that goes
    to its own name; `not deterministic` for another Module's `deterministic`; `~` of an array.

    ## Fix safety
    Unsafe: training and evaluation swap their numbers. An argument by position gets its name where it is the last
    one and no lifted transform counts positions.

    ## References
    - [Flax: Dropout](https://flax.readthedocs.io/en/latest/guides/training_techniques/dropout.html)
    - Measured: B28, B38 (Dropout), B40 (`~`), D10, D19 (BatchNorm)
    """

    code = "JFX110"
    name = "mode-inverted"
    runtime = "silent"
    offers = (Safety.UNSAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        name, _, how, _ = scene.suspect.details
        flag = scene.suspect.name
        if how == "~":
            return f"`~` of the bool `{flag}` is always true, and so is `{name}`: `not` is meant"
        return f"`{flag}` is given for `{name}`, which means the opposite"

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        name, index, _, lifted = scene.suspect.details
        argument = _argument(node, name, int(index))
        if argument is None or not isinstance(node, cst.Call):
            return ()
        match argument.value:
            case cst.UnaryOperation(operator=cst.Not(), expression=operand):
                text = scene.statement.text(operand)
            case cst.UnaryOperation(operator=cst.BitInvert(), expression=operand):
                text = f"not {scene.statement.text(operand)}"
            case cst.Name() | cst.Attribute() as value:
                text = f"not {scene.statement.text(value)}"
            case _:
                return ()
        if argument.keyword is None and not lifted and argument is node.args[-1]:
            text = f"{name}={text}"
        edit = Edit(scene.statement.range(argument.value), text)
        reason = "training and evaluation swap their numbers"
        return (Fix(f"Pass `{text}`", (edit,), Safety.UNSAFE, reason),)


def _argument(node: cst.CSTNode, name: str, index: int) -> cst.Arg | None:
    """The argument of a call, by position or, where that is negative, by keyword."""
    if not isinstance(node, cst.Call):
        return None
    if index < 0:
        return keyword(node, name)
    return node.args[index] if index < len(node.args) and not node.args[index].star else None
