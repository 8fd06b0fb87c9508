"""Mode flags that a caller has and does not hand on, though a layer of the callee hangs on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .. import conditions as c
from .. import terms as t
from ..conditions import NEVER, Cond, certain_part, known
from ..effects import Contract, Draw, Unforwarded, Update
from ..modes import ACTIVE, FLAGS, may_be_bool
from ..terms import Place, Term
from .code import Code
from .substitution import Substitution

if TYPE_CHECKING:
    from .engine import Engine


def unforwarded(
    engine: Engine,
    caller: Code,
    callee: Code,
    contract: Contract,
    of: Term | None,
    params: Mapping[str, Term],
    given: frozenset[str],
    path: Cond,
    place: Place,
) -> Iterator[Unforwarded]:
    """The flags of a callee that a call leaves at a default which switches a layer the other way than the caller may.

    Args:
        contract: of the callee, over its parameters.
        params: what they stand for in this call; ``given``: those that the call gives.
        path: the condition under which the caller comes here.
    """
    if caller.function is None or callee.function is None:
        return
    mine = [p.name for p in caller.parameters if p.name in FLAGS and may_be_bool(p.annotation)]
    if len(mine) != 1:
        return
    for parameter in callee.parameters:
        default = params.get(parameter.name)
        left = parameter.name in FLAGS and parameter.name not in given and parameter.default is not None
        if not left or not isinstance(default, t.Const) or not isinstance(default.value, bool):
            continue
        if _agrees(path, mine[0], parameter.name, default.value):
            continue
        flipped = {**params, parameter.name: t.const(not default.value)}
        as_is, other = Substitution(engine, params, of), Substitution(engine, flipped, of)
        for effect in contract.effects:
            if isinstance(effect, Draw | Update) and _asks_for(effect.cond, parameter.name):
                stays, moves = as_is.cond(effect.cond), other.cond(effect.cond)
                proven = moves if stays == NEVER else stays if moves == NEVER else NEVER
                if certain_part(_running(proven)) != NEVER:
                    yield Unforwarded(
                        cond=c.both(path, proven),
                        place=place,
                        what=callee.owner.facts.name if callee.owner is not None else callee.function.name,
                        flag=parameter.name,
                        mine=mine[0],
                        source=effect.place,
                        layer=effect.what,
                        active=stays != NEVER,
                    )
                    break


def _asks_for(cond: Cond, name: str) -> bool:
    return any(isinstance(atom, c.Truth) and atom.of == t.Param(name) for atom in c.atoms(cond))


def _running(cond: Cond) -> Cond:
    """A condition once the Module is past its initialisation."""
    return c.under(cond, {c.State("initializing"): False})


def _agrees(path: Cond, mine: str, flag: str, default: bool) -> bool:
    """Whether the default is what the caller's own flag says on this path, or nothing is trained here."""
    facts = known(path)
    if facts.get(c.State("initializing")):
        return True
    held = facts.get(c.Truth(t.Param(mine)))
    if held is None:
        return False
    return (held if (mine in ACTIVE) == (flag in ACTIVE) else not held) == default
