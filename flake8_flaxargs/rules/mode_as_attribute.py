"""JFX903."""

from __future__ import annotations

import libcst as cst

from .contract_rule import ContractRule, Scene


class ModeAsAttribute(ContractRule):
    """
    ## What it does
    Flags a mode flag that is a bool attribute of a Module whose methods take no mode.

    ## Why is this bad?
    One instance knows one mode: for the other it has to be built anew or cloned, and a caller that has the mode cannot
    hand it on.

    ## Example
    ```python
    class Net(nn.Module):
        train: bool

        @nn.compact
        def __call__(self, x):
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not self.train)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            train = nn.merge_param('train', self.train, train)
            return nn.Dropout(0.5)(nn.Dense(8)(x), deterministic=not train)
    ```

    Fine: an attribute beside a mode that the call takes.

    ## Fix safety
    There is no fix: the signature is for the author and the callers to agree on.

    ## References
    - `flax.linen.merge_param`
    - Measured: B27b
    """

    code = "JFX903"
    name = "mode-as-attribute"
    runtime = "silent"
    default = False

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        name, owner = scene.suspect.name, scene.suspect.layer
        return f"the mode `{name}` is an attribute of `{owner}` alone: no call can give it"
