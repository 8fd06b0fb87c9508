"""JFX111."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Range, Safety
from .arguments import removed
from .contract_rule import ContractRule, Scene


class PositionalDeterministic(ContractRule):
    """
    ## What it does
    Flags a bool as the second positional argument of `nn.Dropout`, which is `broadcast_dims`.

    ## Why is this bad?
    The mode is given nowhere, and Flax raises `ValueError: Parameter "deterministic" must be passed to the constructor
    or at call time.`; where the call gives it, `TypeError: 'bool' object is not iterable` in training.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, not train)(nn.Dense(8)(x))
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, deterministic=not train)(nn.Dense(8)(x))
    ```

    Fine: axes in the second place; the mode in the third; a layer of the project's own, whose second field is its
    mode.

    ## Fix safety
    Unsafe: the call raised before, and that the mode was meant is a guess. It names the keyword, turned round where the
    flag says the opposite; where the calls of the layer give the mode, the argument is dropped instead. It offers
    nothing where another position follows, the constructor is given the mode as well, or only some of the calls are.

    ## References
    - `flax.linen.Dropout`
    - Measured: B9, B9b, B9d, B9e
    """

    code = "JFX111"
    name = "positional-deterministic"
    runtime = "raises"
    offers = (Safety.UNSAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        layer, field = scene.suspect.layer, scene.suspect.name
        return f"the second field of `{layer}` is `{field}`, not the mode: write `deterministic=`"

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        index, turn, way_out = scene.suspect.details
        if not isinstance(node, cst.Call) or not way_out:
            return ()
        if way_out == "drop":
            edit = removed(scene.statement, node, node.args[int(index)])
            reason = "the mode that the call gives decides from then on"
            return (Fix("Drop the second argument", (edit,), Safety.UNSAFE, reason),) if edit is not None else ()
        value = node.args[int(index)].value
        if turn and isinstance(value, cst.UnaryOperation):
            return ()
        place = scene.statement.range(node.args[int(index)]).start  # of its parentheses, where it has some
        edit = Edit(Range(place, place), f"deterministic={turn}")
        return (Fix("Name the keyword `deterministic`", (edit,), Safety.UNSAFE, "that the mode was meant is a guess"),)
