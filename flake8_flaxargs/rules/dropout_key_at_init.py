"""JFX905."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class DropoutKeyAtInit(ContractRule):
    """
    ## What it does
    Flags a key for `'dropout'` beside the one for `'params'` in a call of `init`.

    ## Why is this bad?
    It is not needed: the parameters are the same without it, and a stream that has no key falls back on `'params'`.

    ## Example
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not train)


    def start(x, key):
        key, dropout_key = jax.random.split(key)
        return Net().init({'params': key, 'dropout': dropout_key}, x, train=True)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not train)


    def start(x, key):
        return Net().init(key, x, train=True)
    ```

    Fine: `init_with_output`, whose output is dropped with that key.

    ## Fix safety
    There is no fix: the key may serve something else, too.

    ## References
    - [Flax: randomness and PRNGs](https://flax.readthedocs.io/en/latest/guides/flax_fundamentals/rng_guide.html)
    - Measured: B14, B16b
    """

    code = "JFX905"
    name = "dropout-key-at-init"
    runtime = "silent"
    default = False

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        return f"`init` needs no key for '{scene.suspect.name}': the parameters are the same without it"
