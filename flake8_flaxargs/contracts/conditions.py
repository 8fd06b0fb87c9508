"""When something happens: a small boolean algebra over what a caller, a constructor or Flax decides.

Conditions are immutable and simplify as they are built. ``MAYBE`` is what nothing is known of; it never becomes true or
false, so what is decided beside it stays decided: ``both(MAYBE, NEVER)`` is ``NEVER``.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from .terms import Const, Term

# A condition with more parts than this is not followed any more.
_WEIGHT = 60


class Cond(msgspec.Struct, frozen=True, cache_hash=True, gc=False):
    """A condition."""


class Always(Cond, frozen=True, cache_hash=True):
    """A condition that is decided."""

    value: bool


class Maybe(Cond, frozen=True, cache_hash=True):
    """A condition of which nothing is known."""


ALWAYS = Always(True)
NEVER = Always(False)
MAYBE = Maybe()


class Truth(Cond, frozen=True, cache_hash=True):
    """``bool(of)``."""

    of: Term


class Missing(Cond, frozen=True, cache_hash=True):
    """``of is None``."""

    of: Term


class Equals(Cond, frozen=True, cache_hash=True):
    """``of == value``."""

    of: Term
    value: Const


class Below(Cond, frozen=True, cache_hash=True):
    """``of < bound``, or ``of <= bound``."""

    of: Term
    bound: float
    or_equal: bool


class State(Cond, frozen=True, cache_hash=True):
    """What Flax decides while a Module runs.

    ``kind``: ``initializing``; ``has-rng`` of a stream; ``mutable`` of a collection; ``has-variable`` of a collection.
    """

    kind: Literal["initializing", "has-rng", "mutable", "has-variable"]
    name: str = ""


class Not(Cond, frozen=True, cache_hash=True):
    operand: Cond


class Both(Cond, frozen=True, cache_hash=True):
    """All of its operands hold."""

    operands: tuple[Cond, ...]
    weight: int


class Either(Cond, frozen=True, cache_hash=True):
    """At least one of its operands holds."""

    operands: tuple[Cond, ...]
    weight: int


_NOTHING_SINGLE = (Always, Maybe, Either)
# The same few conditions are joined again and again; what comes of it is remembered. To look an immutable condition up
# by its stored hash is many times faster than to join it, ``type(x) is`` faster than ``isinstance`` or ``match`` here.
remembered = functools.lru_cache(maxsize=1 << 14)


@remembered
def negate(cond: Cond) -> Cond:
    """The opposite."""
    match cond:
        case Always(value=value):
            return NEVER if value else ALWAYS
        case Maybe():
            return cond
        case Not(operand=operand):
            return operand
        case Both(operands=operands):
            return either(*map(negate, operands))
        case Either(operands=operands):
            return both(*map(negate, operands))
    return Not(cond)


def both(*conds: Cond) -> Cond:
    """Whether all hold."""
    if len(conds) == 2:  # as most often, and most often with nothing to join
        if conds[0] is ALWAYS:
            return conds[1]
        if conds[1] is ALWAYS or conds[0] is conds[1]:
            return conds[0]
    return _both(*conds)


@remembered
def _both(*conds: Cond) -> Cond:
    parts = _single(conds, Both)
    return NEVER if parts is None else _joined(parts, Both, ALWAYS)


@remembered
def either(*conds: Cond) -> Cond:
    """Whether one holds at least."""
    found = _single(conds, Either)
    if found is None:
        return ALWAYS
    common = _common(found)  # (p and a) or (p and not a) is p
    if common is not None:
        return common
    return _joined(found, Either, NEVER)


def _single(conds: Iterable[Cond], kind: type[Both] | type[Either]) -> list[Cond] | None:
    """The operands, those of operands of the same kind among them, each once; None where they decide the whole."""
    decisive = kind is Either  # a True decides an Either, a False a Both; the other one says nothing
    parts: dict[Cond, None] = {}
    denied: set[Cond] = set()
    for cond in conds:
        for part in cond.operands if type(cond) is kind else (cond,):
            if type(part) is Always:
                if part.value is decisive:
                    return None
                continue
            if type(part) is Not:
                if part.operand in parts:
                    return None
                denied.add(part.operand)
            elif part in denied:
                return None
            parts[part] = None
    return list(parts)


def _common(parts: list[Cond]) -> Cond | None:
    """What two conjunctions have in common, where they differ in one part that is a condition and its opposite."""
    if len(parts) != 2:
        return None
    first, second = (part.operands if isinstance(part, Both) else (part,) for part in parts)
    left, right = [c for c in first if c not in second], [c for c in second if c not in first]
    if not left or not right:  # (p) or (p and a) is p
        return parts[0] if not left else parts[1]
    if len(left) == len(right) == 1 and negate(left[0]) == right[0] and left[0] != MAYBE:
        return both(*(c for c in first if c in second))
    return None


def _joined(parts: list[Cond], kind: type[Both] | type[Either], empty: Cond) -> Cond:
    if not parts:
        return empty
    if len(parts) == 1:
        return parts[0]
    weight = sum([part.weight if type(part) is Both or type(part) is Either else 1 for part in parts])
    return MAYBE if weight > _WEIGHT else kind(tuple(parts), weight)


@remembered
def known(cond: Cond) -> Mapping[Cond, bool]:
    """The single conditions that must hold, or must not, where ``cond`` holds."""
    found: dict[Cond, bool] = {}
    for part in cond.operands if type(cond) is Both else (cond,):
        if type(part) is Not:
            found[part.operand] = False
        elif not isinstance(part, _NOTHING_SINGLE):
            found[part] = True
    for part, holds in list(found.items()):
        if holds and type(part) is Missing:
            found.setdefault(Truth(part.of), False)
        elif holds and type(part) is Truth:
            found.setdefault(Missing(part.of), False)
    return found


def under(cond: Cond, facts: Mapping[Cond, bool]) -> Cond:
    """What is left of a condition where the truth of some single conditions is known."""
    if not facts:
        return cond
    if type(cond) is Always or type(cond) is Maybe:
        return cond
    if type(cond) is Not:
        return negate(under(cond.operand, facts))
    if type(cond) is Both:
        return both(*[under(part, facts) for part in cond.operands])
    if type(cond) is Either:
        return either(*[under(part, facts) for part in cond.operands])
    holds = facts.get(cond)
    return cond if holds is None else ALWAYS if holds else NEVER


@remembered
def certain_part(cond: Cond) -> Cond:
    """When a condition certainly holds: what is not known counts as false."""
    match cond:
        case Maybe():
            return NEVER
        case Both(operands=operands):
            return both(*map(certain_part, operands))
        case Either(operands=operands):
            return either(*map(certain_part, operands))
    return cond


def possible_part(cond: Cond) -> Cond:
    """When a condition may hold: what is not known counts as true."""
    return negate(certain_part(negate(cond)))


def uncertain(cond: Cond) -> bool:
    """Whether any part of a condition is one of which nothing is known."""
    match cond:
        case Maybe():
            return True
        case Both(operands=operands) | Either(operands=operands):
            return any(map(uncertain, operands))
    return False


def is_vague(cond: Cond) -> bool:
    """Whether any part of a condition is not known."""
    match cond:
        case Not(operand=operand):
            return is_vague(operand)
        case Both(operands=operands) | Either(operands=operands):
            return any(map(is_vague, operands))
    return isinstance(cond, Maybe)


def atoms(cond: Cond) -> Iterator[Cond]:
    """The single conditions in a condition."""
    match cond:
        case Not(operand=operand):
            yield from atoms(operand)
        case Both(operands=operands) | Either(operands=operands):
            for part in operands:
                yield from atoms(part)
        case Always() | Maybe():
            return
        case _:
            yield cond
