"""Arguments that a transform of JAX or Flax turns into tracers."""

from __future__ import annotations

from ...facts import records as r
from .. import terms as t
from ..modes import FLAGS
from ..terms import Arguments, Place, Term
from .code import Code

_STATIC_NUMBERS = ("static_argnums", "static_broadcasted_argnums")


def numbers(term: Term | None) -> frozenset[int] | None:
    """The positions of ``static_argnums``; None where they are not known."""
    match term:
        case None | t.Const(value=None):
            return frozenset()
        case t.Const(value=int(number)):
            return frozenset({number})
        case t.Items(elements=elements):
            found = [part.value for part in elements if isinstance(part, t.Const) and isinstance(part.value, int)]
            return frozenset(found) if len(found) == len(elements) else None
    return None


def names(term: Term | None) -> frozenset[str] | None:
    """The names of ``static_argnames``; None where they are not known."""
    match term:
        case None | t.Const(value=None):
            return frozenset()
        case t.Const(value=str(name)):
            return frozenset({name})
        case t.Items(elements=elements):
            found = [part.value for part in elements if isinstance(part, t.Const) and isinstance(part.value, str)]
            return frozenset(found) if len(found) == len(elements) else None
    return None


def traced(
    arguments: Arguments, options: Arguments, code: Code | None, place: Place, how: str, skipped: int = 0
) -> Arguments:
    """The arguments of a call as the function under the transform sees them.

    Args:
        arguments: as given.
        options: of the transform.
        code: the function's text, whose signature ties positions to names; None where it is not known.
        place: where it is mended, unless that is a parameter of ``code``.
        how: the transform.
        skipped: how many positions count before the first argument (``self`` of a lifted method).
    """
    static_numbers = next((numbers(v) for k, v in options.keywords if k in _STATIC_NUMBERS), frozenset())
    static_names = names(options.keyword("static_argnames"))
    if static_numbers is None or static_names is None or options.spread is not None or options.rest is not None:
        return arguments
    parameters = [p for p in code.parameters if p.kind.startswith("positional")] if code is not None else []
    spelled = [parameter.name for parameter in parameters][skipped:]
    static_numbers = frozenset([n if n >= 0 else n + len(spelled) + skipped for n in static_numbers])
    by_name = set(static_names)
    if not skipped:
        by_name |= {spelled[n] for n in static_numbers if n < len(spelled)}
    certain = {p.name for p in code.parameters if _holds_one_value(p)} if code is not None else set()
    certain |= FLAGS
    found = []
    for index, term in enumerate(arguments.positional):
        name = spelled[index] if index < len(spelled) else ""
        static = index + skipped in static_numbers or (not skipped and name in by_name)
        where, guessed = _place(code, name, place, how), name not in certain
        # Flax's jit of a method or function puts every position but 0 out of place (core/lift.py ``jit``) [E12].
        number = -1 if how == "nn.jit" and not skipped else index + skipped
        found.append(term if static else _tracer(term, t.Tracer(name, where, how, number, guessed)))
    keywords = []
    for name, term in arguments.keywords:
        tracer = t.Tracer(name, _place(code, name, place, how), how, guessed=name not in certain)
        keywords.append((name, term if name in by_name else _tracer(term, tracer)))
    return Arguments(tuple(found), tuple(keywords), arguments.rest, arguments.spread)


def _holds_one_value(parameter: r.Parameter) -> bool:
    """Whether a parameter is a number or a flag by its annotation or default: else it may be a container."""
    match parameter.annotation, parameter.default:
        case ((r.Name(id=name) | r.Constant(value=str(name))), _):
            return name in {"bool", "int", "float"}
        case None, r.Constant(value=bool() | int() | float(), exact=True):
            return True
    return False


def _place(code: Code | None, name: str, place: Place, how: str) -> Place:
    """The parameter of a function under one of JAX's own transforms; the call of a lifted one."""
    if code is not None and code.function is not None and how.startswith("jax."):
        for parameter in code.parameters:
            if parameter.name == name and not code.file.of_flax:
                return Place(code.file.path, parameter.line, parameter.column)
    return place


def _tracer(term: Term, tracer: t.Tracer) -> Term:
    """What an argument becomes: None stays None, containers are traced inside, what is no number is left alone."""
    match term:
        case t.Const(value=bool() | int() | float()) | t.Truthy():
            return _known(tracer)
        case t.Param(name=own) | t.Get(of=t.Self(), name=own) | t.Lookup(key=t.Const(value=own)) if _may_be_traced(
            own, tracer
        ):
            return _unless_none(term, tracer, own)
        case t.Get(name=own) | t.Item(index=t.Const(value=own)) if own in FLAGS or tracer.name in FLAGS:
            return _unless_none(term, tracer, own)
        case t.Element() | t.Applied() if tracer.name in FLAGS:
            return _unless_none(term, tracer)
        case t.Choice(test=test, then=then, otherwise=otherwise):
            return t.choose(test, _tracer(then, tracer), _tracer(otherwise, tracer))
        case t.Present(of=of):
            return t.present(_tracer(of, tracer))
        case t.Items(kind=kind, elements=elements):
            return t.Items(kind, tuple(_tracer(part, tracer) for part in elements))
    return term


def _may_be_traced(own: t.Literal, tracer: t.Tracer) -> bool:
    """Whether what a caller decides is taken for a number, by its own name and by that of the parameter.

    Under JAX's own transforms what is no flag may be an object with methods, such as a TrainState.
    """
    return own in FLAGS or tracer.name in FLAGS or tracer.how.startswith("nn.")


def _known(tracer: t.Tracer) -> t.Tracer:
    """The tracer of what is a number for certain."""
    return t.Tracer(tracer.name, tracer.place, tracer.how, tracer.index)


def _unless_none(term: Term, tracer: t.Tracer, own: t.Literal = "") -> Term:
    """What becomes of what a caller decides; ``own`` names it where its parameter is not known."""
    guessed = tracer.guessed and own not in FLAGS
    named = t.Tracer(tracer.name or str(own), tracer.place, tracer.how, tracer.index, guessed)
    return t.choose(t.missing(term), t.NONE, named)


def flags_of(code: Code) -> list[str]:
    """The mode flags among a function's parameters that every call has to give."""
    return [p.name for p in code.parameters if p.name in FLAGS and p.default is None]
