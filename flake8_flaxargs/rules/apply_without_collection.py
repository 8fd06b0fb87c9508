"""JFX302."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class ApplyWithoutCollection(ContractRule):
    """
    ## What it does
    Flags a call of `.apply` (and of what carries it) whose variables are written out and lack a collection that the
    Module reads: `{'params': params}` for a Module with `BatchNorm`.

    ## Why is this bad?
    Flax raises `ScopeCollectionNotFound: Tried to access "mean" from collection "batch_stats" in "/BatchNorm_0" but the
    collection is empty.` Where `mutable` names the collection it is silent: the statistics start anew at each step, and
    what was learnt of them is lost.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def predict(params, x):
        return Net().apply({'params': params}, x, train=False)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def predict(params, batch_stats, x):
        return Net().apply({'params': params, 'batch_stats': batch_stats}, x, train=False)
    ```

    Fine: variables whose content cannot be told; `mutable` that lets `params` be made, too.

    ## Fix safety
    There is no fix: where the collection is to come from cannot be told.

    ## References
    - [Flax: batch normalization](https://flax.readthedocs.io/en/latest/guides/training_techniques/batch_norm.html)
    - Measured: D3, D3b (without the collection), D15 (a TrainState without it)
    """

    code = "JFX302"
    name = "apply-without-collection"
    runtime = "raises"

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        model, place, how, _ = scene.suspect.details
        where = f" ({place})" if place else ""
        then = "it starts anew at each call, in silence" if how == "silent" else "Flax raises ScopeCollectionNotFound"
        return (
            f"`{model}` reads '{scene.suspect.name}' (`{scene.suspect.layer}`{where}), and the variables of this call "
            f"lack it: {then}"
        )
