"""Running a Module from outside: ``apply``, ``init``, ``bind``."""

from __future__ import annotations

import msgspec

from .. import conditions as c
from .. import terms as t
from ..conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, negate
from ..effects import Effect, Entry
from ..terms import UNKNOWN, Arguments, Place, Term
from .foreign_calls import ForeignCalls
from .substitution import Substitution

OWN = {"rngs", "method", "mutable", "capture_intermediates", "variables"}


class Entries(ForeignCalls):
    """Enters Modules."""

    def enter(self, how: str, of: Term, arguments: Arguments, place: Place) -> Term:
        """``of.apply(variables, ...)`` and its kin."""
        first = arguments.get(0, "rngs" if "init" in how else "variables") or UNKNOWN
        rngs = first if "init" in how else arguments.keyword("rngs") or t.NONE
        mutable = arguments.keyword("mutable") or t.const(False)
        if "init" not in how and arguments.spread is not None:
            rngs = self.engine.lookup(arguments.spread, t.const("rngs"), rngs) if rngs == t.NONE else rngs
            mutable = self.engine.lookup(arguments.spread, t.const("mutable"), mutable)
        if how == "bind":
            return t.Attached(of, first, rngs, mutable)
        spread = arguments.spread
        keywords = tuple((name, value) for name, value in arguments.keywords if name not in OWN)
        inner = Arguments(arguments.positional[1:], keywords, arguments.rest, spread)
        capture = arguments.keyword("capture_intermediates")
        paired = paired_by(mutable) if capture is None else either(paired_by(mutable), t.truth(capture))
        variables = UNKNOWN if "init" in how else first
        return self.entered_with(how, of, arguments.keyword("method"), inner, (rngs, mutable, variables), paired, place)

    def call_attached(self, attached: t.Attached, name: str, arguments: Arguments, place: Place) -> Term:
        """A method of a bound Module."""
        given = (attached.rngs, attached.mutable, attached.variables)
        return self.entered_with("bind", attached.of, t.const(name), arguments, given, NEVER, place)

    def entered_with(
        self,
        how: str,
        of: Term,
        method: Term | None,
        arguments: Arguments,
        given: tuple[Term, Term, Term],
        paired: Cond,
        place: Place,
    ) -> Term:
        """Run a method of a Module from outside, and note under what."""
        rngs, mutable, variables = given
        target, name, arguments = self._method(of, method, arguments)
        path, pending, itself, original = self.path, self._pending, self.itself, self._original
        chosen, self._chosen = self._chosen, ALWAYS
        self.path, self._pending, self.itself, self._original = ALWAYS, {}, None, None
        with self.aside() as inner:
            value = self.call(target, arguments, place) if target is not None else UNKNOWN
        known = target is not None and not inner.full
        self.path, self._pending, self.itself, self._original = path, pending, itself, original
        self._chosen = chosen
        initializing = ALWAYS if "init" in how else NEVER
        decide = Substitution(self.engine, None, None, lambda s: initializing if s.kind == "initializing" else s)
        entry = Entry(
            cond=self.path,
            place=place,
            what=self.name,
            how=how if known else f"{how}?",
            model=of,
            method=name,
            inner=tuple(settled(effect, decide) for effect in inner.all()),
            rngs=rngs,
            mutable=mutable,
            variables=variables,
            values=arguments.all(),
            paired=paired,
            chosen=chosen,
            original=original,
            via=self._via if original is not None else None,
            guarded=original is not None and self._guarded,
        )
        self.emit(entry)
        if how == "init_with_output":
            return t.Items("tuple", (value, UNKNOWN))
        if "init" in how:
            return UNKNOWN
        return value if paired == NEVER else t.Output(value, paired)

    def _method(self, of: Term, method: Term | None, arguments: Arguments) -> tuple[Term | None, str, Arguments]:
        """What ``method=`` runs, and with which arguments."""
        match method:
            case None | t.Const(value=None):
                return self.engine.attribute(of, "__call__"), "__call__", arguments
            case t.Const(value=str(name)):
                return self.engine.attribute(of, name), name, arguments
            case t.Bound(function=function) if function.owner is not None:
                name = function.qualname.rpartition(".")[2]
                return t.Bound(of, function), name, arguments
            case t.FunctionRef(owner=owner, qualname=qualname) if owner is not None:
                return t.Bound(of, method), qualname.rpartition(".")[2], arguments
            case t.FunctionRef() | t.Closure() | t.Wrapped() | t.Partial():
                return method, "", arguments.headed(of)
        return None, "", arguments

    def entered(self, entry: Entry, substitution: Substitution, cond: Cond, place: Place) -> Entry:
        """An entry with what a caller knows put into it."""
        inner = []
        for effect in entry.inner:
            left = substitution.cond(effect.cond)
            if left != NEVER:
                inner.append(settled(effect, substitution))
        return msgspec.structs.replace(
            entry,
            cond=cond,
            place=place,
            model=substitution.term(entry.model),
            inner=tuple(inner),
            rngs=substitution.term(entry.rngs),
            mutable=substitution.term(entry.mutable),
            variables=substitution.term(entry.variables),
            values=tuple(substitution.term(value) for value in entry.values),
            paired=substitution.cond(entry.paired),
            chosen=substitution.cond(entry.chosen),
        )


def paired_by(mutable: Term) -> Cond:
    """Whether ``apply`` returns a pair: anything but ``mutable=False`` makes it do so (core/scope.py) [D4b]."""
    match mutable:
        case t.Const(value=value):
            return NEVER if value is False else ALWAYS
        case t.Choice(test=test, then=then, otherwise=otherwise):
            return either(both(test, paired_by(then)), both(negate(test), paired_by(otherwise)))
        case t.Items() | t.Mapping() | t.Repeated() | t.Instance():
            return ALWAYS
    return MAYBE


def settled(effect: Effect, substitution: Substitution) -> Effect:
    """An effect with the symbols in its condition and terms replaced."""
    fields = msgspec.structs.asdict(effect)
    for name, value in fields.items():
        if isinstance(value, t.Term):
            fields[name] = substitution.term(value)
        elif isinstance(value, c.Cond):
            fields[name] = substitution.cond(value)
        elif isinstance(value, Arguments):
            fields[name] = substitution.arguments(value)
    return type(effect)(**fields)
