"""What a call makes or runs: the class of the layer, the names that its positions have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import msgspec

from ...facts import records as r
from ...project.files import File
from .. import conditions as c
from .. import terms as t
from ..inference.engine import Engine
from ..inference.seen import SeenCall
from ..records import dotted
from ..terms import ClassKey, Term

if TYPE_CHECKING:
    from .file_contracts import Seen


def made_by(engine: Engine, func: Term) -> tuple[ClassKey, int] | None:
    """The Module that calling a term makes, and how many of its positional fields are given by then."""
    match func:
        case t.ClassRef(key=key) if engine.module_class(key).is_module:
            return key, 0
        case t.Partial(func=inner, arguments=arguments) if arguments.rest is None:
            found = made_by(engine, inner)
            return (found[0], found[1] + len(arguments.positional)) if found else None
        case t.Lifted(target=target):
            return made_by(engine, target)
    return None


def template_of(engine: Engine, call: SeenCall) -> tuple[ClassKey, int] | None:
    """The Module that ``functools.partial(Module, ...)`` will make; positions count from its own first argument."""
    if isinstance(call.func, t.ForeignRef) and call.arguments.positional:
        found = made_by(engine, call.arguments.positional[0])
        return (found[0], found[1] - 1) if found else None
    return None


def run_by(func: Term) -> list[t.Instance]:
    """The objects that calling a term runs, where they were made in sight; empty where it may run anything else."""
    match func:
        case t.Instance():
            return [func]
        case t.Lifted(target=target):
            return run_by(target)
        case t.Choice(then=then, otherwise=otherwise):
            one, other = run_by(then), run_by(otherwise)
            return [*one, *other] if one and other else []
    return []


def lifted(calls: Iterable[Seen], place: t.Place) -> str:
    """The transform of Flax that has lifted what a call runs; "" for none."""
    for seen in calls:
        if seen.call.place == place:
            for part in parts(seen.call.func):
                if isinstance(part, t.Lifted):
                    return part.transform.qualname
    return ""


def names_of_positions(engine: Engine, func: Term) -> list[str]:
    """What the positional arguments of a call mean, as far as all that it may run agree."""
    made = made_by(engine, func)
    if made is not None:
        return engine.project.classes.positional(engine.module_class(made[0]))[made[1] :]
    match func:
        case t.Instance(owner=owner) | t.Self(owner=owner):
            function = engine.method(owner, "__call__")
            return _parameters(engine, function, 1) if function else []
        case t.Bound(function=function):
            return _parameters(engine, function, 1)
        case t.FunctionRef(owner=None):
            return _parameters(engine, func, 0)
        case t.Lifted(target=target):
            return names_of_positions(engine, target)
        case t.Partial(func=inner, arguments=arguments) if arguments.rest is None:
            return names_of_positions(engine, inner)[len(arguments.positional) :]
        case t.Choice(then=then, otherwise=otherwise):
            one, other = names_of_positions(engine, then), names_of_positions(engine, otherwise)
            return one if one == other else []
    return []


def _parameters(engine: Engine, function: t.FunctionRef, skipped: int) -> list[str]:
    code = engine.code_of(function)
    names: list[str] = []
    for parameter in code.parameters[skipped:] if code else ():
        if not parameter.kind.startswith("positional"):
            break
        names.append(parameter.name)
    return names


def called(engine: Engine, file: File, func: r.Expression) -> str:
    """The own name of the function that an expression of a file means, else the one that it is called by there."""
    spelled = dotted(func)
    match engine.resolve(file, "", func) if spelled else None:
        case t.FunctionRef(qualname=name) | t.ForeignRef(dotted=name):
            return name.rpartition(".")[2]
    return spelled.rpartition(".")[2]


def flax_layer(engine: Engine, key: ClassKey) -> str:
    """The name of one of Flax's own layers; "" for any other class."""
    entity = engine.class_entity(key)
    return entity.facts.name if entity.file.of_flax else ""


def parts(whole: Term | c.Cond) -> Iterator[object]:
    """All terms and conditions in a term or condition, itself included."""
    pending: list[object] = [whole]
    while pending:
        current = pending.pop()
        if isinstance(current, msgspec.Struct):
            yield current
            pending += msgspec.structs.astuple(current)
        elif isinstance(current, tuple):
            pending += current


def gives(call: SeenCall, names: list[str], name: str) -> bool:
    """Whether a call gives an argument, or may."""
    arguments = call.arguments
    if arguments.spread is not None or arguments.keyword(name) is not None:
        return True
    return name in names[: len(arguments.positional)] or (arguments.rest is not None and name in names)
