"""Who reads an attribute: any method of the class, its bases and subclasses, or a function that gets the instance.

Coarse on purpose, and on the side of "read": a finding says *never read*, so whatever may read it counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..facts import records as r
from ..project.classes import ROOT, ModuleClass
from ..project.files import File
from ..project.names import ClassEntity, FunctionEntity
from ..project.project import Project
from .calls import decorated
from .records import walk

# Calls that take the instance without reading its fields.
_HARMLESS_CALLS = {"super", "isinstance", "issubclass", "type", "id", "hash", "callable"}
_FUNCTION_DEPTH = 4


class AttributeReads(NamedTuple):
    """What one function reads of an instance: names, or possibly ``everything``."""

    names: frozenset[str]
    everything: bool


class AttributeReaders:
    """Answers who reads an attribute.

    Args:
        project: where names lead.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._methods: dict[object, AttributeReads] = {}

    def in_hierarchy(self, module: ModuleClass, name: str) -> bool:
        """Whether a method of the class or of a base that can be read may read ``self.name``."""
        return any(self._class_reads(entity, name) for entity in module.lineage if entity.file.name != ROOT[0])

    def for_certain(self, module: ModuleClass, name: str) -> bool:
        """Whether a method of the class or of a base names ``self.name``."""
        return any(
            name in self._method(FunctionEntity(entity.file, facts)).names
            for entity in module.lineage
            if entity.file.name != ROOT[0]
            for facts in entity.facts.methods
        )

    def in_subclasses(self, module: ModuleClass, name: str) -> bool:
        """Whether a subclass in the project, or a class mixed into one, may read ``self.name``."""
        return any(self.in_hierarchy(subclass, name) for subclass in self._project.users.subclasses(module))

    def outside(self, module: ModuleClass, name: str) -> bool:
        """Whether code of the project reads ``net.name``, where ``net = Net(...)`` or is annotated as a ``Net``."""
        entity = module.entity
        for file in self._project.users.mentioning(entity.facts.name, entity.file):
            facts = self._project.files.facts(file, "full")
            if facts is None:
                continue
            for function in [*facts.functions, *(method for owner in facts.classes for method in owner.methods)]:
                scope = f"{function.qualname}.<locals>"
                made = {bound for bound, call in _bound_calls(function) if self._is(file, scope, call.func, module)}
                made |= {
                    parameter.name
                    for parameter in function.parameters
                    if parameter.annotation is not None and self._is(file, scope, parameter.annotation, module)
                }
                if made and any(
                    node.attr == name and _dotted(node.value) in made for node in walk(function) if isinstance(node, r.Attribute)
                ):
                    return True
        return False

    def _is(self, file: File, scope: str, node: r.Expression, module: ModuleClass) -> bool:
        entity = self._project.names.resolve(file, scope, node)
        return isinstance(entity, ClassEntity) and entity.key == module.entity.key

    def _class_reads(self, entity: ClassEntity, name: str) -> bool:
        for facts in entity.facts.methods:
            reads = self._method(FunctionEntity(entity.file, facts))
            if reads.everything or name in reads.names:
                return True
        return False

    def _method(self, function: FunctionEntity) -> AttributeReads:
        function = self._project.in_full(function)
        parameters = function.facts.parameters
        if not parameters or decorated(function.facts, "staticmethod"):
            return AttributeReads(frozenset(), False)
        return self._function(function, parameters[0].name, 0)

    def _function(self, function: FunctionEntity, instance: str, depth: int) -> AttributeReads:
        key = (function.key, function.facts.line, instance)
        if key not in self._methods:
            self._methods[key] = AttributeReads(frozenset(), False)  # recursion adds nothing
            self._methods[key] = self._read_body(function, instance, depth)
        return self._methods[key]

    def _read_body(self, function: FunctionEntity, instance: str, depth: int) -> AttributeReads:
        names: set[str] = set()
        nested = {instance} | set(_nested_parameters(function.facts))
        bare = 0
        for node in walk(function.facts):
            match node:
                case r.Attribute(value=r.Name(id=owner), attr=attr) if owner in nested:
                    names.add(attr)
                    bare -= owner == instance
                case r.Name(id=owner) if owner == instance:
                    bare += 1
                case r.Call(func=func, args=args, keywords=keywords):
                    given = [value for value in (*args, *(keyword.value for keyword in keywords)) if _is_name(value, instance)]
                    if not given:
                        continue
                    found = self._given_to(function, node, instance, depth)
                    if found is not None:
                        names |= found.names
                        if not found.everything:
                            bare -= len(given)
        return AttributeReads(frozenset(names), bare > 0 or "__dict__" in names)

    def _given_to(self, function: FunctionEntity, call: r.Call, instance: str, depth: int) -> AttributeReads | None:
        """What a call reads of the instance that it is given; None where that is not known."""
        match call.func, call.args:
            case r.Name(id="getattr" | "hasattr"), (_, r.Constant(value=str(attr), exact=True), *_):
                return AttributeReads(frozenset({attr}), False)
            case r.Name(id=name), _ if name in _HARMLESS_CALLS:
                return AttributeReads(frozenset(), False)
            case r.Attribute(value=r.Call(func=r.Name(id="super"))), _:
                return None
        entity = self._project.names.resolve(function.file, f"{function.facts.qualname}.<locals>", call.func)
        if not isinstance(entity, FunctionEntity) or depth >= _FUNCTION_DEPTH:
            return None
        entity = self._project.in_full(entity)
        positional = [parameter.name for parameter in entity.facts.parameters if parameter.kind.startswith("positional")]
        received = [name for name, value in zip(positional, call.args, strict=False) if _is_name(value, instance)]
        received += [keyword.name for keyword in call.keywords if keyword.name and _is_name(keyword.value, instance)]
        given = sum(_is_name(value, instance) for value in (*call.args, *(keyword.value for keyword in call.keywords)))
        if len(received) != given:
            return None
        reads = [self._function(entity, name, depth + 1) for name in received]
        return AttributeReads(frozenset().union(*(read.names for read in reads)), any(read.everything for read in reads))


def _is_name(node: r.Expression, name: str) -> bool:
    return isinstance(node, r.Name) and node.id == name


def _nested_parameters(function: r.FunctionFacts) -> Iterator[str]:
    """Parameters of nested functions and lambdas: ``nn.scan(lambda mdl, x: mdl.block(x))`` gets the instance by one."""
    for node in walk(function):
        match node:
            case r.LocalFunction(function=inner):
                yield from (parameter.name for parameter in inner.parameters)
            case r.Lambda(parameters=parameters):
                yield from (parameter.name for parameter in parameters)


def _bound_calls(function: r.FunctionFacts) -> Iterator[tuple[str, r.Call]]:
    for node in walk(function):
        match node:
            case r.Assign(targets=(target,), value=r.Call() as call):
                dotted = _dotted(target)
                if dotted:
                    yield dotted, call


def _dotted(node: object) -> str:
    match node:
        case r.Name(id=name):
            return name
        case r.Attribute(value=value, attr=attr):
            owner = _dotted(value)
            return f"{owner}.{attr}" if owner else ""
    return ""
