"""What a method does with the arguments that can be given at construction and at the call: the report rules look at.

For each name that is both an attribute of a Module and a parameter of one of its methods: is it merged, by whom, and if
not, which side is never read? For each ``merge_param`` call: are its operands what they should be, and is its result
what is used from there on?
"""

from __future__ import annotations

from ..facts import records as r
from ..project.classes import Field, ModuleClass
from ..project.names import ClassEntity, FunctionEntity
from ..project.project import Project
from .bypasses import bypasses, parameter_at
from .calls import MERGE_PARAM, Called, Callee, Construction, decorated
from .constructions import Construct, calls_itself, constructions, unfollowed_mention
from .flow import Flow
from .flows import Flows
from .nullness import Nullness
from .operands import Operands, mismatch, text_of
from .reads import AttributeReaders
from .records import dotted
from .report import Fate, MethodReport, Pair
from .values import MergeSite, Origin, Read

# Decorators after which a method's parameters are not what its caller gives, or not a caller's at all.
_NOT_METHODS = ("staticmethod", "classmethod", "property", "cached_property", "overload", "abstractmethod", "setter")

# Decorators that neither read the instance nor merge, by the last part of their name.
_HARMLESS_DECORATORS = {
    "compact",
    "compact_name_scope",
    "nowrap",
    "remat",
    "checkpoint",
    "jit",
    "vmap",
    "scan",
    "named_call",
    "transform_method",
    "dataclass",
    "configurable",
    "jaxtyped",
    "typechecked",
    "typechecker",
    "beartype",
    "check_types",
    "override",
    "final",
    "runtime_checkable",
    "deprecated",
    "no_type_check",
}


class Merges:
    """Reports on methods.

    Args:
        project: where names lead.
        key_annotations: dotted names of annotations that mark an attribute as a path which a framework resolves.
    """

    def __init__(self, project: Project, key_annotations: tuple[str, ...] = ()) -> None:
        self._project = project
        self._flows = Flows(project)
        self._readers = AttributeReaders(project)
        self._nullness = Nullness(project)
        self._operands = Operands(self._nullness, self._readers)
        self._keys = key_annotations
        self._uses: dict[tuple[str, str], tuple[tuple[Construct, ...], str | None]] = {}

    @property
    def nullness(self) -> Nullness:
        """What can be None in this project."""
        return self._nullness

    def methods(self, module: ModuleClass) -> list[FunctionEntity]:
        """The methods of a class that a caller can enter: public ones and ``__call__``; of overloads the last."""
        found: dict[str, FunctionEntity] = {}
        for facts in module.entity.facts.methods:
            public = facts.name == "__call__" or not facts.name.startswith("_")
            if public and facts.parameters and not decorated(facts, *_NOT_METHODS):
                found[facts.name] = FunctionEntity(module.entity.file, facts)
        return list(found.values())

    def worth_a_report(self, module: ModuleClass, function: FunctionEntity) -> bool:
        """Whether the method can hold a fault at all: it shares a name with an attribute, or says ``merge_param``."""
        fields = self._project.classes.fields(module)
        if any(parameter.name in fields for parameter in function.facts.parameters[1:]):
            return True
        source = self._project.files.source(function.file)
        if source is None or MERGE_PARAM[1] not in source.text:
            return False
        lines = source.lines[function.facts.line - 1 : function.facts.end_line]
        return any(MERGE_PARAM[1] in line for line in lines)

    def uses(self, module: ModuleClass) -> tuple[tuple[Construct, ...], str | None]:
        """The constructions of a class in the project that are followed, and the place of a mention that is not."""
        key = module.entity.key
        if key not in self._uses:
            found = tuple(constructions(self._project, module))
            self._uses[key] = found, unfollowed_mention(self._project, module, found)
        return self._uses[key]

    def calls_itself(self, module: ModuleClass) -> int | None:
        """The line on which a class calls its own instance, None where it does not."""
        return calls_itself(self._project, module)

    def reads_attribute_elsewhere(self, report: MethodReport, name: str) -> bool:
        """Whether another method of the class reads the attribute, or a function nested in this one."""
        nested = any(read.origin == Origin("attribute", name) and read.deferred for read in report.flow.reads)
        return nested or self._readers.for_certain(report.module, name, report.function)

    def report(self, module: ModuleClass, function: FunctionEntity) -> MethodReport:
        """What the method does with arguments that can be given twice."""
        function = self._project.in_full(function)
        fields = self._project.classes.fields(module)
        flow = self._flows.of(function, module, module.entity)
        parameters = {
            parameter.name: parameter
            for parameter in function.facts.parameters[1:]
            if not parameter.kind.startswith("var-")
        }
        mismatches = tuple(
            found for site in flow.sites if site.direct and (found := mismatch(site, fields, parameters))
        )
        blamed = {name for found in mismatches for name in _mentioned(found.site)}
        pairs = tuple(
            Pair(field, parameters[name], self._fate(module, function, flow, field, parameters[name]))
            for name, field in fields.items()
            if name in parameters and name not in blamed
        )
        return MethodReport(
            module,
            function,
            fields,
            flow,
            pairs,
            tuple(
                (merge, fields[merge.name], parameters[merge.name])
                for merge in flow.hand_merges
                if merge.name in fields and merge.name in parameters and not self._is_key(fields[merge.name])
            ),
            tuple(
                defeat
                for site in flow.sites
                if site.direct and (defeat := self._operands.defeat(site, module, function, fields, parameters))
            ),
            mismatches,
            tuple(bypasses(self._flows, flow)),
        )

    # --- JFX101, JFX906: what becomes of a pair --------------------------------------------------------------------

    def _fate(
        self, module: ModuleClass, function: FunctionEntity, flow: Flow, field: Field, parameter: r.Parameter
    ) -> Fate:
        name = field.name
        if self._is_key(field):
            return Fate.KEY
        if function.facts.stub or not flow.returns or name in flow.deleted or flow.takes_all:
            return Fate.UNUSED
        if flow.incomplete:
            return Fate.UNKNOWN
        if any(name in site.names for site in flow.sites) or self._translated(flow, name):
            return Fate.MERGED
        if name in flow.merged_by_hand or _in_one_call(flow, name):
            return Fate.HAND_MERGED
        if self._merged_by_child(module, flow, name):
            return Fate.MERGED
        scope = f"{function.facts.qualname}.<locals>"
        owner = field.owner
        if self._nullness.exclude_each_other(
            function.file, scope, parameter.annotation, owner.file, owner.facts.scope, field.facts.annotation
        ):
            return Fate.TWO_MEANINGS
        if not self._parameter_read(module, function, name, frozenset()):
            if not self._readers.for_certain(module, name):
                return Fate.UNUSED
            return Fate.UNKNOWN if self._wrapped(module, function) else Fate.PARAMETER_DEAD
        if self._readers.in_hierarchy(module, name):
            return Fate.TWO_MEANINGS
        if not module.complete or self._wrapped(module, function) or self._goes_to_stub(flow, name):
            return Fate.UNKNOWN
        if self._readers.in_subclasses(module, name):
            return Fate.TWO_MEANINGS
        return Fate.UNKNOWN if self._readers.outside(module, name) else Fate.ATTRIBUTE_DEAD

    def _is_key(self, field: Field) -> bool:
        """Whether an annotation marks the attribute as a path that a framework resolves (``kontext.Key``)."""
        pending = [field.facts.annotation]
        while pending:
            match pending.pop():
                case r.Computed(operands=operands) | r.Display(elements=operands):
                    pending += operands
                case r.Subscript(value=value, index=index):
                    pending += [value, index]
                case r.Name() | r.Attribute() as node:
                    if self._spelled(field.owner, node) & set(self._keys):
                        return True
        return False

    def _spelled(self, owner: ClassEntity, node: r.Name | r.Attribute) -> set[str]:
        """The dotted names of an annotation: as written, and as its imports spell it."""
        written = dotted(node)
        first, _, rest = written.partition(".")
        found = {written}
        for _, binding in self._project.names.bindings(owner.file, owner.facts.scope, first):
            if binding.kind == "import":
                found.add(".".join(filter(None, [binding.module, rest])))
            elif binding.kind == "from":
                found.add(".".join(filter(None, [binding.module, binding.attr, rest])))
                # kauldron's key paths are kontext's, whichever package they are imported through
                found.add(".".join(filter(None, [binding.attr, rest])))
        return found

    def _translated(self, flow: Flow, name: str) -> bool:
        """Whether the attribute is merged with a value made of another parameter, or this parameter with another."""
        for site in flow.sites:
            kinds = {origin for _, value in site.operands for origin in value}
            if (
                Origin("attribute", name) in kinds
                or Origin("parameter", name) in kinds
                or Origin("translated", name) in kinds
            ):
                return True
        return False

    def _merged_by_child(self, module: ModuleClass, flow: Flow, name: str) -> bool:
        """Whether a child may merge them.

        The raw attribute goes to its constructor, here or in setup, and the raw parameter to a call.
        """
        to_call = any(not isinstance(called, Construction) for called in _given_to(flow, Origin("parameter", name)))
        if not to_call:
            return False
        walks = [flow]
        setup = module.method("setup")
        if setup is not None:
            owner, function = setup
            walks.append(self._flows.of(function, module, owner))
        return any(
            isinstance(called, Construction) for walk in walks for called in _given_to(walk, Origin("attribute", name))
        )

    def _parameter_read(
        self, module: ModuleClass, function: FunctionEntity, name: str, above: frozenset[object]
    ) -> bool:
        """Whether a parameter's value is used.

        It is not if it is only handed to methods of the same Module that ignore it.
        """
        key = (function.key, name)
        if key in above:
            return False
        flow = self._flows.of(function, module, module.entity)
        for read in flow.reads:
            if read.origin != Origin("parameter", name):
                continue
            if read.use.kind == "store":
                continue
            target = self._handed_to(flow, read)
            if target is None:
                return True
            callee, parameter = target
            if not self._flow_of(callee).returns or self._overridden(module, callee.function):
                return True
            if self._parameter_read(module, callee.function, parameter, above | {key}):
                return True
        return False

    def _handed_to(self, flow: Flow, read: Read) -> tuple[Callee, str] | None:
        """The method of the same Module and its parameter that a read hands the value to."""
        if read.use.kind != "argument" or read.use.call is None:
            return None
        called = flow.called.get(id(read.use.call))
        if not isinstance(called, Callee) or not called.same_instance:
            return None
        parameter = parameter_at(called, read.use)
        return (called, parameter) if parameter else None

    def _overridden(self, module: ModuleClass, method: FunctionEntity) -> bool:
        return any(
            facts.name == method.facts.name
            for subclass in self._project.users.subclasses(module)
            for facts in subclass.entity.facts.methods
        )

    def _wrapped(self, module: ModuleClass, function: FunctionEntity) -> bool:
        """Whether a decorator of the method or its class may merge or read: it gets the instance, or the class."""
        owner = module.entity
        return any(
            not self._harmless(owner, decorator) for decorator in (*function.facts.decorators, *owner.facts.decorators)
        )

    def _harmless(self, owner: ClassEntity, decorator: r.Expression) -> bool:
        node = decorator.func if isinstance(decorator, r.Call) else decorator
        name = dotted(node).rpartition(".")[2]
        if name == "partial" and isinstance(decorator, r.Call) and decorator.args:
            return self._harmless(owner, decorator.args[0])
        if name in _HARMLESS_DECORATORS or "register" in name.lower():
            return True
        entity = self._project.names.resolve(owner.file, owner.facts.scope, node)
        return isinstance(entity, FunctionEntity) and entity.file.name.partition(".")[0] == "flax"

    def _goes_to_stub(self, flow: Flow, name: str) -> bool:
        """Whether the parameter is handed to a method that subclasses are to write: who knows what they read."""
        return any(
            isinstance(called, Callee) and called.same_instance and not self._flow_of(called).returns
            for called in _given_to(flow, Origin("parameter", name))
        )

    def _flow_of(self, callee: Callee) -> Flow:
        return self._flows.of(callee.function, callee.module, callee.owner)


def _given_to(flow: Flow, origin: Origin) -> list[Called | None]:
    """What is called with a raw value for an argument."""
    return [
        flow.called.get(id(read.use.call))
        for read in flow.reads
        if read.origin == origin and read.use.kind == "argument" and read.use.call is not None
    ]


def _in_one_call(flow: Flow, name: str) -> bool:
    """Whether the raw attribute and the raw parameter are handed to one call: whoever takes both combines them."""
    calls = [
        {id(read.use.call) for read in flow.reads if read.origin == Origin(kind, name) and read.use.kind == "argument"}
        for kind in ("attribute", "parameter")
    ]
    return bool(calls[0] & calls[1])


def _mentioned(site: MergeSite) -> set[str]:
    names = {text_of(site.name)} if site.name is not None else set()
    return names | {origin.name for _, value in site.operands for origin in value if origin.name}
