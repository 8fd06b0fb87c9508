"""Follows names through imports, re-exports, aliases and star imports to what they mean."""

from __future__ import annotations

import builtins
import sys
from typing import NamedTuple

from ..facts import records as r
from .files import File, Files
from .search import Located

# A longer chain of aliases and re-exports is taken for a cycle.
_CHAIN_LIMIT = 40


class ModuleEntity(NamedTuple):
    """A module or package."""

    place: Located


class ClassEntity(NamedTuple):
    """A class statement in a file."""

    file: File
    facts: r.ClassFacts

    @property
    def key(self) -> tuple[str, str]:
        """What makes two entities the same class."""
        return self.file.path, self.facts.qualname


class FunctionEntity(NamedTuple):
    """A function or method in a file."""

    file: File
    facts: r.FunctionFacts

    @property
    def key(self) -> tuple[str, str]:
        return self.file.path, self.facts.qualname


class ValueEntity(NamedTuple):
    """A name bound to an expression that is not followed further (a constant, a call)."""

    file: File
    scope: str
    value: r.Expression


class ForeignEntity(NamedTuple):
    """Something outside the files that can be read; ``dotted`` is its full name as far as it is known."""

    dotted: str

    @property
    def standard(self) -> bool:
        """Whether it belongs to Python's standard library or builtins."""
        top = self.dotted.partition(".")[0]
        return top in sys.stdlib_module_names or top == "typing_extensions"


Entity = ModuleEntity | ClassEntity | FunctionEntity | ValueEntity | ForeignEntity


class Names:
    """Name resolution over the files of a project.

    Args:
        files: where facts come from.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._members: dict[tuple[str, str, str], Entity | None] = {}

    def resolve(self, file: File, scope: str, expression: r.Expression, chain: int = 0) -> Entity | None:
        """What an expression means that stands in ``scope`` (a qualname, "" the module); None where that is unknown."""
        match expression:
            case r.Name(id=name):
                return self._name(file, scope, name, chain)
            case r.Attribute(value=value, attr=attr):
                owner = self.resolve(file, scope, value, chain)
                return self.member(owner, attr, file, chain) if owner else None
            case r.Subscript(value=value):  # Generic[T], Base[int]
                return self.resolve(file, scope, value, chain)
        return None

    def member(self, owner: Entity, attr: str, importer: File, chain: int = 0) -> Entity | None:
        """What ``owner.attr`` means."""
        match owner:
            case ModuleEntity(place):
                return self._module_member(place, attr, importer, chain)
            case ClassEntity(file, facts):
                for method in facts.methods:
                    if method.name == attr:
                        return FunctionEntity(file, method)
                return self._class_in(file, f"{facts.qualname}.{attr}")
            case ForeignEntity(dotted):
                return ForeignEntity(f"{dotted}.{attr}")
            case ValueEntity(file, scope, value) if isinstance(value, r.Name | r.Attribute):
                return ForeignEntity(f"?.{attr}")
        return None

    def bindings(self, file: File, scope: str, name: str) -> list[tuple[str, r.Binding]]:
        """The bindings of a name that are visible in a scope, the one in force first, each with its own scope."""
        facts = self._files.facts(file, "outline")
        if facts is None:
            return []
        found: list[tuple[str, r.Binding]] = []
        for visible in _visible_scopes(scope):
            of_scope = [binding for binding in facts.scopes.get(visible, ()) if binding.name == name]
            found += [(visible, binding) for binding in reversed(of_scope)]
        return found

    def _name(self, file: File, scope: str, name: str, chain: int) -> Entity | None:
        if chain > _CHAIN_LIMIT:
            return None
        foreign: Entity | None = None
        for visible, binding in self.bindings(file, scope, name):
            entity = self._binding(file, visible, binding, chain + 1)
            if isinstance(entity, ForeignEntity | ValueEntity):
                foreign = foreign or entity  # an optional import's other branch may know more
            elif entity is not None:
                return entity
        if foreign is not None:
            return foreign
        star = self._star(file, name, chain)
        if star is None and hasattr(builtins, name):
            return ForeignEntity(f"builtins.{name}")
        return star

    def _binding(self, file: File, scope: str, binding: r.Binding, chain: int) -> Entity | None:
        match binding.kind:
            case "import":
                return self._module(binding.module, file)
            case "from":
                return self._from(file, binding, chain)
            case "class":
                return self._class_in(file, binding.module)
            case "function":
                return self._function_in(file, binding.module)
            case "assign" if isinstance(binding.value, r.Name | r.Attribute):
                if isinstance(binding.value, r.Name) and binding.value.id == binding.name:
                    return None
                return self.resolve(file, scope, binding.value, chain)
            case "assign" if binding.value is not None:
                return ValueEntity(file, scope, binding.value)
        return None

    def _module(self, name: str, importer: File) -> Entity:
        place = self._files.module(name, importer)
        return ModuleEntity(place) if place else ForeignEntity(name)

    def _from(self, file: File, binding: r.Binding, chain: int) -> Entity | None:
        if binding.level:
            place = self._files.relative(file, binding.level, binding.module)
            if place is None:
                return None
            return self._module_member(place, binding.attr, file, chain)
        module = self._module(binding.module, file)
        if isinstance(module, ForeignEntity):
            return ForeignEntity(f"{binding.module}.{binding.attr}")
        found = self.member(module, binding.attr, file, chain)
        if found is None and binding.module.partition(".")[0] == "flax":
            # A folder of that name shadows Flax for the search alone (examples/flax/): what it lacks is Flax's own.
            place = self._files.library_module(binding.module)
            found = self._module_member(place, binding.attr, file, chain) if place else None
        return found or ForeignEntity(f"{binding.module}.{binding.attr}")

    def _module_member(self, place: Located, attr: str, importer: File, chain: int) -> Entity | None:
        if chain > _CHAIN_LIMIT:
            return None
        file = self._files.located(place)
        if file is not None:
            key = (file.path, "", attr)
            if key not in self._members:
                self._members[key] = None  # in progress: a circular import finds nothing here
                self._members[key] = self._name_in_module(file, attr, chain + 1)
            found = self._members[key]
            if found is not None:
                return found
        child = self._files.child(place, attr)
        if child is not None:
            return ModuleEntity(child)
        if file is None and place.folders and place.folders[0].rpartition("/")[2] == "flax":
            flax = self._files.library_module("flax")
            return self._module_member(flax, attr, importer, chain + 1) if flax else None
        return None

    def _name_in_module(self, file: File, name: str, chain: int) -> Entity | None:
        facts = self._files.facts(file, "outline")
        if facts is None:
            return None
        foreign: Entity | None = None
        for binding in reversed([binding for binding in facts.scopes.get("", ()) if binding.name == name]):
            entity = self._binding(file, "", binding, chain)
            if isinstance(entity, ForeignEntity | ValueEntity):
                foreign = foreign or entity
            elif entity is not None:
                return entity
        return foreign or self._star(file, name, chain)

    def _star(self, file: File, name: str, chain: int) -> Entity | None:
        facts = self._files.facts(file, "outline")
        if facts is None or chain > _CHAIN_LIMIT:
            return None
        for binding in facts.scopes.get("", ()):
            if binding.kind != "from" or binding.name != "*":
                continue
            if binding.level:
                place = self._files.relative(file, binding.level, binding.module)
            else:
                module = self._module(binding.module, file)
                place = module.place if isinstance(module, ModuleEntity) else None
            source = self._files.located(place) if place else None
            if source is None or source.path == file.path or place is None:
                continue
            exported = self._files.facts(source, "outline")
            if exported is None or (exported.exports is None and name.startswith("_")):
                continue
            if exported.exports is not None and name not in exported.exports:
                continue
            entity = self._module_member(place, name, file, chain + 1)
            if entity is not None:
                return entity
        return None

    def _class_in(self, file: File, qualname: str) -> ClassEntity | None:
        facts = self._files.facts(file, "outline")
        for found in facts.classes if facts else ():
            if found.qualname == qualname:
                return ClassEntity(file, found)
        return None

    def _function_in(self, file: File, qualname: str) -> FunctionEntity | None:
        facts = self._files.facts(file, "full")
        for found in facts.functions if facts else ():
            if found.qualname == qualname:
                return FunctionEntity(file, found)
        return None


def _visible_scopes(scope: str) -> list[str]:
    """The scopes whose names are visible in ``scope``, innermost first: functions around it, then the module."""
    found = [scope]
    while scope:
        head, marker, _ = scope.rpartition(".<locals>")
        if not marker:
            break
        outer, marker, _ = head.rpartition(".<locals>")
        scope = outer + marker
        if scope and scope not in found:
            found.append(scope)
        elif not scope:
            break
    if "" not in found:
        found.append("")
    return found
