"""Knows functions, classes and objects by their terms, and the contract of each function; nothing is run."""

from __future__ import annotations

import functools
import itertools

from ...facts import records as r
from ...project.classes import ModuleClass
from ...project.files import File
from ...project.project import Project
from .. import terms as t
from ..conditions import ALWAYS, MAYBE
from ..effects import Contract, Effect, Effects, Merge, Opaque, Test
from ..nullness import Nullness
from ..reads import AttributeReaders
from ..records import dotted
from ..terms import UNKNOWN, Arguments, ClassKey, FunctionRef, Place, Term
from .code import Code
from .meanings import Meanings
from .memory import Stays
from .seen import SeenCall

# A chain of calls longer than this, and more work than this for one file, is not followed to its end.
_DEPTH = 24
_WORK = 8_000
# More work than this for one function, that for what it calls left out, is not followed either.
_OWN_WORK = 400
# After how many files contracts are forgotten, but for Flax's own.
_REMEMBERED = 64
_NOTHING = Contract((), UNKNOWN)


class Engine(Meanings):
    """Infers contracts, each once.

    Args:
        project: where names lead.
    """

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._contracts: dict[tuple[object, ...], Contract] = self._memory.lasting(_belongs)
        self._results: dict[tuple[Term, Arguments], Term] = self._memory.fleeting()
        self._globals: dict[str, dict[str, Term]] = self._memory.fleeting()
        self._seen: dict[tuple[FunctionRef | None, ClassKey | str | None], list[SeenCall]] = self._memory.lasting(
            _belongs
        )
        self._nullness = Nullness(project)
        self._decorated: dict[Term, Term] = self._memory.fleeting()
        self._decorations: dict[Term, Contract] = self._memory.fleeting()
        self.depth = 0
        self._work = self._own_work = self._runs = 0
        self._starved = False
        self._begun = 0
        self.numbers = itertools.count()
        self.traces = False  # whether there is any tracer yet

    @functools.cached_property
    def readers(self) -> AttributeReaders:
        """Who reads an attribute."""
        return AttributeReaders(self.project)

    def begin(self) -> None:
        """Turn to another file: it may take as much work as the one before, and its findings do not depend on that."""
        if self._starved:  # what was cut short is known by half
            self._contracts.clear()
            self._setups.clear()
        self._begun += 1
        if self._starved or self._begun % _REMEMBERED == 0:  # memory stays flat however many files there are
            self._forget(_is_flax)
        self._texts.clear()
        self._work = 0
        self._starved = False

    def edited(self, stays: Stays) -> None:
        """Texts have changed: let go of all that rests on them.

        Args:
            stays: whether what is known of a path rests on none of them.
        """
        if self._starved:
            self._contracts.clear()
            self._setups.clear()
        self._nullness = Nullness(self.project)
        self.__dict__.pop("readers", None)
        self._forget(stays)

    def _forget(self, stays: Stays) -> None:
        """Let go of all but the contracts of some paths; Flax's every file needs again.

        Between two files nothing is in use.
        """
        self._memory.forget(stays)
        self._forget_codes(stays)

    # --- budget ----------------------------------------------------------------------------------------------------

    def spend(self, work: int = 1) -> bool:
        """Whether there is work left; each call and each round of a loop takes of it."""
        self._work += work
        self._own_work += work
        if self._work >= _WORK or self.depth >= _DEPTH:
            self._starved = True
            return False
        # What one function may take does not depend on what has been walked before it: no order of files decides it.
        return not self._runs or self._own_work < _OWN_WORK

    # --- contracts -------------------------------------------------------------------------------------------------

    def module_globals(self, file: File) -> dict[str, Term]:
        """What a module's own statements bind its names to."""
        if file.path not in self._globals and file.path not in self._running:
            self.module_contract(file)
        running = self._running.get(file.path)  # it calls a function of its own, or one of a file that imports it
        return self._globals.get(file.path, {}) if running is None else running.env

    def module_contract(self, file: File) -> Contract:
        """What running a module's own statements does."""
        key = ("module", file.path)
        if key not in self._contracts:
            self._contracts[key] = _NOTHING
            facts = None if file.of_flax else self.project.files.facts(file, "full")
            body = tuple(top.statement for top in facts.body) if facts else ()
            interpreter = self._interpreter(Code(file, "", (), body), {})
            interpreter.seen = self._seen.setdefault((None, file.path), [])
            self._running[file.path] = interpreter
            try:
                self._contracts[key] = self._run(interpreter)
            finally:
                del self._running[file.path]
            self._globals[file.path] = dict(interpreter.env)
        return self._contracts[key]

    def contract(self, function: FunctionRef, owner: ClassKey | None) -> Contract:
        """What a function asks of its caller, in terms of its parameters and of ``Self``.

        Args:
            function: a function, or a method of ``owner`` or of a base of it.
            owner: the class of the object that it runs on; None for a plain function.
        """
        key = (function, owner)
        known = self._contracts.get(key)
        if known is None and owner is not None:
            self.setup_of(owner)  # first: a method that setup calls is to find what setup has bound
            known = self._contracts.get(key)
        if known is None:
            self._contracts[key] = self._recursion(function)
            code = self.code_of(function)
            known = self._contracts[key] = self._infer(code, owner, function) if code else _NOTHING
        return known

    def _infer(self, code: Code, owner: ClassKey | None, function: FunctionRef) -> Contract:
        if not self.spend():
            return self._recursion(function)
        itself, params = self._symbols(code, function, owner)
        env = params if itself is None else {code.parameters[0].name: itself, **params}
        interpreter = self._interpreter(code, env, itself)
        interpreter.seen = self._seen.setdefault((function, owner), [])
        return self._run(interpreter)

    def _symbols(
        self, code: Code, function: FunctionRef, owner: ClassKey | None
    ) -> tuple[Term | None, dict[str, Term]]:
        """The object that a function runs on, None where it takes none, and its other parameters."""
        itself: Term | None = None
        if owner is not None and not self.is_static(function) and code.parameters:
            itself = t.ClassRef(owner) if self.is_classmethod(function) else t.Self(owner)
        parameters = code.parameters if itself is None else code.parameters[1:]
        return itself, {parameter.name: t.Param(parameter.name) for parameter in parameters}

    def contract_with(self, function: FunctionRef, owner: ClassKey | None, known: dict[str, Term]) -> Contract:
        """What ``contract`` says, where more is known of some parameters."""
        code = self.code_of(function)
        if code is None:
            return _NOTHING
        itself, params = self._symbols(code, function, owner)
        return self.specialise(function, itself, params | known)

    def seen(self, function: FunctionRef | None, owner: ClassKey | str | None) -> list[SeenCall]:
        """The calls in the text of what ``contract`` has walked, or ``module_contract`` (None and the file's path)."""
        return self._seen.get((function, owner), [])

    def lifted_contract(self, function: FunctionRef, owner: ClassKey) -> Contract:
        """What a method does as its decorators leave it, a lifted transform among them."""
        key = ("lifted", function, owner)
        known = self._contracts.get(key)
        if known is None:
            code = self.code_of(function)
            arguments = Arguments(tuple(t.Param(p.name) for p in code.parameters[1:]) if code else ())
            interpreter = self._interpreter(self.no_code, {})
            interpreter.call(t.Bound(t.Self(owner), function), arguments, Place(function.path, function.line, 0))
            known = self._contracts[key] = Contract(interpreter.effects.all(), UNKNOWN)
        return known

    def specialise(self, function: FunctionRef, itself: Term | None, params: dict[str, Term]) -> Contract:
        """What a function does with these very arguments, a method on this very object."""
        key = (function, itself, tuple(params.items()))
        known = self._contracts.get(key)
        if known is None:
            self._contracts[key] = self._recursion(function)
            code = self.code_of(function)
            if code is None or not self.spend():
                return self._contracts[key]
            env = {code.parameters[0].name: itself, **params} if itself is not None else dict(params)
            known = self._contracts[key] = self._run(self._interpreter(code, env, itself))
        return known

    def asks(self, function: FunctionRef, owner: ClassKey | None) -> tuple[Effect, ...]:
        """What a function asks Python about its parameters, which are to be no tracers then."""
        code = self.code_of(function)
        if code is None:
            return ()
        self.traces = True
        itself, params = self._symbols(code, function, owner)
        place = Place(function.path, function.line, 0)
        found = self.specialise(function, itself, {name: t.Tracer(name, place, "") for name in params})
        return tuple(effect for effect in found.effects if isinstance(effect, Test))

    def field_excludes_none(self, owner: ClassKey, name: str) -> bool:
        """Whether an attribute can never be None, by its annotation and default."""
        field = self.project.classes.fields(self.module_class(owner)).get(name)
        if field is None or not self._nullness.field_excludes_none(field):
            return False
        return self._nullness.annotation_excludes_none(
            field.owner.file, field.owner.facts.scope, field.facts.annotation
        )

    def annotation_excludes_none(self, code: Code, annotation: r.Expression | None) -> bool:
        """Whether a parameter's annotation leaves no room for None."""
        return self._nullness.annotation_excludes_none(code.file, code.scope, annotation)

    def defeats(self, merge: Merge) -> bool:
        """Whether a merge can never do its work, whoever calls: a side that can never be None (JFX103's own)."""
        for side in (merge.attribute, merge.argument):
            match side:
                case t.Get(of=t.Self(owner=owner), name=name):
                    field = self.project.classes.fields(self.module_class(owner)).get(name)
                    if field is not None and field.kind == "required" and self._nullness.field_excludes_none(field):
                        return True
                case t.Const(value=value) if value is not None:
                    return True
                case t.Some() | t.Truthy() | t.Items() | t.Mapping():
                    return True
        return merge.attribute == merge.argument

    def default(self, code: Code, node: r.Expression) -> Term:
        """The value of a parameter's default."""
        if isinstance(node, r.Constant):
            return t.const(node.value) if node.exact else t.SOMETHING
        if code.owner is not None and isinstance(node, r.Name):  # the class's own names are seen there
            for facts in code.owner.facts.fields:
                if facts.name == node.id:
                    return self.default(code, facts.default) if facts.default is not None else UNKNOWN
        return self.evaluate(code.file, code.scope.rpartition(".<locals>")[0].rpartition(".")[0], node)

    def decorated(self, code: Code, term: Term) -> Term:
        """What a function's decorators make of it."""
        known = self._decorated.get(term)
        if known is None:
            assert code.function is not None
            self._decorated[term] = term
            outer = Code(code.file, code.function.qualname.rpartition(".")[0], (), ())
            interpreter = self._interpreter(outer, {})
            known = self._decorated[term] = interpreter.decorated(term, code.function.decorators)
            self._decorations[term] = Contract(interpreter.effects.all(), known)
        return known

    def decoration(self, function: FunctionRef) -> Contract:
        """What decorating a plain function does: a transform asks for its flags."""
        code = self.code_of(function)
        term = t.Wrapped("", function, Arguments())
        if code is not None and code.function is not None:
            self.decorated(code, term)
        return self._decorations.get(term, _NOTHING)

    def returns_array(self, code: Code) -> bool:
        """Whether a function is annotated as one that returns an array."""
        annotation = code.function.returns if code.function is not None else None
        return annotation is not None and dotted(annotation).rpartition(".")[2] in {"Array", "ndarray"}

    def result(self, func: Term, arguments: Arguments) -> Term:
        """What a call returns, whatever it does."""
        key = (func, arguments)
        if key not in self._results:
            self._results[key] = UNKNOWN
            if self.spend():
                self.depth += 1
                try:
                    self._results[key] = self._interpreter(self.no_code, {}).call(func, arguments, Place("", 0, 0))
                finally:
                    self.depth -= 1
        return self._results[key]

    def evaluate(self, file: File, scope: str, node: r.Expression) -> Term:
        """The value of an expression that stands in a file outside of any function."""
        return self._interpreter(Code(file, scope, (), ()), {}).value(node) if self.spend() else UNKNOWN

    def _recursion(self, function: FunctionRef) -> Contract:
        place = Place(function.path, function.line, 0)
        return Contract((Opaque(cond=MAYBE, place=place, what=function.qualname),), UNKNOWN)

    def _interpreter(self, code: Code, env: dict[str, Term], itself: Term | None = None) -> Interpreter:
        return Interpreter(self, code, env, itself, Effects(), ALWAYS)

    def _run(self, interpreter: Interpreter) -> Contract:
        outer, self._own_work = self._own_work, 0
        self._runs += 1
        try:
            returned = self.finished(interpreter)
        except RecursionError:
            returned, place = UNKNOWN, Place(interpreter.code.file.path, 1, 0)
            interpreter.effects.add(Opaque(cond=MAYBE, place=place, what="nested too deeply"))
        finally:
            self._own_work = outer
            self._runs -= 1
        return Contract(interpreter.effects.all(), returned)

    def finished(self, interpreter: Interpreter) -> Term:
        """Run code to its end, a call deeper; what it returns."""
        self.depth += 1
        try:
            interpreter.run()
        finally:
            self.depth -= 1
        return interpreter.returned()

    def bound_in(self, function: FunctionRef, owner: ClassKey) -> dict[str, Term]:
        """What a method binds to attributes of its object, in terms of ``Self`` and its own parameters."""
        key = (function, owner)
        if key not in self._laters:
            self._laters[key] = {}  # in progress
            code = self.code_of(function)
            if code is not None and code.parameters and self.spend():
                itself = t.Self(owner)
                env: dict[str, Term] = {code.parameters[0].name: itself}
                env |= {parameter.name: t.Param(parameter.name) for parameter in code.parameters[1:]}
                interpreter = self._interpreter(code, env, itself)
                interpreter.fields = self._laters[key]
                self._run(interpreter)
        return self._laters[key]

    def setup_of(self, owner: ClassKey) -> tuple[dict[str, Term], Contract]:
        """What ``setup`` (or ``__init__``) binds to attributes, in terms of ``Self`` and parameters; what it does."""
        known = self._setups.get(owner)
        if known is None:
            self._setups[owner] = ({}, _NOTHING)
            known = self._setups[owner] = self._infer_setup(owner)
        return known

    def _infer_setup(self, owner: ClassKey) -> tuple[dict[str, Term], Contract]:
        found = self.method(owner, "setup" if self.module_class(owner).is_module else "__init__")
        code = self.code_of(found) if found else None
        if found is None or code is None or found.path.startswith("flax:flax/linen/module.py") or not code.parameters:
            return {}, _NOTHING
        itself = t.Self(owner)
        env: dict[str, Term] = {code.parameters[0].name: itself}
        env |= {parameter.name: t.Param(t.MADE_WITH + parameter.name) for parameter in code.parameters[1:]}
        interpreter = self._interpreter(code, env, itself)
        interpreter.fields = {}
        interpreter.seen = self._seen.setdefault((found, owner), [])
        self._setups[owner] = (interpreter.fields, _NOTHING)  # setup reads what it has just bound
        self._setting_up.add(owner)
        contract = self._run(interpreter)
        self._setting_up.discard(owner)
        return interpreter.fields, contract


def _belongs(key: tuple[object, ...], stays: Stays) -> bool:
    """Whether a contract is of code of certain paths alone, over its own symbols."""
    match key:
        case (FunctionRef(path=path), None | ClassKey() as owner):
            return stays(path) and (owner is None or stays(owner.path))
    return False


def _is_flax(path: str) -> bool:
    return path.startswith("flax:")


from .interpreter import Interpreter  # noqa: E402  (they know each other)

__all__ = ["Engine", "ModuleClass"]
