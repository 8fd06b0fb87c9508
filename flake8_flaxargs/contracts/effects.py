"""What running a function does that its caller has to answer for, each with the condition under which it does so."""

from __future__ import annotations

import functools
from typing import Literal, NamedTuple

import msgspec

from . import terms as t
from .conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, known, negate, under
from .terms import Arguments, Choice, Const, Instance, Items, Mapping, Place, Term, missing

# A function that does more than this is not followed to its end: what is left out counts as unknown.
_LIMIT = 400
_OPAQUE = 3


class Effect(msgspec.Struct, frozen=True, cache_hash=True, gc=False, kw_only=True):
    """Something that a function does.

    Attributes:
        cond: when.
        place: where, in code that is not Flax's own if any such code is on the way.
        what: the class of the layer or the function that does it.
    """

    cond: Cond
    place: Place
    what: str


class Filter(NamedTuple):
    """The names that a lifted transform lets pass: those that one of its options names.

    ``made``: the layer of Flax that sets the transform up, and takes its options for its own.
    """

    options: tuple[Term, ...]
    place: Place
    made: str = ""

    def passes(self, name: str) -> Cond:
        """Whether a name passes."""
        return either(*(in_filter(option, name) for option in self.options))


def in_filter(term: Term, name: str) -> Cond:
    """Whether a filter of streams or collections lets a name pass (core/scope.py ``in_filter``) [D4 E6]."""
    match term:
        case Const(value=bool() as value):
            return ALWAYS if value else NEVER
        case Const(value=str(only)):
            return ALWAYS if only == name else NEVER
        case Items(elements=elements):
            return either(*(in_filter(part, name) for part in elements))
        case Mapping(entries=entries, rest=None):
            return either(*(in_filter(key, name) for key, _ in entries))
        case Choice(test=test, then=then, otherwise=otherwise):
            return either(both(test, in_filter(then, name)), both(negate(test), in_filter(otherwise, name)))
        case Instance(owner=owner) if owner.path == "flax:flax/core/scope.py" and owner.name.startswith("DenyList:"):
            denied = term.get("deny")
            return MAYBE if denied is None else negate(in_filter(denied, name))
    return MAYBE


class Draw(Effect, frozen=True, cache_hash=True):
    """Draws a key from an rng stream; ``filters`` are the lifted transforms on the way, innermost first."""

    stream: Term
    filters: tuple[Filter, ...] = ()

    def served_by(self) -> list[tuple[str, Cond]]:
        """The streams that can serve it, best first, and whether each comes through; Flax falls back on ``params``
        (core/scope.py ``make_rng``, since 0.8.2)."""
        name = self.stream.value if isinstance(self.stream, Const) else None
        names = [name] if isinstance(name, str) else []
        if "params" not in names:
            names.append("params")
        return [(stream, both(*(layer.passes(stream) for layer in self.filters))) for stream in names]


class Update(Effect, frozen=True, cache_hash=True):
    """Writes to a variable of a collection; ``filters`` are the lifted transforms on the way, innermost first."""

    collection: Term
    filters: tuple[Filter, ...] = ()


class Use(Effect, frozen=True, cache_hash=True):
    """Needs a collection to be there; ``filters`` as for ``Update``.

    Attributes:
        fixing: what lets variables be read, and maybe not be made: ``nn.while_loop`` broadcasts them.
    """

    collection: Term
    filters: tuple[Filter, ...] = ()
    fixing: tuple[Filter, ...] = ()

    def fixed(self) -> Cond:
        """When a lifted transform keeps its body from making what is missing, whatever the call lets it write."""
        name = self.collection.value if isinstance(self.collection, Const) else None
        if not isinstance(name, str):
            return MAYBE if self.fixing else NEVER
        return negate(both(*(layer.passes(name) for layer in self.fixing)))


def shut_out(effect: Update | Use) -> Cond:
    """When a lifted transform keeps the collection from its body: there it is empty and immutable [E7]."""
    name = effect.collection.value if isinstance(effect.collection, Const) else None
    if not isinstance(name, str):
        return MAYBE if effect.filters else NEVER
    return negate(both(*(layer.passes(name) for layer in effect.filters)))


class Merge(Effect, frozen=True, cache_hash=True):
    """Merges two values of which exactly one has to be given.

    Attributes:
        name, attribute, argument: the operands of ``merge_param``.
        verdict: ``twice`` or ``nowhere`` where it fails whoever calls; "" where that is still open.
        blamed: whether the call at its place is what gives both, or neither; else the merge itself is at fault.
    """

    name: Term
    attribute: Term
    argument: Term
    verdict: Literal["", "twice", "nowhere"] = ""
    blamed: bool = False

    @property
    def twice(self) -> Cond:
        """When both are given."""
        return under(both(negate(missing(self.attribute)), negate(missing(self.argument))), known(self.cond))

    @property
    def nowhere(self) -> Cond:
        """When neither is given."""
        return under(both(missing(self.attribute), missing(self.argument)), known(self.cond))


class Test(Effect, frozen=True, cache_hash=True):
    """Asks in Python whether something holds: what a tracer cannot answer."""

    test: Cond


class Unforwarded(Effect, frozen=True, cache_hash=True):
    """Leaves a mode flag of a callee at its default, where a layer hangs on it and the caller has a flag of its own.

    Attributes:
        flag: the callee's parameter.
        mine: the caller's.
        source: the layer's place.
        layer: its class.
        active: whether it is the default that makes the layer active.
    """

    flag: str
    mine: str
    source: Place
    layer: str
    active: bool = False


class Invoke(Effect, frozen=True, cache_hash=True):
    """Calls something that only the caller knows.

    Attributes:
        func, arguments: the call.
        chosen: the condition under which it is this that is called, where it may be something else.
        original: the arguments as the call is written.
        layers: what lifted transforms around it let pass, innermost first: streams, collections, collections to write.
    """

    func: Term
    arguments: Arguments
    original: Arguments | None = None
    chosen: Cond = ALWAYS
    layers: tuple[tuple[Filter, Filter, Filter], ...] = ()


class Entry(Effect, frozen=True, cache_hash=True):
    """Runs a Module from outside: ``apply``, ``init``, ``bind``.

    Attributes:
        how: the method of ``flax.linen.Module``.
        model: the Module.
        method: the name of the Module's method that runs; "" where it is a function.
        inner: what that does, under the arguments of this very call.
        rngs, mutable, variables: as given.
        values: the arguments that the method gets.
        paired: whether it returns the updated collections beside the value.
        chosen: the condition under which it is this Module, where it may be another.
        original: the arguments as the call is written, where its Module is only known to a caller further up.
        via: the call of that caller that leads here.
        guarded: whether that caller cannot tell if the call, which stands under a condition, is come to.
    """

    how: str
    model: Term
    method: str
    inner: tuple[Effect, ...]
    rngs: Term
    mutable: Term
    variables: Term
    values: tuple[Term, ...]
    paired: Cond
    chosen: Cond = ALWAYS
    original: Arguments | None = None
    via: Place | None = None
    guarded: bool = False


class Dropped(Effect, frozen=True, cache_hash=True):
    """Gives keyword arguments to a lifted transform that drops them.

    Attributes:
        made: the transform's call.
        order: the positional parameters of what runs, ``self`` left out.
    """

    names: tuple[str, ...]
    transform: str
    made: Place
    order: tuple[str, ...] = ()


class Overruled(Effect, frozen=True, cache_hash=True):
    """Gives again what a partial of an object or of a function of the functional core has settled: the call wins."""

    names: tuple[str, ...]


class Opaque(Effect, frozen=True, cache_hash=True):
    """Runs something that cannot be followed, which may do anything."""


class Contract(msgspec.Struct, frozen=True, eq=False, dict=True):
    """What running a function means to its caller.

    Attributes:
        effects: in the order in which they are found.
        returns: the value.
    """

    effects: tuple[Effect, ...]
    returns: Term

    @functools.cached_property
    def goes_through_elements(self) -> bool:
        """Whether the function calls elements of what it is given."""
        return any(isinstance(effect, Invoke) and _of_element(effect.func) for effect in self.effects)


def _of_element(term: Term) -> bool:
    match term:
        case t.Element() | t.Item():
            return True
        case t.Get(of=of):
            return _of_element(of)
        case t.Choice(then=then, otherwise=otherwise):
            return _of_element(then) or _of_element(otherwise)
        case t.Applied(func=func) | t.Lifted(target=func) | t.Wrapped(func=func) | t.Partial(func=func):
            return _of_element(func)
    return False


class Effects:
    """Collects effects; what is done twice alike is kept once."""

    def __init__(self) -> None:
        self._found: dict[Effect, None] = {}
        self.full = False
        self._opaque = 0

    def add(self, effect: Effect) -> None:
        """Keep an effect; of what cannot be followed a few, for one says as much as all."""
        if isinstance(effect, Opaque):
            self._opaque += 1
            if self._opaque > _OPAQUE and effect.cond != ALWAYS:
                return
        if len(self._found) < _LIMIT:
            self._found[effect] = None
        elif not self.full:
            self.full = True
            self._found[Opaque(cond=effect.cond, place=effect.place, what="too much to follow")] = None

    def all(self) -> tuple[Effect, ...]:
        """All of them."""
        return tuple(self._found)
