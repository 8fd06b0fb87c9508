"""Where a function's text is, and how arguments bind to its parameters."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from ...facts import records as r
from ...project.files import File
from ...project.names import ClassEntity
from .. import terms as t
from ..conditions import MAYBE
from ..records import walk
from ..terms import Arguments, Term

Default = Callable[[r.Expression], Term]


class Code(NamedTuple):
    """What can be run: a function, a method, a lambda (then ``value``), or a module's own statements.

    Attributes:
        scope: the qualname of the scope of its local names.
        owner: the class whose statement holds it.
        function: what says its name and place; None for a lambda or a module.
    """

    file: File
    scope: str
    parameters: tuple[r.Parameter, ...]
    body: tuple[r.Statement, ...]
    value: r.Expression | None = None
    owner: ClassEntity | None = None
    function: r.FunctionFacts | None = None


def names_in(code: Code) -> frozenset[str]:
    """The names that a function's body mentions: what it may take from outside is among them."""
    defaults = [parameter.default for parameter in code.parameters if parameter.default is not None]
    parts = (code.body, code.value, *defaults)
    return frozenset(node.id for part in parts for node in walk(part) if isinstance(node, r.Name))


def bind(parameters: tuple[r.Parameter, ...], arguments: Arguments, default: Default) -> dict[str, Term]:
    """What each parameter stands for. A parameter that a call forgets is unknown: Python raises there."""
    found: dict[str, Term] = {}
    positional = list(arguments.positional)
    keywords = dict(arguments.keywords)
    for index, parameter in enumerate(parameters):
        name = parameter.name
        match parameter.kind:
            case "var-positional":
                found[name] = _surplus(positional, arguments.rest)
                positional = []
            case "var-keyword":
                entries = tuple((t.const(key), value) for key, value in keywords.items())
                found[name] = (
                    arguments.spread
                    if not entries and arguments.spread is not None
                    else t.Mapping(entries, arguments.spread)
                )
            case kind:
                if kind != "keyword-only" and positional:
                    found[name] = positional.pop(0)
                elif name in keywords and kind != "positional-only":
                    found[name] = keywords.pop(name)
                else:
                    own = t.UNKNOWN if parameter.default is None else default(parameter.default)
                    if arguments.spread is not None and kind != "positional-only":
                        own = _looked_up(arguments.spread, t.const(name), own)
                    if arguments.rest is not None and kind != "keyword-only":
                        own = _looked_up(arguments.rest, t.const(index - len(arguments.positional)), own)
                    found[name] = own
    return found


def _looked_up(of: Term, key: t.Const, default: Term) -> Term:
    """What an argument is that ``*of`` or ``**of`` may give."""
    return t.Lookup(of, key, default) if t.symbol(of) else t.choose(MAYBE, t.UNKNOWN, default)


def _surplus(positional: list[Term], rest: Term | None) -> Term:
    if rest is None:
        return t.Items("tuple", tuple(positional))
    return rest if not positional else t.UNKNOWN


def bound_in(code: Code) -> set[str]:
    """The names that are local to a nested function."""
    return {p.name for p in code.parameters} | {
        part.id
        for node in walk(code.body)
        if isinstance(node, r.Assign)
        for target in node.targets
        for part in [target, *(target.elements if isinstance(target, r.Display) else ())]
        if isinstance(part, r.Name)
    }
