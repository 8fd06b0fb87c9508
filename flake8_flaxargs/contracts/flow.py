"""The walk through one function: which raw values are read where, for what, and what has been merged by then.

One forward pass. A branch is walked with a copy of the state; where branches meet, a value may come from either and a
merge counts only if each branch that goes on made it. Loops are walked once: their body may not run.
"""

from __future__ import annotations

import copy
import functools
from typing import NamedTuple

from ..facts import records as r
from ..project.classes import ModuleClass
from ..project.names import ClassEntity, ForeignEntity, FunctionEntity
from ..project.project import Project
from .calls import Called, Callee, Construction, Foreign, argument, bind, decorated, is_merge_param
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

# A chain of calls longer than this is not followed to its end.
_CALL_DEPTH = 30
# Calls that tell somebody about a value, or ask for its type: they decide nothing.
_NEVER_NONE_CALLS = {f"builtins.{name}" for name in ("bool", "int", "float", "str", "len", "tuple", "list")}
_TELLING = ("logging.", "warnings.warn", "jax.debug.", "absl.logging.", "builtins.print", "builtins.isinstance")


class Forward(NamedTuple):
    """A call whose callee can be read: who, and which arguments bind to which of its parameters."""

    call: r.Call
    callee: Callee
    arguments: dict[str, r.Expression]
    after: dict[str, int]


class Instance(NamedTuple):
    """A Module that the method makes: its class and the raw values given to its constructor, by keyword."""

    module: ModuleClass
    given: dict[str, Value]


class Flow:
    """What the walk through a function found.

    Attributes:
        reads: reads of raw parameters and attributes, in order.
        sites: merges, direct and in callees.
        hand_merges: merges by hand in this function; ``merged_by_hand`` names those of the methods it calls, too.
        forwards: calls of functions that can be read.
        returned: what the function may return.
        certain: names that are merged on every way out.
        deleted: parameters that a ``del`` statement, or an assignment to ``_``, throws away.
        defaulted: names whose value is asked for None after they were merged by hand.
        takes_all: whether it calls ``locals()``: every parameter may be read.
        returns: whether it can come to an end without raising.
        incomplete: whether the walk was given up: then nothing is known.
    """

    def __init__(self) -> None:
        self.reads: list[Read] = []
        self.sites: list[MergeSite] = []
        self.hand_merges: list[HandMerge] = []
        self.merged_by_hand: set[str] = set()
        self.forwards: list[Forward] = []
        self.instances: list[Instance] = []
        self.called: dict[int, Called | None] = {}
        self.returned: Value = frozenset()
        self.certain: frozenset[str] = frozenset()
        self.deleted: set[str] = set()
        self.defaulted: set[str] = set()
        self.takes_all = False
        self.returns = False
        self.incomplete = False


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
                _Walk(self._project, self, flow, self._project.in_full(function), module, owner).run()
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


class _State:
    """The values of names, and which site has merged a name, at one point of the walk."""

    def __init__(self) -> None:
        self.names: dict[str, Value] = {}
        self.merged: dict[str, int] = {}
        self.alive = True

    def fork(self) -> _State:
        other = copy.copy(self)
        other.names = dict(self.names)
        other.merged = dict(self.merged)
        return other

    def join(self, branches: list[_State]) -> None:
        """Become the state after the branches that go on."""
        going_on = [branch for branch in branches if branch.alive]
        self.alive = bool(going_on)
        if not going_on:
            return
        names = set().union(*(branch.names for branch in going_on))
        self.names = {
            name: frozenset().union(*(branch.names.get(name, UNKNOWN) for branch in going_on)) for name in names
        }
        first = going_on[0].merged
        self.merged = {name: site for name, site in first.items() if all(name in b.merged for b in going_on)}


class _Walk:
    def __init__(
        self,
        project: Project,
        flows: Flows,
        flow: Flow,
        function: FunctionEntity,
        module: ModuleClass | None,
        owner: ClassEntity | None,
    ) -> None:
        self._project = project
        self._flows = flows
        self._flow = flow
        self._function = function
        self._module = module
        self._owner = owner
        self._fields = project.classes.fields(module) if module else {}
        self._scope = f"{function.facts.qualname}.<locals>"
        self._local_functions: dict[str, r.FunctionFacts] = {}
        self._exits: list[dict[str, int]] = []
        self._deferred = 0
        self._guards: list[frozenset[str]] = []
        self._state = _State()

    def run(self) -> None:
        facts = self._function.facts
        parameters = list(facts.parameters)
        if self._owner is not None and parameters and not decorated(facts, "staticmethod", "classmethod"):
            self._state.names[parameters.pop(0).name] = frozenset({Origin("self")})
        for parameter in parameters:
            self._state.names[parameter.name] = frozenset({Origin("parameter", parameter.name)})
        self._block(facts.body)
        if self._state.alive:
            self._exits.append(self._state.merged)
        self._flow.returns = bool(self._exits)
        if self._exits:
            self._flow.certain = frozenset(set(self._exits[0]).intersection(*self._exits))

    # --- statements ------------------------------------------------------------------------------------------------

    def _block(self, statements: tuple[r.Statement, ...]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, statement: r.Statement) -> None:
        match statement:
            case r.Assign(targets=targets, value=value):
                self._assign(targets, value)
            case r.AugAssign(target=target, value=value):
                self._value(target, PLAIN)
                self._value(value, PLAIN)
                self._bind(target, NEVER_NONE)
            case r.ExpressionStatement(value=value):
                before = len(self._flow.sites)
                self._value(value, Use("discard"))
                for site in self._flow.sites[before:]:
                    if site.direct and site.call == value:
                        site.discarded = True
            case r.Return(value=value):
                if value is not None:
                    self._flow.returned |= self._value(value, PLAIN)
                self._leave()
            case r.Raise(operands=operands):
                for operand in operands:
                    self._value(operand, Use("message"))
                self._state.alive = False
            case r.Assert(test=test, message=message):
                self._value(test, PLAIN)
                if message is not None:
                    self._value(message, Use("message"))
            case r.Delete(targets=targets):
                for target in targets:
                    if isinstance(target, r.Name):
                        self._flow.deleted.add(target.id)
                        self._state.names.pop(target.id, None)
            case r.If():
                self._if(statement)
            case r.Loop(target=loop_target, head=head, body=body, orelse=orelse):
                self._value(head, PLAIN)
                before_loop = self._state.fork()
                if loop_target is not None:
                    self._bind(loop_target, UNKNOWN)
                self._block(body)
                self._state.alive = True
                self._state.join([before_loop, self._state.fork()])
                self._block(orelse)
            case r.With(items=items, body=body):
                for item in items:
                    self._value(item.context, PLAIN)
                    if item.target is not None:
                        self._bind(item.target, UNKNOWN)
                self._block(body)
            case r.Try():
                self._try(statement)
            case r.Match(subject=subject, captures=captures, branches=branches):
                self._value(subject, PLAIN)
                self._branches(
                    [(branch.test, branch.body) for branch in branches], captures, exhaustive=False, orelse=()
                )
            case r.Jump():
                self._state.alive = False
            case r.LocalFunction(function=function):
                self._local_function(function)
            case r.LocalBindings(names=names):
                for part in statement.reads:
                    self._nested((), functools.partial(self._value, part, PLAIN))
                for name in names:
                    self._state.names.pop(name, None)

    def _leave(self) -> None:
        if not self._deferred:
            self._exits.append(self._state.merged)
        self._state.alive = False

    def _assign(self, targets: tuple[r.Expression, ...], value: r.Expression) -> None:
        match targets, value:
            case (r.Display(elements=names),), r.Display(elements=values) if len(names) == len(values) and not any(
                isinstance(node, r.Starred) for node in (*names, *values)
            ):
                found = [self._value(node, STORE) for node in values]
                for name, of_name in zip(names, found, strict=True):
                    self._bind(name, of_name)
                return
        if len(targets) == 1 and isinstance(targets[0], r.Name) and targets[0].id == "_":
            thrown = value.elements if isinstance(value, r.Display) else (value,)
            self._flow.deleted |= {node.id for node in thrown if isinstance(node, r.Name)}
        use = STORE if all(isinstance(target, r.Name) for target in targets) else PLAIN
        found_value = self._value(value, use)
        for target in targets:
            self._bind(target, found_value)

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

    def _if(self, statement: r.If) -> None:
        if self._merge_statement(statement):
            return
        defaulted = self._defaulted_name(statement)
        branches = [(branch.test, branch.body) for branch in statement.branches]
        self._branches(branches, (), exhaustive=True, orelse=statement.orelse)
        if defaulted is not None:
            self._state.names[defaulted] = NEVER_NONE

    def _defaulted_name(self, statement: r.If) -> str | None:
        """The name that ``if train is None: train = False`` leaves without a None."""
        match statement:
            case r.If(
                branches=(
                    r.Branch(
                        test=r.Compare(
                            left=r.Name(id=tested), operators=("is",), comparators=(r.Constant(value=None, exact=True),)
                        ),
                        body=(r.Assign(targets=(r.Name(id=name),), value=value),),
                    ),
                ),
                orelse=(),
            ) if tested == name and self._never_none(value):
                return name
        return None

    def _branches(
        self,
        branches: list[tuple[r.Expression | None, tuple[r.Statement, ...]]],
        captures: tuple[str, ...],
        exhaustive: bool,
        orelse: tuple[r.Statement, ...],
    ) -> None:
        start = self._state
        ends: list[_State] = []
        for test, body in branches:
            if test is not None:
                self._value(test, PLAIN)
            after_test = self._state
            self._state = after_test.fork()
            for name in captures:
                self._state.names[name] = UNKNOWN
            self._guards.append(self._asked(test))
            self._block(body)
            ends.append(self._state)
            self._state = after_test
        self._state = self._state.fork()
        self._block(orelse)
        del self._guards[len(self._guards) - len(branches) :]
        ends.append(self._state)
        start.join(ends)
        self._state = start

    def _try(self, statement: r.Try) -> None:
        before = self._state.fork()
        self._block(statement.body)
        self._block(statement.orelse)
        ends = [self._state]
        for handler in statement.handlers:
            self._state = before.fork()
            self._block(handler)
            ends.append(self._state)
        self._state = before
        self._state.join(ends)
        alive = self._state.alive
        self._state.alive = True
        self._block(statement.final)
        self._state.alive = self._state.alive and alive

    def _local_function(self, facts: r.FunctionFacts) -> None:
        for parameter in facts.parameters:
            if parameter.default is not None:
                self._value(parameter.default, PLAIN)
        self._local_functions[facts.qualname] = facts
        self._state.names[facts.name] = frozenset({Origin("function", facts.qualname)})
        self._nested(facts.parameters, lambda: self._block(facts.body))

    def _nested(self, parameters: tuple[r.Parameter, ...], walk: object) -> Value:
        """Walk a nested function's body where it is defined; what it binds stays in it."""
        outer = self._state
        self._state = outer.fork()
        for parameter in parameters:
            self._state.names[parameter.name] = UNKNOWN
        returned = self._flow.returned
        self._deferred += 1
        value = walk()  # type: ignore[operator]
        self._deferred -= 1
        self._flow.returned = returned
        self._state = outer
        return value if isinstance(value, frozenset) else UNKNOWN

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

    # --- merging by hand -------------------------------------------------------------------------------------------

    def _merge_statement(self, statement: r.If) -> bool:
        """``if x is None: x = self.x`` and its mirrors, also with an ``else`` that binds the other side."""
        if len(statement.branches) != 1:
            return False
        branch = statement.branches[0]
        match branch.body, statement.orelse:
            case (r.Assign(targets=(r.Name(id=name),), value=value),), ():
                other: r.Expression | None = None
            case (
                (r.Assign(targets=(r.Name(id=name),), value=value),),
                (r.Assign(targets=(r.Name(id=also),), value=other),),
            ) if name == also:
                pass
            case _:
                return False
        before = self._state.names.get(name, UNKNOWN)
        tested = self._tested(branch.test)
        merged = raw_pair(self._peek(value), before if other is None else self._peek(other))
        if branch.test is None or merged is None or tested is None:
            return False
        if not tested & {Origin("parameter", merged), Origin("attribute", merged)}:
            return False
        self._value(branch.test, PLAIN)
        self._value(value, Use("operand"))
        if other is not None:
            self._value(other, Use("operand"))
        taken = self._peek(value)
        otherwise = before if other is None else self._peek(other)
        inverted = _inverted(branch.test, tested, taken, otherwise)
        self._flow.hand_merges.append(HandMerge(merged, statement.line, statement.column, "statement", inverted))
        self._flow.merged_by_hand.add(merged)
        self._state.names[name] = frozenset({Origin("hand-merged", merged)})
        return True

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

    def _peek(self, expression: r.Expression) -> Value:
        """The value of a name or attribute, without reading it."""
        match expression:
            case r.Name(id=name):
                return self._state.names.get(name, UNKNOWN)
            case r.Attribute(value=r.Name(id=owner), attr=attr):
                if single(self._state.names.get(owner, UNKNOWN), "self") is not None:
                    return frozenset({Origin("attribute", attr)})
            case r.Call(func=r.Name(id="getattr"), args=(r.Name(id=owner), r.Constant(value=str(attr)), *_)):
                if single(self._state.names.get(owner, UNKNOWN), "self") is not None:
                    return frozenset({Origin("attribute", attr)})
        return UNKNOWN

    def _hand_merge(
        self, node: r.IfExp | r.BoolOp, left: Value, right: Value, tested: Value | None, form: object
    ) -> Value | None:
        """The value of an expression that is ``left`` where its test holds and ``right`` where not, if it merges."""
        name = raw_pair(left, right)
        if name is None or tested is None or not tested & {Origin("parameter", name), Origin("attribute", name)}:
            return None
        inverted = _inverted(node.test, tested, left, right) if isinstance(node, r.IfExp) else False
        self._flow.hand_merges.append(HandMerge(name, node.line, node.column, form, inverted))  # type: ignore[arg-type]
        self._flow.merged_by_hand.add(name)
        return frozenset({Origin("hand-merged", name)})

    # --- expressions -----------------------------------------------------------------------------------------------

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

    def _if_exp(self, node: r.IfExp, use: Use) -> Value:
        tested = self._tested(node.test)
        left, right = self._peek(node.body), self._peek(node.orelse)
        merged = self._hand_merge(node, left, right, tested, "ternary")
        if merged is not None:
            self._value(node.test, PLAIN)
            self._value(node.body, Use("operand"))
            self._value(node.orelse, Use("operand"))
            return merged
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
        absent, present = (node.body, node.orelse) if _holds_where_absent(node.test) else (node.orelse, node.body)
        if tested is not None and self._peek(present) == tested and self._never_none(absent):
            return NEVER_NONE  # ``False if train is None else train``
        return value

    def _bool_op(self, node: r.BoolOp, use: Use) -> Value:
        if node.operator == "or" and len(node.values) >= 2:
            left, right = self._peek(node.values[0]), self._peek(node.values[1])
            merged = self._hand_merge(node, left, right, left, "or")
            if merged is not None:
                for value in node.values:
                    self._value(value, Use("operand"))
                return merged if len(node.values) == 2 else NEVER_NONE
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
        self._flow.forwards.append(Forward(node, callee, arguments, dict(self._state.merged)))
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

    def _called(self, func: r.Expression, receiver: Value) -> Called | None:
        """What a call runs, where that can be told; ``receiver`` is the value of ``func``."""
        match func:
            case r.Name(id=name) if name in self._state.names:
                return self._called_value(receiver)
            case r.Attribute(value=r.Name(id=owner), attr=attr) if owner in self._state.names:
                value = self._state.names[owner]
                if any(origin.kind == "self" for origin in value):
                    return self._own_method(attr, None)
                return self._called_value(value, attr)
            case r.Attribute(value=r.Call(func=r.Name(id="super"), args=args), attr=attr):
                if (
                    self._module is not None
                    and self._owner is not None
                    and not (args and isinstance(args[0], r.Starred))
                ):
                    return self._own_method(attr, self._owner)
                return None
            case r.Call():
                return self._called_value(receiver)
        entity = self._project.names.resolve(self._function.file, self._scope, func)
        match entity:
            case FunctionEntity():
                return self._class_method(func, entity)
            case ClassEntity():
                module = self._project.classes.of(entity)
                return Construction(module) if module.is_module else None
            case ForeignEntity():
                return Foreign(entity)
        return None

    def _called_value(self, value: Value, method: str = "__call__") -> Called | None:
        if len(value) != 1:
            return None
        (origin,) = value
        match origin.kind:
            case "instance":
                return self._instance_method(self._flow.instances[origin.site].module, method, origin.site)
            case "function" if method == "__call__":
                facts = self._local_functions[origin.name]
                return Callee(FunctionEntity(self._function.file, facts))
            case "attribute" if self._module is not None:
                child = self._flows.children(self._module).get(origin.name)
                return self._instance_method(child, method, -1) if child else None
        return None

    def _own_method(self, name: str, after: ClassEntity | None) -> Called | None:
        if self._module is None:
            return None
        found = self._module.method(name, after)
        if found is not None:
            owner, function = found
            function = self._project.in_full(function)
            static = decorated(function.facts, "staticmethod")
            if decorated(function.facts, "property", "cached_property", "classmethod"):
                return None
            return Callee(function, None if static else owner, self._module, not static, not static)
        child = self._flows.children(self._module).get(name)
        return self._instance_method(child, "__call__", -1) if child else None

    def _instance_method(self, module: ModuleClass, name: str, site: int) -> Called | None:
        found = module.method(name)
        if found is None:
            return None
        owner, function = found
        function = self._project.in_full(function)
        return Callee(function, owner, module, False, not decorated(function.facts, "staticmethod"), site)

    def _class_method(self, func: r.Expression, function: FunctionEntity) -> Called:
        """A plain function, or ``Base.method(self, ...)`` of a class that this one inherits from."""
        function = self._project.in_full(function)
        if isinstance(func, r.Attribute) and self._module is not None:
            owner = self._project.names.resolve(self._function.file, self._scope, func.value)
            if isinstance(owner, ClassEntity) and any(owner.key == entity.key for entity in self._module.lineage):
                return Callee(function, owner, self._module, True, False)
        return Callee(function)


def _inverted(test: r.Expression | None, tested: Value | None, body: Value, orelse: Value) -> bool:
    """Whether ``body if test else orelse`` takes the tested side just where it is None (or false)."""
    absent_in_body = _holds_where_absent(test)
    return (body if absent_in_body else orelse) == tested


def _holds_where_absent(test: r.Expression | None) -> bool:
    """Whether a test on a value holds where the value is None or false."""
    match test:
        case r.Not(operand=operand):
            return not _holds_where_absent(operand)
        case r.Compare(operators=("is" | "==",)):
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
