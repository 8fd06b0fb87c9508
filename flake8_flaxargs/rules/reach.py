"""What has surely run, and which names are free, where a call of a statement stands."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import libcst as cst

from .base import Statement, find

_LOOPS = (cst.For, cst.While, cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
_BLOCKS = (cst.IndentedBlock, cst.SimpleStatementLine, cst.SimpleStatementSuite)


def path_to(root: cst.CSTNode, wanted: cst.CSTNode) -> list[cst.CSTNode]:
    """The nodes from a root down to one below it, both included; empty where it is not there."""
    pending: list[tuple[cst.CSTNode, ...]] = [(root,)]
    while pending:
        path = pending.pop()
        if path[-1] is wanted:
            return list(path)
        pending += [(*path, child) for child in path[-1].children]
    return []


class Bound(NamedTuple):
    """What binds names that a node sees.

    Attributes:
        node: the assignment, or the parameter.
        owner: the function that it stands in; None outside of functions.
        each_time: whether it is bound anew each time that the node is reached: not where a loop around the node is not
            around what binds.
    """

    node: cst.Assign | cst.Param
    owner: cst.FunctionDef | cst.Lambda | None
    each_time: bool = True


def bound_before(root: cst.CSTNode, wanted: cst.CSTNode) -> list[Bound]:
    """The assignments that have surely run when a node is reached, and the parameters that it sees; outer first."""
    found: list[Bound] = []
    owner: cst.FunctionDef | cst.Lambda | None = None
    for outer, inner in itertools.pairwise(path_to(root, wanted)):
        match outer:
            case cst.FunctionDef() | cst.Lambda() if inner is outer.body:
                owner = outer
                found += (Bound(parameter, owner) for parameter in _parameters(outer))
            case _ if isinstance(outer, _LOOPS):
                found = [bound._replace(each_time=False) for bound in found]
            case _ if isinstance(outer, _BLOCKS):
                before = outer.body[: [other is inner for other in outer.body].index(True)]
                found += (Bound(assign, owner) for assign in assignments(before))
    return found


def assignments(statements: Sequence[cst.CSTNode]) -> Iterator[cst.Assign]:
    """The assignments among statements of one block."""
    for statement in statements:
        parts: Sequence[cst.CSTNode] = (
            statement.body if isinstance(statement, cst.SimpleStatementLine) else (statement,)
        )
        yield from (part for part in parts if isinstance(part, cst.Assign))


def parameters_at(root: cst.CSTNode, wanted: cst.CSTNode) -> list[cst.Param]:
    """The parameters of the functions around a node, the innermost function's last."""
    found: list[cst.Param] = []
    for outer, inner in itertools.pairwise(path_to(root, wanted)):
        if isinstance(outer, cst.FunctionDef | cst.Lambda) and inner is outer.body:
            found += _parameters(outer)
    return found


def _parameters(function: cst.FunctionDef | cst.Lambda) -> list[cst.Param]:
    params = function.params
    return [*params.posonly_params, *params.params, *params.kwonly_params]


def free_name(statement: Statement, text: str, wanted: str) -> str:
    """A name like ``wanted`` that a statement can bind without harm.

    Args:
        text: of the file, any name of which a statement of the module itself might overwrite.
    """
    taken = {name.value for name in find(statement.node, cst.Name)}
    if statement.function is None:
        taken |= set(re.findall(r"\w+", text))
    names = itertools.chain([wanted], (f"{wanted}_{number}" for number in itertools.count(2)))
    return next(name for name in names if name not in taken)


def mentions(node: cst.CSTNode, name: str) -> int:
    """How often a variable's name stands in a node, what binds it included; attributes and keywords do not count."""
    no_variables = {id(found.attr) for found in find(node, cst.Attribute)}
    no_variables |= {id(found.keyword) for found in find(node, cst.Arg)}
    return sum(found.value == name and id(found) not in no_variables for found in find(node, cst.Name))
