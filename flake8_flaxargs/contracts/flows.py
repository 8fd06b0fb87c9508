"""Walks functions, each once."""

from __future__ import annotations

from ..facts import records as r
from ..project.classes import ModuleClass
from ..project.names import ClassEntity, FunctionEntity
from ..project.project import Project
from .flow import Flow
from .walk import Walk

# A chain of calls longer than this is not followed to its end.
_CALL_DEPTH = 30


class Flows:
    """Walks functions, each once.

    Args:
        project: where names lead.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._known: dict[tuple[object, object], Flow] = {}
        self._children: dict[tuple[str, str], dict[str, ModuleClass]] = {}
        self._depth = 0

    def of(self, function: FunctionEntity, module: ModuleClass | None, owner: ClassEntity | None) -> Flow:
        """The walk through ``function``, a method of ``owner`` as ``module`` runs it (both None for a plain function).

        A function that is being walked already (recursion) has done nothing yet.
        """
        key = ((*function.key, function.facts.line), module.entity.key if module else None)
        flow = self._known.get(key)
        if flow is None:
            flow = self._known[key] = Flow()
            if self._depth >= _CALL_DEPTH:
                flow.incomplete = flow.returns = True
                return flow
            self._depth += 1
            try:
                Walk(self._project, self, flow, self._project.in_full(function), module, owner).run()
            finally:
                self._depth -= 1
        return flow

    def children(self, module: ModuleClass) -> dict[str, ModuleClass]:
        """The Modules that ``setup`` binds to attributes: ``self.name = Child(...)``."""
        key = module.entity.key
        if key not in self._children:
            found: dict[str, ModuleClass] = {}
            setup = module.method("setup")
            if setup is not None:
                owner, function = setup[0], self._project.in_full(setup[1])
                for statement in function.facts.body:
                    match statement:
                        case r.Assign(targets=(r.Attribute(value=r.Name(), attr=attr),), value=r.Call(func=func)):
                            scope = f"{function.facts.qualname}.<locals>"
                            entity = self._project.names.resolve(owner.file, scope, func)
                            if isinstance(entity, ClassEntity):
                                child = self._project.classes.of(entity)
                                if child.is_module:
                                    found[attr] = child
            self._children[key] = found
        return self._children[key]
