"""JFX114."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Fix, Range, Safety
from .arguments import inserted, keyword
from .base import Statement
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
                variable_axes={'params': 0},
                split_rngs={'params': True, 'dropout': True}, in_axes=(0, None),
            )
            return heads()(x, True)
    ```

    Fine: keywords of the constructor; `nn.jit` and `nn.map_variables`, which hand them on.

    ## Fix safety
    The fix is only shown: it gives the argument by position and adds an entry to `in_axes` where the transform is
    called, which every other call of what it made must then match. It is not there for a keyword-only parameter.

    ## References
    - Measured: E16, E21 (dropped), E21c (by position)
    """

    code = "JFX114"
    name = "lifted-call-drops-keyword"
    runtime = "silent"
    offers = (Safety.DISPLAY,)

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        transform = scene.suspect.details[0]
        return (
            f"`nn.{transform}` drops the keyword `{scene.suspect.name}` of this call, so the default is used: "
            "pass it by position, with an entry in `in_axes`"
        )

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        transform, where, *order = scene.suspect.details
        if not isinstance(node, cst.Call) or not where:
            return ()
        line, column, depth = map(int, where.split(":"))
        found = scene.call_at(line, column, depth)
        given = [part.value for part in node.args if part.keyword is None and not part.star]
        keywords = {part.keyword.value: part for part in node.args if part.keyword is not None}
        wanted = order[len(given) : len(given) + len(keywords)]
        if found is None or set(wanted) != set(keywords) or any(part.star for part in node.args):
            return ()  # another parameter stands before it, or it has no position
        statement, made = found
        values = [scene.statement.text(keywords[name].value) for name in wanted]
        first = next(part for part in node.args if part.keyword is not None)
        place = Range(scene.statement.range(first).start, scene.statement.range(node.args[-1]).end)
        axes = _axes(statement, made, transform, len(given), len(wanted))
        if axes is None:
            return ()
        reason = "the entry holds for every call of what the transform made"
        edits = (Edit(place, ", ".join(values)), *axes)
        return (Fix(f"Give `{scene.suspect.name}` by position", edits, Safety.DISPLAY, reason),)


def _axes(statement: Statement, made: cst.Call, transform: str, given: int, more: int) -> tuple[Edit, ...] | None:
    """The edits that give ``in_axes`` an entry for each argument that is mapped over nothing; None where they cannot.

    ``nn.scan`` counts from the argument after the carry, and wants ``nn.broadcast`` where ``nn.vmap`` wants None.
    """
    counted, entry = (given, "None") if transform == "vmap" else (given - 1, "")
    if not entry and isinstance(made.func, cst.Attribute):
        entry = f"{statement.text(made.func.value)}.broadcast"
    if not entry or counted < 0:
        return None
    axes = keyword(made, "in_axes")
    match axes:
        case None:
            return (inserted(statement, made, f"in_axes={_tuple(['0'] * counted + [entry] * more)}"),)
        case cst.Arg(value=cst.Tuple(elements=[*_, last] as entries) | cst.List(elements=[*_, last] as entries)):
            if len(entries) == counted + more:
                return ()
            end = statement.range(last.value).end
            return (Edit(Range(end, end), f", {entry}" * more),) if len(entries) == counted else None
        case cst.Arg(value=(cst.Integer() | cst.Name(value="None") | cst.Attribute()) as single):
            return (Edit(statement.range(single), _tuple([statement.text(single)] * counted + [entry] * more)),)
    return None


def _tuple(entries: list[str]) -> str:
    return f"({entries[0]},)" if len(entries) == 1 else f"({', '.join(entries)})"
