"""The walk through one function: which raw values are read where, for what, and what has been merged by then.

One forward pass. A branch is walked with a copy of the state; where branches meet, a value may come from either and a
merge counts only if each branch that goes on made it. Loops are walked once: their body may not run.
"""

from __future__ import annotations

import functools

from ..facts import records as r
from .calls import decorated
from .expressions import Expressions
from .polarity import holds_where_absent, inverted
from .state import State
from .values import NEVER_NONE, PLAIN, STORE, UNKNOWN, HandMerge, Origin, Use, raw_pair


class Walk(Expressions):
    """Goes through the statements of a function and fills its ``Flow``."""

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
                self._discard(value)
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
                self._branches([(branch.test, branch.body) for branch in branches], captures, orelse=())
            case r.Jump():
                self._state.alive = False
            case r.LocalFunction(function=function):
                self._local_function(function)
            case r.LocalBindings(names=names):
                for part in statement.reads:
                    self._nested((), functools.partial(self._value, part, PLAIN))
                for name in names:
                    self._state.names.pop(name, None)

    def _discard(self, value: r.Expression) -> None:
        """Evaluate what nobody looks at: an expression statement, an assignment to ``_``."""
        before = len(self._flow.sites)
        self._value(value, Use("discard"))
        for site in self._flow.sites[before:]:
            if site.direct and site.call == value:
                site.discarded = True

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
            self._discard(value)
            return
        use = STORE if all(isinstance(target, r.Name) for target in targets) else PLAIN
        found_value = self._value(value, use)
        for target in targets:
            self._bind(target, found_value)

    def _if(self, statement: r.If) -> None:
        if self._merge_statement(statement):
            return
        defaulted = self._defaulted_name(statement)
        branches = [(branch.test, branch.body) for branch in statement.branches]
        self._branches(branches, (), orelse=statement.orelse)
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
        orelse: tuple[r.Statement, ...],
    ) -> None:
        start = self._state
        ends: list[State] = []
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
        absent_first = holds_where_absent(branch.test)
        left = self._before_default(value) if absent_first else value
        right = other if other is None or absent_first else self._before_default(other)
        tested, taken = self._tested(branch.test), self._peek(left)
        otherwise = self._state.names.get(name, UNKNOWN) if right is None else self._peek(right)
        merged = raw_pair(taken, otherwise)
        if branch.test is None or merged is None or tested is None:
            return False
        if not tested & {Origin("parameter", merged), Origin("attribute", merged)}:
            return False
        self._value(branch.test, PLAIN)
        parts = [self._value(part, Use("operand")) for part in (value, other) if part is not None]
        upside_down = inverted(branch.test, tested, taken, otherwise)
        self._flow.hand_merges.append(HandMerge(merged, statement.line, statement.column, "statement", upside_down))
        self._flow.merged_by_hand.add(merged)
        made = frozenset({Origin("hand-merged", merged)})
        self._state.names[name] = made if (left, right) == (value, other) else self._defaulted(made, parts)
        return True
