"""What a run of a Module from outside comes to: whether Flax must raise, cannot, or nobody can tell from the text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

from .. import conditions as c
from .. import terms as t
from ..conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, under
from ..effects import Draw, Effect, Entry, Invoke, Merge, Opaque, Test, Update, Use, shut_out
from ..inference.engine import Engine
from .decided import Decided

Says = Literal["raises", "passes", "unknown"]


class Verdict(NamedTuple):
    """What is said of a run.

    Attributes:
        says: ``raises``: Flax raises one of ``errors``; ``passes``: none of the errors that are known here is raised.
        errors: the names of the exceptions, those that cannot be told apart by their order among them.
        why: what the verdict hangs on, in words for people who look into it.
    """

    says: Says
    errors: tuple[str, ...] = ()
    why: str = ""


def verdict(engine: Engine, entry: Entry) -> Verdict:
    """The verdict on one run."""
    decided = Decided(engine, entry)
    open_ends: list[str] = []
    errors: dict[str, str] = {}
    if entry.how.endswith("?"):
        open_ends.append("what runs is not known")
    for effect in entry.inner:
        where = f"{effect.what} (line {effect.place.line})"
        if isinstance(effect, Opaque | Invoke) and decided.when(effect) != NEVER:
            open_ends.append(f"{type(effect).__name__} in {where}")
        for error, cond in failures(decided, effect):
            if cond == ALWAYS:
                errors.setdefault(error, where)
            elif cond != NEVER:
                open_ends.append(f"{error} in {where}: {cond}")
    if entry.cond != ALWAYS:
        return Verdict("unknown", tuple(errors), f"the call itself: {entry.cond}")
    if errors:
        return Verdict("raises", tuple(errors), "; ".join(f"{error} in {where}" for error, where in errors.items()))
    if open_ends:
        return Verdict("unknown", (), "; ".join(open_ends))
    return Verdict("passes")


def failures(decided: Decided, effect: Effect) -> Iterator[tuple[str, Cond]]:
    """The exceptions that an effect may raise in a run, and when."""
    match effect:
        case Draw(stream=t.Const()):
            yield "InvalidRngError", decided.lacks(effect)
        case Draw():
            yield "InvalidRngError", both(decided.when(effect), MAYBE)
        case Test(test=test):
            yield "TracerBoolConversionError", both(decided.when(effect), _of_tracers(decided.holds(test)))
        case Merge():
            when = decided.when(effect)
            yield "ValueError", both(when, decided.holds(effect.twice))
            yield "ValueError", both(when, decided.holds(effect.nowhere))
        case Update(collection=t.Const(value=str(name))):
            immutable = either(decided.immutable(name), decided.holds(shut_out(effect)))
            yield "ModifyScopeVariableError", both(decided.when(effect), immutable)
        case Use(collection=t.Const(value=str(name))) as effect:
            closed = decided.holds(shut_out(effect))
            missing = both(decided.when(effect), either(decided.absent(name), closed))
            fixed = either(decided.immutable(name), closed, decided.fixed(effect))
            yield "ScopeCollectionNotFound", both(missing, fixed)
        case Update() | Use():
            yield "ModifyScopeVariableError", both(decided.when(effect), MAYBE)


def _of_tracers(test: Cond) -> Cond:
    """When a test hangs on tracers. Where it is decided without them, Python may have asked them all the same."""
    tracers = {atom for atom in c.atoms(test) if isinstance(getattr(atom, "of", None), t.Tracer)}
    if not tracers:
        return NEVER
    outcomes = [under(test, dict.fromkeys(tracers, holds)) for holds in (True, False)]
    return ALWAYS if all(isinstance(end, c.Always) for end in outcomes) and outcomes[0] != outcomes[1] else MAYBE
