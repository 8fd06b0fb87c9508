"""What items and elements of terms are; which classes and functions terms mean."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from ...facts import records as r
from ...project.classes import ModuleClass
from ...project.files import File
from ...project.names import ClassEntity, Entity, FunctionEntity
from ...project.project import Project
from .. import terms as t
from ..calls import decorated
from ..conditions import MAYBE
from ..terms import UNKNOWN, Arguments, ClassKey, FunctionRef, Term, choose
from .code import Code
from .memory import Memory, of_path

if TYPE_CHECKING:
    from ..effects import Contract

NO_FILE = File("", "", False)


class Objects:
    """The part of the engine that knows classes and objects.

    Args:
        project: where names lead.
    """

    no_code = Code(NO_FILE, "", (), ())

    def __init__(self, project: Project) -> None:
        self.project = project
        self._memory = Memory()
        self._entities: dict[ClassKey, ClassEntity] = self._memory.lasting(of_path)
        self._functions: dict[FunctionRef, FunctionEntity] = self._memory.lasting(of_path)
        self._setups: dict[ClassKey, tuple[dict[str, Term], Contract]] = self._memory.lasting(of_path)
        self._setting_up: set[ClassKey] = set()
        self._hierarchies: dict[ClassKey, ModuleClass] = self._memory.fleeting()
        self._methods: dict[tuple[ClassKey, str, ClassKey | None], FunctionRef | None] = self._memory.fleeting()

    # --- classes and functions -------------------------------------------------------------------------------------

    def key(self, entity: ClassEntity) -> ClassKey:
        """The key of a class."""
        key = ClassKey(*entity.key)
        self._entities.setdefault(key, entity)
        return key

    def class_entity(self, key: ClassKey) -> ClassEntity:
        """The class of a key."""
        return self._entities[key]

    def module_class(self, key: ClassKey) -> ModuleClass:
        """The class of a key with its hierarchy."""
        known = self._hierarchies.get(key)
        if known is None:
            known = self._hierarchies[key] = self.project.classes.of(self._entities[key])
        return known

    def class_name(self, key: ClassKey) -> str:
        """The name of a class."""
        return self._entities[key].facts.name

    def function_ref(self, entity: FunctionEntity, owner: ClassEntity | None = None) -> FunctionRef:
        """The term of a function, or of a method as its class's statement holds it."""
        if owner is None and "." in entity.facts.qualname:
            owner = self._owner(entity)
        ref = FunctionRef(
            entity.file.path, entity.facts.qualname, entity.facts.line, self.key(owner) if owner is not None else None
        )
        self._functions.setdefault(ref, entity)
        return ref

    def _owner(self, entity: FunctionEntity) -> ClassEntity | None:
        """The class whose statement holds a method."""
        outline = self.project.files.facts(entity.file, "outline")
        for facts in outline.classes if outline else ():
            if any(method.line == entity.facts.line for method in facts.methods):
                return ClassEntity(entity.file, facts)
        return None

    def function_entity(self, function: FunctionRef) -> FunctionEntity | None:
        """The function of a term."""
        return self._functions.get(function)

    def method(self, owner: ClassKey, name: str, after: ClassKey | None = None) -> FunctionRef | None:
        """The method that an object of a class finds, or its ``super()`` in the class ``after``."""
        key = (owner, name, after)
        if key not in self._methods:
            found = self.module_class(owner).method(name, self._entities[after] if after else None)
            self._methods[key] = self.function_ref(found[1], found[0]) if found else None
        return self._methods[key]

    def is_static(self, function: FunctionRef) -> bool:
        """Whether a method takes no object."""
        return decorated(self._functions[function].facts, "staticmethod")

    def is_classmethod(self, function: FunctionRef) -> bool:
        """Whether a method takes the class."""
        return decorated(self._functions[function].facts, "classmethod")

    def is_property(self, function: FunctionRef) -> bool:
        """Whether reading it runs it."""
        return decorated(self._functions[function].facts, "property", "cached_property")

    # --- items and elements ----------------------------------------------------------------------------------------

    def item(self, of: Term, index: t.Const) -> Term:
        """``of[index]``."""
        of = t.bare(of)
        match of:
            case t.Param() | t.Get() | t.Item() | t.Element() | t.Lookup() | t.Applied():
                return t.Item(of, index)
            case t.Choice(test=test, then=then, otherwise=otherwise):
                return choose(test, self.item(then, index), self.item(otherwise, index))
            case t.Items(elements=elements) if isinstance(index.value, int):
                return elements[index.value] if -len(elements) <= index.value < len(elements) else UNKNOWN
            case t.Repeated(element=element):
                return element
            case t.Mapping():
                found = of.get(index)
                return found if found is not None else UNKNOWN
            case t.Output(value=value, paired=paired):
                return choose(paired, value, UNKNOWN) if index.value == 0 else UNKNOWN
        return UNKNOWN

    def element(self, of: Term) -> Term:
        """Any element of an iterable."""
        of = t.bare(of)
        match of:
            case t.Param() | t.Get() | t.Item() | t.Element() | t.Lookup() | t.Applied():
                return t.Element(of)
            case t.Choice(test=test, then=then, otherwise=otherwise):
                return choose(test, self.element(then), self.element(otherwise))
            case t.Items(elements=elements) if elements:
                return functools.reduce(lambda one, other: choose(MAYBE, one, other), elements)
            case t.Repeated(element=element):
                return element
            case t.Mapping(entries=entries):
                return t.Some("text") if entries else UNKNOWN
            case t.Some(kind="array"):
                return t.ARRAY
        return UNKNOWN

    def lookup(self, of: Term, key: t.Const, default: Term) -> Term:
        """What ``*of`` or ``**of`` gives for a parameter."""
        of = t.bare(of)
        match of:
            case t.Items(elements=elements) if isinstance(key.value, int):
                return elements[key.value] if 0 <= key.value < len(elements) else default
            case t.Mapping(rest=rest):
                found = of.get(key)
                if found is not None:
                    return found
                return default if rest is None else self.lookup(rest, key, default)
            case t.Choice(test=test, then=then, otherwise=otherwise):
                return choose(test, self.lookup(then, key, default), self.lookup(otherwise, key, default))
            case t.Some(kind="array"):
                return UNKNOWN
        return t.Lookup(of, key, default) if t.symbol(of) else choose(MAYBE, UNKNOWN, default)

    def mapping(self, entries: list[tuple[t.Const, Term]], rest: Term | None) -> Term:
        """A dict of these entries, after what ``rest`` holds."""
        match rest:
            case t.Mapping(entries=inner, rest=further):
                return t.Mapping((*inner, *entries), further)
            case t.Choice(test=test, then=then, otherwise=otherwise):
                return choose(test, self.mapping(entries, then), self.mapping(entries, otherwise))
            case t.Const(value=None):
                return UNKNOWN
        return t.Mapping(tuple(entries), rest)

    def spread(
        self, positional: list[Term], keywords: list[tuple[str, Term]], rest: Term | None, spread: Term | None
    ) -> Arguments:
        """Arguments, with ``*rest`` and ``**spread`` taken apart where they are known."""
        if type(rest) is t.Items:
            positional, rest = [*positional, *rest.elements], None
        while type(spread) is t.Mapping:
            given = {name for name, _ in keywords}
            keywords = keywords + [
                (str(key.value), value) for key, value in dict(spread.entries).items() if str(key.value) not in given
            ]
            spread = spread.rest
        return Arguments(tuple(positional), tuple(keywords), rest, spread)

    # --- what the engine adds --------------------------------------------------------------------------------------

    def attribute(self, of: Term, name: str) -> Term:
        raise NotImplementedError

    def meaning(self, entity: Entity | None) -> Term:
        raise NotImplementedError

    def code_of(self, function: FunctionRef) -> Code | None:
        raise NotImplementedError

    def result(self, func: Term, arguments: Arguments) -> Term:
        raise NotImplementedError

    def default(self, code: Code, node: r.Expression) -> Term:
        raise NotImplementedError

    def bound_in(self, function: FunctionRef, owner: ClassKey) -> dict[str, Term]:
        raise NotImplementedError

    def setup_of(self, owner: ClassKey) -> tuple[dict[str, Term], Contract]:
        raise NotImplementedError

    def evaluate(self, file: File, scope: str, node: r.Expression) -> Term:
        raise NotImplementedError

    def substitution(self, params: dict[str, Term] | None, itself: Term | None) -> Substitution:
        """What puts arguments and an object into terms."""
        return Substitution(self, params, itself)  # type: ignore[arg-type]


from .substitution import Substitution  # noqa: E402
