"""What names mean, and where the text of a function is."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ...facts import records as r
from ...project.files import File
from ...project.names import ClassEntity, Entity, ForeignEntity, FunctionEntity, ModuleEntity, ValueEntity
from ...project.project import Project
from .. import terms as t
from ..terms import UNKNOWN, FunctionRef, Term
from .attributes import Attributes
from .code import Code, names_in
from .memory import Stays
from .stores import filled

if TYPE_CHECKING:
    from .interpreter import Interpreter

_REBINDS = re.compile(r"^[ \t]*(?:global|nonlocal)[ \t]+([\w, \t]+)", re.MULTILINE)


class Meanings(Attributes):
    """The part of the engine that knows names and code."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._meanings: dict[tuple[str, str, str], Term] = self._memory.lasting(lambda key, stays: stays(key[0]))
        self._rebound: dict[str, frozenset[str]] = self._memory.fleeting()
        self._names: dict[int, frozenset[str]] = self._memory.fleeting()
        self._fills: dict[int, frozenset[str]] = self._memory.fleeting()
        self._texts: dict[FunctionRef, Code] = {}
        self._running: dict[str, Interpreter] = {}  # the walks through modules' own statements
        self._codes: list[Code] = []
        self._code_numbers: dict[int, int] = {}

    # --- names -----------------------------------------------------------------------------------------------------

    def meaning(self, entity: Entity | None) -> Term:
        """The term of what a name leads to."""
        match entity:
            case ClassEntity():
                return self._lifted(entity, t.ClassRef(self.key(entity)))
            case FunctionEntity():
                return self.function_ref(entity)
            case ModuleEntity(place):
                return t.ModuleRef(place.file, place.folders)
            case ForeignEntity(dotted):
                return t.ForeignRef(dotted)
            case ValueEntity(file, scope, value, name):
                if name in self.rebound(file) or (not isinstance(value, r.Constant) and self.stores(file).fills(name)):
                    return UNKNOWN
                if isinstance(value, r.Constant):
                    return t.const(value.value) if value.exact else t.SOMETHING
                return self.module_globals(file).get(name, UNKNOWN) if not scope else UNKNOWN
        return UNKNOWN

    def _lifted(self, entity: ClassEntity, term: Term) -> Term:
        """What bare ``@nn.remat`` and ``@nn.jit`` make of a class: what calling them would."""
        for node in reversed(entity.facts.decorators) if not entity.file.of_flax else ():
            bare = isinstance(node, r.Name | r.Attribute)
            match self.resolve(entity.file, entity.facts.scope, node) if bare else None:
                case t.FunctionRef(path="flax:flax/linen/transforms.py", qualname="checkpoint" | "jit") as transform:
                    term = t.Lifted(transform, term, (), t.Place(entity.file.path, node.line, node.column))
        return term

    def rebound(self, file: File) -> frozenset[str]:
        """The names that functions of a file bind outside of themselves: those of ``global`` and ``nonlocal``."""
        if file.path not in self._rebound:
            source = self.project.files.source(file)
            says = source is not None and ("global" in source.text or "nonlocal" in source.text)
            found = _REBINDS.findall(source.text) if source is not None and says else []
            self._rebound[file.path] = frozenset(name for names in found for name in re.findall(r"\w+", names))
        return self._rebound[file.path]

    def resolve(self, file: File, scope: str, node: r.Expression) -> Term:
        """The term of a name or dotted name that no local variable hides."""
        key = (file.path, scope, node.id) if isinstance(node, r.Name) else None
        known = self._meanings.get(key) if key else None
        if known is None:
            if scope and isinstance(node, r.Name) and not self.project.names.hides(file, scope, node.id):
                known = self.resolve(file, "", node)  # as in every other function of the file
            else:
                known = self.meaning(self.project.names.resolve(file, scope, node))
            if key is not None and not (self._running and known == UNKNOWN):  # it may be bound only later
                self._meanings[key] = known
        return known

    # --- code ------------------------------------------------------------------------------------------------------

    def number(self, code: Code) -> int:
        """A number for a nested function, the same each time."""
        mark = id(code.function if code.function is not None else code.value)
        if mark not in self._code_numbers:
            self._code_numbers[mark] = len(self._codes)
            self._codes.append(code)
        return self._code_numbers[mark]

    def code(self, number: int) -> Code:
        """The nested function of a number."""
        return self._codes[number]

    def code_of(self, function: FunctionRef) -> Code | None:
        """The text of a function; None where there is none that runs."""
        known = self._texts.get(function)
        if known is None:
            known = self._code_of(function)
            if known is not None:
                self._texts[function] = known
        return known

    def _code_of(self, function: FunctionRef) -> Code | None:
        entity = self.function_entity(function)
        if entity is None:
            return None
        full = self.project.in_full(entity)
        facts = full.facts
        owner = self.class_entity(function.owner) if function.owner else None
        return Code(full.file, f"{facts.qualname}.<locals>", facts.parameters, facts.body, None, owner, facts)

    def full(self, function: FunctionRef) -> r.FunctionFacts | None:
        """The facts of a function with its body."""
        code = self.code_of(function)
        return code.function if code is not None else None

    def names(self, number: int) -> frozenset[str]:
        """The names that a nested function mentions."""
        if number not in self._names:
            self._names[number] = names_in(self._codes[number])
        return self._names[number]

    def fills(self, code: Code) -> frozenset[str]:
        """The names of dicts and lists that a function changes in place."""
        number = self.number(code)
        if number not in self._fills:
            self._fills[number] = frozenset(filled(code.body if code.value is None else code.value))
        return self._fills[number]

    def _forget_codes(self, stays: Stays) -> None:
        """Let go of the texts of nested functions; their numbers are not given again."""
        self._codes = [code if stays(code.file.path) else self.no_code for code in self._codes]
        self._code_numbers = {
            mark: number for mark, number in self._code_numbers.items() if self._codes[number] is not self.no_code
        }

    # --- what the engine adds --------------------------------------------------------------------------------------

    def module_globals(self, file: File) -> dict[str, Term]:
        """What a module's own statements bind its names to."""
        raise NotImplementedError
