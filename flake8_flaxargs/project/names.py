"""Follows names through imports, re-exports, aliases and star imports to what they mean."""

from __future__ import annotations

import builtins
import functools
import sys
from typing import NamedTuple

from ..facts import records as r
from .files import File, Files
from .search import Located

# A longer chain of aliases and re-exports is taken for a cycle.
_CHAIN_LIMIT = 40
# From how many bindings on a scope is indexed, and how many scopes are at a time.
_MANY, _INDICES_HELD = 16, 512


class ModuleEntity(NamedTuple):
    """A module or package."""

    place: Located


class ClassEntity(NamedTuple):
    """A class statement in a file."""

    file: File
    facts: r.ClassFacts

    @property
    def key(self) -> tuple[str, str]:
        """What makes two entities the same class: its statement, for a file may hold several of one name."""
        return self.file.path, f"{self.facts.qualname}:{self.facts.line}"


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
    name: str = ""


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
        self._members: dict[tuple[str, str], Entity | None] = {}
        self._parameters_of: dict[str, dict[str, frozenset[str]]] = {}
        self._pending: set[tuple[str, str]] = set()
        self._indexed: dict[int, tuple[tuple[r.Binding, ...], dict[str, list[r.Binding]]]] = {}
        self._following: set[tuple[str, str, str, str]] = set()
        self._cut = False

    def resolve(self, file: File, scope: str, expression: r.Expression, chain: int = 0) -> Entity | None:
        """What an expression means that stands in ``scope`` (a qualname, "" the module); None where that is unknown."""
        return self._resolve(file, scope, expression, chain, None)

    def base(self, entity: ClassEntity, expression: r.Expression) -> Entity | None:
        """What a base of a class means: there, the class's own name still means what it was bound to before."""
        return self._resolve(entity.file, entity.facts.scope, expression, 0, entity.facts)

    def _resolve(
        self, file: File, scope: str, expression: r.Expression, chain: int, heading: r.ClassFacts | None
    ) -> Entity | None:
        match expression:
            case r.Name(id=name):
                return self._name(file, scope, name, chain, heading)
            case r.Attribute(value=value, attr=attr):
                owner = self._resolve(file, scope, value, chain, heading)
                return self.member(owner, attr, file, chain) if owner else None
            case r.Subscript(value=value):  # Generic[T], Base[int]
                return self._resolve(file, scope, value, chain, heading)
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
            case ValueEntity(value=r.Name() | r.Attribute()):
                return ForeignEntity(f"?.{attr}")
        return None

    def bindings(self, file: File, scope: str, name: str) -> list[tuple[str, r.Binding]]:
        """The bindings of a name in the innermost scope that binds it, the one in force first, each with its scope."""
        facts = self._files.facts(file, "outline")
        for visible in visible_scopes(scope):
            found = self._bindings(facts, visible, name)
            if found:
                return [(visible, binding) for binding in reversed(found)]
        return []

    def hides(self, file: File, scope: str, name: str) -> bool:
        """Whether a function around ``scope`` binds a name, or has a parameter of that name: it is not the module's."""
        facts, parameters = self._files.facts(file, "outline"), self._parameters(file)
        return any(
            name in parameters.get(visible, ()) or self._bindings(facts, visible, name)
            for visible in visible_scopes(scope)[:-1]
        )

    def _name(self, file: File, scope: str, name: str, chain: int, heading: r.ClassFacts | None) -> Entity | None:
        key = (file.path, scope, name, heading.qualname if heading else "")
        if chain > _CHAIN_LIMIT or key in self._following:
            self._cut = True
            return None
        self._following.add(key)
        try:
            return self._visible(file, scope, name, chain, heading)
        finally:
            self._following.remove(key)

    def _visible(self, file: File, scope: str, name: str, chain: int, heading: r.ClassFacts | None) -> Entity | None:
        facts = self._files.facts(file, "outline")
        for visible in visible_scopes(scope):
            bindings = self._bindings(facts, visible, name)
            if heading is not None and name == heading.name:
                bindings = [binding for binding in bindings if binding.module != heading.qualname]
                earlier = self._class_in(file, heading.qualname, heading.line) if visible == heading.scope else None
                if earlier is not None:
                    return earlier
            if bindings:
                return self._bound(file, visible, bindings, chain + 1)
            if name in self._parameters(file).get(visible, ()):
                return None
        star = self._star(file, name, chain)
        if star is None and hasattr(builtins, name):
            return ForeignEntity(f"builtins.{name}")
        return star

    def _parameters(self, file: File) -> dict[str, frozenset[str]]:
        """The parameters of a file's functions and methods, by the scope of their bodies."""
        if file.path not in self._parameters_of:
            facts = self._files.facts(file, "outline")
            functions = facts.all_functions() if facts else []
            self._parameters_of[file.path] = {
                f"{function.qualname}.<locals>": frozenset([parameter.name for parameter in function.parameters])
                for function in functions
            }
        return self._parameters_of[file.path]

    def _bound(self, file: File, scope: str, bindings: list[r.Binding], chain: int) -> Entity | None:
        """What the bindings of a name in one scope mean: the last, unless another (an optional import's) knows more."""
        foreign: Entity | None = None
        for binding in reversed(bindings):
            entity = self._binding(file, scope, binding, chain)
            if isinstance(entity, ForeignEntity | ValueEntity):
                foreign = foreign or entity
            elif entity is not None:
                return entity
        return foreign

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
            case "assign":
                return ValueEntity(file, scope, binding.value or r.Opaque(0, 0, ()), binding.name)
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
            self._cut = True
            return None
        file = self._files.located(place)
        if file is not None:
            found = self._member(file, attr, chain)
            if found is not None:
                return found
        child = self._files.child(place, attr, importer)
        if child is not None:
            return ModuleEntity(child)
        if place.folders and place.folders[0].rpartition("/")[2] == "flax":  # examples/flax/: see _from
            flax = self._files.library_module("flax")
            return self._module_member(flax, attr, importer, chain + 1) if flax else None
        return None

    def _member(self, file: File, name: str, chain: int) -> Entity | None:
        """What a name means at the top of a file. A circular import finds nothing where it comes back.

        That nothing is found, or only where it comes from, is kept only where no circle was cut short: another start
        may find more.
        """
        key = (file.path, name)
        if key in self._members:
            return self._members[key]
        if key in self._pending:
            self._cut = True
            return None
        if not self._pending:
            self._cut = False
        self._pending.add(key)
        facts = self._files.facts(file, "outline")
        found = self._bound(file, "", self._bindings(facts, "", name), chain + 1) or self._star(file, name, chain)
        self._pending.remove(key)
        known = found is not None and not isinstance(found, ForeignEntity)
        if known or not self._cut or not self._pending:
            self._members[key] = found
        return found

    def _star(self, file: File, name: str, chain: int) -> Entity | None:
        """A name that a file has by star imports: of the last that gives it, also through further ones."""
        seen = {file.path}
        pending = self._star_imports(file)
        while pending:
            place = pending.pop()
            source = self._files.located(place)
            if source is None or source.path in seen:
                continue
            seen.add(source.path)
            facts = self._files.facts(source, "outline")
            if facts is None or (name.startswith("_") if facts.exports is None else name not in facts.exports):
                continue
            found = self._bound(source, "", self._bindings(facts, "", name), chain + 1)
            if found is None and facts.exports and (child := self._files.child(place, name, source)):
                found = ModuleEntity(child)
            if found is not None:
                return found
            pending += self._star_imports(source)
        return None

    def _star_imports(self, file: File) -> list[Located]:
        """The modules that a file imports ``*`` from, in order."""
        found = []
        facts = self._files.facts(file, "outline")
        for binding in facts.scopes.get("", ()) if facts else ():
            if binding.kind == "from" and binding.name == "*":
                if binding.level:
                    place = self._files.relative(file, binding.level, binding.module)
                else:
                    place = self._files.module(binding.module, file)
                if place is not None:
                    found.append(place)
        return found

    def _bindings(self, facts: r.FileFacts | None, scope: str, name: str) -> list[r.Binding]:
        """The bindings of a name in a scope."""
        if facts is None:
            return []
        bindings = facts.scopes.get(scope, ())
        if len(bindings) < _MANY:
            return [binding for binding in bindings if binding.name == name]
        known = self._indexed.get(id(bindings))
        if known is None or known[0] is not bindings:
            if len(self._indexed) >= _INDICES_HELD:
                self._indexed.clear()
            index: dict[str, list[r.Binding]] = {}
            for binding in bindings:
                index.setdefault(binding.name, []).append(binding)
            known = self._indexed[id(bindings)] = (bindings, index)
        return known[1].get(name, [])

    def _class_in(self, file: File, qualname: str, before: int | None = None) -> ClassEntity | None:
        """The last class statement of a name, or the last that starts before a line."""
        facts = self._files.facts(file, "outline")
        for found in reversed(facts.classes if facts else ()):
            if found.qualname == qualname and (before is None or found.line < before):
                return ClassEntity(file, found)
        return None

    def _function_in(self, file: File, qualname: str) -> FunctionEntity | None:
        """The last function of a name; stubs of overloads come before it."""
        facts = self._files.facts(file, "full")
        for found in reversed(facts.functions if facts else ()):
            if found.qualname == qualname:
                return FunctionEntity(file, found)
        return None


@functools.lru_cache(maxsize=1 << 10)
def visible_scopes(scope: str) -> tuple[str, ...]:
    """The scopes whose names are visible in ``scope``, innermost first: functions around it, then the module."""
    found = [scope]
    while scope:
        scope, marker, inner = scope.rpartition(".<locals>")
        if inner and marker:  # a class in a function
            scope += marker
        else:  # a function: of a method, its class's names are not seen
            head, marker, _ = scope.rpartition(".<locals>")
            scope = head + marker
        found.append(scope)
    return tuple(found)
