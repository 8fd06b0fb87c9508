"""Who takes a keyword: what a call may run, all of it, and else the layers inside that are made in sight."""

from __future__ import annotations

from collections.abc import Iterable

from .. import terms as t
from ..effects import Merge
from ..inference.engine import Engine
from ..inference.seen import SeenCall
from ..terms import Arguments, FunctionRef, Place, Term
from .file_contracts import FileContracts
from .layers import lifted, names_of_positions, parts

# What a fix goes by, in the details of a suspect: the call does not take the keyword.
REFUSES = "refuses"
# What it runs is not in sight: an attribute's default, which a caller may overrule.
BY_DEFAULT = "by default"


def why_not(contracts: FileContracts, place: Place, name: str) -> str:
    """Why a keyword cannot be added to a call as it stands; "" where all that it may run takes it.

    The name of the transform that has lifted what is called, which may drop or trace the keyword; else ``REFUSES``:
    ``Sequential``, ``RNN`` or another layer of a loop is called there, or something that cannot be told; or else
    ``BY_DEFAULT``.
    """
    transform = lifted(contracts.calls, place)
    if transform:
        return transform
    called = [seen.call for seen in contracts.calls if seen.call.place == place]
    if not called:
        return BY_DEFAULT
    return "" if all(_leaves_free(contracts.engine, call, name) for call in called) else REFUSES


def _leaves_free(engine: Engine, call: SeenCall, name: str) -> bool:
    """Whether what a call runs takes a keyword, and no position of the call gives it already."""
    by_position = names_of_positions(engine, call.func)[: len(call.arguments.positional)]
    return name not in by_position and _takes(engine, call.func, name)


def _takes(engine: Engine, func: Term, name: str) -> bool:
    """Whether calling a term binds a keyword to a parameter of its own; ``**kwargs`` may lead anywhere.

    ``Sequential`` hands its keywords to its first layer alone (linen/combinators.py).
    """
    match t.bare(func):
        case t.Instance(owner=owner) | t.Self(owner=owner):
            function = engine.method(owner, "__call__")
            return function is not None and _names(engine, function, "method", name)
        case t.Bound(function=function):
            return _names(engine, function, "method", name)
        case t.FunctionRef() as function:
            return _names(engine, function, "", name)
        case t.Partial(func=inner):
            return _takes(engine, inner, name)
        case t.Choice(then=then, otherwise=otherwise):
            return _takes(engine, then, name) and _takes(engine, otherwise, name)
    return False


def _names(engine: Engine, function: FunctionRef, kind: str, name: str) -> bool:
    """Whether a function has a parameter that a keyword may give, and no decorator that would trace or drop it."""
    code = engine.code_of(function)
    if code is None or code.function is None:
        return False
    if code.function.decorators and _transformed(engine.decorated(code, t.Wrapped(kind, function, Arguments()))):
        return False
    ways = ("positional", "keyword-only")
    return any(parameter.name == name and parameter.kind in ways for parameter in code.parameters)


def _transformed(func: Term) -> bool:
    return any(
        isinstance(part, t.Lifted) or (isinstance(part, t.Wrapped) and part.kind.startswith("jax."))
        for part in parts(func)
    )


def made_without(contracts: FileContracts, merge: Merge, name: str) -> tuple[str, ...]:
    """Where the layers are made that a call runs and that lack an argument: ``line:column``, in this file.

    Empty where one of them is made out of sight, or its class has no attribute of this name.
    """
    called = (seen.call.func for seen in contracts.calls if seen.call.place == merge.place)
    made = list(_instances(contracts.engine, called, merge.what))
    lacking = [of for of in made if of.get(name) in {None, t.NONE}]
    if any(not _can_be_told(contracts, of, name) for of in lacking):
        return ()
    return tuple(sorted({f"{of.place.line}:{of.place.column}" for of in lacking if of.place is not None}))


def _instances(engine: Engine, called: Iterable[Term], layer: str) -> Iterable[t.Instance]:
    for func in called:
        for part in parts(func):
            if isinstance(part, t.Instance) and engine.class_name(part.owner) == layer:
                yield part


def _can_be_told(contracts: FileContracts, of: t.Instance, name: str) -> bool:
    engine = contracts.engine
    here = of.place is not None and of.place.path == contracts.file.path
    return here and of.get("**") is None and name in engine.project.classes.fields(engine.module_class(of.owner))
