"""The text of a function that runs as a mode says, where the condition under which a walk comes to it does not tell.

``nn.cond`` and ``nn.switch`` trace all of their functions, so a walk goes through each of them without a condition.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...facts import records as r
from .. import terms as t
from ..records import call_depth, dotted, statements, walk
from .file_contracts import FileContracts

# What runs one function of several, and which of its arguments these are: by position, and by keyword.
_CHOOSES = {"cond": (slice(1, 3), {"true_fun", "false_fun"}), "switch": (slice(1, 2), {"branches"})}

# A call: its line, column and how many calls it starts with.
Spot = tuple[int, int, int]


def spot_of(call: r.Call) -> Spot:
    """Where a call stands."""
    return call.line, call.column, call_depth(call)


def under_modes(contracts: FileContracts, function: r.FunctionFacts) -> frozenset[Spot]:
    """The calls of a function, in full, that run in one branch alone."""
    found = _in_branches(contracts, function)
    return frozenset(spot_of(node) for part in found for node in walk(part) if isinstance(node, r.Call))


# --- branches ------------------------------------------------------------------------------------------------------


def _in_branches(contracts: FileContracts, function: r.FunctionFacts) -> Iterator[object]:
    for node in walk(function):
        if isinstance(node, r.Call) and (chooses := _CHOOSES.get(_called(contracts, node.func))):
            positions, names = chooses
            given = [*node.args[positions], *(part.value for part in node.keywords if part.name in names)]
            yield from _texts(function, given)


def _called(contracts: FileContracts, func: r.Expression) -> str:
    """The own name of a function that an expression of a file means; "" for anything else."""
    match contracts.engine.resolve(contracts.file, "", func) if dotted(func) else None:
        case t.FunctionRef(qualname=name) | t.ForeignRef(dotted=name):
            return name.rpartition(".")[2]
    return ""


def _texts(function: r.FunctionFacts, given: list[r.Expression]) -> Iterator[object]:
    """The bodies of functions, by the expressions that mean them: written there, or under a name of this function."""
    pending, known = given, set[str]()
    while pending:
        match pending.pop():
            case r.Lambda(body=body):
                yield body
            case r.Display(elements=elements):
                pending += elements
            case r.Name(id=name) if name not in known:
                known.add(name)
                for statement in statements(function.body):
                    match statement:
                        case r.LocalFunction(function=local) if local.name == name:
                            yield local.body
                        case r.Assign(targets=(r.Name(id=target),), value=value) if target == name:
                            pending.append(value)
