"""Settings of dropout and modes that have no effect: an attribute that nobody reads, a layer that nobody calls."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from ...facts import records as r
from ...project.classes import ROOT, ModuleClass
from ...project.files import File
from ...project.names import ClassEntity, FunctionEntity
from ..modes import FLAGS
from ..records import call_depth, statements, walk
from .file_contracts import FileContracts
from .layers import flax_layer, made_by, run_by
from .suspect import Suspect

_REGULARISES = re.compile(
    r"dropout|(^|_)(drop_?path|drop_?rate|drop_?connect|layer_?drop|stochastic_?depth|survival_prob)"
)


def dead_setting_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX112."""
    yield from _results(contracts)
    for owner in contracts.facts.classes if contracts.facts else ():
        entity = ClassEntity(contracts.file, owner)
        module = contracts.engine.module_class(contracts.engine.key(entity))
        if not module.is_module or not module.complete or _abstract(module):
            continue
        for field in owner.fields:
            if _switches(field.name) and _is_dead(contracts, module, field.name):
                yield Suspect(
                    "JFX112",
                    field.line,
                    field.column,
                    0,
                    contracts.lines(field.line),
                    field.name,
                    owner.name,
                    details=("attribute",),
                    kind="attribute",
                )
        yield from _never_called(contracts, module)


def _switches(name: str) -> bool:
    """Whether an attribute is named for dropout, stochastic depth or a mode."""
    return name in FLAGS or _REGULARISES.search(name) is not None


def _abstract(module: ModuleClass) -> bool:
    """Whether methods are left to subclasses: those of other projects may read anything."""
    methods = [facts for entity in module.lineage if entity.file.name != ROOT[0] for facts in entity.facts.methods]
    return not methods or any(_left_open(module, facts) for facts in methods)


def _left_open(module: ModuleClass, facts: r.FunctionFacts) -> bool:
    """Whether a method does nothing yet, and no class in the lineage overrides it."""
    found = module.method(facts.name)
    return found is not None and found[1].facts.stub and found[1].facts.line == facts.line


def _is_dead(contracts: FileContracts, module: ModuleClass, name: str) -> bool:
    """Whether nobody reads an attribute; a parameter of its name is the business of other rules."""
    field = contracts.engine.project.classes.fields(module).get(name)
    if field is None or field.owner.key != module.entity.key:
        return False
    if contracts.engine.readers.in_hierarchy(module, name):  # before the whole project is asked
        return False
    subclasses = contracts.engine.project.users.subclasses(module)
    for relative in (module, *subclasses):
        if not relative.complete:
            return False
        for entity in relative.lineage if relative is module else (relative.entity,):
            for facts in entity.facts.methods if entity.file.name != ROOT[0] else ():
                if any(parameter.name == name for parameter in facts.parameters[1:]):
                    return False
    readers = contracts.engine.readers
    if readers.in_subclasses(module, name) or readers.outside(module, name):
        return False
    return not _mentioned(contracts, module, name, rf"""getattr\([^()]*["']{re.escape(name)}["']""")


def _mentioned(contracts: FileContracts, module: ModuleClass, name: str, pattern: str) -> bool:
    """Whether a file that knows the class holds a text like this, with a name in it."""
    project, wanted = contracts.engine.project, re.compile(pattern)

    def says(file: File) -> bool:
        source = project.files.source(file)
        return source is None or (name in source.text and wanted.search(source.text) is not None)

    return any(True for _ in project.users.importing(module.entity, says))


# --- layers --------------------------------------------------------------------------------------------------------


def _never_called(contracts: FileContracts, module: ModuleClass) -> Iterator[Suspect]:
    """A Dropout that ``setup`` binds to an attribute which nobody reads."""
    facts = next((method for method in module.entity.facts.methods if method.name == "setup"), None)
    if facts is None or not facts.parameters:
        return
    for statement in statements(contracts.engine.project.in_full(FunctionEntity(contracts.file, facts)).facts.body):
        match statement:
            case r.Assign(targets=(r.Attribute(value=r.Name(id=owner), attr=name),), value=r.Call() as made) if (
                owner == facts.parameters[0].name and _is_dropout(contracts, made)
            ):
                if not _is_read(contracts, module, name):
                    yield Suspect(
                        "JFX112",
                        statement.line,
                        statement.column,
                        0,
                        contracts.lines(statement.line),
                        name,
                        "Dropout",
                        details=("layer",),
                        kind="assignment",
                    )


def _is_dropout(contracts: FileContracts, made: r.Call) -> bool:
    place = (made.line, made.column, call_depth(made))
    for seen in contracts.calls:
        if (seen.call.place.line, seen.call.place.column, seen.call.place.depth) == place:
            found = made_by(contracts.engine, seen.call.func)
            return found is not None and flax_layer(contracts.engine, found[0]) == "Dropout"
    return False


def _subclasses(contracts: FileContracts, module: ModuleClass) -> Iterator[ModuleClass]:
    """The subclasses in the project, looked for only when they are asked for: that reads all its files."""
    yield from contracts.engine.project.users.subclasses(module)


def _is_read(contracts: FileContracts, module: ModuleClass, name: str) -> bool:
    """Whether anybody reads an attribute that ``setup`` binds."""
    engine = contracts.engine
    for relative in itertools.chain([module], _subclasses(contracts, module)):
        if not relative.complete or engine.readers.may_read_all(relative):
            return True
        for entity in relative.lineage:
            source = engine.project.files.source(entity.file)
            for facts in entity.facts.methods if entity.file.name != ROOT[0] else ():
                if source is not None and name not in "".join(source.lines[facts.line - 1 : facts.end_line]):
                    continue
                function = engine.project.in_full(FunctionEntity(entity.file, facts))
                if _mentions(function.facts, name):
                    return True
    others = rf"""(?<!\bself)(?<!\bcls)\.{re.escape(name)}\b|["']{re.escape(name)}["']"""
    return _mentioned(contracts, module, name, others)


def _mentions(facts: r.FunctionFacts, name: str) -> bool:
    """Whether a method names an attribute other than to bind it."""
    bound = 0
    named = 0
    for node in walk(facts):
        match node:
            case r.Assign(targets=targets):
                bound += sum(isinstance(target, r.Attribute) and target.attr == name for target in targets)
            case r.Attribute(attr=attr):
                named += attr == name
            case r.Constant(value=value):
                named += value == name
    return named > bound


def _results(contracts: FileContracts) -> Iterator[Suspect]:
    """The call of a Dropout whose result nobody takes."""
    source = contracts.engine.project.files.source(contracts.file)
    if source is None or "ropout" not in source.text:
        return
    thrown_away = {
        (statement.value.line, statement.value.column, call_depth(statement.value))
        for function in (contracts.facts.all_functions() if contracts.facts else ())
        for statement in statements(function.body)
        if type(statement) is r.ExpressionStatement and type(statement.value) is r.Call
    }
    found: set[tuple[int, int, int]] = set()
    for seen in contracts.calls if thrown_away else ():
        place = (seen.call.place.line, seen.call.place.column, seen.call.place.depth)
        objects = run_by(seen.call.func) if place in thrown_away and place not in found else []
        if objects and all(flax_layer(contracts.engine, of.owner) == "Dropout" for of in objects):
            found.add(place)
            yield Suspect("JFX112", *place, contracts.lines(place[0]), "Dropout", "Dropout", details=("result",))
