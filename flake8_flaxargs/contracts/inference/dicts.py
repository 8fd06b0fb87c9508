"""Dicts that are changed in place: what else means them, or holds them, changes with them."""

from __future__ import annotations

from collections.abc import Callable

from ...facts import records as r
from .. import terms as t
from ..conditions import MAYBE
from ..records import root
from ..terms import UNKNOWN, Term, choose
from .code import Code, bound_in
from .expressions import Expressions

# Methods of a dict that change it.
CHANGING = {"update", "setdefault", "pop", "popitem", "clear", "__setitem__"}
# What may hold a dict.
_HOLDERS = {t.Mapping, t.Items, t.Repeated, t.Choice, t.Instance, t.Partial}
Change = Callable[[Term], Term]


class Dicts(Expressions):
    """Changes dicts."""

    def store(self, of: r.Expression, index: r.Expression, term: Term) -> None:
        """``of[index] = term``."""
        key = self.value(index)
        self._change(of, lambda held: self.updated(held, _entry(key, term)))

    def remove(self, of: r.Expression, index: r.Expression) -> None:
        """``del of[index]``."""
        key = self.value(index)
        self._change(of, lambda held: _without(held, key))

    def dict_method(self, func: r.Attribute, node: r.Call) -> Term | None:
        """A call of a method that changes a dict; None of any other."""
        if func.attr not in CHANGING or not isinstance(root(func.value), r.Name):
            return None
        of = self.env.get(func.value.id) if isinstance(func.value, r.Name) else self.value(func.value)
        if not isinstance(of, t.Mapping | t.Choice):
            return None
        if func.attr == "update":
            self._updated_by(func.value, node)
            return t.NONE
        given = [self.value(part) for part in node.args]
        key, default = (*given, t.NONE, t.NONE)[:2]
        match func.attr, len(given):
            case "setdefault", 1 | 2:
                self._change(func.value, lambda held: self._filled_up(held, key, default))
                return self.engine.lookup(of, key, default) if isinstance(key, t.Const) else UNKNOWN
            case "__setitem__", 2:
                self._change(func.value, lambda held: self.updated(held, _entry(key, default)))
                return t.NONE
            case "pop", 1 | 2:  # a FrozenDict returns another, and stays as it is
                self._change(func.value, lambda held: choose(MAYBE, _without(held, key), held))
                return self.engine.lookup(of, key, default) if isinstance(key, t.Const) else UNKNOWN
            case "clear", 0:
                self._change(func.value, lambda held: t.Mapping(()))
                return t.NONE
        self._change(func.value, lambda held: UNKNOWN)
        return UNKNOWN

    def _updated_by(self, of: r.Expression, node: r.Call) -> None:
        for part in node.args:
            more = self.value(part)
            self._change(of, lambda held, more=more: self.updated(held, more))  # type: ignore[misc]
        for keyword in node.keywords:
            inner = self.value(keyword.value)
            more = inner if keyword.name is None else _entry(t.const(keyword.name), inner)
            self._change(of, lambda held, more=more: self.updated(held, more))  # type: ignore[misc]

    def _filled_up(self, held: Term, key: Term, default: Term) -> Term:
        """A dict after ``setdefault``."""
        match held, key:
            case t.Choice(test=test, then=then, otherwise=otherwise), _:
                return choose(test, self._filled_up(then, key, default), self._filled_up(otherwise, key, default))
            case t.Mapping(rest=rest), t.Const() if held.get(key) is None:
                return self.updated(held, _entry(key, default if rest is None else UNKNOWN))
            case t.Mapping(), t.Const():
                return held
        return self.updated(held, UNKNOWN)

    def _change(self, of: r.Expression, change: Change) -> None:
        match of:
            case r.Name(id=name) if name in self.env:
                before = self.env[name]
                after = self.env[name] = change(before)
                self.changed(before, after)
            case r.Subscript(value=outer, index=index):
                key = self.value(index)
                if isinstance(key, t.Const):
                    self._change(
                        outer, lambda held: self.updated(held, _entry(key, change(self.engine.item(held, key))))
                    )
                else:
                    self._change(outer, lambda held: UNKNOWN)

    def filled_by(self, code: Code, params: dict[str, Term]) -> None:
        """A function has run, and may have put anything into the dicts that it was given."""
        if any(type(term) is t.Mapping for term in params.values()):
            filled = self.engine.fills(code)
            for name, term in params.items():
                if name in filled:
                    self.changed(term, self.updated(term, UNKNOWN))

    def changed_within(self, code: Code, env: dict[str, Term]) -> None:
        """A nested function has changed dicts of this one, if it has not bound their names anew."""
        for name in self.engine.fills(code) & self.env.keys() & env.keys():
            before, after = self.env[name], env[name]
            if type(before) is t.Mapping and after is not before and name not in bound_in(code):
                self.env[name] = after
                self.changed(before, after)

    def changed(self, before: Term, after: Term) -> None:
        """A dict is changed: so is what else means it; of what holds it nothing is known any more."""
        if type(before) is not t.Mapping:
            return
        for name, term in self.env.items():
            if term is before:
                self.env[name] = after
            elif term is not after and type(term) in _HOLDERS and any(part is before for part in t.parts(term)):
                self.env[name] = UNKNOWN


def _entry(key: Term, term: Term) -> Term:
    """A dict of one key."""
    return t.Mapping(((key, term),)) if isinstance(key, t.Const) else UNKNOWN


def _without(held: Term, key: Term) -> Term:
    """A dict without a key."""
    match held:
        case t.Choice(test=test, then=then, otherwise=otherwise):
            return choose(test, _without(then, key), _without(otherwise, key))
        case t.Mapping(entries=entries, rest=rest) if isinstance(key, t.Const):
            return t.Mapping(tuple(entry for entry in entries if entry[0] != key), None if rest is None else UNKNOWN)
        case t.Mapping():
            return UNKNOWN
    return held
