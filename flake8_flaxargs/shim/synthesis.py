"""Makes up what a Module is made and called with, or says the line with which a user tells it.

Runs in the child process. Nothing is computed: candidates are run on shapes alone, the likeliest first.
"""

from __future__ import annotations

import dataclasses
import functools
import heapq
import importlib
import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import flax.linen as nn
import jax

from . import asking, candidates
from .abstract_runs import Ran, abstract, arguments, carries, concrete, is_spec, quick, run
from .candidates import Called, Made
from .constructor_values import NoGuess, fields, guesses, is_required, resolved
from .input_shapes import SIZES, Absent, AtConstructor, Fixed, concrete_sizes, parameters
from .records import Hints, Override
from .specs import Spec, SpecError, parsed

__all__ = [
    "NotSynthesised",
    "Synthesised",
    "abstract",
    "arguments",
    "cases",
    "concrete",
    "given",
    "is_spec",
    "synthesise",
]

LIMIT = 400
_MOST_CONSTRUCTIONS = 24
# A Module whose own code breaks `merge_param`'s contract does so for every shape.
_MERGING = re.compile(r'Parameter "[^"]*" (?:was passed to the constructor|must be passed)')
_MOST_HOPELESS = 40


@dataclasses.dataclass(frozen=True)
class Synthesised:
    """What a Module is made and called with.

    Attributes:
        attributes: what the constructor is given, merged arguments left out.
        call: by parameter, in the order of the signature, the arrays: a Spec, or a tree of them (``is_spec`` tells the
            leaves). ``arguments`` says how they are given.
        static: by parameter, what is no array.
        origin: who says so, in words.
        streams: rng streams besides ``params`` that it draws, with mode flags such that layers act; sorted.
        merged: by merged argument, a value (or Spec) with which it ran; absent where it ran without.
        flags: the values of the mode flags with which it ran.
        tried: how many candidates were run.
    """

    attributes: dict[str, Any]
    call: dict[str, Any]
    static: dict[str, Any]
    origin: str
    streams: tuple[str, ...] = ()
    merged: dict[str, Any] = dataclasses.field(default_factory=dict)
    flags: dict[str, bool] = dataclasses.field(default_factory=dict)
    tried: int = 1


class NotSynthesised(Exception):
    """What could not be made up; the message names it, and has the lines to write in ``pyproject.toml``.

    Attributes:
        asked: the same with the arguments to write, for somebody who gives them in Python.
    """

    def __init__(self, message: str, asked: str | None = None) -> None:
        super().__init__(message)
        self.asked = asked or message


def synthesise(
    cls: type[nn.Module],
    method: str,
    merged: Sequence[str],
    flags: Sequence[str],
    override: Override,
    hints: Hints,
) -> Synthesised:
    """What to make and call a Module with.

    Args:
        merged: names that are attribute and parameter: the caller varies where they are given.
        flags: mode flags of the call besides those.
        override: the user's settings for this Module: these are taken as they are.

    Raises:
        NotSynthesised: nothing that was tried runs.
    """
    if override.cases:
        return cases(cls, method, merged, flags, override)[0]
    search = _Search(cls, method, tuple(merged), tuple(flags), override, hints)
    with quick():
        return search.result()


def cases(
    cls: type[nn.Module], method: str, merged: Sequence[str], flags: Sequence[str], override: Override
) -> list[Synthesised]:
    """What the user's factory gives: a list of ``(attributes, call)`` from ``module:function``.

    ``call`` is by position or by name; texts such as ``float32[2,8]`` are arrays to be made, all else is given as is.

    Raises:
        NotSynthesised: it gives no such list, or one of them does not run.
    """
    module, _, function = (override.cases or "").partition(":")
    try:
        listed = list(getattr(importlib.import_module(module), function)())
        texts = [(dict(attributes), call) for attributes, call in listed]
    except Exception as error:  # the user's own code
        problem = f"the factory {override.cases!r} gives no list of (attributes, call): {type(error).__name__}: {error}"
        raise NotSynthesised(asking.in_settings(cls, method, problem, [f'cases = "{override.cases}"'])) from error
    found = [
        dataclasses.replace(
            given(cls, method, merged, flags, attributes, call), origin=f"case {number} of {override.cases}"
        )
        for number, (attributes, call) in enumerate(texts, 1)
    ]
    if not found:
        problem = f"the factory {override.cases!r} gives no case"
        raise NotSynthesised(asking.in_settings(cls, method, problem, [f'cases = "{override.cases}"']))
    return found


def given(
    cls: type[nn.Module],
    method: str,
    merged: Sequence[str],
    flags: Sequence[str],
    attributes: Mapping[str, Any],
    call: Sequence[Any] | Mapping[str, Any],
) -> Synthesised:
    """What to make and call a Module with where somebody says so: texts such as ``float32[2,8]`` are arrays to be made.

    Raises:
        NotSynthesised: it does not run.
    """
    names = [name for name in parameters(cls, method) if name not in (*merged, *flags)]
    by_name = dict(call) if isinstance(call, Mapping) else dict(zip(names, call, strict=False))
    values = {name: _case_value(value) for name, value in by_name.items()}
    search = _Search(cls, method, tuple(merged), tuple(flags), Override(attributes=dict(attributes)), Hints(), values)
    with quick():
        return dataclasses.replace(search.result(), origin="given")


def _case_value(value: Any) -> Any:
    try:
        return parsed(value) if isinstance(value, str) else Fixed(value)
    except SpecError:
        return Fixed(value)


class _Search:
    """The search for one Module: candidates by cost, more of them where an error says what is wanted."""

    def __init__(
        self,
        cls: type[nn.Module],
        method: str,
        merged: tuple[str, ...],
        flags: tuple[str, ...],
        override: Override,
        hints: Hints,
        case: Mapping[str, Any] | None = None,
    ) -> None:
        self.cls, self.method, self.merged, self.flags = cls, method, merged, flags
        self.override, self.hints, self.case = override, hints, case
        self.error: Exception | None = None
        self.tried = 0
        self.hopeless = 0  # failures that no other shape mends
        self._numbers = itertools.count()
        self._queue: list[tuple[float, int, Made, Called]] = []
        self._seen: set[str] = set()

    def result(self) -> Synthesised:
        """The first candidate that runs."""
        made, missing = candidates.constructions(self.cls, self.merged, self.override, self.hints)
        if missing:
            problem = f"nothing is known of {' and '.join(missing)} of its constructor"
            raise self._not_synthesised(problem)
        try:
            self._fill(made)
        except SpecError as error:
            raise self._not_synthesised(str(error)) from error
        while self._queue and self.tried < LIMIT and self.hopeless < _MOST_HOPELESS:
            cost, _, construction, call = heapq.heappop(self._queue)
            found = self._attempt(cost, construction, call)
            if found is not None:
                return found
        raise self._not_synthesised(self._failure()) from self.error

    def _fill(self, made: Sequence[Made]) -> None:
        for construction in made[:_MOST_CONSTRUCTIONS]:
            try:
                self.cls(**self._whole(construction.attributes, {}))
            except Exception as error:  # noqa: BLE001 - the user's constructor; what it says is told if none fits
                self.error = self.error or error
                continue
            for call in self._calls(construction):
                self._push(construction, call, construction.cost + call.cost)

    def _calls(self, construction: Made) -> list[Called]:
        override = self.override if self.case is None else Override(call={})
        found = candidates.calls(
            self.cls, self.method, self.merged, self.flags, override, self.hints, construction.attributes
        )
        if self.case is not None:
            return [call._replace(inputs={**call.inputs, **self.case}) for call in found]
        return found

    def _push(self, construction: Made, call: Called, cost: float) -> None:
        heapq.heappush(self._queue, (cost, next(self._numbers), construction, call))

    def _attempt(self, cost: float, construction: Made, call: Called) -> Synthesised | None:
        """Run one candidate; None where it does not run."""
        values = {name: concrete_sizes(value, call.sizes) for name, value in call.inputs.items()}
        key = f"{construction.attributes!r} {values!r}"
        if key in self._seen:
            return None
        self._seen.add(key)
        self.tried += 1
        within = {name: value.value for name, value in values.items() if isinstance(value, AtConstructor)}
        attributes = {**self._whole(construction.attributes, values), **within}
        try:
            values = carries(self.cls(**attributes), values)
            ran = run(self.cls, self.method, attributes, values)
        except Exception as error:  # noqa: BLE001 - the user's code says in its own way that this is not what it takes
            self.error = self.error or error
            self.hopeless += bool(isinstance(error, NotImplementedError) or _MERGING.match(str(error)))
            if self.override.call is None and self.case is None:
                for more in candidates.steered(call, error):
                    self._push(construction, more, cost + 0.5)
            return None
        merged = {name: value for name, value in values.items() if name in self.merged} | within
        return self._synthesised(construction, call, values, merged, ran)

    def _whole(self, attributes: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
        """With None for merged arguments that the constructor cannot do without: the call gives them."""
        whole = dict(attributes)
        for name, field in fields(self.cls).items():
            if name in self.merged and name not in whole and is_required(field):
                array = _has_arrays(values.get(name))  # then the two have nothing but the name in common
                whole[name] = _likely(name, resolved(field.type, self.cls)) if array else None
        return whole

    @functools.cached_property
    def _parameters(self) -> dict[str, Any]:
        return dict(parameters(self.cls, self.method))

    def _synthesised(
        self, construction: Made, call: Called, values: Mapping[str, Any], merged: Mapping[str, Any], ran: Ran
    ) -> Synthesised:
        rows = _rows(ran.variables)
        order = {name: position for position, name in enumerate(self._parameters)}
        given = {
            name: _bounded(value, rows, call.sizes["v"]) if self.override.call is None and self.case is None else value
            for name, value in sorted(values.items(), key=lambda item: order.get(item[0], len(order)))
        }
        free = {name: value for name, value in given.items() if name not in (*self.merged, *self.flags)}
        return Synthesised(
            attributes=construction.attributes,
            call={name: _plain(value) for name, value in free.items() if _has_arrays(value)},
            static={name: _plain(value) for name, value in free.items() if not _has_arrays(value)},
            origin=f"constructor: {construction.origin}; call: {call.origin}",
            streams=ran.streams,
            merged={name: _plain(value) for name, value in merged.items()},
            flags={name: value.value for name, value in given.items() if name in self.flags},
            tried=self.tried,
        )

    def _failure(self) -> str:
        last = f"{type(self.error).__name__}: {_first_line(self.error)}" if self.error else "there was nothing to try"
        if self.case is not None:
            return f"with the arguments that are given it fails: {last}"
        if self.override.call is not None:
            return f"with the arguments of the settings it fails: {last}"
        return f"none of {self.tried} candidates runs; the likeliest fails with {last}"

    def _not_synthesised(self, problem: str) -> NotSynthesised:
        attributes, call = self._likely_attributes(), self._likely_call()
        lines = [
            f"attributes = {{{', '.join(f'{name} = {asking.toml(value)}' for name, value in attributes.items())}}}"
        ]
        lines = [*(lines if attributes else ()), f"call = {asking.toml(call)}"]
        written = [*([f"attributes={asking.python(attributes)}"] if attributes else ()), f"call={asking.python(call)}"]
        return NotSynthesised(
            asking.in_settings(self.cls, self.method, problem, lines),
            f"{asking.head(self.cls, self.method, problem)}; say what it takes: {', '.join(written)}",
        )

    def _likely_attributes(self) -> dict[str, Any]:
        """What the constructor cannot do without, as it is likeliest."""
        return {
            name: self.override.attributes.get(name, _likely(name, resolved(field.type, self.cls)))
            for name, field in fields(self.cls).items()
            if is_required(field) and name not in self.merged
        }

    def _likely_call(self) -> list[str]:
        """Texts for what the call is likeliest to take."""
        texts = []
        for name, found in candidates.parameter_choices(self.cls, self.method, self.merged, self.flags).items():
            value = concrete_sizes(found[0].value, SIZES)
            if isinstance(value, Absent) or name in (*self.merged, *self.flags):
                continue
            texts.append(str(value) if isinstance(value, Spec) else _argument(value))
        return texts


def _argument(value: Any) -> str:
    return repr(value.value) if isinstance(value, Fixed) else "float32[2,8]"


def _likely(name: str, annotation: Any) -> Any:
    try:
        return guesses(name, annotation)[0].value
    except NoGuess:
        return asking.SOMETHING


def _first_line(error: Exception | None) -> str:
    text = str(error).strip()
    return text.splitlines()[0][:300] if text else ""


def _rows(variables: Any) -> int | None:
    """The size of the smallest table of embeddings: words must be below it."""
    found = []
    for path, leaf in jax.tree_util.tree_leaves_with_path(variables):
        if "embedding" in jax.tree_util.keystr(path[-2:]) and len(leaf.shape) == 2:
            found.append(leaf.shape[0])
    return min(found, default=None)


def _bounded(value: Any, rows: int | None, guessed: int) -> Any:
    """Integers below the number of embeddings."""

    def bounded(leaf: Any) -> Any:
        if (
            isinstance(leaf, Spec)
            and rows is not None
            and leaf.below is not None
            and (leaf.below == guessed or leaf.below > rows)
        ):
            return leaf._replace(below=rows)
        return leaf

    return value if isinstance(value, Fixed) else jax.tree_util.tree_map(bounded, value, is_leaf=is_spec)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, Fixed) else value


def _has_arrays(value: Any) -> bool:
    if isinstance(value, Fixed):
        return False
    return any(isinstance(leaf, Spec) for leaf in jax.tree_util.tree_leaves(value, is_leaf=is_spec))
