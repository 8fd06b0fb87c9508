"""What a call decides of a Module's contract: the streams, collections and variables that it gives."""

from __future__ import annotations

from .. import conditions as c
from .. import terms as t
from ..conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, known, negate, under
from ..effects import Draw, Effect, Entry, Merge, Use, in_filter, shut_out
from ..inference.engine import Engine
from ..inference.substitution import Substitution
from ..terms import Term


def given_stream(rngs: Term, name: str) -> Cond:
    """Whether ``rngs`` holds a stream. A bare key counts as ``params`` (linen/module.py ``apply``) [B12]."""
    match rngs:
        case t.Const(value=None):
            return NEVER
        case t.Some(kind="key"):
            return ALWAYS if name == "params" else NEVER
        case t.Mapping(rest=rest):
            found = rngs.get(t.const(name))
            if found is not None:
                return ALWAYS
            return NEVER if rest is None else either(MAYBE, given_stream(rest, name))
        case t.Choice(test=test, then=then, otherwise=otherwise):
            return either(both(test, given_stream(then, name)), both(negate(test), given_stream(otherwise, name)))
    return MAYBE


def holds_collection(variables: Term, collection: str) -> Cond:
    """Whether the variables hold a collection."""
    match variables:
        case t.Mapping(rest=rest):
            if variables.get(t.const(collection)) is not None:
                return ALWAYS
            return NEVER if rest is None else either(MAYBE, holds_collection(rest, collection))
        case t.Choice(test=test, then=then, otherwise=otherwise):
            return either(
                both(test, holds_collection(then, collection)),
                both(negate(test), holds_collection(otherwise, collection)),
            )
    return MAYBE


class Decided:
    """One run of a Module from outside.

    Args:
        engine: what attributes are.
        entry: the run.
    """

    def __init__(self, engine: Engine, entry: Entry) -> None:
        self.entry = entry
        self._facts = known(entry.cond)
        self._substitution = Substitution(engine, None, None, self._state)

    def _state(self, state: c.State) -> Cond:
        match state.kind:
            case "has-rng":
                return given_stream(self.entry.rngs, state.name)
            case "mutable":
                return in_filter(self.entry.mutable, state.name)
            case "has-variable":
                return both(MAYBE, negate(both(negate(holds_collection(self.entry.variables, state.name)), ALWAYS)))
            case "initializing":
                return ALWAYS if "init" in self.entry.how else NEVER
        return MAYBE

    def fails_to_merge(self) -> bool:
        """Whether Flax raises for an argument that is given twice or nowhere, before it comes to anything else."""
        return any(isinstance(e, Merge) and e.verdict and self.when(e) == ALWAYS for e in self.entry.inner)

    def when(self, effect: Effect) -> Cond:
        """When an effect takes place in this run."""
        return self.holds(effect.cond)

    def holds(self, cond: Cond) -> Cond:
        """When a condition holds in this run."""
        return under(self._substitution.cond(cond), self._facts)

    def lacks(self, draw: Draw) -> Cond:
        """When a draw finds no stream that serves it, so that Flax raises."""
        served = (both(passes, given_stream(self.entry.rngs, name)) for name, passes in draw.served_by())
        return under(both(self.when(draw), negate(either(*served))), self._facts)

    def fixed(self, use: Use) -> Cond:
        """When a lifted transform keeps a layer from making what is missing, whatever the call lets it write.

        Not where the layer may run outside of the transform, too: there it makes what it finds within.
        """
        fixed = self.holds(use.fixed())
        return both(fixed, MAYBE) if fixed != NEVER and self._may_be_made_for(use) else fixed

    def _may_be_made_for(self, use: Use) -> bool:
        return any(
            isinstance(other, Use)
            and (other.what, other.collection) == (use.what, use.collection)
            and not other.fixing
            and shut_out(other) != ALWAYS
            and self.when(other) != NEVER
            for other in self.entry.inner
        )

    def immutable(self, collection: str) -> Cond:
        """When a collection may not be written."""
        return under(negate(in_filter(self.entry.mutable, collection)), self._facts)

    def absent(self, collection: str) -> Cond:
        """When the variables lack a collection."""
        return under(negate(holds_collection(self.entry.variables, collection)), self._facts)


def hangs_on_flags(cond: Cond, values: tuple[Term, ...]) -> Cond | None:
    """What of a condition is decided by flags that this very call hands on; None where more decides it."""
    left = c.certain_part(cond)
    if isinstance(left, c.Always):
        return None
    flags = {flag for value in values for flag in _flags(value)}
    for atom in c.atoms(left):
        if not (isinstance(atom, c.Truth) and atom.of in flags):
            return None
    return left


def _flags(value: Term) -> list[Term]:
    match value:
        case t.Truthy(cond=cond):
            return [atom.of for atom in c.atoms(cond) if isinstance(atom, c.Truth)]
    return [value] if t.symbol(value) else []
