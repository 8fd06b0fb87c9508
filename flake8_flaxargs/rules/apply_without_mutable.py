"""JFX301."""

from __future__ import annotations

import libcst as cst

from ..contracts.checks.streams import alike
from ..model import Edit, Fix, Range, Safety
from .arguments import inserted, keyword
from .contract_rule import ContractRule, Scene
from .unpacking import unpacked


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
    Unsafe: the call now returns the updated collection too, which somebody has to keep. Where the result is not bound
    to a name on the spot, the fix is only shown: it takes the output and lets the collection go. A bound Module, and a
    call whose `mutable` is not written out, are left to the author.

    ## References
    - [Flax: batch normalization](https://flax.readthedocs.io/en/latest/guides/training_techniques/batch_norm.html)
    - Measured: D2 (training without mutable), D4 (all forms of mutable)
    """

    code = "JFX301"
    name = "apply-without-mutable"
    runtime = "raises"
    offers = (Safety.UNSAFE, Safety.DISPLAY)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        model, place, _, _ = scene.suspect.details
        where = f", {place}" if place else ""
        collection = scene.suspect.name
        return (
            f"`{model}` updates '{collection}' here (`{scene.suspect.layer}`{where}), and the call does not let it: "
            f"pass mutable=['{collection}'] and keep what comes back, or Flax raises ModifyScopeVariableError"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        if not isinstance(node, cst.Call) or scene.suspect.details[3] != "apply":
            return ()  # a bound Module hands its collections back by another way
        given = keyword(node, "mutable")
        let = _let(scene, node, given)
        if let is None:
            return ()
        title = f"Let '{scene.suspect.name}' be updated, and take it"
        if given is not None and not _is_false(given.value):  # a pair comes back already
            reason = f"the updates that come back hold '{scene.suspect.name}', too"
            return (Fix(title, (let,), Safety.UNSAFE, reason),)
        unpack = unpacked(scene.statement, scene.source.text, node)
        if unpack is None:
            end = scene.statement.range(node).end
            reason = "the updated collection is lost this way: give it a name, and keep it"
            return (Fix(title, (let, Edit(Range(end, end), "[0]")), Safety.DISPLAY, reason),)
        reason = "the updated collection has to be kept, or training forgets it"
        return (Fix(title, (unpack, let), Safety.UNSAFE, reason),)


def _let(scene: Scene, node: cst.Call, given: cst.Arg | None) -> Edit | None:
    """An edit that names the collection in ``mutable``; None where that is not written out."""
    name = scene.suspect.name
    if given is None:
        if any(part.star == "**" for part in node.args):
            return None
        return inserted(scene.statement, node, f"mutable=['{name}']")
    match given.value:
        case cst.SimpleString() as single:
            old, misspelt = scene.statement.text(single), alike(str(single.evaluated_value), name)
            return Edit(scene.statement.range(single), f"['{name}']" if misspelt else f"[{old}, '{name}']")
        case cst.List(elements=elements) | cst.Tuple(elements=elements) if elements:
            for element in elements:
                if isinstance(element.value, cst.SimpleString) and alike(str(element.value.evaluated_value), name):
                    return Edit(scene.statement.range(element.value), f"'{name}'")
            end = scene.statement.range(elements[-1].value).end
            return Edit(Range(end, end), f", '{name}'")
        case (cst.Name() | cst.List(elements=[])) as nothing if isinstance(nothing, cst.List) or _is_false(nothing):
            return Edit(scene.statement.range(nothing), f"['{name}']")
    return None


def _is_false(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Name) and node.value == "False"
