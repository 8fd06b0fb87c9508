"""The value of an expression, and what evaluating it reads, merges and calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from ..facts import records as r
from ..project.names import ForeignEntity
from .callees import Callees
from .calls import Callee, Construction, Foreign, argument, bind, is_merge_param
from .flow import Instance
from .polarity import holds_where_absent, inverted
from .records import walk
from .values import (
    NEVER_NONE,
    NONE,
    PLAIN,
    STORE,
    UNKNOWN,
    HandMerge,
    MergeSite,
    Origin,
    Read,
    Use,
    Value,
    raw_pair,
    single,
)

# Calls that tell somebody about a value, or ask for its type: they decide nothing.
_TELLING = ("logging.", "warnings.warn", "jax.debug.", "absl.logging.", "builtins.print", "builtins.isinstance")
_NEVER_NONE_CALLS = {f"builtins.{name}" for name in ("bool", "int", "float", "str", "len", "tuple", "list")}


class Expressions(Callees):
    """Evaluates expressions in the order in which Python does."""

    def _value(self, node: r.Expression, use: Use) -> Value:
        match node:
            case r.Name(id=name):
                value = self._state.names.get(name, UNKNOWN)
                self._read(value, node, use)
                return value
            case r.Attribute():
                return self._attribute(node, use)
            case r.Constant(value=value, exact=exact):
                return NONE if exact and value is None else NEVER_NONE
            case r.Call():
                return self._call(node, use)
            case r.IfExp():
                return self._if_exp(node, use)
            case r.BoolOp():
                return self._bool_op(node, use)
            case r.Not(operand=operand):
                self._value(operand, PLAIN)
                return NEVER_NONE
            case r.Compare(left=left, operators=operators, comparators=comparators):
                none_test = (
                    len(operators) == 1
                    and isinstance(comparators[0], r.Constant)
                    and comparators[0].value is None
                    and comparators[0].exact
                )
                operand_use = Use("none-test") if none_test else PLAIN
                for operand in (left, *comparators):
                    self._value(operand, operand_use)
                return NEVER_NONE
            case r.Walrus(name=name, value=inner):
                value = self._value(inner, STORE)
                self._bind(r.Name(node.line, node.column, name), value)
                return value
            case r.Display(elements=elements):
                for element in elements:
                    self._value(element, Use("packed"))
                return NEVER_NONE
            case r.DictDisplay(keys=keys, values=values):
                for part in (*keys, *values):
                    if part is not None:
                        self._value(part, Use("packed"))
                return NEVER_NONE
            case r.Starred(value=inner):
                self._value(inner, use)
                return UNKNOWN
            case r.Lambda(parameters=parameters, body=body):
                for parameter in parameters:
                    if parameter.default is not None:
                        self._value(parameter.default, PLAIN)
                self._nested(parameters, lambda: self._value(body, PLAIN))
                return NEVER_NONE
            case r.Comprehension():
                self._comprehension(node)
                return NEVER_NONE
            case r.Computed(operands=operands):
                for operand in operands:
                    self._value(operand, use if use.kind == "message" else PLAIN)
                return NEVER_NONE
            case r.Subscript(value=inner, index=index):
                self._value(inner, PLAIN)
                self._value(index, PLAIN)
                return UNKNOWN
            case r.Slice(lower=lower, upper=upper, step=step):
                for part in (lower, upper, step):
                    if part is not None:
                        self._value(part, PLAIN)
                return NEVER_NONE
            case r.Opaque(operands=operands):
                for operand in operands:
                    self._value(operand, PLAIN)
                return UNKNOWN

    def _read(self, value: Value, node: r.Name | r.Attribute, use: Use) -> None:
        for origin in value:
            if origin.kind == "hand-merged" and use.kind == "none-test":
                self._flow.defaulted.add(origin.name)
            if origin.kind in {"parameter", "attribute", "translated"}:
                raw = Origin("parameter", origin.name) if origin.kind == "translated" else origin
                after = self._state.merged.get(origin.name) if origin.kind != "translated" else None
                guarded = any(origin.name in names for names in self._guards)
                found = Read(raw, node, use, after, self._holding(after), self._deferred > 0, guarded)
                self._flow.reads.append(found)

    def _holding(self, site: int | None) -> str | None:
        """A local name that holds the result of a merge now."""
        if site is None:
            return None
        merged = frozenset({Origin("merged", site=site)})
        return next((name for name, value in self._state.names.items() if value == merged), None)

    def _attribute(self, node: r.Attribute, use: Use) -> Value:
        owner = self._value(node.value, STORE) if isinstance(node.value, r.Name) else self._value(node.value, PLAIN)
        if any(origin.kind == "self" for origin in owner):
            value = frozenset({Origin("attribute", node.attr)})
            self._read(value, node, use)
            return value
        if isinstance(node.value, r.Name):
            self._read(owner, node.value, PLAIN)
        return UNKNOWN

    def _asked(self, test: r.Expression | None) -> frozenset[str]:
        """The names whose parameter or attribute a test asks for: behind it, which of the two is None is known."""
        if test is None:
            return frozenset()
        nodes = [test, *(node for node in walk(test) if isinstance(node, r.Name | r.Attribute))]
        return frozenset(
            origin.name
            for node in nodes
            if isinstance(node, r.Name | r.Attribute)
            for origin in self._peek(node)
            if origin.kind in {"parameter", "attribute"}
        )

    def _tested(self, test: r.Expression | None) -> Value | None:
        """The value whose truth or None-ness a test asks for; None where it asks for something else."""
        match test:
            case r.Not(operand=operand):
                return self._tested(operand)
            case r.Compare(
                left=left, operators=("is" | "is not" | "==" | "!=",), comparators=(r.Constant(value=None, exact=True),)
            ):
                return self._peek(left)
            case r.Name() | r.Attribute():
                return self._peek(test)
        return None

    def _hand_merge(
        self, node: r.IfExp | r.BoolOp, left: Value, right: Value, tested: Value | None, form: Literal["ternary", "or"]
    ) -> Value | None:
        """The value of an expression that is ``left`` where its test holds and ``right`` where not, if it merges."""
        name = raw_pair(left, right)
        if name is None or tested is None or not tested & {Origin("parameter", name), Origin("attribute", name)}:
            return None
        upside_down = inverted(node.test, tested, left, right) if isinstance(node, r.IfExp) else False
        self._flow.hand_merges.append(HandMerge(name, node.line, node.column, form, upside_down))
        self._flow.merged_by_hand.add(name)
        return frozenset({Origin("hand-merged", name)})

    def _before_default(self, node: r.Expression) -> r.Expression:
        """The side of a merge in an expression that puts a default behind it: ``self.x or 0.1``, ``0.1 if self.x is
        None else self.x``; any other expression is a side itself.
        """
        match node:
            case r.BoolOp(operator="or", values=(first, *_)):
                return first
            case r.IfExp(test=test, body=body, orelse=orelse):
                present = orelse if holds_where_absent(test) else body
                return present if self._peek(present) == self._tested(test) else node
        return node

    def _defaulted(self, merged: Value, parts: list[Value]) -> Value:
        """A merge by hand with a default behind it."""
        self._flow.defaulted |= {origin.name for origin in merged}
        return NEVER_NONE if NEVER_NONE in parts else UNKNOWN

    def _if_exp(self, node: r.IfExp, use: Use) -> Value:
        tested = self._tested(node.test)
        absent_in_body = holds_where_absent(node.test)
        absent = self._before_default(node.body if absent_in_body else node.orelse)
        body, orelse = (absent, node.orelse) if absent_in_body else (node.body, absent)
        merged = self._hand_merge(node, self._peek(body), self._peek(orelse), tested, "ternary")
        if merged is not None:
            self._value(node.test, PLAIN)
            values = [self._value(part, Use("operand")) for part in (node.body, node.orelse)]
            return merged if (body, orelse) == (node.body, node.orelse) else self._defaulted(merged, values)
        parameter = single(tested, "parameter") if tested is not None else None
        none_stays = any(
            isinstance(part, r.Constant) and part.exact and part.value is None for part in (node.body, node.orelse)
        )
        self._value(node.test, PLAIN)
        self._guards.append(self._asked(node.test))
        merged_before = dict(self._state.merged)
        value = self._value(node.body, use)
        merged_in_body, self._state.merged = self._state.merged, dict(merged_before)
        value |= self._value(node.orelse, use)
        self._state.merged = {name: site for name, site in merged_in_body.items() if name in self._state.merged}
        self._guards.pop()
        if parameter is not None and none_stays:
            return frozenset({Origin("translated", parameter)})
        absent, present = (node.body, node.orelse) if holds_where_absent(node.test) else (node.orelse, node.body)
        if tested is not None and self._peek(present) == tested and self._never_none(absent):
            return NEVER_NONE  # ``False if train is None else train``
        return value

    def _bool_op(self, node: r.BoolOp, use: Use) -> Value:
        if node.operator == "or" and len(node.values) >= 2:
            second = self._before_default(node.values[1])
            left, right = self._peek(node.values[0]), self._peek(second)
            merged = self._hand_merge(node, left, right, left, "or")
            if merged is not None:
                values = [self._value(value, Use("operand")) for value in node.values]
                return merged if (second,) == node.values[1:] else self._defaulted(merged, values)
        found: Value = frozenset()
        certain: dict[str, int] | None = None
        for value in node.values:
            # Each but the last decides by its truth, too.
            found |= self._value(value, use if value is node.values[-1] and use.kind != "store" else PLAIN)
            certain = dict(self._state.merged) if certain is None else certain  # the first always runs, no other
            self._guards.append(self._asked(value))
        del self._guards[len(self._guards) - len(node.values) :]
        self._state.merged = certain or {}
        if node.operator == "or":
            self._flow.defaulted |= {origin.name for origin in found if origin.kind == "hand-merged"}
            return NEVER_NONE if self._never_none(node.values[-1]) else found
        return found | UNKNOWN

    def _never_none(self, node: r.Expression) -> bool:
        """Whether an expression is a literal other than None, or computed."""
        return isinstance(node, r.Computed | r.Not | r.Compare | r.Display | r.DictDisplay) or (
            isinstance(node, r.Constant) and not (node.exact and node.value is None)
        )

    def _comprehension(self, node: r.Comprehension) -> None:
        def walk() -> None:
            for generator in node.generators:
                self._value(generator.iterable, PLAIN)
                self._bind(generator.target, UNKNOWN)
                for condition in generator.conditions:
                    self._value(condition, PLAIN)
            for element in node.elements:
                self._value(element, PLAIN)

        outer = self._state
        self._state = outer.fork()
        walk()
        self._state = outer

    def _nested(self, parameters: tuple[r.Parameter, ...], walk: Callable[[], object]) -> Value:
        """Walk a nested function's body where it is defined; what it binds stays in it."""
        outer = self._state
        self._state = outer.fork()
        for parameter in parameters:
            self._state.names[parameter.name] = UNKNOWN
        returned = self._flow.returned
        self._deferred += 1
        value = walk()
        self._deferred -= 1
        self._flow.returned = returned
        self._state = outer
        return value if isinstance(value, frozenset) else UNKNOWN

    def _bind(self, target: r.Expression, value: Value) -> None:
        match target:
            case r.Name(id=name):
                self._state.names[name] = value
            case r.Display(elements=elements):
                for element in elements:
                    self._bind(element, UNKNOWN)
            case r.Starred(value=inner):
                self._bind(inner, UNKNOWN)
            case r.Attribute(value=owner) | r.Subscript(value=owner):
                self._value(owner, PLAIN)

    # --- calls -----------------------------------------------------------------------------------------------------

    def _call(self, node: r.Call, use: Use) -> Value:
        receiver = self._value(node.func, PLAIN)
        called = self._called(node.func, receiver)
        self._flow.called[id(node)] = called
        if isinstance(called, Callee) and is_merge_param(called.function):
            return self._merge(node)
        match node.func:
            case r.Name(id="super"):
                return frozenset({Origin("super")})
            case r.Name(id="locals" | "vars") if not node.args:
                self._flow.takes_all = True
            case r.Name(id="getattr") if len(node.args) >= 2:
                found = self._getattr(node, use)
                if found is not None:
                    return found
        given: dict[str, Value] = {}
        telling = isinstance(called, Foreign) and called.entity.dotted.startswith(_TELLING)
        for index, value in enumerate(node.args):
            self._value(value, Use("message") if telling else Use("argument", node, index))
        for keyword in node.keywords:
            keyword_use = Use("message") if telling else Use("argument", node, keyword.name or "**")
            given[keyword.name or "**"] = self._value(keyword.value, keyword_use)
        match called:
            case Callee():
                return self._forward(node, called)
            case Foreign(entity=ForeignEntity(dotted=dotted)) if dotted in _NEVER_NONE_CALLS:
                return NEVER_NONE
            case Construction(module=module):
                names = self._project.classes.positional(module)
                for name, argument_node in zip(names, node.args, strict=False):
                    given[name] = self._peek(argument_node)
                self._flow.instances.append(Instance(module, given))
                return frozenset({Origin("instance", site=len(self._flow.instances) - 1)})
        return UNKNOWN

    def _getattr(self, node: r.Call, use: Use) -> Value | None:
        """``getattr(self, "train", None)`` is ``self.train``, for whoever has it."""
        match node.args[0], node.args[1]:
            case r.Name(id=owner), r.Constant(value=str(attr), exact=True):
                if single(self._state.names.get(owner, UNKNOWN), "self") is not None:
                    return self._attribute(r.Attribute(node.line, node.column, node.args[0], attr), use)
        return None

    def _merge(self, node: r.Call) -> Value:
        expressions = [argument(node, 0, "name"), argument(node, 1, "a"), argument(node, 2, "b")]
        values = [self._value(part, Use("operand")) if part is not None else UNKNOWN for part in expressions]
        operands = tuple(
            (part, value) for part, value in zip(expressions[1:], values[1:], strict=True) if part is not None
        )
        return self._site(MergeSite(node, True, expressions[0], operands))

    def _site(self, site: MergeSite) -> Value:
        index = len(self._flow.sites)
        self._flow.sites.append(site)
        site.deferred = self._deferred > 0
        site.guarded = any(self._guards)
        if not self._deferred:
            self._state.merged |= dict.fromkeys(site.names, index)
        return frozenset({Origin("merged", site=index)})

    def _forward(self, node: r.Call, callee: Callee) -> Value:
        arguments = bind(node, callee.function.facts, callee.bound)
        self._flow.forwards.append(node)
        inner = self._flows.of(callee.function, callee.module, callee.owner)
        values = {name: self._peek(value) for name, value in arguments.items()}
        result: Value = frozenset()
        made: dict[tuple[frozenset[str], bool], int] = {}  # one site a name, however often the callee merges it
        for index, site in enumerate(inner.sites):
            operands = tuple(
                (expression, _translate(value, values, callee.same_instance)) for expression, value in site.operands
            )
            outer = MergeSite(node, False, None, operands)
            if not outer.names:
                continue
            certain = any(inner_name in inner.certain for inner_name in site.names) or (
                not site.names and self._runs_always(callee.function.facts, site)
            )
            position = made.setdefault((outer.names, certain), len(self._flow.sites))
            if position == len(self._flow.sites):
                self._flow.sites.append(outer)
            if certain and not self._deferred:
                self._state.merged |= dict.fromkeys(outer.names, position)
            if Origin("merged", site=index) in inner.returned:
                result |= {Origin("merged", site=position)}
        for name in inner.merged_by_hand:
            if callee.same_instance and single(values.get(name, UNKNOWN), "parameter") == name:
                self._flow.merged_by_hand.add(name)
                result |= {Origin("hand-merged", name)} if Origin("hand-merged", name) in inner.returned else set()
        return result or UNKNOWN

    def _runs_always(self, facts: r.FunctionFacts, site: MergeSite) -> bool:
        """Whether a merge stands at the top level of a helper.

        Its operands are parameters, so it has no name there.
        """
        for statement in facts.body:
            match statement:
                case r.Return(value=value) | r.Assign(value=value) if value == site.call:
                    return True
        return False


def _translate(value: Value, arguments: dict[str, Value], same_instance: bool) -> Value:
    """A callee's value in the caller's terms.

    Its parameters become arguments, its attributes stay if self is the same.
    """
    found: Value = frozenset()
    for origin in value:
        if origin.kind == "parameter":
            found |= arguments.get(origin.name, UNKNOWN)
        elif origin.kind == "attribute":
            found |= {origin} if same_instance else UNKNOWN
        elif origin.kind in {"none", "never-none", "unknown"}:
            found |= {origin}
        else:
            found |= UNKNOWN
    return found
