"""What a value is, as far as a function's text says it: terms over parameters, attributes and constants.

Terms are immutable and hold no tree nodes. Symbols (``Param``, ``Self``) stand for what a caller decides; putting a
callee's terms into its caller is replacing them (``substitution.py``).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from . import conditions as c
from .conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, negate, remembered

# A choice with more alternatives than this is not followed any more.
_WEIGHT = 40
# A value that is made of more results of calls that are not known than this is not followed any more.
_DEPTH = 5
Literal = bool | int | float | str | None


class ClassKey(NamedTuple):
    """A class statement: the file's path, its qualname and line."""

    path: str
    name: str


class Place(NamedTuple):
    """Where something stands: a file's path, a 1-based line, a 0-based code-point column.

    ``depth`` tells calls that start at one place apart: ``f(x)`` 0, ``f(x)(y)`` 1, ``f(x)(y).g()`` 2.
    """

    path: str
    line: int
    column: int
    depth: int = 0

    @property
    def of_flax(self) -> bool:
        """Whether it is in Flax's own code."""
        return self.path.startswith("flax:")


class Term(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A value."""


class Unknown(Term, frozen=True, cache_hash=True):
    """A value of which nothing is known."""


class Const(Term, frozen=True, cache_hash=True):
    """A literal. ``kind`` tells True from 1."""

    value: Literal
    kind: str


class Some(Term, frozen=True, cache_hash=True):
    """A value that is never None: an ``array``, a ``key``, a ``text``, a ``number``, a ``dict``, or "" for anything."""

    kind: str = ""


class Param(Term, frozen=True, cache_hash=True):
    """What the caller gives for a parameter.

    Attributes:
        name: with ``MADE_WITH`` in front, a parameter of the constructor of the object that a method runs on.
    """

    name: str


# In front of the name of a constructor's parameter: a method has parameters of its own, which may share the name.
MADE_WITH = "."
# In front of the name of an attribute, among what an object is made with: the file that makes it may change it later.
CHANGED = "="


class Self(Term, frozen=True, cache_hash=True):
    """The object that a method runs on, of exactly this class."""

    owner: ClassKey


class Get(Term, frozen=True, cache_hash=True):
    """An attribute of something that is not known yet."""

    of: Term
    name: str


class Item(Term, frozen=True, cache_hash=True):
    """``of[index]``."""

    of: Term
    index: Const


class Element(Term, frozen=True, cache_hash=True):
    """Any element of an iterable that is not known yet."""

    of: Term


class Lookup(Term, frozen=True, cache_hash=True):
    """What ``*of`` or ``**of`` gives for a parameter, else its default."""

    of: Term
    key: Const
    default: Term


class Choice(Term, frozen=True, cache_hash=True):
    """``then`` where ``test`` holds, else ``otherwise``."""

    test: Cond
    then: Term
    otherwise: Term
    weight: int


class Tracer(Term, frozen=True, cache_hash=True):
    """A value that a transform has turned into a tracer, which Python cannot ask for its truth.

    Attributes:
        name: the parameter.
        place: where it is mended: the parameter of a function under ``jax.jit``, the call of a lifted transform.
        how: the transform.
        index: the position that would make it static; -1 where none does, as where a keyword gives it.
        guessed: whether it may as well be a tuple or the like, which is no tracer: neither a name nor the signature
            says that it is a flag or a number.
    """

    name: str
    place: Place
    how: str
    index: int = -1
    guessed: bool = False


class Present(Term, frozen=True, cache_hash=True):
    """A value of which is known that it is not None: what a merge has let through."""

    of: Term


class Truthy(Term, frozen=True, cache_hash=True):
    """The boolean that a condition is."""

    cond: Cond


class Items(Term, frozen=True, cache_hash=True):
    """A ``tuple`` or ``list`` whose elements are known one by one."""

    kind: str
    elements: tuple[Term, ...]


class Repeated(Term, frozen=True, cache_hash=True):
    """An iterable of unknown length whose elements are all like ``element``; ``filled``: whether it has any."""

    element: Term
    filled: Cond


class Mapping(Term, frozen=True, cache_hash=True):
    """A dict with constant keys; ``rest`` is what else it may hold: None nothing, else a term that is ``**``-ed in."""

    entries: tuple[tuple[Const, Term], ...]
    rest: Term | None = None

    def get(self, key: Const) -> Term | None:
        """The value of a key."""
        return next((value for known, value in reversed(self.entries) if known == key), None)


class ModuleRef(Term, frozen=True, cache_hash=True):
    """A Python module, by the path of its file, or by the folders of a namespace package."""

    file: str | None
    folders: tuple[str, ...]


class ClassRef(Term, frozen=True, cache_hash=True):
    """A class."""

    key: ClassKey


class FunctionRef(Term, frozen=True, cache_hash=True):
    """A function or method of a file; ``owner`` is the class whose statement holds it."""

    path: str
    qualname: str
    line: int
    owner: ClassKey | None = None


class ForeignRef(Term, frozen=True, cache_hash=True):
    """Something outside all files that can be read, by its dotted name."""

    dotted: str


class Closure(Term, frozen=True, cache_hash=True):
    """A function defined in a function, or a lambda: its code, and what the names that it takes from outside mean."""

    code: int
    home: int
    names: tuple[tuple[str, Term], ...]


class Partial(Term, frozen=True, cache_hash=True):
    """``functools.partial``."""

    func: Term
    arguments: Arguments


class Instance(Term, frozen=True, cache_hash=True):
    """An object: its class, what its constructor was given (``**`` for what is not known), where."""

    owner: ClassKey
    given: tuple[tuple[str, Term], ...]
    place: Place | None = None

    def get(self, name: str) -> Term | None:
        """What the constructor was given for an attribute."""
        return next((value for known, value in self.given if known == name), None)


class Bound(Term, frozen=True, cache_hash=True):
    """A method on an object."""

    of: Term
    function: FunctionRef


class Attached(Term, frozen=True, cache_hash=True):
    """What ``model.bind(variables, rngs=...)`` returns."""

    of: Term
    variables: Term
    rngs: Term
    mutable: Term


class Super(Term, frozen=True, cache_hash=True):
    """``super()`` in a method of ``after``."""

    of: Term
    after: ClassKey


class Lifted(Term, frozen=True, cache_hash=True):
    """What a lifted transform of Flax makes of a class, an instance or a function."""

    transform: FunctionRef
    target: Term
    options: tuple[tuple[str, Term], ...]
    place: Place


class Wrapped(Term, frozen=True, cache_hash=True):
    """What a transform of JAX makes of a function: called, it calls it.

    ``kind``: ``grad``, ``vmap``...; the whole name, ``jax.jit``, of one that traces all arguments that are not static.
    """

    kind: str
    func: Term
    arguments: Arguments


class Applied(Term, frozen=True, cache_hash=True):
    """The result of calling something that is not known yet; ``depth``: how many such results it is made of."""

    func: Term
    arguments: Arguments
    depth: int = 1


class VariableRef(Term, frozen=True, cache_hash=True):
    """What ``self.variable(collection, ...)`` returns."""

    collection: Term


class Output(Term, frozen=True, cache_hash=True):
    """What ``.apply`` returns: ``value``, or a tuple of it and the updated collections where ``paired`` holds."""

    value: Term
    paired: Cond


class Arguments(msgspec.Struct, frozen=True, cache_hash=True):
    """The arguments of a call.

    ``rest`` is what ``*rest`` adds to the positional ones where that is not known one by one, ``spread`` the same for
    ``**spread``.
    """

    positional: tuple[Term, ...] = ()
    keywords: tuple[tuple[str, Term], ...] = ()
    rest: Term | None = None
    spread: Term | None = None

    def keyword(self, name: str) -> Term | None:
        """What is given by keyword."""
        return next((value for known, value in self.keywords if known == name), None)

    def get(self, position: int, name: str) -> Term | None:
        """What is given by position or by keyword."""
        if position < len(self.positional):
            return self.positional[position]
        return self.keyword(name)

    def headed(self, first: Term) -> Arguments:
        """The same behind another first one: a method's object."""
        return Arguments((first, *self.positional), self.keywords, self.rest, self.spread)

    def beheaded(self) -> tuple[Term, Arguments] | None:
        """The first positional one, and the others; None where there is none."""
        if not self.positional:
            return None
        return self.positional[0], Arguments(self.positional[1:], self.keywords, self.rest, self.spread)

    def all(self) -> tuple[Term, ...]:
        """Every term."""
        found = self.positional
        if self.keywords:
            found += tuple([value for _, value in self.keywords])
        if self.rest is not None:
            found += (self.rest,)
        return found if self.spread is None else (*found, self.spread)


UNKNOWN = Unknown()
SOMETHING = Some()
ARRAY = Some("array")
KEY = Some("key")
_OBJECTS = (ClassRef, FunctionRef, Closure, Partial, Bound, Lifted, Wrapped, ModuleRef, VariableRef, Super)
_NO_TERMS = {str, int, float, bool, type(None)}
_SIMPLE = {Unknown, Const, Some, Param, Self, ModuleRef, ClassRef, FunctionRef, ForeignRef}
_SYMBOLS = (Param, Get, Item, Element, Lookup, Applied, Tracer)


def const(value: Literal) -> Const:
    """A literal."""
    return Const(value, type(value).__name__)


NONE = const(None)


def boolean(cond: Cond) -> Term:
    """The value of a condition."""
    return const(cond.value) if type(cond) is c.Always else Truthy(cond)


def choose(test: Cond, then: Term, otherwise: Term) -> Term:
    """``then if test else otherwise``."""
    if type(test) is c.Always:
        return then if test.value else otherwise
    if then == otherwise:
        return then
    ours = type(then) is Choice and then.test == test
    theirs = type(otherwise) is Choice and otherwise.test == test
    if (ours or theirs) and not c.uncertain(test):  # two tests of which nothing is known need not agree
        then = then.then if ours and type(then) is Choice else then
        otherwise = otherwise.otherwise if theirs and type(otherwise) is Choice else otherwise
    weight = sum([part.weight if type(part) is Choice else 1 for part in (then, otherwise)])
    return UNKNOWN if weight > _WEIGHT else Choice(test, then, otherwise, weight)


def truth(term: Term) -> Cond:
    """Whether a value is true."""
    if type(term) is Const:
        return ALWAYS if term.value else NEVER
    if type(term) is Truthy:
        return term.cond
    return _truth(term)


@remembered
def _truth(term: Term) -> Cond:
    match term:
        case Present(of=of):
            return truth(of)
        case Choice(test=test, then=then, otherwise=otherwise):
            return either(both(test, truth(then)), both(negate(test), truth(otherwise)))
        case Items(elements=elements):
            return ALWAYS if elements else NEVER
        case Mapping(entries=entries, rest=rest):
            return ALWAYS if entries else MAYBE if rest is not None else NEVER
        case Repeated(filled=filled):
            return filled
        case Instance() | Self():
            return ALWAYS
    if isinstance(term, _OBJECTS):
        return ALWAYS
    return c.Truth(term) if isinstance(term, _SYMBOLS) else MAYBE


def missing(term: Term) -> Cond:
    """Whether a value is None."""
    if type(term) is Const:
        return ALWAYS if term.value is None else NEVER
    return _missing(term)


@remembered
def _missing(term: Term) -> Cond:
    match term:
        case Tracer():
            return NEVER
        case Choice(test=test, then=then, otherwise=otherwise):
            return either(both(test, missing(then)), both(negate(test), missing(otherwise)))
        case Unknown() | ForeignRef():
            return MAYBE
        case Lookup(of=of, default=default) if not isinstance(of, _SYMBOLS):
            return missing(default)
    return c.Missing(term) if isinstance(term, _SYMBOLS) else NEVER


@remembered
def equals(term: Term, value: Const) -> Cond:
    """Whether a value equals a literal."""
    match term:
        case Present(of=of):
            return NEVER if value.value is None else equals(of, value)
        case Const(value=mine):
            return ALWAYS if mine == value.value else NEVER
        case Choice(test=test, then=then, otherwise=otherwise):
            return either(both(test, equals(then, value)), both(negate(test), equals(otherwise, value)))
        case Truthy(cond=cond) if value.value in (0, 1):
            return cond if value.value else negate(cond)
        case Some(kind="text"):
            return MAYBE if isinstance(value.value, str) else NEVER
        case Items() | Mapping() | Repeated() | Instance() | Self():
            return NEVER
    if isinstance(term, _OBJECTS):
        return NEVER
    return c.Equals(term, value) if isinstance(term, _SYMBOLS) else MAYBE


def below(term: Term, bound: float, or_equal: bool) -> Cond:
    """Whether a value is less than a number."""
    match term:
        case Present(of=of):
            return below(of, bound, or_equal)
        case Const(value=bool() | int() | float() as mine):
            return ALWAYS if mine < bound or (or_equal and mine == bound) else NEVER
        case Choice(test=test, then=then, otherwise=otherwise):
            return either(
                both(test, below(then, bound, or_equal)), both(negate(test), below(otherwise, bound, or_equal))
            )
    return c.Below(term, bound, or_equal) if isinstance(term, _SYMBOLS) else MAYBE


def parts(term: Term) -> Iterator[Term]:
    """A term and the terms in it that decide its value."""
    pending: list[object] = [term]
    while pending:
        current = pending.pop()
        if type(current) in _NO_TERMS:
            continue
        if isinstance(current, Term):
            yield current
            pending += msgspec.structs.astuple(current)
        elif isinstance(current, tuple):
            pending += current
        elif isinstance(current, Cond):
            pending += msgspec.structs.astuple(current)


def holds_tracer(term: Term) -> bool:
    """Whether a value is a tracer, or made of one."""
    return type(term) not in _SIMPLE and any(isinstance(part, Tracer) for part in parts(term))


def applied(func: Term, arguments: Arguments) -> Term:
    """The result of calling something that is not known yet, unless it is made of too many such results."""
    depth = 1 + max(map(_depth, (func, *arguments.all())))
    return Applied(func, arguments, depth) if depth <= _DEPTH else UNKNOWN


def _depth(term: Term) -> int:
    while type(term) is Get or type(term) is Item or type(term) is Element or type(term) is Present:
        term = term.of
    if type(term) in _SIMPLE:
        return 0
    match term:
        case Applied(depth=depth):
            return depth
        case Choice(then=then, otherwise=otherwise):
            return max(_depth(then), _depth(otherwise))
        case Items(elements=elements):
            return max(map(_depth, elements), default=0)
        case Repeated(element=element):
            return _depth(element)
        case Lookup(of=of):
            return _depth(of)
    return 0


def present(term: Term) -> Term:
    """A value that is not None, or its user would have raised."""
    return Present(term) if missing(term) not in {NEVER, ALWAYS} else term


def bare(term: Term) -> Term:
    """A value without what is known of its being there."""
    return term.of if type(term) is Present else term


def symbol(term: Term) -> bool:
    """Whether a term stands for something that a caller decides."""
    return isinstance(term, _SYMBOLS) and not isinstance(term, Tracer)
