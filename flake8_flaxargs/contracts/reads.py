"""Who reads an attribute: any method of the class, its bases and subclasses, or a function that gets the instance.

Coarse on purpose, and on the side of "read": a finding says *never read*, so whatever may read it counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ..facts import records as r
from ..project.classes import ROOT, ModuleClass
from ..project.files import File
from ..project.names import ClassEntity, FunctionEntity
from ..project.project import Project
from .calls import decorated
from .records import dotted, walk

# Calls that take the instance without reading its fields.
_HARMLESS_CALLS = {"super", "isinstance", "issubclass", "type", "id", "hash", "callable"}
_FUNCTION_DEPTH = 4
# The name is looked ahead at: in ``self.net.train`` it owns the next one.
_DOTTED_READ = re.compile(r"((?<!\w)\w+|[\])])\.(?=(\w+)\b(?!\s*(?:=[^=]|\()))")
# Names of what is no instance of the class, as far as its own code and its users' go.
_NO_INSTANCES = {
    "self",
    "cls",
    "cfg",
    "config",
    "args",
    "options",
    "hparams",
    "params",
    "settings",
    "flags",
    "FLAGS",
    "np",
    "jnp",
    "nn",
}


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
        self._texts: dict[str, frozenset[str]] = {}

    def in_hierarchy(self, module: ModuleClass, name: str) -> bool:
        """Whether a method of the class or of a base that can be read may read ``self.name``."""
        return any(self._class_reads(entity, name) for entity in module.lineage if entity.file.name != ROOT[0])

    def may_read_all(self, module: ModuleClass) -> bool:
        """Whether a method of the class or of a base that can be read may read any attribute at all."""
        return any(
            self._method(FunctionEntity(entity.file, facts)).everything
            for entity in module.lineage
            if entity.file.name != ROOT[0]
            for facts in entity.facts.methods
        )

    def for_certain(self, module: ModuleClass, name: str, but: FunctionEntity | None = None) -> bool:
        """Whether a method that the class runs, its own or a base's, other than ``but``, names ``self.name``."""
        overridden: set[str] = set()
        for entity in module.lineage:
            if entity.file.name == ROOT[0]:
                continue
            methods = [FunctionEntity(entity.file, facts) for facts in entity.facts.methods]
            for method in methods:
                other = but is None or (method.file.path, method.facts.line) != (but.file.path, but.facts.line)
                if other and method.facts.name not in overridden and name in self._method(method).names:
                    return True
            overridden |= {method.facts.name for method in methods if not self._calls_super(method)}
        return False

    def _calls_super(self, method: FunctionEntity) -> bool:
        body = walk(self._project.in_full(method).facts)
        return any(isinstance(node, r.Name) and node.id == "super" for node in body)

    def in_subclasses(self, module: ModuleClass, name: str) -> bool:
        """Whether a subclass in the project, or a class mixed into one, may read ``self.name``."""
        return any(self.in_hierarchy(subclass, name) for subclass in self._project.users.subclasses(module))

    def outside(self, module: ModuleClass, name: str) -> bool:
        """Whether code of the project that knows the class reads ``name`` of something that may be an instance.

        Text is enough: ``model.length`` anywhere in a file that knows the class makes the attribute one that is
        read, by a trainer, a parent or a child (``self.parent.train``). ``self.length`` is another class's own.
        """

        def reads(file: File) -> bool:
            return name in self._read_of_others(file)

        return any(True for _ in self._project.users.importing(module.entity, reads))

    def _read_of_others(self, file: File) -> frozenset[str]:
        """The names that a file reads, but does not call or bind, of anything that may be an instance."""
        if file.path not in self._texts:
            source = self._project.files.source(file)
            found = _DOTTED_READ.findall(source.text) if source else []
            self._texts[file.path] = frozenset(name for owner, name in found if owner not in _NO_INSTANCES)
        return self._texts[file.path]

    def assigned(self, module: ModuleClass, name: str) -> bool:
        """Whether a method of the class or of a base assigns ``self.name`` (``__post_init__`` may)."""
        for entity in module.lineage:
            for facts in entity.facts.methods if entity.file.name != ROOT[0] else ():
                function = self._project.in_full(FunctionEntity(entity.file, facts))
                for node in walk(function.facts):
                    match node:
                        case r.Assign(targets=targets) if any(
                            isinstance(target, r.Attribute) and target.attr == name for target in targets
                        ):
                            return True
                        case r.Call(func=func, args=(_, r.Constant(value=str(attr)), *_)) if attr == name:
                            if dotted(func).rpartition(".")[2] in {"setattr", "__setattr__"}:
                                return True
        return False

    def _class_reads(self, entity: ClassEntity, name: str) -> bool:
        for facts in entity.facts.methods:
            reads = self._method(FunctionEntity(entity.file, facts))
            if reads.everything or name in reads.names:
                return True
        return any(self._value_reads(entity, value, name) for _, value in entity.facts.plain)

    def _value_reads(self, entity: ClassEntity, value: r.Expression, name: str) -> bool:
        """Whether a class attribute may be a method in disguise: ``_mode = _mode``, ``property(lambda self: ...)``."""
        for node in walk(value):
            match node:
                case r.Lambda(parameters=parameters) if parameters:
                    first = parameters[0].name
                    inner = (part for part in walk(node) if isinstance(part, r.Attribute))
                    if any(part.attr == name and _is_name(part.value, first) for part in inner):
                        return True
                case r.Name() | r.Attribute():
                    found = self._project.names.resolve(entity.file, entity.facts.scope, node)
                    if isinstance(found, FunctionEntity) and not found.file.name.startswith("flax."):
                        reads = self._method(found)
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
                case r.Call(args=args, keywords=keywords):
                    given = [
                        value
                        for value in (*args, *(keyword.value for keyword in keywords))
                        if _is_name(value, instance)
                    ]
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
        scope = f"{function.facts.qualname}.<locals>"
        transform = call.func.func if isinstance(call.func, r.Call) else call.func
        entity = self._project.names.resolve(function.file, scope, transform)
        if isinstance(entity, FunctionEntity) and entity.file.name.startswith("flax."):
            return self._lifted(function, scope, call, depth)
        entity = self._project.names.resolve(function.file, scope, call.func)
        if not isinstance(entity, FunctionEntity) or depth >= _FUNCTION_DEPTH:
            return None
        entity = self._project.in_full(entity)
        positional = [
            parameter.name for parameter in entity.facts.parameters if parameter.kind.startswith("positional")
        ]
        received = [name for name, value in zip(positional, call.args, strict=False) if _is_name(value, instance)]
        received += [keyword.name for keyword in call.keywords if keyword.name and _is_name(keyword.value, instance)]
        given = sum(_is_name(value, instance) for value in (*call.args, *(keyword.value for keyword in call.keywords)))
        if len(received) != given:
            return None
        reads = [self._function(entity, name, depth + 1) for name in received]
        return AttributeReads(
            frozenset().union(*(read.names for read in reads)), any(read.everything for read in reads)
        )

    def _lifted(self, function: FunctionEntity, scope: str, call: r.Call, depth: int) -> AttributeReads:
        """A lifted transform reads nothing itself; the functions that it lifts get the instance first.

        Those defined in the method, and lambdas, are read as part of it.
        """
        given = [*call.args, *(call.func.args if isinstance(call.func, r.Call) else ())]
        names: frozenset[str] = frozenset()
        everything = False
        for value in given:
            entity = self._project.names.resolve(function.file, scope, value)
            if isinstance(entity, FunctionEntity):
                entity = self._project.in_full(entity)
                if entity.facts.parameters and depth < _FUNCTION_DEPTH:
                    found = self._function(entity, entity.facts.parameters[0].name, depth + 1)
                    names, everything = names | found.names, everything or found.everything
        return AttributeReads(names, everything)


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
