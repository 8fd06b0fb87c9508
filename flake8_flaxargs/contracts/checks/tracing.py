"""Mode flags that a transform traces and that Python is asked for; flags that do not reach a layer that wants them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from ...facts import records as r
from .. import conditions as c
from .. import terms as t
from ..conditions import NEVER, certain_part
from ..effects import Effect, Entry, Test, Unforwarded
from ..records import statements
from ..words import first_line
from .file_contracts import Done, FileContracts
from .frozen import evaluates, stopped
from .keywords import why_not
from .streams import by_default
from .suspect import Suspect


def tracing_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX109 and JFX113."""
    seen: set[object] = set()
    for done in contracts.done_everywhere:
        effects: tuple[Effect, ...] = done.effect.inner if isinstance(done.effect, Entry) else (done.effect,)
        for effect in effects:
            match effect:
                case Unforwarded() if _on_purpose(contracts, effect, done):
                    continue
                case Unforwarded() if effect.place.path == contracts.file.path and effect.place not in seen:
                    if _proven(by_default(contracts, effect, done)):
                        seen.add(effect.place)
                        yield _unforwarded(contracts, effect)
                case Test():
                    for suspect in _traced(contracts, effect, done):
                        if suspect[:3] not in seen:
                            seen.add(suspect[:3])
                            yield suspect


def _on_purpose(contracts: FileContracts, effect: Unforwarded, done: Done) -> bool:
    """Whether a Module is left in evaluation because nothing is learnt from this run of it."""
    if isinstance(done.effect, Entry) and evaluates(done.effect):
        return True
    return not effect.active and effect.place.path == contracts.file.path and stopped(contracts, effect.place)


def _proven(cond: c.Cond) -> bool:
    """Whether a layer is active where flags say so: a rate that somebody's configuration holds may well be 0."""
    left = certain_part(cond)
    return left != NEVER and not any(isinstance(atom, c.Equals | c.Below) for atom in c.atoms(left))


def _unforwarded(contracts: FileContracts, effect: Unforwarded) -> Suspect:
    place = effect.place
    related = contracts.related(
        Test(cond=effect.cond, place=effect.source, what="", test=c.MAYBE), f"`{effect.layer}` hangs on `{effect.flag}`"
    )
    return Suspect(
        "JFX109",
        place.line,
        place.column,
        place.depth,
        contracts.lines(place.line),
        effect.flag,
        effect.what,
        "",
        tuple(other for other in related if effect.source != place),
        (effect.mine, effect.layer, contracts.spell(effect.source), why_not(contracts, place, effect.flag)),
    )


def _traced(contracts: FileContracts, effect: Test, done: Done) -> Iterator[Suspect]:
    if certain_part(by_default(contracts, effect, done)) == NEVER:
        return
    asked = contracts.defaults_in(effect.test, done)
    for atom in c.atoms(asked):
        of = t.bare(atom.of) if isinstance(atom, c.Truth | c.Equals | c.Below) else None
        if not isinstance(of, t.Tracer) or of.guessed or of.place.path != contracts.file.path:
            continue
        place = of.place
        kind = _stands_at(contracts, of)
        if kind == "decorator" and _is_left_at_default(of, done.function):
            continue
        related = (
            contracts.related(effect, f"`{of.name}` is asked for by `{effect.what}`") if effect.place != place else ()
        )
        yield Suspect(
            "JFX113",
            place.line,
            place.column,
            place.depth,
            contracts.lines(place.line, decorators=True),
            of.name,
            effect.what,
            "",
            related,
            (of.how, str(of.index), contracts.spell(effect.place)),
            kind,
        )


def _is_left_at_default(tracer: t.Tracer, function: r.FunctionFacts | None) -> bool:
    """Whether a method's own decorator traces a parameter that nobody has to give: then a caller is the evidence.

    Not where the decorator has options: what they make static says that a flag was meant to be.
    """
    if function is None or not first_line(function) <= tracer.place.line < function.line:
        return False
    return any(p.name == tracer.name and p.default is not None for p in function.parameters)


def _stands_at(contracts: FileContracts, tracer: t.Tracer) -> Literal["parameter", "decorator", "call"]:
    if tracer.how.startswith("jax."):
        return "parameter" if _is_parameter(contracts, tracer) else "call"
    place = (tracer.place.line, tracer.place.column)
    bare = any((node.line, node.column) == place and not isinstance(node, r.Call) for node in _decorators(contracts))
    return "decorator" if bare else "call"


def _is_parameter(contracts: FileContracts, tracer: t.Tracer) -> bool:
    """Whether a tracer's place is that of the parameter in a function's signature."""
    wanted = (tracer.place.line, tracer.place.column)
    return any(
        (p.line, p.column) == wanted and p.name == tracer.name
        for function in _functions(contracts)
        for p in function.parameters
    )


def _decorators(contracts: FileContracts) -> Iterator[r.Expression]:
    for function in _functions(contracts):
        yield from function.decorators
    for owner in contracts.facts.classes if contracts.facts else ():
        yield from owner.decorators


def _functions(contracts: FileContracts) -> Iterator[r.FunctionFacts]:
    """All functions of a file, those that stand in others included."""
    for function in contracts.facts.all_functions() if contracts.facts else ():
        yield function
        for statement in statements(function.body):
            if isinstance(statement, r.LocalFunction):
                yield statement.function
