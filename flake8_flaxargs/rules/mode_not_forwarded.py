"""JFX109."""

from __future__ import annotations

import libcst as cst

from ..contracts.checks.keywords import BY_DEFAULT
from ..model import Fix, Safety
from .arguments import given
from .contract_rule import ContractRule, Scene
from .mode_names import merged, turned


class ModeNotForwarded(ContractRule):
    """
    ## What it does
    Flags the call of a child, in a method with a mode flag, that leaves the child's own flag at its default, where a
    layer of the child hangs on that flag: with the flag handed on it would be active, without it never is (or the
    other way round).

    ## Why is this bad?
    It is silent: the dropout is never active in training, the statistics never move; or evaluation stays noisy.

    ## Example
    ```python
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, deterministic: bool = not False):
            return nn.Dropout(0.5, deterministic=deterministic)(nn.Dense(8)(x))


    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return Block()(x)
    ```

    ## Use instead
    ```python
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, deterministic: bool = not False):
            return nn.Dropout(0.5, deterministic=deterministic)(nn.Dense(8)(x))


    class Net(nn.Module):
        @nn.compact
        def __call__(self, x, train: bool):
            return Block()(x, deterministic=not train)
    ```

    Fine: a child that only takes the flag, a rate of 0, a flag that the constructor gives, a path on which the default
    is what the flag says.

    ## Fix safety
    Unsafe: numbers change, as they were meant to. It names what the flag was merged into. The call of what a transform
    has lifted, which may drop or trace the keyword, is left to the author; so is one that does not take the keyword
    itself (`nn.RNN`, a wrapper, another layer of a loop), and one in front of the merge of the flag.

    ## References
    - Measured: B27c (a flag that is never passed)
    """

    code = "JFX109"
    name = "mode-not-forwarded"
    runtime = "silent"
    offers = (Safety.UNSAFE,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        mine, layer, place, _ = scene.suspect.details
        flag, child = scene.suspect.name, scene.suspect.layer
        handed = f"`{mine}` is not handed on to `{child}`"
        return f"{handed}: its `{flag}` stays at the default, and its `{layer}` ({place}) hangs on it"

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        if not isinstance(node, cst.Call) or any(part.star for part in node.args):
            return ()
        mine, _, _, why_not = scene.suspect.details
        if why_not and not (why_not == BY_DEFAULT and isinstance(node.func, cst.Call)):  # of a template: self.cls()(x)
            return ()
        flag = scene.suspect.name
        value = turned(mine, flag, merged(scene, node, mine))
        if value is None:
            return ()
        edit = given(scene.statement, node, flag, value)
        return (Fix(f"Hand `{mine}` on", (edit,), Safety.UNSAFE, "numbers change, as they were meant to"),)
