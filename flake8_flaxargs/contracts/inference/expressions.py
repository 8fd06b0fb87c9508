"""The value of an expression, and what evaluating it does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...facts import records as r
from .. import conditions as c
from .. import terms as t
from ..conditions import ALWAYS, MAYBE, NEVER, Cond, both, known, negate, under
from ..effects import Effect, Effects, Test
from ..records import call_depth
from ..terms import UNKNOWN, Arguments, Place, Term, choose
from .code import Code
from .seen import SeenCall

if TYPE_CHECKING:
    from .engine import Engine

# Lists longer than this are gone through as one.
UNROLLED = 24
_ARITHMETIC = t.Some("")
_TEXT = t.Some("text")


class Expressions:
    """One walk through a function's body: what its names mean, and under which condition it has come this far.

    Args:
        engine: knows functions, classes and objects.
        code: what is walked.
        env: what the parameters, and the names around a nested function, mean.
        itself: the object of the method, for ``super()``.
        effects: what is done goes there.
        path: the condition under which the function runs at all.
    """

    def __init__(
        self, engine: Engine, code: Code, env: dict[str, Term], itself: Term | None, effects: Effects, path: Cond
    ) -> None:
        self.engine = engine
        self.number = next(engine.numbers)
        self.code = code
        self.env = env
        self.itself = itself
        self.effects = effects
        self.path = path
        self.fields: dict[str, Term] | None = None
        self.seen: list[SeenCall] | None = None
        self.base = path
        self._loops: list[Cond] = []
        self._left = 0
        self._original: Arguments | None = None
        self._via: Place | None = None
        self._guarded = False
        self._chosen: Cond = ALWAYS
        self._explicit: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
        self._returns: list[tuple[Cond, Term]] = []
        self._pending: dict[int, t.Closure] = {}

    # --- what is done ----------------------------------------------------------------------------------------------

    def place(self, node: r.Node) -> Place:
        """Where a node stands."""
        return Place(self.code.file.path, node.line, node.column, call_depth(node))

    def emit(self, effect: Effect) -> None:
        """Something is done here, if the path comes here at all."""
        if effect.cond != NEVER and self.path != NEVER:
            self.effects.add(effect)

    @contextmanager
    def aside(self) -> Iterator[Effects]:
        """What is done within is collected apart."""
        outer, self.effects = self.effects, Effects()
        try:
            yield self.effects
        finally:
            self.effects = outer

    def here(self, cond: Cond) -> Cond:
        """What is left of a condition on this path, together with the path."""
        return both(self.path, under(cond, known(self.path)))

    def asked(self, cond: Cond, node: r.Node) -> Cond:
        """Python asks whether a condition holds.

        It is noted where it asks for a tracer: what a callee asks of one, it says when it is walked with that.
        """
        if not self.engine.traces:
            return under(cond, known(self.path))
        return self.asked_at(cond, self.place(node))

    def asked_at(self, cond: Cond, place: Place) -> Cond:
        """The same, at a place."""
        cond = under(cond, known(self.path))
        if self.engine.traces and any(map(_asks_tracer, c.atoms(cond))):
            self.emit(Test(cond=self.path, place=place, what=self.name, test=cond))
        return cond

    @property
    def name(self) -> str:
        """The name of what is walked."""
        if self.code.owner is not None:
            return self.code.owner.facts.name
        return self.code.function.name if self.code.function is not None else ""

    # --- expressions -----------------------------------------------------------------------------------------------

    def value(self, node: r.Expression) -> Term:
        """The value of an expression; what evaluating it does is done."""
        return _VALUES[type(node)](self, node)

    def _constant(self, node: r.Constant) -> Term:
        return t.const(node.value) if node.exact else t.SOMETHING

    def _not(self, node: r.Not) -> Term:
        return t.boolean(negate(self.asked(self.test(node.operand), node)))

    def _if_exp(self, node: r.IfExp) -> Term:
        cond = self.asked(self.test(node.test), node)
        then = self._on(cond, node.body)
        return choose(cond, then, self._on(negate(cond), node.orelse))

    def _walrus(self, node: r.Walrus) -> Term:
        term = self.env[node.name] = self.value(node.value)
        return term

    def _starred(self, node: r.Starred) -> Term:
        self.value(node.value)
        return UNKNOWN

    def _lambda(self, node: r.Lambda) -> Term:
        code = Code(self.code.file, self.code.scope, node.parameters, (), node.body, self.code.owner)
        closure = self.closure(code)
        self._pending[closure.code] = closure
        return closure

    def _computed(self, node: r.Computed) -> Term:
        for operand in node.operands:
            self.value(operand)
        return _TEXT if node.operator == "f" else _ARITHMETIC

    def _slice(self, node: r.Slice) -> Term:
        for part in (node.lower, node.upper, node.step):
            if part is not None:
                self.value(part)
        return t.SOMETHING

    def _opaque(self, node: r.Opaque) -> Term:
        for operand in node.operands:
            self.value(operand)
        return UNKNOWN

    def test(self, node: r.Expression) -> Cond:
        """Whether an expression is true; the operands of ``and`` and ``or`` are asked one by one."""
        if type(node) is not r.Not and type(node) is not r.BoolOp:
            return t.truth(self.value(node))
        match node:
            case r.Not(operand=operand):
                return negate(self.test(operand))
            case r.BoolOp(operator=operator, values=values):
                cond = self.asked(self.test(values[0]), node)  # whatever the others say
                path = self.path
                for value in values[1:]:
                    self.path = both(path, cond if operator == "and" else negate(cond))
                    further = self.test(value) if self.path != NEVER else NEVER
                    cond = both(cond, further) if operator == "and" else c.either(cond, further)
                self.path = path
                return cond
        return t.truth(self.value(node))

    def _on(self, cond: Cond, node: r.Expression) -> Term:
        """The value of an expression that is evaluated only where a condition holds."""
        path = self.path
        self.path = both(path, cond)
        term = self.value(node) if self.path != NEVER else UNKNOWN
        self.path = path
        return term

    def _name(self, node: r.Name) -> Term:
        term = self.env.get(node.id)
        if term is not None:
            return term
        return self.engine.resolve(self.code.file, self.code.scope, node)

    def _attribute(self, node: r.Attribute) -> Term:
        of = self.value(node.value)
        if self.fields is not None and of == self.itself and node.attr in self.fields:
            return self.fields[node.attr]
        return self.engine.attribute(of, node.attr)

    def _compare(self, node: r.Compare) -> Cond:
        left = self.value(node.left)
        right = [self.value(part) for part in node.comparators]
        if len(right) != 1:
            return MAYBE
        operator = node.operators[0]
        if isinstance(left, t.Const) and not isinstance(right[0], t.Const) and operator in _MIRRORED:
            return compared(right[0], _MIRRORED[operator], left)
        return compared(left, operator, right[0])

    def _bool_op(self, node: r.BoolOp) -> Term:
        term = self.value(node.values[0])
        path = self.path
        cond: Cond = ALWAYS
        for value in node.values[1:]:
            held = self.asked(t.truth(term), node)
            cond = both(cond, held if node.operator == "and" else negate(held))
            self.path = both(path, cond)
            further = self.value(value) if self.path != NEVER else UNKNOWN
            term = choose(held, further, term) if node.operator == "and" else choose(held, term, further)
        self.path = path
        return term

    def _display(self, node: r.Display) -> Term:
        kind = node.kind
        found: list[Term] = []
        whole = True
        for element in node.elements:
            if isinstance(element, r.Starred):
                inner = self.value(element.value)
                if isinstance(inner, t.Items):
                    found += inner.elements
                else:
                    whole = False
                    found.append(self.engine.element(inner))
            else:
                found.append(self.value(element))
        if whole:
            return t.Items("list" if kind == "set" else kind, tuple(found))
        return t.Repeated(joined(found), MAYBE)

    def _dict(self, node: r.DictDisplay) -> Term:
        term: Term = t.Mapping(())
        for key, value in zip(node.keys, node.values, strict=True):
            inner = self.value(value)
            if key is None:
                term = self.updated(term, inner)
                continue
            name = self.value(key)
            if isinstance(name, t.Const):
                term = self.updated(term, t.Mapping(((name, inner),)))
            else:
                term = self.updated(term, UNKNOWN)
        return term

    def updated(self, term: Term, more: Term) -> Term:
        """A dict after ``update``."""
        match term, more:
            case t.Choice(test=test, then=then, otherwise=otherwise), _:
                return choose(test, self.updated(then, more), self.updated(otherwise, more))
            case _, t.Choice(test=test, then=then, otherwise=otherwise):
                return choose(test, self.updated(term, then), self.updated(term, otherwise))
            case t.Mapping(entries=entries, rest=rest), t.Mapping(entries=newer, rest=None):
                return t.Mapping((*entries, *newer), rest)
            case t.Mapping(entries=entries, rest=None), _:
                return t.Mapping(entries, more)
            case t.Mapping(entries=entries), _:
                return t.Mapping(entries, UNKNOWN)
            case _, t.Mapping(entries=newer, rest=None):
                return t.Mapping(newer, term)
        return UNKNOWN

    def _subscript(self, node: r.Subscript) -> Term:
        of, index = self.value(node.value), node.index
        if isinstance(index, r.Slice):
            bounds = [
                self.value(part) if part is not None else t.NONE for part in (index.lower, index.upper, index.step)
            ]
            if isinstance(of, t.Items) and all(isinstance(part, t.Const) for part in bounds):
                first, last, step = (
                    part.value if isinstance(part, t.Const) and isinstance(part.value, int) else None for part in bounds
                )
                try:
                    return t.Items(of.kind, of.elements[first:last:step])
                except (TypeError, ValueError):
                    return UNKNOWN
            return UNKNOWN if isinstance(of, t.Const) else t.Repeated(self.engine.element(of), MAYBE)
        key = self.value(index)
        if isinstance(key, t.Const):
            return self.engine.item(of, key)
        return self.engine.element(of) if isinstance(of, t.Items | t.Repeated | t.Choice) else UNKNOWN

    def _comprehension(self, node: r.Comprehension) -> Term:
        outer = dict(self.env)
        path = self.path
        try:
            found, filled = self._generated(node, 0)
        finally:
            self.env = outer
            self.path = path
        if node.kind == "dict":
            return UNKNOWN
        if filled is None:
            return t.Items("list", tuple(found))
        return t.Repeated(joined(found), filled)

    def _generated(self, node: r.Comprehension, index: int) -> tuple[list[Term], Cond | None]:
        """The elements that a comprehension makes; with a condition, any number of such elements."""
        if index == len(node.generators):
            return [self.value(element) for element in node.elements[-1:]], None
        generator = node.generators[index]
        elements, sample, filled = self.iterated(self.value(generator.iterable))
        if elements is not None and not generator.conditions:
            found: list[Term] = []
            certain: Cond | None = None
            for element in elements:
                self.bind(generator.target, element)
                inner, more = self._generated(node, index + 1)
                found += inner
                certain = certain if more is None else more
            return found, certain
        self.bind(generator.target, sample if elements is None else joined(elements))
        for condition in generator.conditions:
            filled = both(filled, self.test(condition))
        path = self.path
        self.path = both(path, filled)
        found, more = self._generated(node, index + 1)
        self.path = path
        return found, filled if more is None else both(filled, more)

    def iterated(self, of: Term) -> tuple[list[Term] | None, Term, Cond]:
        """How an iterable is gone through: its elements, or what each is like and whether there is any."""
        match of:
            case t.Items(elements=elements):
                short = len(elements) <= UNROLLED and self.engine.spend(len(elements))
                return list(elements) if short else None, joined(elements), ALWAYS if elements else NEVER
            case t.Repeated(element=element, filled=filled):
                return None, element, filled
        return None, self.engine.element(of), t.truth(of)

    def closure(self, code: Code) -> t.Closure:
        """A nested function, with what it takes from here."""
        number = self.engine.number(code)
        wanted = self.engine.names(number)
        names = tuple(sorted((name, term) for name, term in self.env.items() if name in wanted))
        return t.Closure(number, self.number, names)

    def bind(self, target: r.Expression, term: Term) -> None:
        """Bind the names of a target."""
        match target:
            case r.Name(id=name):
                self.env[name] = UNKNOWN if name in self.engine.rebound(self.code.file) else term
            case r.Display(elements=elements):
                self._unpack(elements, term)
            case r.Starred(value=inner):
                self.bind(inner, UNKNOWN)
            case r.Attribute(value=owner, attr=attr):
                if self.fields is not None and self.value(owner) == self.itself:
                    self.fields[attr] = choose(under(self.path, known(self.base)), term, self.fields.get(attr, UNKNOWN))
            case r.Subscript(value=of, index=index):
                self.store(of, index, term)

    def _unpack(self, elements: tuple[r.Expression, ...], term: Term) -> None:
        starred = [index for index, element in enumerate(elements) if isinstance(element, r.Starred)]
        for index, element in enumerate(elements):
            if starred and index >= starred[0]:
                self.bind(element, UNKNOWN)
            elif isinstance(term, t.Output):
                self.bind(element, term.value if index == 0 and term.paired == ALWAYS else UNKNOWN)
            else:
                self.bind(element, self.engine.item(term, t.const(index)))

    # --- what dicts.py and calls.py add ----------------------------------------------------------------------------

    def store(self, of: r.Expression, index: r.Expression, term: Term) -> None:
        raise NotImplementedError

    def call_node(self, node: r.Call) -> Term:
        raise NotImplementedError

    def call(self, func: Term, arguments: Arguments, place: Place) -> Term:
        raise NotImplementedError


_MIRRORED = {"==": "==", "!=": "!=", "is": "is", "is not": "is not", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


def compared(left: Term, operator: str, right: Term) -> Cond:
    """Whether a comparison holds."""
    match operator, right:
        case (("is" | "=="), t.Const(value=None)):
            return t.missing(left)
        case (("is not" | "!="), t.Const(value=None)):
            return negate(t.missing(left))
        case (("is" | "=="), t.Const()):
            return t.equals(left, right)
        case (("is not" | "!="), t.Const()):
            return negate(t.equals(left, right))
        case (("<" | "<="), t.Const(value=bool() | int() | float() as bound)):
            return t.below(left, bound, operator == "<=")
        case ((">" | ">="), t.Const(value=bool() | int() | float() as bound)):
            return negate(t.below(left, bound, operator == ">"))
        case (("in" | "not in"), t.Items(elements=elements)):
            found = c.either(*(_same(left, part) for part in elements))
            return found if operator == "in" else negate(found)
        case (("in" | "not in"), t.Mapping(rest=rest)) if isinstance(left, t.Const):
            held = ALWAYS if right.get(left) is not None else NEVER if rest is None else MAYBE
            return held if operator == "in" else negate(held)
    return MAYBE


def _same(left: Term, right: Term) -> Cond:
    """Whether two values are equal; None asks nothing of an array."""
    if right == t.NONE:
        return t.missing(left)
    return t.equals(left, right) if isinstance(right, t.Const) else MAYBE


def joined(terms: list[Term] | tuple[Term, ...]) -> Term:
    """Any of these."""
    found: Term = UNKNOWN
    for index, term in enumerate(terms):
        found = term if index == 0 else choose(MAYBE, found, term)
    return found


def _asks_tracer(atom: Cond) -> bool:
    """Whether a condition asks Python for what a transform has traced."""
    return isinstance(atom, c.Truth | c.Equals | c.Below) and isinstance(t.bare(atom.of), t.Tracer)


# By type, which is found at once: to try one kind of record after another takes longer than most of them take.
_VALUES: dict[type[r.Node], Callable[[Expressions, Any], Term]] = {
    r.Name: Expressions._name,
    r.Attribute: Expressions._attribute,
    r.Constant: Expressions._constant,
    r.Call: lambda self, node: self.call_node(node),
    r.Not: Expressions._not,
    r.Compare: lambda self, node: t.boolean(self._compare(node)),
    r.BoolOp: Expressions._bool_op,
    r.IfExp: Expressions._if_exp,
    r.Walrus: Expressions._walrus,
    r.Display: Expressions._display,
    r.DictDisplay: Expressions._dict,
    r.Subscript: Expressions._subscript,
    r.Starred: Expressions._starred,
    r.Lambda: Expressions._lambda,
    r.Comprehension: Expressions._comprehension,
    r.Computed: Expressions._computed,
    r.Slice: Expressions._slice,
    r.Opaque: Expressions._opaque,
}
