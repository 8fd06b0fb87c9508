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
from ..alternatives import Alternatives
from ..conditions import ALWAYS, Cond
from ..effects import Contract, Effect, Entry
from ..inference.attributes import RUN_PARTS, RUN_WORDS
from ..inference.engine import Engine
from ..inference.seen import SeenCall
from ..inference.substitution import Substitution
from ..modes import FLAGS
from ..records import call_depth, dotted
from ..terms import ClassKey, Place
from ..words import MODULE, Key, begins, first_line, says

# Decorators of methods that lift nothing.
_PLAIN = {"compact", "nowrap", "property", "cached_property", "staticmethod", "classmethod", "setter", "overload"}


# What runs a Module or a transform, in a text: words, and parts of words.
_RUN_WORDS, _RUN_PARTS = (*RUN_WORDS, "jit"), (*RUN_PARTS, "dropout(")
# What a Module's own text has to say, in lower case, to be of any concern.
_CONCERNS = (
    *("dropout", "droppath", "drop_", "make_rng", "has_rng", "merge_param", "scan", "vmap", "remat"),
    *("batchnorm", "batch_norm", "spectralnorm", "weightnorm"),
    *("checkpoint", "while_loop", "cond(", "switch(", "rnn", "attention", "einsum", "train", "determin"),
    *("running_average", "inference", ".apply(", "sow(", "variable("),
)
_BEGINNINGS = ("jit", "eval")
_TRANSFORMS = ("scan", "vmap", "remat", "checkpoint", "jit", "map_variables", "transform")


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
        thorough: whether Modules are walked whose text says nothing of modes, streams or collections.
    """

    def __init__(self, engine: Engine, file: File, thorough: bool = True) -> None:
        self.engine = engine
        self._thorough = thorough
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
                continue  # the constructor of a base
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
            module = owner.bases != () and engine.module_class(key).is_module
            every = module and self._says_modes(owner)
            wanted = [m for m in owner.methods if every or (m.qualname, m.line) in worth]
            for facts in wanted:
                if facts.stub or facts.name == ("setup" if module else "__init__"):
                    continue
                function = engine.function_ref(FunctionEntity(self.file, facts), entity)
                yield facts, key, engine.contract(function, None if engine.is_static(function) else key)
                if any(dotted(node).rpartition(".")[2] not in _PLAIN for node in facts.decorators):
                    yield facts, key, engine.lifted_contract(function, key)
            yield from self._inherited(entity, key, worth)
            if wanted:
                name = "setup" if module else "__init__"
                yield next((m for m in wanted if m.name == name and not m.stub), None), key, engine.setup_of(key)[1]
        if MODULE in worth:
            yield None, None, engine.module_contract(self.file)

    def _inherited(
        self, entity: ClassEntity, key: ClassKey, worth: set[Key]
    ) -> Iterator[tuple[r.FunctionFacts | None, ClassKey | None, Contract]]:
        """The methods of bases in this file that run a Module, as this class runs them: it may say which Module."""
        engine = self.engine
        module = engine.module_class(key)
        own = {method.name for method in entity.facts.methods}
        for base in module.lineage[1:] if not module.is_module else ():
            for facts in base.facts.methods if base.file.path == self.file.path else ():
                if facts.name not in own and not facts.stub and (facts.qualname, facts.line) in worth:
                    own.add(facts.name)
                    function = engine.function_ref(FunctionEntity(self.file, facts), base)
                    yield engine.full(function), key, engine.contract(function, key)

    def _says_modes(self, owner: r.ClassFacts) -> bool:
        """Whether a Module's text has to do with modes, streams, collections or lifted transforms at all."""
        source = self.engine.project.files.source(self.file)
        if source is None or self._thorough:
            return True
        text = "".join(source.lines[owner.line - 1 : owner.end_line]).lower()
        if any(part in text for part in self._concerns) or any(begins(text, part) for part in _BEGINNINGS):
            return True
        return any(name in text for name in self._lifted_names)

    @functools.cached_property
    def _lifted_names(self) -> list[str]:
        """What the file makes of Modules by transforms, in lower case: ``ensemble`` of ``Ensemble = nn.vmap(Net)``."""
        words = self.engine.words(self.file) if self._concerns else None
        return [
            target.id.lower()
            for top in (self.facts.body if self.facts is not None and words is not None else ())
            if isinstance(top.statement, r.Assign) and isinstance(top.statement.value, r.Call)
            for target in top.statement.targets
            if isinstance(target, r.Name) and words is not None
            if any(part in words.lines(top.line, top.end_line) for part in _TRANSFORMS)
        ]

    @functools.cached_property
    def _concerns(self) -> list[str]:
        """Those of all concerns that the file's text holds anywhere."""
        source = self.engine.project.files.source(self.file)
        text = source.text.lower() if source is not None else ""
        return [part for part in _CONCERNS if part in text]

    @functools.cached_property
    def _worth_a_walk(self) -> set[Key]:
        """The functions that run a Module from outside, or a transform, and those that mention such a function.

        Each by qualname and line; the module's own statements are ``("", 0)``.
        """
        source = self.engine.project.files.source(self.file)
        if self.facts is None or source is None or not says(source.text, _RUN_WORDS, _RUN_PARTS):
            return set()
        words = self.engine.words(self.file)
        assert words is not None
        found = words.functions(_RUN_WORDS, _RUN_PARTS)
        for function in self.facts.all_functions():
            if any(parameter.name in FLAGS for parameter in function.parameters):
                found.add((function.qualname, function.line))
        methods = {(m.qualname, m.line) for owner in self.facts.classes for m in owner.methods}
        asked: set[str] = {".__init__", ".__call__", ".setup"}
        wanted = {_called(key, methods) for key in found} - {"", *asked}
        for top in self.facts.body if MODULE in found else ():  # predict = jax.jit(model.apply)
            if isinstance(top.statement, r.Assign) and says(
                words.lines(top.line, top.end_line), _RUN_WORDS, _RUN_PARTS
            ):
                wanted |= {target.id for target in top.statement.targets if isinstance(target, r.Name)}
        wanted |= {_holder(key) for key in found} - {""}
        while wanted:
            more = words.functions(wanted) - found
            found |= more
            asked |= wanted
            held = words.holders(wanted) if more else {}  # self._step = jax.jit(self.step)
            wanted = {_called(key, methods) for key in more}
            wanted |= {name for key in more for name in held.get(key, ())}
            wanted |= {_holder(key) for key in more}  # who makes the object
            wanted -= {"", *asked}
        return found

    @functools.cached_property
    def entries(self) -> dict[Place, list[Entry]]:
        """The places of the file that run a Module from outside.

        Each as its own function sees it; where that does not know the Module, as the callers do who hand it over.
        """
        own: dict[Place, dict[Entry, None]] = {}
        others: dict[Place, dict[Entry, None]] = {}
        for done, function, owner in self.done_everywhere:
            if owner is not None and self._is_extended_here(owner):
                continue  # its methods are walked as those of each class that extends it
            for effect in _entries(done):
                if effect.place.path != self.file.path:
                    # Of another file, which does not know the Module: this one's call does.
                    if effect.via is not None and effect.via.path == self.file.path and not effect.place.of_flax:
                        own.setdefault(effect.via, {})[effect] = None
                    continue
                inside = function is None and owner is None
                if function is not None:
                    inside = function.line <= effect.place.line <= function.end_line
                (own if inside else others).setdefault(effect.place, {})[effect] = None
        found = {place: list(entries) for place, entries in (self._by_annotation | others | own).items()}
        return {place: self._decided(place, entries, found) for place, entries in found.items()}

    def _decided(self, place: Place, entries: list[Entry], found: dict[Place, list[Entry]]) -> list[Entry]:
        """Those that their caller is known to come to, where the function runs what it is given in one way or another.

        Which way it takes may hang on the Module.
        """
        if not any(entry.guarded for entry in entries):
            return entries
        exclude = Alternatives(self.file.path, self.body_around(place)).exclude
        others = [other for other, there in found.items() if any(entry.guarded for entry in there)]
        if any(exclude(place, other) for other in others):
            return [entry for entry in entries if not entry.guarded]
        return entries

    def body_around(self, place: Place) -> tuple[r.Statement, ...]:
        """The statements of the function, method or module that holds a place."""
        facts = self.facts
        if facts is None:
            return ()
        holding = [f for f in facts.all_functions() if f.line <= place.line <= f.end_line]
        if holding:
            return min(holding, key=lambda f: f.end_line - f.line).body
        return tuple(top.statement for top in facts.body)

    def _is_extended_here(self, owner: ClassKey) -> bool:
        """Whether a plain class is the base of others in this file: a template, of which they fill in the blanks."""
        module = self.engine.module_class(owner)
        if module.is_module or owner.path != self.file.path:
            return False
        classes = self.engine.project.classes
        return any(
            module.entity.key in {base.key for base in classes.of(ClassEntity(self.file, other)).lineage[1:]}
            for other in (self.facts.classes if self.facts else ())
            if other.bases
        )

    @functools.cached_property
    def _by_annotation(self) -> dict[Place, dict[Entry, None]]:
        """What runs a Module that a function is given, as the annotation of its parameter says."""
        found: dict[Place, dict[Entry, None]] = {}
        for facts, owner in self._walked:
            typed: dict[str, t.Term] = {
                parameter.name: term
                for parameter in facts.parameters
                if parameter.annotation is not None
                and (term := self.engine.annotated(self.file, facts.qualname, parameter.annotation)) is not None
            }
            if not typed:
                continue
            entity = self.engine.class_entity(owner) if owner is not None else None
            function = self.engine.function_ref(FunctionEntity(self.file, facts), entity)
            for effect in self.engine.contract_with(function, owner, typed).effects:
                for entry in _entries(effect):
                    if entry.place.path == self.file.path:
                        found.setdefault(entry.place, {})[entry] = None
        return found

    @property
    def _walked(self) -> Iterator[tuple[r.FunctionFacts, ClassKey | None]]:
        """The functions and methods that run a Module, with their classes."""
        worth = self._worth_a_walk
        for function in self.facts.functions if self.facts else ():
            if not function.stub and (function.qualname, function.line) in worth:
                yield function, None
        for owner in self.facts.classes if self.facts else ():
            for method in owner.methods:
                if not method.stub and (method.qualname, method.line) in worth:
                    yield method, self.engine.key(ClassEntity(self.file, owner))

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
            start = first_line(function)
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
            start = min([owner.line, *(node.line for node in owner.decorators)])
            if start <= line <= owner.end_line:
                return start if line < owner.line else owner.line, owner.end_line
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


def _entries(effect: Effect) -> Iterator[Entry]:
    """An entry, and those within it, for what runs a Module may run another; of those whose Module is certain."""
    if isinstance(effect, Entry):
        if effect.chosen == ALWAYS:
            yield effect
        for inner in effect.inner:
            yield from _entries(inner)


def _called(key: Key, methods: set[Key]) -> str:
    """How a text names a function: a method behind a dot."""
    name = key[0].rpartition(".")[2]
    return f".{name}" if key in methods else name


def _holder(key: Key) -> str:
    """The name of the class or function that holds a function; nothing for the module."""
    return key[0].rpartition(".")[0].removesuffix(".<locals>").rpartition(".")[2]


def is_call(node: r.Node, place: Place) -> bool:
    """Whether a record is the call of a place."""
    if not isinstance(node, r.Call) or (node.line, node.column) != (place.line, place.column):
        return False
    return call_depth(node) == place.depth


def _is_number(default: r.Expression | None) -> bool:
    match default:
        case r.Constant(value=bool()):
            return False
        case r.Constant(value=int() | float(), exact=True):
            return True
    return False
