"""JFX108."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Safety
from .contract_rule import ContractRule, Scene


class ModeHardWired(ContractRule):
    """
    ## What it does
    Flags `deterministic=False` and `use_running_average=False`, given to one of Flax's layers as a literal in a Module
    that has a flag for the mode, as a parameter of the method or as an attribute.

    ## Why is this bad?
    The layer stays active in evaluation: predictions are random, or statistics move with the data that is evaluated.
    Flax says nothing.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            x = nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))
            return nn.Dropout(0.5)(x, deterministic=False)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            x = nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))
            return nn.Dropout(0.5)(x, deterministic=not train)
    ```

    Fine: `True`, which freezes a layer on purpose; a literal that is reached only as the flag says; a template whose
    literal each use overrides; a Module without a flag, such as one that samples; a rate of 0.

    ## Fix safety
    Unsafe: evaluation gives other numbers from then on, and that the flag is the one that is meant is a guess. With
    several flags at hand there is no fix.

    ## References
    - [Flax: Dropout](https://flax.readthedocs.io/en/latest/guides/training_techniques/dropout.html)
    - Measured: B13 (Dropout), C1b (attention), D2 (BatchNorm), I1 (templates)
    """

    code = "JFX108"
    name = "mode-hard-wired"
    runtime = "silent"
    offers = (Safety.UNSAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        flag, _ = scene.suspect.details
        name, layer = scene.suspect.name, scene.suspect.layer
        return (
            f"`{name}` of `{layer}` is False for good, whatever `{flag}` says: the layer is active in evaluation, too"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        _, expression = scene.suspect.details
        if not isinstance(node, cst.Arg) or not expression:
            return ()
        edit = Edit(scene.statement.range(node.value), expression)
        reason = "evaluation gives other numbers, and that this flag is the one that is meant is a guess"
        return (Fix(f"Pass `{expression}`", (edit,), Safety.UNSAFE, reason),)
