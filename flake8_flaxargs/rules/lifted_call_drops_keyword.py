"""JFX114."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class LiftedCallDropsKeyword(ContractRule):
    """
    ## What it does
    Flags keyword arguments in the call of a Module that `nn.vmap` or `nn.scan` has lifted.

    ## Why is this bad?
    These transforms drop keywords, with no more than a `RuntimeWarning`: the parameter's default is used, so a mode
    flag that is given has no effect. A required parameter raises `TypeError` instead.

    ## Example
    ```python
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, noisy: bool = False):
            return nn.Dropout(0.5, deterministic=not noisy)(nn.Dense(4)(x))


    class Heads(nn.Module):
        @nn.compact
        def __call__(self, x):
            heads = nn.vmap(
                Block,
                variable_axes={'params': 0},
                split_rngs={'params': True, 'dropout': True},
            )
            return heads()(x, noisy=True)
    ```

    ## Use instead
    ```python
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, noisy: bool = False):
            return nn.Dropout(0.5, deterministic=not noisy)(nn.Dense(4)(x))


    class Heads(nn.Module):
        @nn.compact
        def __call__(self, x):
            heads = nn.vmap(
                Block,
                in_axes=(0, None),
                variable_axes={'params': 0},
                split_rngs={'params': True, 'dropout': True},
            )
            return heads()(x, True)
    ```

    Fine: keywords of the constructor; `nn.jit` and `nn.map_variables`, which hand them on.

    ## Fix safety
    There is no fix: the argument has to go by position and needs an entry in `in_axes`, at another place.

    ## References
    - Measured: E16, E21 (dropped), E21c (by position)
    """

    code = "JFX114"
    name = "lifted-call-drops-keyword"
    runtime = "silent"

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        (transform,) = scene.suspect.details
        return (
            f"`nn.{transform}` drops the keyword `{scene.suspect.name}` of this call, so the default is used: "
            "pass it by position, with an entry in `in_axes`"
        )
