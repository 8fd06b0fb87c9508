"""Who is called, and which parameter each argument binds to."""

from __future__ import annotations

from typing import NamedTuple

from ..facts import records as r
from ..project.classes import ModuleClass
from ..project.names import ClassEntity, ForeignEntity, FunctionEntity

MERGE_PARAM = ("flax.linen.module", "merge_param")


class Callee(NamedTuple):
    """What a call runs.

    Attributes:
        function: the function or method, where it can be read.
        owner: the class whose method it is.
        module: the Module it runs on, as the caller sees it.
        same_instance: whether that Module is the caller's own ``self``.
        bound: whether the first parameter is given by the receiver rather than by an argument.
        instance: the constructor call of the caller's walk that made the receiver, or -1.
    """

    function: FunctionEntity
    owner: ClassEntity | None = None
    module: ModuleClass | None = None
    same_instance: bool = False
    bound: bool = False
    instance: int = -1


class Construction(NamedTuple):
    """A call that makes a Module."""

    module: ModuleClass


class Foreign(NamedTuple):
    """A call of something outside all files, known by name: it merges nothing."""

    entity: ForeignEntity


Called = Callee | Construction | Foreign


def is_merge_param(function: FunctionEntity) -> bool:
    """Whether this is Flax's own ``merge_param``."""
    return (function.file.name, function.facts.qualname) == MERGE_PARAM


def decorated(function: r.FunctionFacts, *names: str) -> bool:
    """Whether a decorator's last name is one of ``names``."""
    for decorator in function.decorators:
        node = decorator.func if isinstance(decorator, r.Call) else decorator
        name = node.id if isinstance(node, r.Name) else node.attr if isinstance(node, r.Attribute) else ""
        if name in names:
            return True
    return False


def bind(call: r.Call, function: r.FunctionFacts, bound: bool) -> dict[str, r.Expression]:
    """Parameter name -> argument, for the arguments whose parameter is certain.

    ``bound`` says that the receiver takes the first parameter. Arguments after ``*args`` bind to nothing known.
    """
    positional = [parameter.name for parameter in function.parameters if parameter.kind.startswith("positional")]
    if bound:
        positional = positional[1:]
    found: dict[str, r.Expression] = {}
    for name, argument in zip(positional, call.args, strict=False):
        if isinstance(argument, r.Starred):
            break
        found[name] = argument
    named = {parameter.name for parameter in function.parameters if parameter.kind != "positional-only"}
    for keyword in call.keywords:
        if keyword.name in named:
            found[keyword.name] = keyword.value
    return found


def argument(call: r.Call, position: int, name: str) -> r.Expression | None:
    """The argument at a position or of a keyword."""
    for keyword in call.keywords:
        if keyword.name == name:
            return keyword.value
    if position < len(call.args) and not any(isinstance(node, r.Starred) for node in call.args[: position + 1]):
        return call.args[position]
    return None
