"""JFX203."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Safety
from .arguments import entry, inserted, keyword
from .contract_rule import ContractRule, Scene


class SplitRngsDropsStream(ContractRule):
    """
    ## What it does
    Flags a lifted transform (`nn.scan`, `nn.vmap`, `nn.while_loop`, `nn.RNN`, `nn.remat(rngs=...)`) whose `split_rngs`
    or `rngs` does not name a stream that its body draws from.

    ## Why is this bad?
    A stream that is not named does not reach the body. `init` passes all the same, for the draw falls back on
    `'params'`; `apply` then raises `InvalidRngError`. With a `'params'` key at `apply` it is silent: the mask is drawn
    from that key, and where it is not split it is the same at each step.

    ## Example
    ```python
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, _):
            return nn.Dropout(0.5, deterministic=False)(nn.Dense(4)(x)), None


    class Stack(nn.Module):
        @nn.compact
        def __call__(self, x):
            layers = nn.scan(
                Block, variable_axes={'params': 0}, split_rngs={'params': True}, length=3
            )
            return layers()(x, None)[0]
    ```

    ## Use instead
    ```python
    class Block(nn.Module):
        @nn.compact
        def __call__(self, x, _):
            return nn.Dropout(0.5, deterministic=False)(nn.Dense(4)(x)), None


    class Stack(nn.Module):
        @nn.compact
        def __call__(self, x):
            layers = nn.scan(
                Block, variable_axes={'params': 0}, split_rngs={'params': True, 'dropout': True}, length=3
            )
            return layers()(x, None)[0]
    ```

    Fine: a stream named with `False`, which shares one key on purpose; `nn.remat`, `nn.jit`, `nn.cond`, which let all
    streams pass.

    ## Fix safety
    Naming the stream is safe: without it `apply` raises, and the initial parameters stay what they were. Where an
    `apply` of this file gives a `'params'` key, which served the stream in silence, its masks change: unsafe. The fix
    is offered where the mapping is written out.

    ## References
    - [Flax: lifted transforms](https://flax.readthedocs.io/en/latest/developer_notes/lift.html)
    - Measured: E1 to E10 (vmap, scan), C12b (RNN), E13 (while_loop), E25 (remat)
    """

    code = "JFX203"
    name = "split-rngs-drops-stream"
    runtime = "raises"
    offers = (Safety.SAFE, Safety.UNSAFE)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        place, fallback, _, _ = scene.suspect.details
        stream, layer = scene.suspect.name, scene.suspect.layer
        then = "init falls back on 'params', apply raises" if fallback else "it raises"
        return f"stream '{stream}' does not get through this transform, and `{layer}` ({place}) draws from it: {then}"

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        layer, served = scene.suspect.details[2:]
        call = node.func if layer and isinstance(node, cst.Call) else node  # nn.RNN takes it where it is made
        if not isinstance(call, cst.Call):
            return ()
        stream = scene.suspect.name
        edit: Edit | None = None
        match keyword(call, "split_rngs"):
            case cst.Arg(value=cst.Dict() as mapping):
                edit = entry(scene.statement, mapping, f"'{stream}': True")
            case None if keyword(call, "rngs") is None and all(not part.star for part in call.args):
                text = f"{{'params': False, '{stream}': True}}" if layer else f"{{'{stream}': True}}"
                edit = inserted(scene.statement, call, f"split_rngs={text}")
        if edit is None:
            return ()
        title = f"Let '{stream}' through, split"
        if served:
            return (Fix(title, (edit,), Safety.UNSAFE, f"{served} gives a 'params' key, which served the stream"),)
        reason = "without the stream apply raises, and the initial parameters stay what they were"
        return (Fix(title, (edit,), Safety.SAFE, reason),)
