"""The walk through the statements of a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...facts import records as r
from .. import terms as t
from ..conditions import ALWAYS, MAYBE, NEVER, Cond, both, either, is_vague, known, negate, under
from ..records import walk
from ..terms import UNKNOWN, Term, choose
from .calls import Calls
from .code import Code
from .dicts import CHANGING
from .expressions import joined

# How deep loops may stand in one another for what a round leaves to the next to be followed.
_NESTED = 3
# Methods that fill a list of which the elements are known.
_FILLING = {"append", "extend"}


class Interpreter(Calls):
    """Goes through a function from top to bottom; where branches meet, a name may mean either."""

    def run(self) -> None:
        """Walk the whole body."""
        if self.code.value is not None:
            self._returns.append((self.path, self.value(self.code.value)))
        self._block(self.code.body)
        self._run_what_is_left()

    def returned(self) -> Term:
        """What the function returns."""
        term: Term = t.NONE if self.path != NEVER else UNKNOWN
        facts = known(self.base)
        for index, (cond, value) in enumerate(reversed(self._returns)):
            last = index == 0 and self.path == NEVER
            term = value if last else choose(under(cond, facts), value, term)
        return term

    def _run_what_is_left(self) -> None:
        """Nested functions that nobody has been seen to call may be called by anybody, with anything."""
        path = self.path
        for closure in list(self._pending.values()):
            self.path = MAYBE
            self.escape(closure)
        self.path = path

    def _block(self, statements: tuple[r.Statement, ...]) -> None:
        for statement in statements:
            if self.path == NEVER:
                return
            self._statement(statement)

    def _statement(self, statement: r.Statement) -> None:
        _STATEMENTS[type(statement)](self, statement)

    def _assign(self, statement: r.Assign) -> None:
        term = self.value(statement.value)
        for target in statement.targets:
            self.bind(target, term)

    def _return(self, statement: r.Return) -> None:
        term = t.NONE if statement.value is None else self.value(statement.value)
        self._returns.append((self.path, term))
        self._left += 1
        self.path = NEVER

    def _raise(self, statement: r.Raise) -> None:
        for operand in statement.operands:
            self.value(operand)
        self.path = NEVER

    def _assert(self, statement: r.Assert) -> None:
        self.asked(self.test(statement.test), statement)

    def _delete(self, statement: r.Delete) -> None:
        for target in statement.targets:
            if isinstance(target, r.Name):
                self.env.pop(target.id, None)
            elif isinstance(target, r.Subscript):
                self.remove(target.value, target.index)

    def _match(self, statement: r.Match) -> None:
        self.value(statement.subject)
        found = [(branch.test, branch.body) for branch in statement.branches]
        self._if(found, (), statement.captures, decided=False)

    def _with(self, statement: r.With) -> None:
        for item in statement.items:
            context = self.value(item.context)
            if item.target is not None:
                self.bind(item.target, context if isinstance(context, t.Items) else UNKNOWN)
        self._block(statement.body)

    def _jump(self, statement: r.Jump) -> None:
        self._left += 1
        self.path = NEVER

    def _local_bindings(self, statement: r.LocalBindings) -> None:
        for name in statement.names:
            self.env.pop(name, None)

    def _augmented(self, target: r.Expression, term: Term) -> None:
        match target:
            case r.Name(id=name) if isinstance(self.env.get(name), t.Items | t.Repeated):
                added, sample, filled = self.iterated(term)
                for element in added if added is not None else [sample]:
                    self.append(name, element, filled)
            case r.Name() | r.Attribute():  # ``count.value += 1`` writes to a variable, too
                self.bind(target, t.SOMETHING)

    def _expression(self, value: r.Expression) -> None:
        if type(value) is not r.Call or type(value.func) is not r.Attribute or value.func.attr not in _FILLING:
            self.value(value)
            return
        match value:
            case r.Call(func=r.Attribute(value=r.Name(id=name), attr="append"), args=(element,), keywords=()) if (
                isinstance(self.env.get(name), t.Items | t.Repeated)
            ):
                self.append(name, self.value(element), ALWAYS)
            case r.Call(func=r.Attribute(value=r.Name(id=name), attr="extend"), args=(more,), keywords=()) if (
                isinstance(self.env.get(name), t.Items | t.Repeated)
            ):
                added, sample, filled = self.iterated(self.value(more))
                for element_term in added if added is not None else [sample]:
                    self.append(name, element_term, filled)
            case _:
                self.value(value)

    def append(self, name: str, element: Term, filled: Cond) -> None:
        """A list gets another element; in a loop that is not unrolled, any number of them."""
        before = self.env[name]
        if isinstance(before, t.Items) and not self._loops and filled == ALWAYS:
            self.env[name] = t.Items("list", (*before.elements, element))
            return
        for cond in self._loops:
            filled = both(filled, cond)
        _, sample, held = self.iterated(before)
        term = element if before == t.Items("list", ()) else joined([sample, element])
        self.env[name] = t.Repeated(term, MAYBE if held == MAYBE else either(held, filled))

    def _if(
        self,
        branches: list[tuple[r.Expression | None, tuple[r.Statement, ...]]],
        orelse: tuple[r.Statement, ...],
        captures: tuple[str, ...],
        decided: bool = True,
    ) -> None:
        if not branches:
            self._block(orelse)
            return
        (test, body), *further = branches
        cond: Cond = MAYBE
        if test is not None and decided:
            cond = self.asked(self.test(test), test)
        elif test is not None:
            self.value(test)
        path, env, start = self.path, self.env, self._left
        self.env, self.path = dict(env), both(path, cond)
        for name in captures:
            self.env[name] = UNKNOWN
        left = self._left
        self._block(body)
        then_env, then_path = self.env, self.path
        # What only raises is taken not to happen: a check of arguments says nothing about what comes after it.
        checked = then_path == NEVER and left == self._left and cond != ALWAYS
        self.env, self.path = env, path if checked else both(path, negate(cond))
        left = self._left
        if self.path != NEVER:
            self._if(further, orelse, captures, decided)
            if self.path == NEVER and left == self._left and then_path != NEVER and cond != NEVER:
                self.env, self.path = then_env, path
                return
        if then_path == NEVER:
            return
        if self.path == NEVER:
            self.env, self.path = then_env, then_path
            return
        self.env = merged(cond, then_env, self.env)
        whole = then_path == both(path, cond) and self.path == both(path, negate(cond))
        if self._left != start and is_vague(cond):
            whole = False  # maybe and not maybe look alike: some way has left
        self.path = path if whole else either(then_path, self.path)

    def _loop(self, statement: r.Loop) -> None:
        elements: list[Term] | None = None
        if statement.target is not None:
            elements, sample, filled = self.iterated(self.value(statement.head))
        else:
            sample, filled = UNKNOWN, self.asked(self.test(statement.head), statement)
        before_path = self.path
        returns, left = len(self._returns), self._left
        if elements is not None:
            for element in elements:
                assert statement.target is not None
                path = self.path
                self.bind(statement.target, element)
                self._block(statement.body)
                if self.path == NEVER and len(self._returns) > returns:
                    break
                self.path = path
            breaks = self._left != left and any(
                isinstance(node, r.Jump) and node.kind == "break" for node in walk(statement.body)
            )
            if breaks:
                assert statement.target is not None
                self.bind(statement.target, joined(elements))  # it may have left with any of them
        else:
            self._repeated(statement, sample, filled)
        if len(self._returns) == returns:
            self.path = before_path
        elif not (elements and self.path == NEVER):
            self.path = both(before_path, MAYBE)
        self._block(statement.orelse)

    def _repeated(self, statement: r.Loop, sample: Term, filled: Cond) -> None:
        """A body that runs any number of times: what it binds may be of an earlier round."""
        path, env = self.path, self.env
        changed = self._first_round(statement, sample, filled, env)
        self.env = dict(env)
        for name in changed:
            self.env[name] = self.env[name] if isinstance(self.env.get(name), t.Items | t.Repeated) else changed[name]
        self.path = both(path, filled)
        self._loops.append(filled)
        if statement.target is not None:
            self.bind(statement.target, sample)
        self._block(statement.body)
        self._loops.pop()
        after = self.env
        self.env = merged(filled, after, env)
        self.env |= {name: term for name, term in after.items() if isinstance(term, t.Repeated)}
        self.path = path

    def _first_round(self, statement: r.Loop, sample: Term, filled: Cond, env: dict[str, Term]) -> dict[str, Term]:
        """The names that a loop's body reads and rebinds, and what they may mean when it starts another round."""
        assigned = _assigned(statement.body) & set(env)
        if not assigned:
            return {}
        if len(self._loops) >= _NESTED:  # each loop around this one walks its body twice
            return dict.fromkeys(assigned, UNKNOWN)
        effects, path, pending, returns = self.effects, self.path, dict(self._pending), len(self._returns)
        self.effects = type(effects)()
        self.env, self.path = dict(env), both(path, filled)
        self._loops.append(filled)
        if statement.target is not None:
            self.bind(statement.target, sample)
        self._block(statement.body)
        self._loops.pop()
        after = self.env
        self.effects, self.path, self._pending = effects, path, pending
        del self._returns[returns:]
        return {
            name: choose(MAYBE, env[name], after.get(name, UNKNOWN))
            for name in assigned
            if after.get(name, UNKNOWN) != env[name]
        }

    def _try(self, statement: r.Try) -> None:
        handlers = statement.handlers
        path, env, left = self.path, dict(self.env), self._left
        self.path = both(path, MAYBE) if handlers else path
        self._block(statement.body)
        self._block(statement.orelse)
        further = self.path  # where the body neither leaves nor raises
        after = self.env
        for handler in handlers:
            self.env, self.path = merged(MAYBE, env, after), both(path, MAYBE)
            self._block(handler)
            if self.path != NEVER:
                after = self.env if further == NEVER else merged(MAYBE, after, self.env)
                further = either(further, self.path)
        if further != NEVER and left == self._left:
            further = path
        self.env = after
        if statement.final:
            left = self._left
            self.path = path
            self._block(statement.final)
            further = further if left == self._left else both(further, self.path)
        self.path = further

    def _local_function(self, statement: r.LocalFunction) -> None:
        facts = statement.function
        code = Code(
            self.code.file,
            f"{facts.qualname}.<locals>",
            facts.parameters,
            facts.body,
            None,
            self.code.owner,
            facts,
        )
        for parameter in facts.parameters:
            if parameter.default is not None:
                self.value(parameter.default)
        closure = self.closure(code)
        self._pending[closure.code] = closure
        self.env[facts.name] = self.decorated(closure, facts.decorators)


def merged(cond: Cond, then: dict[str, Term], otherwise: dict[str, Term]) -> dict[str, Term]:
    """What names mean where two branches meet; a name that one of them does not bind means what the other says."""
    found = dict(otherwise)
    for name, term in then.items():
        other = otherwise.get(name)
        if other is None:
            found[name] = term
        elif other is not term:
            found[name] = choose(cond, term, other)
    return found


def _assigned(statements: tuple[r.Statement, ...]) -> set[str]:
    """The names that statements bind or change."""
    found: set[str] = set()
    for statement in statements:
        for node in walk(statement):
            match node:
                case r.Assign(targets=targets):
                    found |= {part.id for target in targets for part in walk(target) if isinstance(part, r.Name)}
                case r.AugAssign(target=target) | r.Loop(target=target) | r.WithItem(target=target):
                    found |= {part.id for part in walk(target) if isinstance(part, r.Name)}
                case r.Walrus(name=name):
                    found.add(name)
                case r.Call(func=r.Attribute(value=r.Name(id=name), attr=method)) if method in CHANGING:
                    found.add(name)
                case r.Delete(targets=targets):
                    found |= {part.id for target in targets for part in walk(target) if isinstance(part, r.Name)}
    return found


_STATEMENTS: dict[type[r.Node], Callable[[Interpreter, Any], None]] = {
    r.Assign: Interpreter._assign,
    r.AugAssign: lambda self, statement: self._augmented(statement.target, self.value(statement.value)),
    r.ExpressionStatement: lambda self, statement: self._expression(statement.value),
    r.Return: Interpreter._return,
    r.Raise: Interpreter._raise,
    r.Assert: Interpreter._assert,
    r.Delete: Interpreter._delete,
    r.If: lambda self, statement: self._if([(b.test, b.body) for b in statement.branches], statement.orelse, ()),
    r.Match: Interpreter._match,
    r.Loop: Interpreter._loop,
    r.With: Interpreter._with,
    r.Try: Interpreter._try,
    r.Jump: Interpreter._jump,
    r.LocalFunction: Interpreter._local_function,
    r.LocalBindings: Interpreter._local_bindings,
}
