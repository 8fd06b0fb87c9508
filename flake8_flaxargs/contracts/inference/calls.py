"""What calling a term does: the callee's contract, with what the caller knows put into it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ...facts import records as r
from .. import terms as t
from ..conditions import MAYBE, NEVER, both, known, negate, under
from ..effects import (
    Contract,
    Effects,
    Entry,
    Invoke,
    Opaque,
    Overruled,
    Test,
)
from ..terms import UNKNOWN, Arguments, ClassKey, FunctionRef, Place, Term, choose
from .code import Code, bind
from .flax_calls import FROZEN_DICT
from .replays import Replays
from .seen import SeenCall, worth_keeping
from .substitution import Substitution
from .tracing import flags_of, traced
from .unforwarded import unforwarded

if TYPE_CHECKING:
    from .interpreter import Interpreter

_CARRIERS = {t.Self, t.Closure, t.Lifted, t.Bound, t.Instance}


class Calls(Replays):
    """Calls functions, methods, classes, objects, and what transforms make of them."""

    def call_node(self, node: r.Call) -> Term:
        """The value of a call expression."""
        special = self.special(node)
        if special is not None:
            return special
        func = self.value(node.func)
        if func == UNKNOWN and self._is_ones_own(node.func):  # setup has bound what cannot be followed: a Module, maybe
            self.emit(Opaque(cond=self.path, place=self.place(node), what=self.name))
        arguments, place = self.arguments(node), self.place(node)
        result = self.call(func, arguments, place)
        if self.seen is not None and worth_keeping(node, func):
            self.seen.append(SeenCall(place, node, func, arguments, result, self.path))
        elif self.seen is not None and isinstance(node.func, r.Name) and node.func.id in self.env:
            # In a loop over layers, the same call may run a plain function, or nobody knows what.
            self.seen.append(SeenCall(place, node, UNKNOWN, arguments, result, self.path))
        return result

    def _is_ones_own(self, func: r.Expression) -> bool:
        """Whether an expression is an attribute of the Module that is walked."""
        match func, self.itself:
            case r.Attribute(value=r.Name(id=name)), (t.Self(owner=owner) | t.Instance(owner=owner)) as itself:
                return self.env.get(name) == itself and self.engine.module_class(owner).is_module
        return False

    def arguments(self, node: r.Call) -> Arguments:
        """The arguments of a call."""
        positional: list[Term] = []
        rest: Term | None = None
        for part in node.args:
            if not isinstance(part, r.Starred):
                term = self.value(part)
                if rest is None:
                    positional.append(term)
                continue
            inner = self.value(part.value)
            if isinstance(inner, t.Items) and rest is None:
                positional += inner.elements
            else:
                rest = inner if rest is None else UNKNOWN
        keywords: list[tuple[str, Term]] = []
        spread: Term | None = None
        for keyword in node.keywords:
            term = self.value(keyword.value)
            if keyword.name is not None:
                keywords.append((keyword.name, term))
            else:
                spread = term if spread is None else self.updated(spread, term)
        return self.engine.spread(positional, keywords, rest, spread)

    def call(self, func: Term, arguments: Arguments, place: Place) -> Term:
        """Call something: what it does is done here."""
        func = t.bare(func)
        if type(func) is t.ForeignRef:
            return self.call_foreign(func.dotted, arguments, place)
        if type(func) is t.FunctionRef:
            return self.call_function(func, arguments, place)
        if type(func) is t.Instance or type(func) is t.Self:
            return self._call_object(func, arguments, place)
        match func:
            case t.Choice(test=test, then=then, otherwise=otherwise):
                path, chosen = self.path, self._chosen
                test = under(test, known(path))
                self.path, self._chosen = both(path, test), both(chosen, test)
                first = self.call(then, arguments, place) if self.path != NEVER else UNKNOWN
                self.path, self._chosen = both(path, negate(test)), both(chosen, negate(test))
                second = self.call(otherwise, arguments, place) if self.path != NEVER else UNKNOWN
                self.path, self._chosen = path, chosen
                return choose(test, first, second)
            case t.Partial(func=inner, arguments=given):
                self._overrule(inner, given, arguments, place)
                return self.call(inner, self._more(given, arguments), place)
            case t.Wrapped():
                return self.call_wrapped(func, arguments, place)
            case t.ClassRef(key=key):
                return self.construct(key, arguments, place)
            case t.Bound(of=t.Attached() as attached, function=function):
                return self.call_attached(attached, function.qualname.rpartition(".")[2], arguments, place)
            case t.Bound(of=of, function=function):
                return self.call_method(of, function, arguments, place)
            case t.Closure():
                return self.call_closure(func, arguments)
            case t.Lifted():
                return self.call_lifted(func, arguments, place)
            case t.Attached():
                return self.call_attached(func, "__call__", arguments, place)
        return self.call_symbolic(func, func, arguments, place)

    def call_symbolic(self, func: Term, target: Term, arguments: Arguments, place: Place) -> Term:
        """Call something that only the caller knows, or nobody."""
        if t.symbol(target):
            self.emit(
                Invoke(
                    cond=self.path,
                    place=place,
                    what=self.name,
                    func=func,
                    arguments=arguments,
                    original=self._original,
                    chosen=self._chosen,
                )
            )
            return t.applied(func, arguments)
        if any(map(carries, arguments.all())):
            self.emit(Opaque(cond=self.path, place=place, what="a call that cannot be followed"))
        return UNKNOWN

    def _overrule(self, inner: Term, given: Arguments, arguments: Arguments, place: Place) -> None:
        """A partial of an object, or of a function of the functional core: its keywords are overruled in silence."""
        again = [name for name, _ in arguments.keywords if given.keyword(name) not in {None, t.NONE}]
        core = isinstance(inner, t.FunctionRef) and inner.path.startswith("flax:flax/core/")
        if again and (core or isinstance(inner, t.Instance)):
            what = inner.qualname if isinstance(inner, t.FunctionRef) else self.name
            if isinstance(inner, t.Instance):
                what = self.engine.class_name(inner.owner)
            self.emit(Overruled(cond=self.path, place=place, what=what, names=tuple(again)))

    def _more(self, given: Arguments, arguments: Arguments) -> Arguments:
        """The arguments of a partial, then those of its call, which overrule its keywords."""
        later = {name for name, _ in arguments.keywords}
        keywords = [(name, value) for name, value in given.keywords if name not in later]
        rest = given.rest if given.rest is not None else arguments.rest
        positional = given.positional if given.rest is not None else (*given.positional, *arguments.positional)
        spread = given.spread if arguments.spread is None else arguments.spread
        if given.spread is not None and arguments.spread is not None:
            spread = UNKNOWN
        return Arguments(tuple(positional), (*keywords, *arguments.keywords), rest, spread)

    # --- functions -------------------------------------------------------------------------------------------------

    def call_function(self, function: FunctionRef, arguments: Arguments, place: Place) -> Term:
        """A plain function, or a method of a class that gets its object as an argument."""
        primitive = self.flax_function(function, arguments, place)
        if primitive is not None:
            return primitive
        if function.owner is not None and not self.engine.is_static(function):
            split = arguments.beheaded()
            return self.call_method(split[0], function, split[1], place) if split else UNKNOWN
        wrapped = self._decorated(function, "")
        if wrapped is not None:
            return self.call(wrapped, arguments, place)
        return self.run_function(function, None, None, arguments, place)

    def run_function(
        self, function: FunctionRef, of: Term | None, owner: ClassKey | None, arguments: Arguments, place: Place
    ) -> Term:
        """What a function's text does with these arguments."""
        code = self.engine.code_of(function)
        if code is None or not self.engine.spend():
            self.emit(Opaque(cond=both(self.path, MAYBE), place=place, what=function.qualname))
            return UNKNOWN
        foreign = of is None and self.engine.project.search.is_installed(code.file.path)
        if foreign and not any(map(carries, arguments.all())):  # a library's function that gets nothing of ours
            return UNKNOWN
        parameters = code.parameters if of is None else code.parameters[1:]
        params = bind(parameters, arguments, lambda node: self.engine.default(code, node))
        what = self.engine.class_name(owner) if owner is not None else function.qualname
        contract = self.engine.contract(function, owner)
        substitution = Substitution(self.engine, params, of)
        if self._follows(of, params.values()):
            self._ask(self.engine.specialise(function, of, params), place, what)
        if contract.goes_through_elements and (of is None or isinstance(of, t.Instance)):
            # Lists of layers are gone through one by one, now that they are known.
            contract, substitution = self.engine.specialise(function, of, params), Substitution(self.engine)
        given = _given_by(arguments, code, of)
        if not place.of_flax and arguments.spread is None and arguments.rest is None:
            names = frozenset([name for name, _ in given])
            for left in unforwarded(self.engine, self.code, code, contract, of, params, names, self.path, place):
                self.emit(left)
        attributes = of.given if isinstance(of, t.Instance) else ()
        before, self._explicit = self._explicit, (_not_none(given), _not_none(attributes))
        self.engine.depth += 1
        try:
            returned = self.inline(contract, substitution, place, what)
        finally:
            self.engine.depth -= 1
        self._explicit = before
        self.filled_by(code, params)
        return t.ARRAY if not isinstance(returned, t.Items) and self.engine.returns_array(code) else returned

    def _follows(self, of: Term | None, given: Iterable[Term]) -> bool:
        """Whether a callee gets a tracer: then its text is walked with that, for its contract says not what it asks."""
        if not self.engine.traces:
            return False
        return any(map(t.holds_tracer, given)) or (of is not None and t.holds_tracer(of))

    def _ask(self, done: Contract | Effects, place: Place, what: str) -> None:
        """What is done asks Python for tracers, here and now; the rest of it is not done."""
        for effect in done.effects if isinstance(done, Contract) else done.all():
            for test in effect.inner if isinstance(effect, Entry) else (effect,):
                if isinstance(test, Test):
                    self.replay(test, Substitution(self.engine), place, what)

    # --- objects ---------------------------------------------------------------------------------------------------

    def construct(self, key: ClassKey, arguments: Arguments, place: Place) -> Term:
        """Make an object."""
        if key.path == FROZEN_DICT:
            return self.call_foreign("builtins.dict", arguments, place)
        module = self.engine.module_class(key)
        if not module.is_module and self.engine.method(key, "__new__") is not None and not key.path.startswith("flax:"):
            return UNKNOWN
        if module.is_module:
            names = self.engine.project.classes.positional(module)
        else:
            found = self.engine.method(key, "__init__")
            code = self.engine.code_of(found) if found else None
            fields = self.engine.project.classes.positional(module) if code is None else []
            names = [p.name for p in code.parameters[1:] if p.kind.startswith("positional")] if code else fields
            if found is not None and code is not None:
                self._initialise(key, found, arguments, place)
        given = list(zip(names, arguments.positional, strict=False))
        given += arguments.keywords
        if arguments.spread is not None or arguments.rest is not None:
            given.append(
                ("**", arguments.spread if arguments.rest is None and arguments.spread is not None else UNKNOWN)
            )
        if not module.is_module and not self.code.file.of_flax and self.code.file.path:
            changed = self.engine.stores(self.code.file).others
            given += [(t.CHANGED + name, UNKNOWN) for name in sorted(changed)]
        return t.Instance(key, tuple(given), place if not place.of_flax else None)

    def _initialise(self, key: ClassKey, function: FunctionRef, arguments: Arguments, place: Place) -> None:
        """What a plain class's constructor does."""
        _, contract = self.engine.setup_of(key)
        code = self.engine.code_of(function)
        if contract.effects and code is not None:
            given = bind(code.parameters[1:], arguments, lambda node: self.engine.default(code, node))
            params = {t.MADE_WITH + name: term for name, term in given.items()}
            self.inline(contract, Substitution(self.engine, params, None), place, self.engine.class_name(key))

    def _call_object(self, of: t.Instance | t.Self, arguments: Arguments, place: Place) -> Term:
        found = self.engine.method(of.owner, "__call__")
        if found is None:
            return UNKNOWN
        return self.call_method(of, found, arguments, place)

    def call_method(self, of: Term, function: FunctionRef, arguments: Arguments, place: Place) -> Term:
        """A method on an object."""
        if isinstance(of, t.Choice):
            return self.call(
                choose(of.test, t.Bound(of.then, function), t.Bound(of.otherwise, function)), arguments, place
            )
        primitive = self.flax_method(of, function, arguments, place)
        if primitive is not None:
            return primitive
        match of:
            case t.Instance(owner=owner) | t.Self(owner=owner) | t.ClassRef(key=owner):
                pass
            case t.Super(of=t.Self(owner=owner) as inner) | t.Super(of=t.Instance(owner=owner) as inner):
                of = inner
            case _ if t.symbol(of) and function.owner is not None:
                owner = function.owner
            case _:
                self.emit(Opaque(cond=self.path, place=place, what=function.qualname))
                return UNKNOWN
        lifted = self._decorated(function, "method")
        if lifted is not None:
            return self.call(lifted, arguments.headed(of), place)
        return self.run_method(of, owner, function, arguments, place)

    def run_method(self, of: Term, owner: ClassKey, function: FunctionRef, arguments: Arguments, place: Place) -> Term:
        """What a method's text does; what ``setup`` does comes first where the object is entered from outside."""
        if self.fields is not None and of == self.itself:  # what it binds to attributes, setup binds
            return self._run_here(function, arguments)
        module = self.engine.module_class(owner)
        if module.is_module and isinstance(of, t.Instance) and function.qualname.rpartition(".")[2] != "setup":
            _, setup = self.engine.setup_of(owner)
            found = self.engine.method(owner, "setup") if self._follows(of, ()) else None
            if found is not None:
                self._ask(self.engine.specialise(found, of, {}), place, self.engine.class_name(owner))
            if setup.effects:
                self.inline(setup, Substitution(self.engine, None, of), place, self.engine.class_name(owner))
        return self.run_function(function, of, owner, arguments, place)

    def _run_here(self, function: FunctionRef, arguments: Arguments) -> Term:
        """A method of the object that is being set up, run as a part of that."""
        code = self.engine.code_of(function)
        if code is None or not code.parameters or self.itself is None or not self.engine.spend():
            return UNKNOWN
        env = {code.parameters[0].name: self.itself}
        env |= bind(code.parameters[1:], arguments, lambda node: self.engine.default(code, node))
        inner = self._within(code, env)
        inner.fields = self.fields
        return self.engine.finished(inner)

    def _within(self, code: Code, env: dict[str, Term]) -> Interpreter:
        """For code that runs here and now: what it does, this code does."""
        from .interpreter import Interpreter

        return Interpreter(self.engine, code, env, self.itself, self.effects, self.path)

    # --- closures --------------------------------------------------------------------------------------------------

    def call_closure(self, closure: t.Closure, arguments: Arguments) -> Term:
        """A nested function, run where it is called."""
        self._pending.pop(closure.code, None)
        code = self.engine.code(closure.code)
        if not self.engine.spend():
            self.emit(Opaque(cond=both(self.path, MAYBE), place=Place(code.file.path, 1, 0), what="too deep"))
            return UNKNOWN
        env = dict(closure.names)
        at_home = closure.home == self.number
        if at_home:
            env |= {name: term for name, term in self.env.items() if name not in {p.name for p in code.parameters}}
        env |= bind(code.parameters, arguments, self.value)
        inner = self._within(code, env)
        inner.seen = self.seen
        inner.fields = self.fields if at_home else None
        returned = self.engine.finished(inner)
        if at_home:
            self.changed_within(code, inner.env)
        return returned

    def call_unwrapped(self, func: t.Wrapped, arguments: Arguments, place: Place) -> Term:
        """Call the function that a transform was given."""
        inner = func.func
        match func.kind, inner:
            case (("nn.apply" | "nn.init" | "nn.init_with_output"), _):
                module, *_ = func.arguments.positional
                given = dict(func.arguments.keywords)
                keywords = [*arguments.keywords, ("method", inner)]
                keywords += [
                    (name, value) for name, value in given.items() if name in {"mutable", "capture_intermediates"}
                ]
                whole = Arguments(arguments.positional, tuple(keywords), arguments.rest, arguments.spread)
                return self.enter(func.kind.removeprefix("nn."), module, whole, place)
            case "method", t.FunctionRef():
                match arguments.beheaded():
                    case (t.Self(owner=owner) | t.Instance(owner=owner)) as of, others:
                        return self.run_method(of, owner, inner, others, place)
                return UNKNOWN
            case "", t.FunctionRef() if inner.owner is None or self.engine.is_static(inner):
                return self.run_function(inner, None, None, arguments, place)
            case how, _ if how.startswith("jax."):
                arguments = traced(arguments, func.arguments, self._text_of(inner), place, how)
                self.engine.traces = True
        return self.call(inner, arguments, place)

    def _text_of(self, func: Term) -> Code | None:
        """The text of a function under a transform."""
        match func:
            case t.Wrapped(kind="", func=t.FunctionRef() as function) | (t.FunctionRef(owner=None) as function):
                return self.engine.code_of(function)
            case t.Closure(code=number):
                return self.engine.code(number)
        return None

    def try_jitted(self, func: t.Wrapped, place: Place) -> None:
        """What a function under ``jax.jit`` or the like asks of the flags that every call of it has to give."""
        code = self._text_of(func.func)
        if not func.kind.startswith("jax.") or code is None or code.function is None or not flags_of(code):
            return
        required = [p for p in code.parameters if p.default is None and p.kind.startswith("positional")]
        keywords = [p for p in code.parameters if p.default is None and p.kind == "keyword-only"]
        arguments = Arguments(
            tuple(t.Param(p.name) for p in required), tuple((p.name, t.Param(p.name)) for p in keywords)
        )
        pending = dict(self._pending)
        with self.aside() as inner:
            self.call_wrapped(func, arguments, place)
        self._pending = pending
        self._ask(inner, place, self.name)

    def escape(self, func: Term) -> None:
        """A function is given away: it may be called, with anything."""
        match func:
            case t.Closure(code=number):
                self._pending.pop(number, None)
                code = self.engine.code(number)
                path = self.path
                self.path = both(path, MAYBE)
                self.call_closure(func, _anything(code))
                self.path = path
            case t.Partial(func=inner) | t.Wrapped(func=inner):
                self.escape(inner)

    # --- decorators ------------------------------------------------------------------------------------------------

    def decorated(self, func: Term, decorators: tuple[r.Expression, ...]) -> Term:
        """What decorators make of a function."""
        for decorator in reversed(decorators):
            term = self.value(decorator)
            if isinstance(term, t.ForeignRef) and not self.transforms(term.dotted):
                continue  # what is not known of is taken to change nothing that matters here
            if isinstance(term, t.Unknown | t.Applied | t.Const) or self.is_plain_decorator(term):
                continue
            made = self.call(term, Arguments((func,)), self.place(decorator))
            if isinstance(made, t.Closure | t.Partial | t.Wrapped | t.Lifted | t.FunctionRef | t.Instance):
                func = made  # else it cannot be told what the decorator makes: it is taken to change nothing
        return func

    def _decorated(self, function: FunctionRef, kind: str) -> Term | None:
        """A function as its decorators leave it; None where they change nothing."""
        code = self.engine.code_of(function)
        decorators = code.function.decorators if code is not None and code.function is not None else ()
        if code is None or all(map(self._changes_nothing, decorators)):
            return None
        undecorated = t.Wrapped(kind, function, Arguments())
        term = self.engine.decorated(code, undecorated)
        return None if term == undecorated else term

    @staticmethod
    def _changes_nothing(node: r.Expression) -> bool:
        return isinstance(node, r.Attribute) and node.attr in {"compact", "nowrap"}


def _anything(code: Code) -> Arguments:
    """The arguments of a call of which nothing is known."""
    kinds = [parameter.kind for parameter in code.parameters]
    return Arguments(
        tuple(UNKNOWN for kind in kinds if kind.startswith("positional")),
        tuple((parameter.name, UNKNOWN) for parameter in code.parameters if parameter.kind == "keyword-only"),
        UNKNOWN if "var-positional" in kinds else None,
        UNKNOWN if "var-keyword" in kinds else None,
    )


def _given_by(arguments: Arguments, code: Code, of: Term | None) -> list[tuple[str, Term]]:
    """The parameters that a call gives, each with what it gives."""
    names = [p.name for p in code.parameters if p.kind.startswith("positional")]
    return [*zip(names[0 if of is None else 1 :], arguments.positional, strict=False), *arguments.keywords]


def _not_none(given: Iterable[tuple[str, Term]]) -> frozenset[str]:
    return frozenset([name for name, term in given if term != t.NONE])


def carries(term: Term) -> bool:
    """Whether a value may run something of ours when it is called or entered."""
    return type(term) in _CARRIERS or (type(term) is t.Items and any(map(carries, term.elements)))
