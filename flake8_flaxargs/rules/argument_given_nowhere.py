"""JFX107."""

from __future__ import annotations

import libcst as cst

from ..contracts.modes import FLAGS
from ..model import Fix, Safety
from .arguments import given, keyword
from .contract_rule import ContractRule, Scene
from .mode_names import in_scope


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
    other; that this flag is the one that is meant, is a guess. With none or several of them in scope, and for the call
    of what a transform has lifted, which may drop or trace it, the author has to decide.

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
        if scene.suspect.details or name not in FLAGS or not by_none:
            return ()
        flag = in_scope(scene, node, name)
        if flag is None:
            return ()
        edit = given(scene.statement, node, scene.suspect.name, flag)
        return (Fix(f"Pass `{flag}`", (edit,), Safety.UNSAFE, "that this flag is the one that is meant is a guess"),)
