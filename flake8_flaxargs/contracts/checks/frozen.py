"""The runs of a Module from which nothing is learnt: a teacher, a target, a frozen backbone."""

from __future__ import annotations

from ...facts import records as r
from .. import terms as t
from ..effects import Entry
from ..records import dotted, walk
from .file_contracts import FileContracts, is_call

_STOPS = {"jax.lax.stop_gradient"}


def evaluates(entry: Entry) -> bool:
    """Whether an ``apply`` is a run of its own in evaluation: in training, it would need streams or collections."""
    return entry.how == "apply" and entry.rngs == t.NONE and entry.mutable == t.const(False)


def stopped(contracts: FileContracts, place: t.Place) -> bool:
    """Whether the value of the call at a place is given to ``stop_gradient`` and to nothing else."""
    nodes = list(walk(contracts.body_around(place)))
    inside = [part for node in nodes if _stops(contracts, node) for part in walk(node)]
    if any(is_call(node, place) for node in inside):
        return True
    bound = [name for node in nodes if (name := _binds(node, place)) is not None]
    if len(bound) != 1:
        return False
    uses = [node for node in nodes if isinstance(node, r.Name) and node.id == bound[0].id and node != bound[0]]
    frozen = {(node.line, node.column) for node in inside if isinstance(node, r.Name)}
    return bool(uses) and all((use.line, use.column) in frozen for use in uses)


def _stops(contracts: FileContracts, node: r.Node) -> bool:
    if not isinstance(node, r.Call) or not dotted(node.func):
        return False
    term = contracts.engine.resolve(contracts.file, "", node.func)
    return isinstance(term, t.ForeignRef) and term.dotted in _STOPS


def _binds(node: r.Node, place: t.Place) -> r.Name | None:
    """The name that an assignment binds to the value of the call at a place."""
    match node:
        case r.Assign(targets=(r.Name() as name,), value=value) if is_call(value, place):
            return name
    return None
