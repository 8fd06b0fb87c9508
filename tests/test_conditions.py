"""The algebra of conditions against truth tables, in which ``MAYBE`` is an adversary who answers as he likes."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flake8_flaxargs.contracts import conditions as c
from flake8_flaxargs.contracts import terms as t
from flake8_flaxargs.contracts.conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, negate
from flake8_flaxargs.contracts.inference.engine import Engine
from flake8_flaxargs.contracts.inference.substitution import Substitution
from flake8_flaxargs.contracts.terms import Const, Literal, Term, const
from flake8_flaxargs.project.project import Project

PARAMETERS = ("p", "q")
VALUES: tuple[Literal, ...] = (None, False, True, 0.5)
STATES = (c.State("initializing"), c.State("has-rng", "dropout"))
BOUND = 0.25

# The answers that are possible; more than one where it is the adversary's choice.
Answers = frozenset[bool]
EITHER_WAY: Answers = frozenset({True, False})


class World(NamedTuple):
    """What callers and Flax have decided."""

    values: Mapping[str, Literal]
    states: Mapping[c.State, bool]


WORLDS = [
    World(dict(zip(PARAMETERS, chosen, strict=True)), dict(zip(STATES, decided, strict=True)))
    for chosen in itertools.product(VALUES, repeat=len(PARAMETERS))
    for decided in itertools.product((False, True), repeat=len(STATES))
]


# --- the model -----------------------------------------------------------------------------------------------------


class Formula(NamedTuple):
    """What a condition is to mean: ``kind`` is ``atom``, ``not``, ``both`` or ``either``."""

    kind: str
    atom: Cond = MAYBE
    parts: tuple[Formula, ...] = ()

    def answers(self, world: World) -> Answers:
        """What it can come to, by its definition."""
        found = [part.answers(world) for part in self.parts]
        match self.kind:
            case "not":
                return frozenset(not answer for answer in found[0])
            case "both":
                return frozenset(all(chosen) for chosen in itertools.product(*found))
            case "either":
                return frozenset(any(chosen) for chosen in itertools.product(*found))
        return answers(self.atom, world)

    def built(self) -> Cond:
        """The condition that the algebra makes of it."""
        parts = [part.built() for part in self.parts]
        made: dict[str, Callable[..., Cond]] = {"not": negate, "both": both, "either": either}
        return made[self.kind](*parts) if self.kind != "atom" else self.atom


def answers(cond: Cond, world: World) -> Answers:
    """What a condition can come to."""
    match cond:
        case c.Always(value=value):
            return frozenset({value})
        case c.Maybe():
            return EITHER_WAY
        case c.Not(operand=operand):
            return frozenset(not answer for answer in answers(operand, world))
        case c.Both(operands=operands):
            return frozenset(map(all, itertools.product(*(answers(part, world) for part in operands))))
        case c.Either(operands=operands):
            return frozenset(map(any, itertools.product(*(answers(part, world) for part in operands))))
        case c.State():
            return frozenset({world.states[cond]})
        case c.Truth(of=of):
            return frozenset(map(bool, values(of, world)))
        case c.Missing(of=of):
            return frozenset(value is None for value in values(of, world))
        case c.Equals(of=of, value=constant):
            return frozenset(value == constant.value for value in values(of, world))
        case c.Below(of=of, bound=bound, or_equal=or_equal):
            return frozenset(is_below(value, bound, or_equal) for value in values(of, world))
    raise AssertionError(cond)


def is_below(value: Literal, bound: float, or_equal: bool) -> bool:
    """``value < bound``; false of what cannot be compared."""
    return isinstance(value, int | float) and (value < bound or (or_equal and value == bound))


def values(term: Term, world: World) -> set[Literal]:
    """What a term can be. ``0`` and ``False`` are one, as they are to all that is asked here."""
    match term:
        case Const(value=value):
            return {value}
        case t.Param(name=name):
            return {world.values[name]}
        case t.Truthy(cond=cond):
            return set(answers(cond, world))
        case t.Choice(test=test, then=then, otherwise=otherwise):
            sides = {True: then, False: otherwise}
            return {value for answer in answers(test, world) for value in values(sides[answer], world)}
    raise AssertionError(term)


# --- what is tried -------------------------------------------------------------------------------------------------

SYMBOLS = [t.Param(name) for name in PARAMETERS]
CONSTANTS = [const(value) for value in VALUES]
ATOMS: list[Cond] = [
    *map(c.Truth, SYMBOLS),
    *map(c.Missing, SYMBOLS),
    *(c.Equals(*asked) for asked in itertools.product(SYMBOLS, CONSTANTS)),
    *(c.Below(symbol, BOUND, or_equal) for symbol in SYMBOLS for or_equal in (False, True)),
    *STATES,
]
decided = st.sampled_from([*ATOMS, ALWAYS, NEVER])


def formulas(leaves: st.SearchStrategy[Cond]) -> st.SearchStrategy[Formula]:
    def grown(smaller: st.SearchStrategy[Formula]) -> st.SearchStrategy[Formula]:
        several = st.lists(smaller, max_size=3).map(tuple)
        return st.one_of(
            smaller.map(lambda part: Formula("not", parts=(part,))),
            several.map(lambda parts: Formula("both", parts=parts)),
            several.map(lambda parts: Formula("either", parts=parts)),
        )

    return st.recursive(leaves.map(lambda atom: Formula("atom", atom)), grown, max_leaves=8)


any_formula = formulas(decided | st.just(MAYBE))
certain_formula = formulas(decided)
any_condition = any_formula.map(Formula.built)
certain_condition = certain_formula.map(Formula.built)


def terms_with(tests: st.SearchStrategy[Cond]) -> st.SearchStrategy[Term]:
    leaves = st.sampled_from([*SYMBOLS, *CONSTANTS]) | tests.map(t.boolean)
    return st.recursive(
        leaves, lambda part: st.tuples(tests, part, part).map(lambda given: t.choose(*given)), max_leaves=4
    )


any_term = terms_with(any_condition)
certain_term = terms_with(certain_condition)
few = settings(max_examples=60, deadline=None)


# --- conditions ----------------------------------------------------------------------------------------------------


@few
@given(any_formula)
def test_simplified_means_the_same(formula: Formula) -> None:
    cond = formula.built()
    for world in WORLDS:
        assert answers(cond, world) == formula.answers(world), (cond, world)


@few
@given(any_condition)
def test_twice_the_opposite_is_the_same(cond: Cond) -> None:
    for world in WORLDS:
        assert answers(negate(negate(cond)), world) == answers(cond, world)


@few
@given(certain_condition)
def test_a_condition_and_its_opposite(cond: Cond) -> None:
    for world in WORLDS:
        assert answers(both(cond, negate(cond)), world) == {False}
        assert answers(either(cond, negate(cond)), world) == {True}


@few
@given(any_condition)
def test_always_and_never_are_neutral_or_decide(cond: Cond) -> None:
    assert both(cond, ALWAYS) == either(cond, NEVER) == both(cond) == either(cond) == cond
    assert both(cond, NEVER) == NEVER
    assert either(cond, ALWAYS) == ALWAYS
    assert (both(), either()) == (ALWAYS, NEVER)


@few
@given(any_condition)
def test_certain_and_possible_part(cond: Cond) -> None:
    certain, possible = c.certain_part(cond), c.possible_part(cond)
    assert not c.uncertain(certain)
    assert not c.uncertain(possible)
    for world in WORLDS:
        expected = answers(cond, world)
        assert answers(certain, world) == {expected == {True}}
        assert answers(possible, world) == {True in expected}


@few
@given(any_condition)
def test_known_is_what_must_hold(cond: Cond) -> None:
    facts = c.known(cond)
    for world in WORLDS:
        if True in answers(cond, world):
            assert all(answers(fact, world) == {holds} for fact, holds in facts.items())


@few
@given(any_condition, any_condition)
def test_under_what_is_known_it_means_the_same(cond: Cond, given: Cond) -> None:
    facts = c.known(given)
    left = c.under(cond, facts)
    assert not facts.keys() & set(c.atoms(left))
    for world in WORLDS:
        if all(answers(fact, world) == {holds} for fact, holds in facts.items()):
            assert answers(left, world) == answers(cond, world)


@few
@given(certain_condition)
def test_without_maybe_nothing_is_uncertain(cond: Cond) -> None:
    assert not c.uncertain(cond)
    assert all(len(answers(cond, world)) == 1 for world in WORLDS)


def test_what_grows_too_large_is_given_up() -> None:
    many = [c.State("has-rng", str(number)) for number in range(100)]
    assert both(*many) == either(*many) == MAYBE
    assert both(*many, NEVER) == NEVER
    assert either(*many, ALWAYS) == ALWAYS


@pytest.mark.parametrize(
    ("cond", "simple"),
    [
        (either(both(STATES[0], STATES[1]), both(STATES[0], negate(STATES[1]))), STATES[0]),
        (either(STATES[0], both(STATES[0], STATES[1])), STATES[0]),
        (both(STATES[0], negate(STATES[0]), MAYBE), NEVER),
        (either(MAYBE, negate(MAYBE)), MAYBE),
        (both(MAYBE, NEVER), NEVER),
    ],
)
def test_simple_stays_simple(cond: Cond, simple: Cond) -> None:
    assert cond == simple


# --- terms ---------------------------------------------------------------------------------------------------------


class Question(NamedTuple):
    """Something that is asked of a term: what the algebra answers, and what it means of a value."""

    cond: Cond
    holds: Callable[[Literal], bool]


def asked(term: Term) -> Iterator[Question]:
    yield Question(t.truth(term), bool)
    yield Question(t.missing(term), lambda value: value is None)
    for constant in CONSTANTS:
        yield Question(t.equals(term, constant), functools.partial(operator.eq, constant.value))
    for or_equal in (False, True):
        yield Question(t.below(term, BOUND, or_equal), functools.partial(is_below, bound=BOUND, or_equal=or_equal))


@few
@given(any_term)
def test_answers_about_a_term_hold(term: Term) -> None:
    """Where an answer is decided, it is right; what is not known is never decided."""
    for cond, holds in asked(term):
        for world in WORLDS:
            assert {holds(value) for value in values(term, world)} <= answers(cond, world), (cond, world)


@few
@given(certain_term)
def test_truth_and_absence_of_a_certain_term_are_decided(term: Term) -> None:
    for world in WORLDS:
        assert len(answers(t.truth(term), world)) == len(answers(t.missing(term), world)) == 1


@few
@given(any_condition, any_term, any_term)
def test_choose(test: Cond, then: Term, otherwise: Term) -> None:
    chosen = t.choose(test, then, otherwise)
    for world in WORLDS:
        sides = {True: values(then, world), False: values(otherwise, world)}
        assert values(chosen, world) == set().union(*(sides[answer] for answer in answers(test, world)))


@few
@given(certain_term)
def test_what_is_present_is_not_none(term: Term) -> None:
    there = t.present(term)
    assert t.missing(there) in {NEVER, ALWAYS}
    for (cond, holds), world in itertools.product(asked(there), WORLDS):
        known = values(term, world) - {None}
        assert {holds(value) for value in known} <= answers(cond, world)


# --- putting a caller's values into a callee's conditions ----------------------------------------------------------


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Project("0.12", installed=()))


@given(cond=any_condition, p=certain_term, q=certain_term, initializing=st.none() | st.booleans())
@few
def test_substitution(engine: Engine, cond: Cond, p: Term, q: Term, initializing: bool | None) -> None:
    """It decides what the callee would find; what Flax has not decided stays open."""

    def state(asked: c.State) -> Cond:
        return c.Always(initializing) if asked == STATES[0] and initializing is not None else asked

    replaced = Substitution(engine, {"p": p, "q": q}, state=state).cond(cond)
    for world in WORLDS:
        if initializing is not None and world.states[STATES[0]] != initializing:
            continue
        (first,), (second,) = values(p, world), values(q, world)
        inside = World({"p": first, "q": second}, world.states)
        assert answers(cond, inside) <= answers(replaced, world), (replaced, world)


@few
@given(any_condition)
def test_substitution_of_nothing_changes_nothing(engine: Engine, cond: Cond) -> None:
    same = Substitution(engine).cond(cond)
    assert all(answers(same, world) == answers(cond, world) for world in WORLDS)
