"""What Flax's own functions do where their text does not say it: they reach into the scope, or rewrite classes.

Everything else in Flax, its layers among it, is read like any other code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ...facts import records as r
from .. import conditions as c
from .. import terms as t
from ..conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, negate, under
from ..effects import Draw, Dropped, Effect, Filter, Invoke, Merge, Opaque, Update, Use
from ..terms import UNKNOWN, Arguments, ClassKey, FunctionRef, Place, Term, choose
from .code import Code
from .entries import Entries, settled
from .substitution import Substitution
from .tracing import traced

FROZEN_DICT = "flax:flax/core/frozen_dict.py"
if TYPE_CHECKING:
    from .engine import Engine

_MODULE = "flax:flax/linen/module.py"
_LIFTS = {"vmap", "scan", "checkpoint", "remat_scan", "jit", "map_variables", "fold_rngs", "add_metadata_axis"}
# Transforms that give their function the arguments but for its keywords [E21].
DROPS_KEYWORDS = {"vmap", "scan"}
_TRACES = {"checkpoint", "jit"}
# Which of the arguments are functions that run on the Module that follows them.
_DIRECT = {"cond": (1, 2), "while_loop": (0, 1), "vjp": (0,), "jvp": (0,), "grad": (0,), "value_and_grad": (0,)}
_COLLECTIONS = ("variable_axes", "variable_broadcast", "variable_carry", "carry_variables", "broadcast_variables")
# Transforms that let in the collections alone that these options name.
_SETS_COLLECTIONS = {"vmap", "scan", "while_loop"}


class FlaxCalls(Entries):
    """Flax's primitives."""

    def flax_function(self, function: FunctionRef, arguments: Arguments, place: Place) -> Term | None:
        """Call one of Flax's functions; None where its text says what it does."""
        name = function.qualname
        match function.path, name:
            case "flax:flax/linen/module.py", "merge_param":
                return self._merge(arguments, place)
            case "flax:flax/linen/module.py", ("apply" | "init" | "init_with_output"):
                target = arguments.get(0, "fn")
                module = arguments.get(1, "module")
                if target is None or module is None:
                    return UNKNOWN
                return t.Wrapped(f"nn.{name}", target, Arguments((module,), arguments.keywords))
            case "flax:flax/linen/module.py", ("compact" | "nowrap" | "compact_name_scope"):
                return arguments.positional[0] if arguments.positional else UNKNOWN
            case "flax:flax/core/frozen_dict.py", ("freeze" | "unfreeze" | "copy"):
                return arguments.positional[0] if arguments.positional else UNKNOWN
            case "flax:flax/linen/partitioning.py", ("remat" | "scan_with_axes" | "vmap_with_axes"):
                self.emit(Opaque(cond=self.path, place=place, what=name))  # it rewrites classes by hand
                return UNKNOWN
            case "flax:flax/linen/transforms.py", _:
                return self._transform(function, arguments, place)
        return None

    def is_plain_decorator(self, term: Term) -> bool:
        """Whether a decorator changes nothing of what a method does."""
        return isinstance(term, t.FunctionRef) and term.path == _MODULE

    def _merge(self, arguments: Arguments, place: Place) -> Term:
        name, one, other = (arguments.get(index, key) or UNKNOWN for index, key in enumerate(("name", "a", "b")))
        merge = Merge(cond=self.path, place=place, what=self.name, name=name, attribute=one, argument=other)
        self.merges(msgspec.structs.replace(merge, verdict=self.verdict(merge)))
        return t.present(choose(t.missing(one), other, one))

    def verdict(self, merge: Merge) -> Literal["", "twice", "nowhere"]:
        """Whether a merge fails here, whoever calls; an annotation that excludes None is taken at its word."""
        if merge.nowhere == ALWAYS:
            return "nowhere"
        twice = merge.twice
        if twice not in {ALWAYS, NEVER}:
            twice = under(twice, {atom: False for atom in c.atoms(twice) if self._excludes_none(atom)})
        return "twice" if twice == ALWAYS else ""

    def _excludes_none(self, atom: Cond) -> bool:
        match atom:
            case c.Missing(of=t.Get(of=t.Self(owner=owner), name=name)):
                return self.engine.field_excludes_none(owner, name)
            case c.Missing(of=t.Param(name=name)) if self.code.function is not None:
                found = [p for p in self.code.function.parameters if p.name == name and p.default is None]
                return bool(found) and self.engine.annotation_excludes_none(self.code, found[0].annotation)
        return False

    def merges(self, merge: Merge) -> None:
        """A merge that may fail."""
        if merge.twice != NEVER or merge.nowhere != NEVER:
            self.emit(merge)

    # --- methods of flax.linen.Module ------------------------------------------------------------------------------

    def flax_method(self, of: Term, function: FunctionRef, arguments: Arguments, place: Place) -> Term | None:
        """Call a method of ``flax.linen.Module`` itself; None where it is another's."""
        if function.path != _MODULE or not function.qualname.startswith("Module."):
            return None
        name = function.qualname.removeprefix("Module.")
        first = arguments.positional[0] if arguments.positional else UNKNOWN
        match name:
            case "make_rng":
                stream = arguments.get(0, "name") or t.const("params")
                self.emit(Draw(cond=self.path, place=place, what=self.name, stream=stream))
                return t.KEY
            case "variable":
                return self._variable(arguments, place)
            case "param":
                path = self.path
                self.path = both(path, either(c.State("initializing"), c.State("mutable", "params")))
                for term in arguments.positional[1:2]:  # parameters that are there are not made anew
                    self.escape(term)
                self.path = path
                return t.SOMETHING
            case "put_variable":
                self._update(arguments.get(0, "col") or UNKNOWN, place)
                return t.NONE
            case "has_rng" | "is_mutable_collection" | "has_variable":
                kinds = {"has_rng": "has-rng", "is_mutable_collection": "mutable", "has_variable": "has-variable"}
                key = (
                    arguments.positional[0] if arguments.positional else (arguments.keywords or (("", UNKNOWN),))[0][1]
                )
                if isinstance(key, t.Const) and isinstance(key.value, str):
                    return t.boolean(c.State(kinds[name], key.value))  # type: ignore[arg-type]
                return UNKNOWN
            case "is_initializing":
                return t.boolean(c.State("initializing"))
            case "clone" | "copy":
                return self.replaced(of, arguments.keywords) if isinstance(of, t.Instance) else of
            case "unbind":
                return t.Items("tuple", (of, UNKNOWN))
            case "sow" | "perturb" | "get_variable" | "tabulate" | "module_paths":
                return first if name == "perturb" else UNKNOWN
            case "apply" | "init" | "init_with_output" | "lazy_init" | "bind":
                return self.enter(name, of, arguments, place)
        return UNKNOWN

    def _variable(self, arguments: Arguments, place: Place) -> Term:
        """Without the collection Flax makes the variable anew, where it may: else it raises [D3]."""
        collection = arguments.get(0, "col") or UNKNOWN
        cond = both(self.path, negate(c.State("initializing")))
        if isinstance(collection, t.Const) and isinstance(collection.value, str):
            self.emit(Use(cond=cond, place=place, what=self.name, collection=collection))
        for term in arguments.positional[2:3]:
            self.escape(term)
        return t.VariableRef(collection)

    def _update(self, collection: Term, place: Place) -> None:
        self.emit(Update(cond=self.path, place=place, what=self.name, collection=collection))

    def bind(self, target: r.Expression, term: Term) -> None:
        """Bind a target; the value of a Flax variable is written to."""
        if type(target) is r.Attribute and target.attr == "value":
            owner = self.value(target.value)
            if isinstance(owner, t.VariableRef):
                self._update(owner.collection, self.place(target))
                return
            if t.symbol(owner):  # a caller may know that it is a variable
                self._update(t.Get(owner, "collection"), self.place(target))
                return
        super().bind(target, term)

    # --- lifted transforms -----------------------------------------------------------------------------------------

    def _transform(self, function: FunctionRef, arguments: Arguments, place: Place) -> Term | None:
        name = function.qualname
        code = self.engine.code_of(function)
        if code is None or not code.parameters:
            return None
        if name in _LIFTS:
            target = arguments.get(0, code.parameters[0].name)
            if target is None:
                return UNKNOWN
            options = list(arguments.keywords)
            options += zip([p.name for p in code.parameters[1:]], arguments.positional[1:], strict=False)
            if arguments.spread is not None:
                options.append(("**", arguments.spread))
            return t.Lifted(function, target, tuple(options), place)
        if name in _DIRECT or name == "switch":
            return self._direct(function, code, arguments, place)
        if name in {"custom_vjp", "named_call"}:
            self.emit(Opaque(cond=self.path, place=place, what=f"nn.{name}"))
            return UNKNOWN
        return None

    def _direct(self, function: FunctionRef, code: Code, arguments: Arguments, place: Place) -> Term:
        """``nn.cond`` and the like: they run their functions, all of them, on the Module that they are given."""
        names = [parameter.name for parameter in code.parameters]
        given = [*arguments.positional]
        while len(given) < len(names) and (term := arguments.keyword(names[len(given)])) is not None:
            given.append(term)
        if function.qualname == "switch":
            runs = [*given[1].elements] if len(given) > 1 and isinstance(given[1], t.Items) else []
            others = given[2:]
        else:
            which = _DIRECT[function.qualname]
            runs = [given[index] for index in which if index < len(given)]
            others = given[which[-1] + 1 :]
        if not runs or not others:
            self.emit(Opaque(cond=self.path, place=place, what=f"nn.{function.qualname}"))
            return UNKNOWN
        known = [name for name in names if name in {"variable_tangents", "vjp_variables", "split_rngs", "rngs"}]
        options = tuple((name, value) for name, value in arguments.keywords if name in (*known, *_COLLECTIONS))
        if function.qualname == "while_loop":
            options += tuple(zip(names[4:], given[4:], strict=False))
            others = others[:2]
        if function.qualname == "jvp":
            others = [others[0], *(others[1].elements if len(others) > 1 and isinstance(others[1], t.Items) else ())]
        results = [
            self.call_lifted(t.Lifted(function, run, options, place), Arguments(tuple(others)), place) for run in runs
        ]
        return results[0] if function.qualname in {"cond", "switch"} and len(set(results)) == 1 else UNKNOWN

    def call_lifted(self, lifted: t.Lifted, arguments: Arguments, place: Place) -> Term:
        """Call what a lifted transform has made: the target runs, but not every stream and collection is let in."""
        target = lifted.target
        if isinstance(target, t.Choice):
            then, otherwise = (
                t.Lifted(lifted.transform, part, lifted.options, lifted.place)
                for part in (target.then, target.otherwise)
            )
            return self.call(choose(target.test, then, otherwise), arguments, place)
        if isinstance(innermost(target), t.ClassRef):  # a lifted class, constructed
            made = self.call(target, arguments, place)
            return t.Lifted(lifted.transform, made, lifted.options, lifted.place)
        if t.symbol(target) or target == UNKNOWN:
            return self.call_symbolic(lifted, target, arguments, place)
        name = lifted.transform.qualname
        runs = isinstance(innermost(target), t.Instance | t.Self | t.FunctionRef | t.Closure | t.Bound | t.Wrapped)
        if name in DROPS_KEYWORDS and arguments.keywords and runs:
            names = tuple(key for key, _ in arguments.keywords)
            code = self._code_of_call(target)
            spelled = [p.name for p in code.parameters if p.kind.startswith("positional")] if code else []
            order = tuple(spelled[0 if isinstance(target, t.Closure) else 1 :])
            dropped = Dropped(
                cond=self.path, place=place, what=self.name, names=names, transform=name, made=lifted.place, order=order
            )
            self.emit(dropped)
            arguments = Arguments(arguments.positional, (), arguments.rest, None)
        if name in _TRACES:
            options = Arguments((), lifted.options)
            how = f"nn.{'remat' if name == 'checkpoint' else name}"
            # Of a decorated method, and of a plain function, the object is the first argument.
            method = isinstance(target, t.Wrapped | t.Closure | t.FunctionRef)
            code = self._code_of_call(target)
            arguments = traced(arguments, options, code, lifted.place, how, 0 if method else 1)
            self.engine.traces = True
        with self.aside() as inner:
            result = self.call(target, arguments, place)
        streams = self._filter(lifted, ("split_rngs", "rngs"))
        collections = Filter((t.const(True),), lifted.place)
        if name in _SETS_COLLECTIONS:
            collections = self._filter(lifted, _COLLECTIONS)
        written = collections
        if name == "while_loop":  # what is broadcast cannot be written
            written = self._filter(lifted, ("carry_variables",))
        for effect in inner.all():
            self.emit(filtered(self.engine, effect, streams, collections, written))
        return result if name in {"checkpoint", "jit", "map_variables", "add_metadata_axis"} else _loosened(result)

    def _code_of_call(self, target: Term) -> Code | None:
        """The text of what calling a term runs."""
        match innermost(target):
            case t.Instance(owner=owner) | t.Self(owner=owner):
                found = self.engine.method(owner, "__call__")
                return self.engine.code_of(found) if found else None
            case t.Wrapped(func=t.FunctionRef() as function) | t.Bound(function=function):
                return self.engine.code_of(function)
            case t.FunctionRef() as function:
                return self.engine.code_of(function)
            case t.Closure(code=number):
                return self.engine.code(number)
        return None

    def call_symbolic(self, lifted: t.Lifted, target: Term, arguments: Arguments, place: Place) -> Term:
        """Call a lifted target that only the caller knows."""
        raise NotImplementedError

    def construct(self, key: ClassKey, arguments: Arguments, place: Place) -> Term:
        """Make an object."""
        raise NotImplementedError

    def _filter(self, lifted: t.Lifted, names: tuple[str, ...]) -> Filter:
        """The names that options of a transform let pass."""
        found: list[Term] = []
        given = dict(lifted.options)
        code = self.engine.code_of(lifted.transform)
        for parameter in code.parameters if code else ():
            if parameter.name not in names:
                continue
            term = given.get(parameter.name)
            if term is None and "**" in given:
                term = UNKNOWN
            if term is None and code is not None and parameter.default is not None:
                term = self.engine.default(code, parameter.default)
            found.append(UNKNOWN if term is None else term)
        return Filter(tuple(found), lifted.place)


def innermost(term: Term) -> Term:
    """What lifted transforms are wrapped around."""
    while isinstance(term, t.Lifted):
        term = term.target
    return term


def filtered(engine: Engine, effect: Effect, streams: Filter, collections: Filter, written: Filter) -> Effect:
    """What is left of an effect outside of a lifted transform."""
    if not streams.options == collections.options == (t.const(True),):
        effect = settled(effect, Substitution(engine, None, None, lambda s: _outside(s, streams, collections)))
    match effect:
        case Draw(filters=filters):
            layers = filters if streams.options == (t.const(True),) else (*filters, streams)
            return Draw(cond=effect.cond, place=effect.place, what=effect.what, stream=effect.stream, filters=layers)
        case Invoke(layers=layers):
            return msgspec.structs.replace(effect, layers=(*layers, (streams, collections, written)))
        case Update(filters=filters) if written.options != (t.const(True),):
            return msgspec.structs.replace(effect, filters=(*filters, written))
        case Use(filters=filters, fixing=fixing):
            if collections.options != (t.const(True),):
                filters = (*filters, collections)
            if written.options not in {(t.const(True),), collections.options}:
                fixing = (*fixing, written)
            return msgspec.structs.replace(effect, filters=filters, fixing=fixing)
    return effect


def _outside(state: c.State, streams: Filter, collections: Filter) -> Cond:
    """What a question that a lifted body asks of Flax comes to outside.

    It has at most what is let in. Whether the question was put in the body or before is not known any more: hence what
    is not let in may still be there.
    """
    match state.kind:
        case "has-rng":
            return both(state, either(MAYBE, streams.passes(state.name)))
        case "mutable" | "has-variable":
            return both(state, either(MAYBE, collections.passes(state.name)))
    return state


def _loosened(result: Term) -> Term:
    """What a transform that stacks and splits returns."""
    if isinstance(result, t.Items):
        return t.Items(result.kind, tuple(map(_loosened, result.elements)))
    return result if isinstance(result, t.Some | t.Instance) else UNKNOWN
