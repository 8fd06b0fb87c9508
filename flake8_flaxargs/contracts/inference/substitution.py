"""Puts what a caller knows into what a callee says: its parameters, its object, what Flax has decided by then."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from .. import conditions as c
from .. import terms as t
from ..conditions import Cond, both, either, negate
from ..terms import Term, choose

if TYPE_CHECKING:
    from .engine import Engine

# Terms that hold no symbol.
_FIXED = {t.Const, t.Unknown, t.Some, t.ClassRef, t.FunctionRef, t.ForeignRef, t.ModuleRef}


class Substitution:
    """Replaces symbols in terms and conditions.

    Args:
        engine: what attributes of objects are.
        params: what stands for each parameter; None leaves parameters alone.
        itself: what stands for ``Self``; None leaves it alone.
        state: what Flax has decided; None for what is not decided yet.
    """

    def __init__(
        self,
        engine: Engine,
        params: Mapping[str, Term] | None = None,
        itself: Term | None = None,
        state: Callable[[c.State], Cond] | None = None,
    ) -> None:
        self._engine = engine
        self._params = params
        self._itself = itself
        self._state = state
        self._terms: dict[Term, Term] = {}
        self._conds: dict[Cond, Cond] = {}

    def term(self, term: Term) -> Term:
        """A term with its symbols replaced."""
        if type(term) in _FIXED:
            return term
        found = self._terms.get(term)
        if found is None:
            found = self._terms[term] = self._replace(term)
        return found

    def _replace(self, term: Term) -> Term:
        engine = self._engine
        if type(term) is t.Get:
            return engine.attribute(self.term(term.of), term.name)
        if type(term) is t.Self:
            return term if self._itself is None else self._itself
        match term:
            case t.Param(name=name):
                if name.startswith(t.MADE_WITH):
                    return self._made_with(term, name)
                return term if self._params is None else self._params.get(name, t.UNKNOWN)
            case t.Item(of=of, index=index):
                return engine.item(self.term(of), index)
            case t.Element(of=of):
                return engine.element(self.term(of))
            case t.Lookup(of=of, key=key, default=default):
                return engine.lookup(self.term(of), key, self.term(default))
            case t.Choice(test=test, then=then, otherwise=otherwise):
                decided = self.cond(test)
                if isinstance(decided, c.Always):
                    return self.term(then if decided.value else otherwise)
                return choose(decided, self.term(then), self.term(otherwise))
            case t.Present(of=of):
                return t.present(self.term(of))
            case t.Truthy(cond=cond):
                return t.boolean(self.cond(cond))
            case t.Items(kind=kind, elements=elements):
                return t.Items(kind, tuple([self.term(part) for part in elements]))
            case t.Repeated(element=element, filled=filled):
                return t.Repeated(self.term(element), self.cond(filled))
            case t.Mapping(entries=entries, rest=rest):
                return engine.mapping(
                    [(key, self.term(value)) for key, value in entries], None if rest is None else self.term(rest)
                )
            case t.Closure(code=code, home=home, names=names):
                return t.Closure(code, home, tuple([(name, self.term(value)) for name, value in names]))
            case t.Partial(func=func, arguments=arguments):
                return t.Partial(self.term(func), self.arguments(arguments))
            case t.Wrapped(kind=kind, func=func, arguments=arguments):
                return t.Wrapped(kind, self.term(func), self.arguments(arguments))
            case t.Instance(owner=owner, given=given, place=place):
                return t.Instance(owner, tuple([(name, self.term(value)) for name, value in given]), place)
            case t.Bound(of=of, function=function):
                return t.Bound(self.term(of), function)
            case t.Super(of=of, after=after):
                return t.Super(self.term(of), after)
            case t.Lifted(transform=transform, target=target, options=options, place=place):
                replaced = tuple([(name, self.term(value)) for name, value in options])
                return t.Lifted(transform, self.term(target), replaced, place)
            case t.Applied(func=func, arguments=arguments):
                return engine.result(self.term(func), self.arguments(arguments))
            case t.VariableRef(collection=collection):
                return t.VariableRef(self.term(collection))
            case t.Output(value=value, paired=paired):
                return t.Output(self.term(value), self.cond(paired))
        return term

    def _made_with(self, term: Term, name: str) -> Term:
        if self._params is not None and name in self._params:  # the constructor itself is called
            return self._params[name]
        match self._itself:
            case None | t.Self():
                return term
            case t.Instance() as of:
                return self._engine.made_with(of, name.removeprefix(t.MADE_WITH))
        return t.UNKNOWN

    def arguments(self, arguments: t.Arguments) -> t.Arguments:
        """The arguments of a call with their symbols replaced."""
        return self._engine.spread(
            [self.term(part) for part in arguments.positional],
            [(name, self.term(part)) for name, part in arguments.keywords],
            None if arguments.rest is None else self.term(arguments.rest),
            None if arguments.spread is None else self.term(arguments.spread),
        )

    def cond(self, cond: Cond) -> Cond:
        """A condition with its symbols replaced."""
        if type(cond) is c.Always or type(cond) is c.Maybe:
            return cond
        found = self._conds.get(cond)
        if found is None:
            found = self._conds[cond] = self._decide(cond)
        return found

    def _decide(self, cond: Cond) -> Cond:
        if type(cond) is c.Not:
            return negate(self.cond(cond.operand))
        if type(cond) is c.Both:
            parts: list[Cond] = []
            for part in cond.operands:
                parts.append(self.cond(part))
                if parts[-1] == c.NEVER:
                    return c.NEVER
            return both(*parts)
        match cond:
            case c.Either(operands=operands):
                return either(*map(self.cond, operands))
            case c.Truth(of=of):
                return t.truth(self.term(of))
            case c.Missing(of=of):
                return t.missing(self.term(of))
            case c.Equals(of=of, value=value):
                return t.equals(self.term(of), value)
            case c.Below(of=of, bound=bound, or_equal=or_equal):
                return t.below(self.term(of), bound, or_equal)
            case c.State():
                return cond if self._state is None else self._state(cond)
        return cond
