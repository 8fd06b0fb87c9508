"""JFX112."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class DeadSetting(ContractRule):
    """
    ## What it does
    Flags an attribute named for dropout, stochastic depth or a mode that nothing reads: no method of the class, its
    bases or subclasses, no function that gets the instance, nobody else in the project. Flags a `Dropout` that `setup`
    builds and nobody calls, and the call of a `Dropout` whose result nobody takes.

    ## Why is this bad?
    Whoever sets it trains without what was asked for, and nothing says so.

    ## Example
    ```python
    class Mlp(nn.Module):
        hidden: int
        dropout_rate: float = 0.1

        @nn.compact
        def __call__(self, x, train: bool):
            x = nn.gelu(nn.Dense(self.hidden)(x))
            return nn.Dropout(0.1)(x, deterministic=not train)
    ```

    ## Use instead
    ```python
    class Mlp(nn.Module):
        hidden: int
        dropout_rate: float = 0.1

        @nn.compact
        def __call__(self, x, train: bool):
            x = nn.gelu(nn.Dense(self.hidden)(x))
            return nn.Dropout(self.dropout_rate)(x, deterministic=not train)
    ```

    Fine: an attribute that is reached by a computed name or with all others (`dataclasses.asdict`), or that a class of
    the project which inherits it reads; one that shares its name with a parameter (JFX101); a class that leaves methods
    to others.

    ## Fix safety
    There is no fix: what the setting was to do cannot be told.

    ## References
    - [Flax: Dropout](https://flax.readthedocs.io/en/latest/guides/training_techniques/dropout.html)
    - Measured: B30, B30b, B43, B46, D7
    """

    code = "JFX112"
    name = "dead-setting"
    runtime = "silent"

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        name, layer = scene.suspect.name, scene.suspect.layer
        match scene.suspect.details:
            case ("attribute",):
                return f"attribute `{name}` of `{layer}` is never read: to set it changes nothing"
            case ("layer",):
                return f"the `{layer}` that is bound to `{name}` is never called: it does nothing"
        return f"the result of `{layer}` is thrown away: it changes nothing in place"
