"""What ``nn.intercept_methods`` puts between a call and its method: it may give what the call does not."""

from __future__ import annotations

from collections.abc import Iterator

from ...facts import records as r
from ..records import walk
from .file_contracts import FileContracts
from .layers import called

_INTERCEPT = "intercept_methods"


def may_be_given(contracts: FileContracts, name: str) -> bool:
    """Whether a file uses an interceptor that mentions an argument, or one that cannot be read."""
    source = contracts.engine.project.files.source(contracts.file)
    if source is None or _INTERCEPT not in source.text or contracts.facts is None:
        return False
    whole = [*contracts.facts.all_functions(), tuple(top.statement for top in contracts.facts.body)]
    nodes = [node for part in whole for node in walk(part)]
    functions = {function.name: function for function in contracts.facts.functions}
    functions |= {node.function.name: node.function for node in nodes if isinstance(node, r.LocalFunction)}
    return any(_mentions(functions, interceptor, name) for interceptor in _interceptors(contracts, nodes))


def _interceptors(contracts: FileContracts, nodes: list[r.Node]) -> Iterator[r.Expression]:
    for node in nodes:
        match node:
            case r.Call(func=func, args=args, keywords=keywords) if (
                called(contracts.engine, contracts.file, func) == _INTERCEPT
            ):
                yield from (*args, *(keyword.value for keyword in keywords))


def _mentions(functions: dict[str, r.FunctionFacts], interceptor: r.Expression, name: str) -> bool:
    match interceptor:
        case r.Name(id=own) if own in functions:
            return any(_spells(node, name) for node in walk(functions[own]))
        case r.Lambda(body=body):
            return any(_spells(node, name) for node in walk(body))
    return True


def _spells(node: r.Node, name: str) -> bool:
    match node:
        case r.Constant(value=said) | r.Keyword(name=said):
            return said == name
    return False
