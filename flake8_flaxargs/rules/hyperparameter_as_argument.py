"""JFX904."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class HyperparameterAsArgument(ContractRule):
    """
    ## What it does
    Flags a parameter of `__call__` that is used only to make layers: their `features`, their `kernel_init`.

    ## Why is this bad?
    The parameters that `init` made settle it: another value raises `ScopeParamShapeError`, or has no effect at all.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, features: int):
            return nn.Dense(features)(x)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        features: int

        @nn.compact
        def __call__(self, x):
            return nn.Dense(self.features)(x)
    ```

    Fine: mode flags; a parameter that something else uses as well; one that is annotated as an array.

    ## Fix safety
    There is no fix: callers have to change with it.

    ## References
    - [Flax: the Module lifecycle](https://flax.readthedocs.io/en/latest/developer_notes/module_lifecycle.html)
    - Measured: C15
    """

    code = "JFX904"
    name = "hyperparameter-as-argument"
    runtime = "silent"
    default = False

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        return f"`{scene.suspect.name}` only makes layers, whose parameters settle it at `init`: make it an attribute"
