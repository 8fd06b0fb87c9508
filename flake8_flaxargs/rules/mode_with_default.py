"""JFX902."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class ModeWithDefault(ContractRule):
    """
    ## What it does
    Flags a mode flag with `True` or `False` as its default, among the parameters of `__call__` or of another public
    method of a Module.

    ## Why is this bad?
    Either the training step or the evaluation step is wrong by default: who forgets the argument is told nothing.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool = False):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not train)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not train)
    ```

    Fine: a default of None that is merged with an attribute; other switches.

    ## Fix safety
    There is no fix: callers that rely on the default would fail.

    ## References
    - `flax.linen.merge_param`
    - Measured: B27, B27c
    """

    code = "JFX902"
    name = "mode-with-default"
    runtime = "silent"
    default = False

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        name, method, (value,) = scene.suspect.name, scene.suspect.layer, scene.suspect.details
        return f"the mode `{name}` of `{method}` is {value} by default: a step that forgets it runs in the wrong mode"
