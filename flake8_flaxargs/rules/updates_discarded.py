"""JFX304."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class UpdatesDiscarded(ContractRule):
    """
    ## What it does
    Flags a training step that lets a Module update a collection and then throws the update away: bound to `_`, never
    read, cut off by `[0]`, or lost as the second result of the loss.

    ## Why is this bad?
    It is silent: the running statistics never move, training looks well, and evaluation, which uses them, is wrong.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def train_step(state, batch_stats, x):
        def loss_fn(params):
            variables = {'params': params, 'batch_stats': batch_stats}
            y, _ = Net().apply(variables, x, train=True, mutable=['batch_stats'])
            return (y**2).mean()

        grads = jax.grad(loss_fn)(state.params)
        return state.apply_gradients(grads=grads)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.BatchNorm(use_running_average=not train)(nn.Dense(8)(x))


    def train_step(state, batch_stats, x):
        def loss_fn(params):
            variables = {'params': params, 'batch_stats': batch_stats}
            y, updates = Net().apply(variables, x, train=True, mutable=['batch_stats'])
            return (y**2).mean(), updates

        grads, updates = jax.grad(loss_fn, has_aux=True)(state.params)
        return state.apply_gradients(grads=grads), updates['batch_stats']
    ```

    Fine: a function that takes no step with these parameters: evaluation with batch statistics, the other network of a
    GAN.

    ## Fix safety
    There is no fix: where the collection is to be kept is the author's to say.

    ## References
    - [Flax: batch normalization](https://flax.readthedocs.io/en/latest/guides/training_techniques/batch_norm.html)
    - Measured: D6 (statistics that never move)
    """

    code = "JFX304"
    name = "updates-discarded"
    runtime = "silent"

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        (place,) = scene.suspect.details
        where = f" ({place})" if place else ""
        return (
            f"`{scene.suspect.layer}`{where} updates '{scene.suspect.name}' in this training step, and the update is "
            "thrown away: it never changes"
        )
