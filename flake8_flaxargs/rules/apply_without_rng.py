"""JFX201."""

from __future__ import annotations

import libcst as cst

from ..model import Fix, Safety
from .contract_rule import ContractRule, Scene
from .keys import give_key


class ApplyWithoutRng(ContractRule):
    """
    ## What it does
    Flags a call of `.apply`, or of what carries it (`state.apply_fn`, a partial, `jax.jit(model.apply)`, a bound
    Module), that runs a layer which draws a random key, and gives no key for that stream: under the very arguments of
    this call the layer is active.

    ## Why is this bad?
    Flax raises `InvalidRngError: Dropout_0 needs PRNG for "dropout"`. `init` hides it, for there the stream falls back
    on `'params'`.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, deterministic=not train)(nn.Dense(8)(x))


    def loss(params, x, rng):
        rng, dropout_key = jax.random.split(rng)
        y = Net().apply({'params': params}, x, train=True)
        return (y**2).mean(), rng
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5, deterministic=not train)(nn.Dense(8)(x))


    def loss(params, x, rng):
        rng, dropout_key = jax.random.split(rng)
        y = Net().apply({'params': params}, x, train=True, rngs={'dropout': dropout_key})
        return (y**2).mean(), rng
    ```

    Fine: a `'params'` key or a bare key in `rngs`, which serve every stream (Flax 0.8.2 and later); a rate of 0; a
    layer that gets its key by `rng=`; `rngs` whose content cannot be told.

    ## Fix safety
    Giving a key is unsafe: it is offered where a key is in scope that was surely made, split off or folded in before
    the call, in the same pass of a loop, or that a parameter such as `key`, `rng` or `dropout_key` hands in, and that
    nothing else uses; no key is offered to two calls. Elsewhere the fix is only shown, with a number folded into a key
    that is in use, or with a key made on the spot. A bound Module gets the key where it is bound. Where `rngs` or
    `**kwargs` come from elsewhere, or the call is of a function that runs the Module itself, the author has to give it.

    ## References
    - [Flax: randomness and PRNGs](https://flax.readthedocs.io/en/latest/guides/flax_fundamentals/rng_guide.html)
    - Measured: B10 to B14 (apply and init), B21 (bind), B24 (partial), B25 (apply_fn)
    """

    code = "JFX201"
    name = "apply-without-rng"
    runtime = "raises"
    offers = (Safety.UNSAFE, Safety.DISPLAY)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        model, place, given, _ = scene.suspect.details
        where = f" ({place})" if place else ""
        stream, layer = scene.suspect.name, scene.suspect.layer
        return (
            f"`{model}` draws from '{stream}' here: `{layer}`{where} is active, and the call gives {given}; "
            f"pass rngs={{'{stream}': key}}, or Flax raises InvalidRngError"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        if not isinstance(node, cst.Call):
            return ()
        return give_key(scene, node, scene.suspect.details[3])
