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
from .. import terms as t
from ..conditions import Cond
from ..effects import Contract, Effect, Entry
from ..inference.engine import Engine
from ..inference.seen import SeenCall
from ..inference.substitution import Substitution
from ..modes import FLAGS
from ..records import dotted, walk
from ..terms import ClassKey, Place

# Decorators of methods that lift nothing.
_PLAIN = {"compact", "nowrap", "property", "cached_property", "staticmethod", "classmethod", "setter", "overload"}


# What a function mentions that runs a Module from outside.
_ENTRIES = {"apply", "apply_fn", "bind", "init", "init_with_output", "lazy_init", "a mode flag", "dropout"}


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
        worth = self._worth_a_walk
        for facts in self.facts.functions:
            if not facts.stub and (facts.qualname, facts.line) in worth:
                function = engine.function_ref(FunctionEntity(self.file, facts))
                yield facts, None, engine.contract(function, None)
                if facts.decorators:
                    yield facts, None, engine.decoration(function)
        for owner in self.facts.classes:
            entity = ClassEntity(self.file, owner)
            key = engine.key(entity)
            is_module = engine.module_class(key).is_module
            wanted = [m for m in owner.methods if is_module or (m.qualname, m.line) in worth]
            for facts in wanted:
                if facts.stub:
                    continue
                function = engine.function_ref(FunctionEntity(self.file, facts), entity)
                yield facts, key, engine.contract(function, None if engine.is_static(function) else key)
                if any(dotted(node).rpartition(".")[2] not in _PLAIN for node in facts.decorators):
                    yield facts, key, engine.lifted_contract(function, key)
            if wanted:
                yield None, key, engine.setup_of(key)[1]
        if ("", 0) in worth:
            yield None, None, engine.module_contract(self.file)

    @functools.cached_property
    def _worth_a_walk(self) -> set[tuple[str, int]]:
        """The functions that run a Module from outside, or a transform, and those that mention such a function.

        Each by qualname and line; the module's own statements are ``("", 0)``.
        """
        if self.facts is None:
            return set()
        mentions = {
            (found.qualname, found.line): (found.name, _mentions((found.body, found.decorators)) | _flags(found))
            for found in self.facts.all_functions()
        }
        mentions["", 0] = ("", _mentions(tuple(top.statement for top in self.facts.body)))
        found = {key for key, (_, names) in mentions.items() if not names.isdisjoint(_ENTRIES)}
        wanted = {mentions[key][0] for key in found} - {""}
        for top in self.facts.body:  # predict = jax.jit(model.apply)
            if isinstance(top.statement, r.Assign) and not _mentions(top.statement).isdisjoint(_ENTRIES):
                wanted |= {target.id for target in top.statement.targets if isinstance(target, r.Name)}
        while wanted:
            more = {key for key, (_, names) in mentions.items() if key not in found and not names.isdisjoint(wanted)}
            found |= more
            wanted = {mentions[key][0] for key in more} - {""}
        return found

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

    def defaults_in(self, cond: Cond, done: Done) -> Cond:
        """A condition of a method, where its object's numbers (rates, depths) have their defaults."""
        if done.owner is None:
            return cond
        return Substitution(self.engine, None, self._example(done.owner)).cond(cond)

    def _example(self, owner: ClassKey) -> t.Term:
        """An object whose numbers have their defaults; everything else is still anybody's guess."""
        fields = self.engine.project.classes.fields(self.engine.module_class(owner))
        itself = t.Self(owner)
        free = tuple((name, t.Get(itself, name)) for name, field in fields.items() if not _is_number(field.default))
        return t.Instance(owner, free)

    def lines(self, line: int, decorators: bool = False) -> tuple[int, int]:
        """The first and last line of the smallest statement around a line that the facts know.

        A function's decorators are part of it where the line is one of theirs, or where that is asked for.
        """
        facts = self.facts
        if facts is None:
            return line, line
        best: tuple[int, int] | None = None
        for function in facts.all_functions():
            start = min([function.line, *(node.line for node in function.decorators)])
            if start <= line <= function.end_line:
                first = start if decorators or line < function.line else function.line
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


def _mentions(part: object) -> set[str]:
    """The names and attributes that records mention."""
    found: set[str] = set()
    for node in walk(part):
        match node:
            case r.Name(id=name) | r.Attribute(attr=name):
                found.add(name)
    return found


def _flags(function: r.FunctionFacts) -> set[str]:
    """A mark for a function that a transform may trace the mode flag of."""
    return {"a mode flag"} if any(parameter.name in FLAGS for parameter in function.parameters) else set()


def _is_number(default: r.Expression | None) -> bool:
    match default:
        case r.Constant(value=bool()):
            return False
        case r.Constant(value=int() | float(), exact=True):
            return True
    return False
