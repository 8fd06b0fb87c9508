"""What a callee does, done again by its caller: with what the caller knows put into it."""

from __future__ import annotations

import functools
from collections.abc import Iterable

import msgspec

from .. import terms as t
from ..conditions import MAYBE, NEVER, Cond, both, is_vague, known, under
from ..effects import (
    Contract,
    Draw,
    Dropped,
    Effect,
    Entry,
    Filter,
    Invoke,
    Merge,
    Opaque,
    Overruled,
    Test,
    Unforwarded,
    Update,
    Use,
)
from ..terms import Place, Term
from .flax_calls import FlaxCalls, filtered
from .substitution import Substitution


class Replays(FlaxCalls):
    """Does what contracts say."""

    def inline(self, contract: Contract, substitution: Substitution, place: Place, what: str) -> Term:
        """Do what a contract says, with what is known here put into it."""
        for effect in contract.effects:
            self.replay(effect, substitution, place, what)
        return substitution.term(contract.returns)

    def replay(self, effect: Effect, substitution: Substitution, place: Place, what: str) -> None:
        """Do one thing that a callee does."""
        cond = self.here(substitution.cond(effect.cond))
        if cond == NEVER:
            return
        if not self.engine.spend():
            self.emit(Opaque(cond=both(self.path, MAYBE), place=place, what="too much to follow"))
            return
        if effect.place.of_flax or not effect.place.path:  # Flax's own inner workings are named by who calls them
            where, who = place, what
        else:
            where, who = effect.place, effect.what
        if type(effect) is Invoke:
            self._replay_invoke(effect, substitution, cond, where, place, what)
            return
        if type(effect) is Opaque:
            self.emit(Opaque(cond=cond, place=where, what=who))
            return
        done = functools.partial(msgspec.structs.replace, effect, cond=cond, place=where, what=who)
        match effect:
            case Draw(stream=stream, filters=filters):
                self.emit(done(stream=substitution.term(stream), filters=moved(filters, substitution, place, what)))
            case Update(collection=collection, filters=filters):
                kept = moved(filters, substitution, place, what)
                self.emit(done(collection=substitution.term(collection), filters=kept))
            case Use(collection=collection, filters=filters, fixing=fixing):
                kept, fixed = (moved(layers, substitution, place, what) for layers in (filters, fixing))
                self.emit(done(collection=substitution.term(collection), filters=kept, fixing=fixed))
            case Merge():
                self._replay_merge(effect, substitution, cond, place, what)
            case Test(test=test):
                self.emit(done(test=under(substitution.cond(test), known(cond))))
            case Unforwarded():
                pass  # the caller's own matter
            case Dropped() | Overruled():
                self.emit(done())
            case Entry():
                self.emit(self.entered(effect, substitution, cond, where))

    def _replay_invoke(
        self, effect: Invoke, substitution: Substitution, cond: Cond, where: Place, place: Place, what: str
    ) -> None:
        """A callee's call of what only its caller knew; what lifted transforms stand around it filter what it does."""
        path, original, via, chosen, guarded = self.path, self._original, self._via, self._chosen, self._guarded
        self.path, self._original, self._via = cond, effect.original or effect.arguments, place
        self._chosen = substitution.cond(effect.chosen)
        self._guarded = is_vague(substitution.cond(effect.cond))
        with self.aside() as inner:
            self.call(substitution.term(effect.func), substitution.arguments(effect.arguments), where)
        self.path, self._original, self._via, self._chosen, self._guarded = path, original, via, chosen, guarded
        layers = [[moved([part], substitution, place, what)[0] for part in layer] for layer in effect.layers]
        for done in inner.all():
            for layer in layers:
                done = filtered(self.engine, done, *layer)
            self.emit(done)

    def _replay_merge(self, effect: Merge, substitution: Substitution, cond: Cond, place: Place, what: str) -> None:
        """A callee's merge. What it was undecided about, this call decides, and is to blame for."""
        operands = substitution.term(effect.attribute), substitution.term(effect.argument)
        found = Merge(
            cond=cond,
            place=place,
            what=what,
            name=substitution.term(effect.name),
            attribute=operands[0],
            argument=operands[1],
        )
        found = msgspec.structs.replace(found, verdict=self.verdict(found))
        if effect.verdict:  # whoever has called the callee cannot help it
            where = place if effect.place.of_flax else effect.place
            found = msgspec.structs.replace(found, place=where, what=effect.what, blamed=effect.blamed)
        elif found.verdict:
            sides = [self._given(side) for side in (effect.attribute, effect.argument)]
            blamed = all(sides) if found.verdict == "twice" else not any(sides)
            found = msgspec.structs.replace(found, blamed=blamed and not self.engine.defeats(effect))
        self.merges(found)

    def _given(self, term: Term) -> bool:
        """Whether a call, or the constructor of its object, gives any of what a term of the callee is made of."""
        params, attributes = self._explicit
        for part in t.parts(term):
            match part:
                case t.Param(name=name):
                    if name in params:
                        return True
                case t.Get(of=t.Self(), name=name):
                    if name in attributes:
                        return True
        return False


def moved(layers: Iterable[Filter], substitution: Substitution, place: Place, what: str) -> tuple[Filter, ...]:
    """Filters as the caller sees them; one that Flax's own code sets up is that of the call which runs this code."""
    return tuple(
        Filter(tuple(map(substitution.term, layer.options)), *((place, what) if layer.place.of_flax else layer[1:]))
        for layer in layers
    )
