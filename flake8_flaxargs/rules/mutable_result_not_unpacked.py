"""JFX303."""

from __future__ import annotations

import libcst as cst

from ..model import Fix, Safety
from .base import Statement, find
from .contract_rule import ContractRule, Scene
from .unpacking import unpacked


class MutableResultNotUnpacked(ContractRule):
    """
    ## What it does
    Flags the result of an `.apply` with `mutable=...` (or `capture_intermediates=True`) that is used as an array.

    ## Why is this bad?
    With anything but `mutable=False`, even an empty list, `apply` returns a tuple of the output and the updated
    collections. Its use raises later, at another place (`'tuple' object has no attribute 'mean'`), or an index silently
    takes the wrong thing.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def mean_output(variables, x):
        y = Net().apply(variables, x, train=True, mutable=['batch_stats'])
        return y.mean()
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def mean_output(variables, x):
        y, updates = Net().apply(variables, x, train=True, mutable=['batch_stats'])
        return y.mean()
    ```

    Fine: `y[0]`, a later `y, updates = result`, a pair that is handed on.

    ## Fix safety
    Unpacking is safe where every use of the name is one that only an array can bear. It is unsafe where one adds or
    multiplies it, which a tuple bears, too: the numbers change. Where a use does not show an array, or the result is
    not bound to a name of its own, the author has to unpack.

    ## References
    - Measured: D4b, D5 (the pair), D18 (capture_intermediates), D20 (an empty list)
    """

    code = "JFX303"
    name = "mutable-result-not-unpacked"
    runtime = "raises"
    offers = (Safety.SAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        return (
            f"this call returns a tuple of the output and the updated collections, and it is used as an array "
            f"({scene.suspect.name})"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        whole, arithmetic = scene.suspect.details
        edit = unpacked(scene.statement, scene.source.text, node) if whole and isinstance(node, cst.Call) else None
        if edit is None:
            return ()
        title, safety, reason = "Unpack the result", Safety.SAFE, "every use of it is one that only an array can bear"
        if arithmetic and _may_be_of_tuples(scene.statement, node):
            safety, reason = Safety.UNSAFE, "it is added or multiplied, which a tuple can bear, too"
        return (Fix(title, (edit,), safety, reason),)


def _may_be_of_tuples(statement: Statement, call: cst.CSTNode) -> bool:
    """Whether the arithmetic on what a call returns may work with the pair: ``pair + other``, ``pair * 2``."""
    targets = [assign.targets[0].target for assign in find(statement.node, cst.Assign) if assign.value is call]
    if statement.function is None or not targets or not isinstance(targets[0], cst.Name):
        return True  # the uses stand in other statements
    name = targets[0].value
    return any(
        isinstance(side, cst.Name) and side.value == name
        for operation in find(statement.node, cst.BinaryOperation)
        if isinstance(operation.operator, cst.Add | cst.Multiply)
        for side in (operation.left, operation.right)
    )
