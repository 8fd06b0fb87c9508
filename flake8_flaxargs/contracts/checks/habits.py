"""Habits that break nothing by themselves: the rules that are off by default."""

from __future__ import annotations

from collections.abc import Iterator

from ...facts import records as r
from ...project.classes import ModuleClass
from ...project.names import ClassEntity, FunctionEntity
from .. import terms as t
from ..calls import decorated
from ..modes import FLAGS, may_be_bool
from ..records import call_depth, walk
from .file_contracts import FileContracts
from .layers import made_by
from .suspect import Suspect

_NOT_CALLED = ("staticmethod", "classmethod", "property", "cached_property", "overload", "abstractmethod", "setter")
_DATA = {"Array", "ArrayLike", "ndarray", "Tensor", "Float", "Int", "Bool", "PRNGKey", "PRNGKeyArray", "KeyArray"}


# All of this family, which nobody but who asks for it pays for.
HABITS = ("JFX902", "JFX903", "JFX904", "JFX905", "JFX907")


def habit_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX902, JFX903, JFX904, JFX905 and JFX907."""
    for owner in contracts.facts.classes if contracts.facts else ():
        module = contracts.engine.module_class(contracts.engine.key(ClassEntity(contracts.file, owner)))
        if module.is_module:
            yield from _modes_with_defaults(contracts, module)
            yield from _modes_as_attributes(contracts, module)
            yield from _settings_as_arguments(contracts, module)
    yield from _entered(contracts)


def _entered_methods(module: ModuleClass) -> Iterator[r.FunctionFacts]:
    """The methods of a class, without its bases', that a caller enters."""
    for facts in module.entity.facts.methods:
        public = facts.name == "__call__" or not facts.name.startswith("_")
        if public and facts.parameters and not facts.stub and not decorated(facts, *_NOT_CALLED):
            yield facts


def _modes_with_defaults(contracts: FileContracts, module: ModuleClass) -> Iterator[Suspect]:
    fields = contracts.engine.project.classes.fields(module)
    for outline in _entered_methods(module):
        facts = contracts.engine.project.in_full(FunctionEntity(contracts.file, outline)).facts
        for parameter in facts.parameters[1:]:
            match parameter.default:
                case r.Constant(value=bool() as value) if parameter.name in FLAGS and parameter.name not in fields:
                    yield _parameter(contracts, "JFX902", parameter, facts, (str(value),))


def _parameter(
    contracts: FileContracts, code: str, parameter: r.Parameter, facts: r.FunctionFacts, details: tuple[str, ...] = ()
) -> Suspect:
    return Suspect(
        code,
        parameter.line,
        parameter.column,
        0,
        contracts.lines(parameter.line),
        parameter.name,
        facts.name,
        details=details,
        kind="parameter",
    )


def _modes_as_attributes(contracts: FileContracts, module: ModuleClass) -> Iterator[Suspect]:
    """An attribute that nobody reads is another rule's; any mode at the call makes it one of two places."""
    owner = module.entity.facts
    wanted = [field for field in owner.fields if field.name in FLAGS and _is_bool(field)]
    fields = contracts.engine.project.classes.fields(module) if wanted else {}
    for field in wanted:
        known = fields.get(field.name)
        if known is None or not contracts.engine.readers.in_hierarchy(module, field.name):
            continue
        at_call = (
            parameter.name
            for entity in module.lineage
            for facts in entity.facts.methods
            for parameter in facts.parameters[1:]
        )
        if not FLAGS.isdisjoint(at_call):
            continue
        lines = contracts.lines(field.line)
        yield Suspect("JFX903", field.line, field.column, 0, lines, field.name, owner.name, kind="attribute")


def _is_bool(field: r.FieldFacts) -> bool:
    match field.annotation, field.default:
        case r.Name(id="bool"), None | r.Constant(value=bool()):
            return True
        case annotation, r.Constant(value=bool()):
            return may_be_bool(annotation)
    return False


# --- JFX904 --------------------------------------------------------------------------------------------------------


def _settings_as_arguments(contracts: FileContracts, module: ModuleClass) -> Iterator[Suspect]:
    facts = next((facts for facts in _entered_methods(module) if facts.name == "__call__"), None)
    if facts is None:
        return
    facts = contracts.engine.project.in_full(FunctionEntity(contracts.file, facts)).facts
    fields = contracts.engine.project.classes.fields(module)
    for parameter in facts.parameters[2:]:
        if parameter.kind.startswith("var-") or parameter.name in FLAGS or parameter.name in fields:
            continue
        if not _is_data(parameter) and _only_constructs(contracts, facts, parameter.name):
            yield _parameter(contracts, "JFX904", parameter, facts)


def _is_data(parameter: r.Parameter) -> bool:
    nodes = walk(parameter.annotation) if parameter.annotation is not None else ()
    return any(
        (isinstance(node, r.Name) and node.id in _DATA) or (isinstance(node, r.Attribute) and node.attr in _DATA)
        for node in nodes
    )


def _only_constructs(contracts: FileContracts, facts: r.FunctionFacts, name: str) -> bool:
    """Whether each use of a parameter is an argument of the call that makes a layer, and no mode there."""
    uses = 0
    settings = 0
    for node in walk(facts):
        if isinstance(node, r.Name):
            uses += node.id == name
        elif isinstance(node, r.Call):
            mine = [value for value in node.args if isinstance(value, r.Name) and value.id == name]
            mine += [
                keyword.value
                for keyword in node.keywords
                if keyword.name not in {*FLAGS, None, "name", "parent"}
                and isinstance(keyword.value, r.Name)
                and keyword.value.id == name
            ]
            if mine and _makes_layer(contracts, node):
                settings += len(mine)
    return 0 < uses == settings


def _makes_layer(contracts: FileContracts, node: r.Call) -> bool:
    place = (node.line, node.column, call_depth(node))
    calls = [seen.call for seen in contracts.calls if tuple(seen.call.place)[1:] == place]
    return bool(calls) and all(made_by(contracts.engine, call.func) is not None for call in calls)


# --- JFX905, JFX907 ------------------------------------------------------------------------------------------------


def _entered(contracts: FileContracts) -> Iterator[Suspect]:
    """Keys that ``init`` does not need; ``apply`` that opens every collection."""
    for place, entries in contracts.entries.items():
        lines = contracts.lines(place.line)
        if all(entry.how.rstrip("?") == "init" and _names_dropout(entry.rngs) for entry in entries):
            yield Suspect("JFX905", place.line, place.column, place.depth, lines, "dropout", "")
        if all(entry.how.rstrip("?") == "apply" and entry.mutable == t.const(True) for entry in entries):
            yield Suspect("JFX907", place.line, place.column, place.depth, lines, "mutable", "")


def _names_dropout(rngs: t.Term) -> bool:
    if not isinstance(rngs, t.Mapping) or rngs.rest is not None:
        return False
    return all(rngs.get(t.const(name)) is not None for name in ("params", "dropout"))
