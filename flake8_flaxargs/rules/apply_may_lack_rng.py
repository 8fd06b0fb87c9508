"""JFX202."""

from __future__ import annotations

import libcst as cst

from ..model import Fix, Safety
from .contract_rule import ContractRule, Scene
from .keys import give_key


class ApplyMayLackRng(ContractRule):
    """
    ## What it does
    Flags a call of `.apply` (and of what carries it) that hands on a mode flag, runs a layer which draws a random key
    where the flag says so, and never gives a key for that stream.

    ## Why is this bad?
    As soon as the flag switches the layer on, Flax raises `InvalidRngError: Dropout_0 needs PRNG for "dropout"`:
    evaluation works, the first training step does not.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, deterministic=not train)(nn.Dense(8)(x))


    def forward(params, x, train: bool, dropout_key):
        return Net().apply({'params': params}, x, train=train)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, deterministic=not train)(nn.Dense(8)(x))


    def forward(params, x, train: bool, dropout_key):
        return Net().apply({'params': params}, x, train=train, rngs={'dropout': dropout_key})
    ```

    Fine: a superfluous key in evaluation; `rngs` that follow the flag by a condition.

    ## Fix safety
    As for `apply-without-rng`: unsafe where an unused key is in scope, only shown elsewhere.

    ## References
    - [Flax: randomness and PRNGs](https://flax.readthedocs.io/en/latest/guides/flax_fundamentals/rng_guide.html)
    - Measured: B10 (apply), B13c (a superfluous key)
    """

    code = "JFX202"
    name = "apply-may-lack-rng"
    runtime = "raises"
    offers = (Safety.UNSAFE, Safety.DISPLAY)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        model, place, given, _ = scene.suspect.details
        where = f" ({place})" if place else ""
        stream, layer, why = scene.suspect.name, scene.suspect.layer, scene.suspect.why
        return (
            f"`{model}` draws from '{stream}' if `{why}`: `{layer}`{where} is then active, and the call gives {given}; "
            f"pass rngs={{'{stream}': key}}, or Flax then raises InvalidRngError"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        if not isinstance(node, cst.Call):
            return ()
        return give_key(scene, node, scene.suspect.details[3])
