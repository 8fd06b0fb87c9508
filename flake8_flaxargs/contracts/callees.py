"""Who a call in a walk runs: the part of the walk that follows names, instances and methods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..facts import records as r
from ..project.classes import ModuleClass
from ..project.names import ClassEntity, ForeignEntity, FunctionEntity
from ..project.project import Project
from .calls import Called, Callee, Construction, Foreign, decorated
from .flow import Flow
from .state import State
from .values import UNKNOWN, Origin, Value, single

if TYPE_CHECKING:
    from .flows import Flows


class Callees:
    """The state of a walk, and what a call in it runs.

    Args:
        project: where names lead.
        flows: walks of other functions.
        flow: what is found.
        function, module, owner: what is walked, the Module that it runs on, and the class whose method it is.
    """

    def __init__(
        self,
        project: Project,
        flows: Flows,
        flow: Flow,
        function: FunctionEntity,
        module: ModuleClass | None,
        owner: ClassEntity | None,
    ) -> None:
        self._project = project
        self._flows = flows
        self._flow = flow
        self._function = function
        self._module = module
        self._owner = owner
        self._fields = project.classes.fields(module) if module else {}
        self._scope = f"{function.facts.qualname}.<locals>"
        self._local_functions: dict[str, r.FunctionFacts] = {}
        self._exits: list[dict[str, int]] = []
        self._deferred = 0
        self._guards: list[frozenset[str]] = []
        self._state = State()

    def _peek(self, expression: r.Expression) -> Value:
        """The value of a name or attribute, without reading it."""
        match expression:
            case r.Name(id=name):
                return self._state.names.get(name, UNKNOWN)
            case r.Attribute(value=r.Name(id=owner), attr=attr):
                if single(self._state.names.get(owner, UNKNOWN), "self") is not None:
                    return frozenset({Origin("attribute", attr)})
            case r.Call(func=r.Name(id="getattr"), args=(r.Name(id=owner), r.Constant(value=str(attr)), *_)):
                if single(self._state.names.get(owner, UNKNOWN), "self") is not None:
                    return frozenset({Origin("attribute", attr)})
        return UNKNOWN

    def _called(self, func: r.Expression, receiver: Value) -> Called | None:
        """What a call runs, where that can be told; ``receiver`` is the value of ``func``."""
        match func:
            case r.Name(id=name) if name in self._state.names:
                return self._called_value(receiver)
            case r.Attribute(value=r.Name(id=owner), attr=attr) if owner in self._state.names:
                value = self._state.names[owner]
                if any(origin.kind == "self" for origin in value):
                    return self._own_method(attr, None)
                return self._called_value(value, attr)
            case r.Attribute(value=r.Call(func=r.Name(id="super"), args=args), attr=attr):
                if (
                    self._module is not None
                    and self._owner is not None
                    and not (args and isinstance(args[0], r.Starred))
                ):
                    return self._own_method(attr, self._owner)
                return None
            case r.Call():
                return self._called_value(receiver)
        entity = self._project.names.resolve(self._function.file, self._scope, func)
        match entity:
            case FunctionEntity():
                return self._class_method(func, entity)
            case ClassEntity():
                module = self._project.classes.of(entity)
                return Construction(module) if module.is_module else None
            case ForeignEntity():
                return Foreign(entity)
        return None

    def _called_value(self, value: Value, method: str = "__call__") -> Called | None:
        if len(value) != 1:
            return None
        (origin,) = value
        match origin.kind:
            case "instance":
                return self._instance_method(self._flow.instances[origin.site].module, method, origin.site)
            case "function" if method == "__call__":
                facts = self._local_functions[origin.name]
                return Callee(FunctionEntity(self._function.file, facts))
            case "attribute" if self._module is not None:
                child = self._flows.children(self._module).get(origin.name)
                return self._instance_method(child, method, -1) if child else None
        return None

    def _own_method(self, name: str, after: ClassEntity | None) -> Called | None:
        if self._module is None:
            return None
        found = self._module.method(name, after)
        if found is not None:
            owner, function = found
            function = self._project.in_full(function)
            static = decorated(function.facts, "staticmethod")
            if decorated(function.facts, "property", "cached_property", "classmethod"):
                return None
            return Callee(function, None if static else owner, self._module, not static, not static)
        child = self._flows.children(self._module).get(name)
        return self._instance_method(child, "__call__", -1) if child else None

    def _instance_method(self, module: ModuleClass, name: str, site: int) -> Called | None:
        found = module.method(name)
        if found is None:
            return None
        owner, function = found
        function = self._project.in_full(function)
        return Callee(function, owner, module, False, not decorated(function.facts, "staticmethod"), site)

    def _class_method(self, func: r.Expression, function: FunctionEntity) -> Called:
        """A plain function, or ``Base.method(self, ...)`` of a class that this one inherits from."""
        function = self._project.in_full(function)
        if isinstance(func, r.Attribute) and self._module is not None:
            owner = self._project.names.resolve(self._function.file, self._scope, func.value)
            if isinstance(owner, ClassEntity) and any(owner.key == entity.key for entity in self._module.lineage):
                return Callee(function, owner, self._module, True, False)
        return Callee(function)
