"""The text of a function that runs as a mode says, where the condition under which a walk comes to it does not tell.

``nn.cond`` and ``nn.switch`` trace all of their functions, so a walk goes through each of them without a condition;
a guard that only raises is a check of arguments to a walk, which says nothing about what comes after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ...facts import records as r
from ..modes import FLAGS
from ..records import call_depth, statements, walk
from .file_contracts import FileContracts
from .layers import called

# What runs one function of several, and which of its arguments these are: by position, and by keyword.
_CHOOSES = {"cond": (slice(1, 3), {"true_fun", "false_fun"}), "switch": (slice(1, 2), {"branches"})}

# A call: its line, column and how many calls it starts with.
Spot = tuple[int, int, int]


def spot_of(call: r.Call) -> Spot:
    """Where a call stands."""
    return call.line, call.column, call_depth(call)


def under_modes(contracts: FileContracts, function: r.FunctionFacts) -> frozenset[Spot]:
    """The calls of a function, in full, that run in one branch alone, or after a guard that has settled a mode."""
    found = (*_in_branches(contracts, function), *_after_guards(function))
    return frozenset(spot_of(node) for part in found for node in walk(part) if isinstance(node, r.Call))


# --- branches ------------------------------------------------------------------------------------------------------


def _in_branches(contracts: FileContracts, function: r.FunctionFacts) -> Iterator[object]:
    for node in walk(function):
        if isinstance(node, r.Call) and (chooses := _CHOOSES.get(called(contracts.engine, contracts.file, node.func))):
            positions, names = chooses
            given = [*node.args[positions], *(part.value for part in node.keywords if part.name in names)]
            yield from _texts(function, given)


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


# --- guards --------------------------------------------------------------------------------------------------------


def _after_guards(function: r.FunctionFacts) -> Iterator[object]:
    for block in _blocks(function.body):
        first = next((index for index, statement in enumerate(block) if _settles(statement)), len(block))
        yield from block[first + 1 :]


def _blocks(body: tuple[r.Statement, ...]) -> Iterator[tuple[r.Statement, ...]]:
    yield body
    for statement in statements(body):
        match statement:
            case r.If(branches=branches, orelse=orelse):
                yield from (*(branch.body for branch in branches), orelse)
            case r.With(body=block) | r.Loop(body=block) | r.Try(body=block) | r.LocalFunction(function=block):
                yield block.body if isinstance(block, r.FunctionFacts) else block


def _settles(statement: r.Statement) -> bool:
    """Whether a mode is one and the same after a statement, for else it raises."""
    match statement:
        case r.Assert(test=test):
            return _says(test, True)
        case r.If(branches=(r.Branch(test=r.Node() as test, body=body), *_)) if _raises(body):
            return _says(test, False)
        case r.If(branches=(r.Branch(test=r.Node() as test),), orelse=orelse) if _raises(orelse):
            return _says(test, True)
    return False


def _raises(body: Iterable[r.Statement]) -> bool:
    return any(isinstance(statement, r.Raise) for statement in body)


def _says(test: r.Node, holds: bool) -> bool:
    """Whether a test that holds, or one that does not, leaves a mode flag but one value.

    ``train is None`` and ``train and mask is None`` do not: what passes them may still be of either mode.
    """
    match test:
        case r.Name(id=name) | r.Attribute(attr=name):
            return name in FLAGS
        case r.Not(operand=operand):
            return _says(operand, not holds)
        case r.BoolOp(operator=operator, values=values):
            return (operator == "and") == holds and any(_says(value, holds) for value in values)
        case r.Compare(
            left=r.Name(id=name) | r.Attribute(attr=name),
            operators=("is" | "is not" | "==" | "!=",),
            comparators=(r.Constant(value=bool()),),
        ):
            return name in FLAGS
    return False
