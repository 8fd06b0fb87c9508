"""What functions outside all files do, as far as it matters here: builtins, ``functools``, JAX's own transforms."""

from __future__ import annotations

from ...facts import records as r
from .. import terms as t
from ..conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, negate
from ..effects import Opaque
from ..terms import UNKNOWN, Arguments, Place, Term
from .dicts import Dicts
from .expressions import joined

# jax.f(function, ...) gives a function that calls it with the same arguments. What traces all of them that are not
# static is known by its own name, for messages.
_TRANSFORMS = {
    "jax.jit": "jax.jit",
    "jax.pmap": "jax.pmap",
    "jax.pjit": "jax.pjit",
    "jax.experimental.pjit.pjit": "jax.experimental.pjit.pjit",
    "jax.api.jit": "jax.jit",
    "jax.vmap": "vmap",
    "jax.grad": "grad",
    "jax.value_and_grad": "value_and_grad",
    "jax.checkpoint": "jax.checkpoint",
    "jax.remat": "jax.remat",
    "jax.named_call": "",
    "jax.named_scope": "",
    "jax.custom_vjp": "",
    "jax.custom_jvp": "",
    "jax.shard_map": "jax.shard_map",
    "jax.experimental.shard_map.shard_map": "jax.shard_map",
    "chex.assert_max_traces": "",
}
# The functions of jax.numpy and the like that return something else than one array.
_NO_ARRAY = {"split", "array_split", "shape", "meshgrid", "unstack", "broadcast_arrays", "nonzero", "where", "unique"}
_ARRAYS = ("jax.numpy.", "jax.nn.", "jax.lax.", "numpy.", "jax.image.", "jax.scipy.", "einops.")
_TAKES = {"get", "pop"}


class ForeignCalls(Dicts):
    """Calls what cannot be read."""

    def transforms(self, dotted: str) -> bool:
        """Whether a foreign function is one of JAX's transforms, or makes partials."""
        return dotted in _TRANSFORMS or dotted.endswith("functools.partial")

    def special(self, node: r.Call) -> Term | None:
        """Calls that depend on how they are written."""
        func = node.func
        if type(func) is r.Attribute:
            changed = self.dict_method(func, node)
            if changed is not None:
                return changed
            taken = func.attr in _TAKES and node.args and not node.keywords
            return self._taken(func, node.args) if taken else None
        if type(func) is not r.Name or func.id in self.env:
            return None
        match func.id, node.args:
            case "super", ():
                if self.itself is not None and self.code.owner is not None:
                    return t.Super(self.itself, self.engine.key(self.code.owner))
                return UNKNOWN
            case "super", (owner, _):
                term = self.value(owner)
                if isinstance(term, t.ClassRef) and self.itself is not None:
                    return t.Super(self.itself, term.key)
            case "getattr", (of, name, *_):
                return self._getattr(self.value(of), name, node.args[2:])
            case "setattr", (of, name, value):
                self._setattr(self.value(of), name, self.value(value))
                return t.NONE
            case "locals" | "vars" | "globals", _:
                return UNKNOWN
        return None

    def _taken(self, func: r.Attribute, args: tuple[r.Expression, ...]) -> Term | None:
        """``kwargs.get(key, default)``, ``kwargs.pop(key, default)``."""
        if not isinstance(func.value, r.Name):
            return None
        of = self.env.get(func.value.id)
        key = self.value(args[0]) if isinstance(of, t.Param | t.Mapping) else None
        if of is None or not isinstance(key, t.Const):
            return None
        default = self.value(args[1]) if len(args) > 1 else t.NONE
        return self.engine.lookup(of, key, default)

    def _getattr(self, of: Term, name: r.Expression, default: tuple[r.Expression, ...]) -> Term:
        match name:
            case r.Constant(value=str(attr)):
                pass
            case r.Computed(operator="f", operands=(r.Constant(value=str(attr)), *_)):
                attr += "*"
            case _:
                key = self.value(name)
                if not (isinstance(key, t.Const) and isinstance(key.value, str)):
                    return UNKNOWN
                attr = key.value
        term = self.engine.attribute(of, attr) if not attr.endswith("*") else self.engine.like(of, attr)
        if term == UNKNOWN and default:
            self.value(default[0])
        return term

    def _setattr(self, of: Term, name: r.Expression, value: Term) -> None:
        if self.fields is None or of != self.itself:
            return
        match name:
            case r.Constant(value=str(attr)):
                self.fields[attr] = value
            case r.Computed(operator="f", operands=(r.Constant(value=str(attr)), *_)):
                known = self.fields.get(attr + "*")
                self.fields[attr + "*"] = value if known is None else joined([known, value])

    def call_foreign(self, dotted: str, arguments: Arguments, place: Place) -> Term:
        """Call a function that cannot be read."""
        first = arguments.positional[0] if arguments.positional else None
        name = dotted.removeprefix("builtins.")
        if dotted.endswith("functools.partial") or dotted == "jax.tree_util.Partial":
            if first is None:
                return UNKNOWN
            return t.Partial(
                first, Arguments(arguments.positional[1:], arguments.keywords, arguments.rest, arguments.spread)
            )
        if dotted == "functools.wraps" and first is not None:
            return t.Partial(t.ForeignRef("functools.wrapper_of"), Arguments((first,)))
        if dotted == "functools.wrapper_of" and first is not None:  # a wrapper does what it wraps
            return first
        if dotted in _TRANSFORMS:
            target = first if first is not None else arguments.keyword("fun")
            others = Arguments(arguments.positional[1:], arguments.keywords)
            if target is None:  # @jax.jit(static_argnames=...)
                return t.Partial(t.ForeignRef(dotted), others)
            wrapped = t.Wrapped(_TRANSFORMS[dotted], target, others)
            self.try_jitted(wrapped, place)
            return wrapped
        if name != dotted:
            return self._builtin(name, arguments, place)
        if dotted.startswith("jax.random."):
            return self._random(dotted.removeprefix("jax.random."), arguments)
        if dotted in {"dataclasses.replace", "copy.copy", "copy.deepcopy"} and isinstance(first, t.Instance):
            return self.replaced(first, arguments.keywords)
        if dotted.startswith(("typing.", "flax.core.")) and dotted.endswith((".cast", ".freeze", ".unfreeze")):
            return arguments.positional[-1] if arguments.positional else UNKNOWN
        return self._handed_over(dotted, arguments, place)

    def replaced(self, of: t.Instance, keywords: tuple[tuple[str, Term], ...]) -> Term:
        """An object with other attributes."""
        changed = {name for name, _ in keywords}
        kept = tuple((name, value) for name, value in of.given if name not in changed)
        return t.Instance(of.owner, kept + keywords, of.place)

    def _handed_over(self, dotted: str, arguments: Arguments, place: Place) -> Term:
        """A function that gets functions may run them: with what, nobody knows."""
        from .calls import carries

        for term in arguments.all():
            self.escape(term)
        if any(map(carries, arguments.all())):
            self.emit(Opaque(cond=self.path, place=place, what=dotted))
        if dotted.startswith(_ARRAYS) and dotted.rpartition(".")[2] not in _NO_ARRAY:
            return t.ARRAY
        return UNKNOWN

    def _random(self, name: str, arguments: Arguments) -> Term:
        match name:
            case "PRNGKey" | "key" | "fold_in" | "wrap_key_data":
                return t.KEY
            case "split":
                number = arguments.get(1, "num")
                count = number.value if isinstance(number, t.Const) else 2 if number is None else None
                if isinstance(count, int) and 0 <= count <= 16:
                    return t.Items("tuple", (t.KEY,) * count)
                return t.Repeated(t.KEY, ALWAYS)
        return t.ARRAY

    def _builtin(self, name: str, arguments: Arguments, place: Place) -> Term:
        given = arguments.positional
        match name, given:
            case "range", _:
                return self._range(given)
            case (("list" | "tuple" | "sorted" | "reversed" | "iter" | "set" | "frozenset"), (of, *_)):
                return self._listed(name, of)
            case (("list" | "tuple"), ()):
                return t.Items(name, ())
            case "enumerate", (of, *_):
                elements, sample, filled = self.iterated(of)
                if elements is not None:
                    pairs = (t.Items("tuple", (t.const(index), part)) for index, part in enumerate(elements))
                    return t.Items("list", tuple(pairs))
                return t.Repeated(t.Items("tuple", (t.Some("number"), sample)), filled)
            case "zip", (_, *_):
                return self._zip(given)
            case "dict", _:
                entries = [(t.const(key), value) for key, value in arguments.keywords]
                rest = given[0] if given else arguments.spread
                return self.updated(rest, t.Mapping(tuple(entries))) if rest is not None else t.Mapping(tuple(entries))
            case "len", (of,):
                if isinstance(of, t.Items):
                    return t.const(len(of.elements))
                if isinstance(of, t.Const) and isinstance(of.value, str):
                    return t.const(len(of.value))
                return t.applied(t.ForeignRef("builtins.len"), Arguments((of,))) if t.symbol(of) else t.Some("number")
            case "bool", (of,):
                return t.boolean(self.asked_at(t.truth(of), place))
            case "isinstance", (of, kind):
                held = self._is_a(of, kind)
                if held == MAYBE and t.symbol(of):  # the caller may know
                    return t.applied(t.ForeignRef("builtins.isinstance"), Arguments((of, kind)))
                return t.boolean(held)
            case "callable", _:
                return t.boolean(MAYBE)
            case "type", (of,):
                match of:
                    case t.Instance(owner=owner) | t.Self(owner=owner):
                        return t.ClassRef(owner)
                return UNKNOWN
            case (("int" | "float"), (t.Const(value=bool() | int() | float() as value),)):
                return t.const(float(value) if name == "float" else int(value))
            case (("int" | "float" | "abs" | "min" | "max" | "sum" | "round"), _):
                return t.Some("number")
            case (("str" | "repr" | "format"), _):
                return t.Some("text")
            case "next", (of, *_):
                return self.engine.element(of)
            case (("print" | "hasattr" | "id" | "hash"), _):
                return UNKNOWN
        return self._handed_over(f"builtins.{name}", arguments, place)

    def _is_a(self, of: Term, kind: Term) -> Cond:
        if isinstance(kind, t.Items):
            return either(*(self._is_a(of, part) for part in kind.elements))
        name = kind.dotted.rpartition(".")[2] if isinstance(kind, t.ForeignRef) else ""
        match of:
            case t.Choice(test=test, then=then, otherwise=otherwise):
                return either(both(test, self._is_a(then, kind)), both(negate(test), self._is_a(otherwise, kind)))
            case t.Instance(owner=owner) | t.Self(owner=owner) if isinstance(kind, t.ClassRef):
                module = self.engine.module_class(owner)
                if any(self.engine.key(entity) == kind.key for entity in module.lineage):
                    return ALWAYS
                return NEVER if module.complete else MAYBE
            case t.Items(kind=mine) if name in {"tuple", "list", "dict", "str", "int", "float", "bool"}:
                return ALWAYS if mine == name else NEVER
            case t.Some(kind="array") if name in {"tuple", "list", "dict", "str", "int", "float", "bool"}:
                return NEVER
            case t.Const(kind=mine) if name in {"tuple", "list", "dict", "str", "int", "float", "bool", "NoneType"}:
                return ALWAYS if mine == name or (mine == "bool" and name == "int") else NEVER
            case t.Instance() | t.Self() if name in {"tuple", "list", "dict", "str", "int", "float", "bool"}:
                return NEVER
        return MAYBE

    def _range(self, given: tuple[Term, ...]) -> Term:
        if len(given) == 1:
            (stop,) = given
            if isinstance(stop, t.Const) and isinstance(stop.value, int) and stop.value <= 12:
                return t.Items("list", tuple(t.const(index) for index in range(stop.value)))
            return t.Repeated(t.Some("number"), negate(t.below(stop, 0, True)))
        numbers = [part.value for part in given if isinstance(part, t.Const) and isinstance(part.value, int)]
        if len(numbers) == len(given) > 0 and 0 not in numbers[2:]:
            found = range(*numbers)
            if len(found) <= 12:
                return t.Items("list", tuple(map(t.const, found)))
            return t.Repeated(t.Some("number"), ALWAYS)
        return t.Repeated(t.Some("number"), MAYBE)

    def _listed(self, name: str, of: Term) -> Term:
        match of:
            case t.Items(elements=elements):
                kind = "tuple" if name == "tuple" else "list"
                return t.Items(kind, elements[::-1] if name == "reversed" else elements)
            case t.Mapping(entries=entries, rest=None):
                return t.Items("list", tuple(key for key, _ in entries))
        return of

    def _zip(self, given: tuple[Term, ...]) -> Term:
        columns = [self.iterated(part) for part in given]
        lengths = {len(elements) for elements, _, _ in columns if elements is not None}
        whole = [elements for elements, _, _ in columns if elements is not None]
        if len(whole) == len(columns) and len(lengths) == 1:
            return t.Items("list", tuple(t.Items("tuple", tuple(row)) for row in zip(*whole, strict=True)))
        filled: Cond = both(*(held for _, _, held in columns))
        return t.Repeated(t.Items("tuple", tuple(sample for _, sample, _ in columns)), filled)

    def call_wrapped(self, func: t.Wrapped, arguments: Arguments, place: Place) -> Term:
        """Call what one of JAX's transforms has made."""
        match func.kind:
            case "grad" | "value_and_grad":
                value = self.call(func.func, arguments, place)
                if func.kind == "grad":
                    return UNKNOWN
                return t.Items("tuple", (value, UNKNOWN))
            case "replace" if isinstance(func.func, t.Instance):
                return self.replaced(func.func, arguments.keywords)
            case "replace":
                return t.applied(func, arguments)
        return self.call_unwrapped(func, arguments, place)

    def try_jitted(self, func: t.Wrapped, place: Place) -> None:
        """What a function under ``jax.jit`` or the like asks of the flags that every call of it has to give."""
        raise NotImplementedError

    def call_unwrapped(self, func: t.Wrapped, arguments: Arguments, place: Place) -> Term:
        """Call the function inside."""
        raise NotImplementedError

    def escape(self, func: Term) -> None:
        raise NotImplementedError
