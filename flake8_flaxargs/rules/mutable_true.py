"""JFX907."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class MutableTrue(ContractRule):
    """
    ## What it does
    Flags `mutable=True` in a call of `apply`.

    ## Why is this bad?
    It opens every collection: the parameters come back among the updates, and whatever a layer writes goes in with
    them.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(x)


    def step(variables, x):
        y, updates = Net().apply(variables, x, train=True, mutable=True)
        return y, updates
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(x)


    def step(variables, x):
        y, updates = Net().apply(variables, x, train=True, mutable=['batch_stats'])
        return y, updates
    ```

    Fine: collections by name; `mutable=True` of `nn.map_variables`, which is another argument.

    ## Fix safety
    There is no fix: which collections are meant is for the author to say.

    ## References
    - `flax.linen.Module.apply`
    - Measured: D4, D21
    """

    code = "JFX907"
    name = "mutable-true"
    runtime = "silent"
    default = False

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        return f"`{scene.suspect.name}=True` opens every collection, the parameters among them: name those that change"
