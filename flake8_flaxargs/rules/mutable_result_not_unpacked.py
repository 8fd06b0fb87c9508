"""JFX303."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Range, Safety
from .base import find
from .contract_rule import ContractRule, Scene


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
    Unpacking is safe where every use of the name is one that only an array can bear; else there is no fix.

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
        if scene.suspect.details != ("all",):
            return ()
        assigned = [assign for assign in find(scene.statement.node, cst.Assign) if assign.value is node]
        if len(assigned) != 1 or not isinstance(assigned[0].targets[0].target, cst.Name):
            return ()
        end = scene.statement.range(assigned[0].targets[0].target).end
        free = all(name.value != "updates" for name in find(scene.statement.node, cst.Name))
        edit = Edit(Range(end, end), ", updates" if free else ", _")
        return (Fix("Unpack the result", (edit,), Safety.SAFE, "every use of it is one that only an array can bear"),)
