"""JFX301."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Position, Range, Safety
from .arguments import inserted, keyword
from .base import find
from .contract_rule import ContractRule, Scene


class ApplyWithoutMutable(ContractRule):
    """
    ## What it does
    Flags a call of `.apply` (and of what carries it) in a mode in which the Module updates a collection, such as the
    `batch_stats` of a `BatchNorm` in training, while `mutable` does not name that collection.

    ## Why is this bad?
    Flax raises `ModifyScopeVariableError: Cannot update variable "mean" in "/BatchNorm_0" because collection
    "batch_stats" is immutable.`

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def features(variables, x):
        y = Net().apply(variables, x, train=True)
        return y
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def features(variables, x):
        y, updates = Net().apply(variables, x, train=True, mutable=['batch_stats'])
        return y
    ```

    Fine: evaluation, `init`, `mutable` whose content cannot be told.

    ## Fix safety
    Unsafe: the call now returns the updated collection too, which somebody has to keep.

    ## References
    - [Flax: batch normalization](https://flax.readthedocs.io/en/latest/guides/training_techniques/batch_norm.html)
    - Measured: D2 (training without mutable), D4 (all forms of mutable)
    """

    code = "JFX301"
    name = "apply-without-mutable"
    runtime = "raises"
    offers = (Safety.UNSAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        model, place, _ = scene.suspect.details
        where = f", {place}" if place else ""
        collection = scene.suspect.name
        return (
            f"`{model}` updates '{collection}' here (`{scene.suspect.layer}`{where}), and the call does not let it: "
            f"pass mutable=['{collection}'] and keep what comes back, or Flax raises ModifyScopeVariableError"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        if not isinstance(node, cst.Call) or keyword(node, "mutable") is not None:
            return ()
        if any(part.star == "**" for part in node.args):
            return ()
        assigned = [assign for assign in find(scene.statement.node, cst.Assign) if assign.value is node]
        if len(assigned) != 1 or len(assigned[0].targets) != 1:
            return ()
        target = assigned[0].targets[0].target
        if not isinstance(target, cst.Name):
            return ()
        end = scene.statement.range(target).end
        free = all(name.value != "updates" for name in find(scene.statement.node, cst.Name))
        edits = (
            Edit(Range(Position(*end), Position(*end)), ", updates" if free else ", _"),
            inserted(scene.statement, node, f"mutable=['{scene.suspect.name}']"),
        )
        reason = "the updated collection has to be kept, or training forgets it"
        return (Fix(f"Let '{scene.suspect.name}' be updated, and take it", edits, Safety.UNSAFE, reason),)
