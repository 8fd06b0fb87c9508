"""The contracts of all functions of a file, and where its statements begin and end."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import NamedTuple

from ...facts import records as r
from ...model import Position, Related
from ...project.files import File
from ...project.names import ClassEntity, FunctionEntity
from .. import spoken
from ..effects import Contract, Effect, Entry
from ..inference.engine import Engine
from ..inference.seen import SeenCall
from ..records import dotted
from ..terms import ClassKey, Place

# Decorators of methods that lift nothing.
_PLAIN = {"compact", "nowrap", "property", "cached_property", "staticmethod", "classmethod", "setter", "overload"}


class Done(NamedTuple):
    """An effect, and the function that has it: its facts (None for a module's own statements) and its class."""

    effect: Effect
    function: r.FunctionFacts | None
    owner: ClassKey | None


class Seen(NamedTuple):
    """A call in the text of a function, and the function: its facts (None for a module's own statements), its class."""

    call: SeenCall
    function: r.FunctionFacts | None
    owner: ClassKey | None


class FileContracts:
    """What is known of one file.

    Args:
        engine: infers contracts.
        file: the file.
    """

    def __init__(self, engine: Engine, file: File) -> None:
        self.engine = engine
        self.file = file
        self.facts = engine.project.files.facts(file, "full")

    @functools.cached_property
    def done_everywhere(self) -> list[Done]:
        """What the functions of the file do, themselves and through others."""
        return [
            Done(effect, function, owner)
            for function, owner, contract in self.contracts()
            for effect in contract.effects
        ]

    @functools.cached_property
    def done(self) -> list[Done]:
        """What the functions of the file do at places of this file."""
        return [done for done in self.done_everywhere if done.effect.place.path == self.file.path]

    @functools.cached_property
    def calls(self) -> list[Seen]:
        """The calls in the file's own text."""
        found: list[Seen] = []
        for facts, owner, _ in self.contracts():
            if facts is not None:
                entity = self.engine.class_entity(owner) if owner else None
                calls = self.engine.seen(self.engine.function_ref(FunctionEntity(self.file, facts), entity), owner)
            elif owner is None:
                calls = self.engine.seen(None, self.file.path)
            else:
                continue  # ``setup``, which is among the methods, too
            found += [Seen(call, facts, owner) for call in calls if call.place.path == self.file.path]
        return found

    def contracts(self) -> Iterator[tuple[r.FunctionFacts | None, ClassKey | None, Contract]]:
        """Every function and method of the file, and what its module's own statements do."""
        if self.facts is None:
            return
        engine = self.engine
        for facts in self.facts.functions:
            if not facts.stub:
                yield facts, None, engine.contract(engine.function_ref(FunctionEntity(self.file, facts)), None)
        for owner in self.facts.classes:
            entity = ClassEntity(self.file, owner)
            key = engine.key(entity)
            for facts in owner.methods:
                if facts.stub:
                    continue
                function = engine.function_ref(FunctionEntity(self.file, facts), entity)
                yield facts, key, engine.contract(function, None if engine.is_static(function) else key)
                if any(dotted(node).rpartition(".")[2] not in _PLAIN for node in facts.decorators):
                    yield facts, key, engine.lifted_contract(function, key)
            yield None, key, engine.setup_of(key)[1]
        yield None, None, engine.module_contract(self.file)

    @functools.cached_property
    def entries(self) -> dict[Place, list[Entry]]:
        """The places of the file that run a Module from outside.

        Each as its own function sees it; where that does not know the Module, as the callers do who hand it over.
        """
        own: dict[Place, dict[Entry, None]] = {}
        others: dict[Place, dict[Entry, None]] = {}
        for effect, function, owner in self.done:
            if isinstance(effect, Entry):
                inside = function is None and owner is None
                if function is not None:
                    inside = function.line <= effect.place.line <= function.end_line
                (own if inside else others).setdefault(effect.place, {})[effect] = None
        return {place: list(found) for place, found in (others | own).items()}

    def lines(self, line: int) -> tuple[int, int]:
        """The first and last line of the smallest statement around a line that the facts know."""
        facts = self.facts
        if facts is None:
            return line, line
        best: tuple[int, int] | None = None
        for function in facts.all_functions():
            start = min([function.line, *(node.line for node in function.decorators)])
            if start <= line <= function.end_line:
                first = start if line < function.line else function.line
                if best is None or function.end_line - first < best[1] - best[0]:
                    best = first, function.end_line
        if best is not None:
            return best
        for top in facts.body:
            if top.line <= line <= top.end_line:
                return top.line, top.end_line
        for owner in reversed(facts.classes):
            if owner.line <= line <= owner.end_line:
                return owner.line, owner.end_line
        return line, line

    def related(self, effect: Effect, message: str) -> tuple[Related, ...]:
        """The place of an effect as another place of a finding."""
        place = effect.place
        if not place.path or place.of_flax:
            return ()
        return (Related(place.path, Position(place.line, place.column), message),)

    def spell(self, place: Place) -> str:
        """``line 12`` of this file, ``layers.py:12`` of another."""
        return f"line {place.line}" if place.path == self.file.path else spoken.place(place)
