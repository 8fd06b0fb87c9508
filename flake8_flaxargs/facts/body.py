"""``ast`` nodes -> body records: the part of the one pass that goes into functions."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterable
from typing import Any, Literal

from ..source import Source
from . import records as r

# Deeper expressions and statements become Opaque: far beyond what people write, far below Python's recursion limit.
DEPTH_LIMIT = 60
# Longer literals decide nothing about a Module's arguments; they are not kept.
TEXT_LIMIT = 200
_INTEGER_LIMIT = 2**63

_OPERATORS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
}
_COMPREHENSIONS = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "generator"}
_DISPLAYS = {ast.Tuple: "tuple", ast.List: "list", ast.Set: "set"}


class BodyReader:
    """Turns the nodes of one file into records.

    Args:
        source: the file, for columns in code points.
        bind: called with each import, class or function statement inside a function, and the function's qualname.
    """

    def __init__(self, source: Source, bind: Callable[[ast.stmt, str], None]) -> None:
        self._source = source
        self._ascii = source.ascii
        self._bind = bind
        self._depth = 0

    def at(self, node: Any) -> tuple[int, int]:
        """Line and code-point column of a node's start."""
        column = node.col_offset
        return node.lineno, column if self._ascii else self._source.column(node.lineno, column)

    # --- expressions -----------------------------------------------------------------------------------------------

    def expression(self, node: ast.expr) -> r.Expression:
        """The record of an expression."""
        if self._depth > DEPTH_LIMIT:
            return self._opaque(node)
        self._depth += 1
        try:
            read = _EXPRESSIONS.get(type(node))
            return read(self, node) if read else self._rest(node)
        finally:
            self._depth -= 1

    def expressions(self, nodes: Iterable[ast.expr]) -> tuple[r.Expression, ...]:
        return tuple([self.expression(node) for node in nodes])

    def annotation(self, node: ast.expr) -> r.Expression:
        """The record of an annotation; a string annotation is parsed, as type checkers do."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) < TEXT_LIMIT:
            try:
                with warnings.catch_warnings():  # invalid escapes in the linted code are not ours to report
                    warnings.simplefilter("ignore")
                    parsed = ast.parse(node.value.strip(), mode="eval").body
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                return self.expression(node)
            for part in ast.walk(parsed):
                ast.copy_location(part, node)
            return self.expression(parsed)
        return self.expression(node)

    def _opaque(self, node: ast.AST) -> r.Opaque:
        """All names and attributes of a node, without the structure between them; ``ast.walk`` does not recurse."""
        line, column = self.at(node)
        operands: list[r.Expression] = []
        for part in ast.walk(node):
            match part:
                case ast.Name(id=name):
                    operands.append(r.Name(*self.at(part), name))
                case ast.Attribute(value=ast.Name(id=name), attr=attr):
                    operands.append(r.Attribute(*self.at(part), r.Name(*self.at(part.value), name), attr))
        return r.Opaque(line, column, tuple(operands))

    def _rest(self, node: ast.expr) -> r.Expression:
        return r.Opaque(
            *self.at(node),
            self.expressions(child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)),
        )

    def _name(self, node: ast.Name) -> r.Expression:
        return r.Name(node.lineno, node.col_offset, node.id) if self._ascii else r.Name(*self.at(node), node.id)

    def _attribute(self, node: ast.Attribute) -> r.Expression:
        return r.Attribute(*self.at(node), self.expression(node.value), node.attr)

    def _constant(self, node: ast.Constant) -> r.Expression:
        value = node.value
        match value:
            case None | bool() | float():
                exact = True
            case int():
                exact = -_INTEGER_LIMIT <= value < _INTEGER_LIMIT
            case str():
                exact = len(value) < TEXT_LIMIT
                exact = exact and (value.isascii() or not any("\ud800" <= char <= "\udfff" for char in value))
            case _:
                return r.Constant(*self.at(node), 0, False)
        return r.Constant(*self.at(node), value if exact else 0, exact)

    def _call(self, node: ast.Call) -> r.Expression:
        line, column = self.at(node)
        return r.Call(
            line, column, self.expression(node.func), self.expressions(node.args), self.keywords(node.keywords)
        )

    def keywords(self, nodes: list[ast.keyword]) -> tuple[r.Keyword, ...]:
        return tuple([r.Keyword(*self.at(node), node.arg, self.expression(node.value)) for node in nodes])

    def _bool_op(self, node: ast.BoolOp) -> r.Expression:
        operator: Literal["and", "or"] = "and" if isinstance(node.op, ast.And) else "or"
        return r.BoolOp(*self.at(node), operator, self.expressions(node.values))

    def _unary(self, node: ast.UnaryOp) -> r.Expression:
        operand = self.expression(node.operand)
        match node.op, operand:
            case ast.Not(), _:
                return r.Not(*self.at(node), operand)
            case ast.USub(), r.Constant(value=int() | float() as value, exact=True) if not isinstance(value, bool):
                return r.Constant(*self.at(node), -value, -_INTEGER_LIMIT < value < _INTEGER_LIMIT)
        return r.Computed(*self.at(node), (operand,), "~" if isinstance(node.op, ast.Invert) else "")

    def _binary(self, node: ast.BinOp) -> r.Expression:
        return r.Computed(*self.at(node), (self.expression(node.left), self.expression(node.right)))

    def _compare(self, node: ast.Compare) -> r.Expression:
        operators = tuple([_OPERATORS[type(operator)] for operator in node.ops])
        return r.Compare(*self.at(node), self.expression(node.left), operators, self.expressions(node.comparators))

    def _if_exp(self, node: ast.IfExp) -> r.Expression:
        return r.IfExp(
            *self.at(node), self.expression(node.test), self.expression(node.body), self.expression(node.orelse)
        )

    def _walrus(self, node: ast.NamedExpr) -> r.Expression:
        return r.Walrus(*self.at(node), node.target.id, self.expression(node.value))

    def _display(self, node: ast.Tuple | ast.List | ast.Set) -> r.Expression:
        return r.Display(*self.at(node), _DISPLAYS[type(node)], self.expressions(node.elts))  # type: ignore[arg-type]

    def _dict(self, node: ast.Dict) -> r.Expression:
        keys = tuple([self.expression(key) if key else None for key in node.keys])
        return r.DictDisplay(*self.at(node), keys, self.expressions(node.values))

    def _subscript(self, node: ast.Subscript) -> r.Expression:
        return r.Subscript(*self.at(node), self.expression(node.value), self.expression(node.slice))

    def _slice(self, node: ast.Slice) -> r.Expression:
        lower, upper, step = (self.expression(part) if part else None for part in (node.lower, node.upper, node.step))
        return r.Slice(*self.at(node), lower, upper, step)

    def _starred(self, node: ast.Starred) -> r.Expression:
        return r.Starred(*self.at(node), self.expression(node.value))

    def _lambda(self, node: ast.Lambda) -> r.Expression:
        return r.Lambda(*self.at(node), self.parameters(node.args), self.expression(node.body))

    def _comprehension(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp) -> r.Expression:
        kind = _COMPREHENSIONS[type(node)]
        return r.Comprehension(
            *self.at(node),
            kind,  # type: ignore[arg-type]
            (self.expression(node.elt),),
            self._generators(node.generators),
        )

    def _dict_comprehension(self, node: ast.DictComp) -> r.Expression:
        elements = (self.expression(node.key), self.expression(node.value))
        return r.Comprehension(*self.at(node), "dict", elements, self._generators(node.generators))

    def _generators(self, nodes: list[ast.comprehension]) -> tuple[r.Generator, ...]:
        return tuple(
            r.Generator(
                *self.at(node.target),
                self.expression(node.target),
                self.expression(node.iter),
                self.expressions(node.ifs),
            )
            for node in nodes
        )

    def _f_string(self, node: ast.JoinedStr) -> r.Expression:
        parts: list[ast.expr] = []
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                parts += [part.value, *([part.format_spec] if part.format_spec else [])]
            else:
                parts.append(part)
        return r.Computed(*self.at(node), self.expressions(parts), "f")

    # --- statements ------------------------------------------------------------------------------------------------

    def function(
        self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str, with_body: bool = True
    ) -> r.FunctionFacts:
        """The record of a function whose qualname starts with ``scope`` (a class, a function's ``<locals>``, or "")."""
        qualname = f"{scope}.{node.name}" if scope else node.name
        return r.FunctionFacts(
            *self.at(node),
            node.end_lineno or node.lineno,
            node.name,
            qualname,
            self.parameters(node.args),
            self.expressions(node.decorator_list),
            self.statements(node.body, f"{qualname}.<locals>") if with_body else (),
            all(map(_does_nothing, node.body)),
            self.annotation(node.returns) if node.returns else None,
        )

    def signature(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str) -> r.FunctionFacts:
        """The same for an outline: names of parameters without defaults and annotations, and no body."""
        arguments = node.args
        names = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
        return r.FunctionFacts(
            *self.at(node),
            node.end_lineno or node.lineno,
            node.name,
            f"{scope}.{node.name}" if scope else node.name,
            tuple([r.Parameter(name.lineno, 0, name.arg, "positional", None, None) for name in names]),
            self.expressions(node.decorator_list),
            (),
            False,
        )

    def parameters(self, node: ast.arguments) -> tuple[r.Parameter, ...]:
        positional = [(arg, "positional-only") for arg in node.posonlyargs] + [(arg, "positional") for arg in node.args]
        defaults: list[ast.expr | None] = [None] * (len(positional) - len(node.defaults)) + list(node.defaults)
        found = [self._parameter(arg, kind, default) for (arg, kind), default in zip(positional, defaults, strict=True)]
        if node.vararg:
            found.append(self._parameter(node.vararg, "var-positional", None))
        found += [
            self._parameter(arg, "keyword-only", default)
            for arg, default in zip(node.kwonlyargs, node.kw_defaults, strict=True)
        ]
        if node.kwarg:
            found.append(self._parameter(node.kwarg, "var-keyword", None))
        return tuple(found)

    def _parameter(self, node: ast.arg, kind: Any, default: ast.expr | None) -> r.Parameter:
        return r.Parameter(
            *self.at(node),
            node.arg,
            kind,
            self.expression(default) if default else None,
            self.annotation(node.annotation) if node.annotation else None,
        )

    def statements(self, nodes: list[ast.stmt], scope: str) -> tuple[r.Statement, ...]:
        """The records of a block; ``scope`` is the qualname of the function's own names."""
        found: list[r.Statement] = []
        self._depth += 1
        try:
            for node in nodes:
                read = _STATEMENTS.get(type(node))
                if read is not None:
                    record = read(self, node, scope)
                    if record is not None:
                        found.append(record)
        finally:
            self._depth -= 1
        return tuple(found)

    def _assign(self, node: ast.Assign, scope: str) -> r.Statement:
        if len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            self._bind(node, scope)
        return r.Assign(*self.at(node), self.expressions(node.targets), self.expression(node.value))

    def _ann_assign(self, node: ast.AnnAssign, scope: str) -> r.Statement | None:
        if node.value is None:
            return None
        if isinstance(node.target, ast.Name):
            self._bind(node, scope)
        return r.Assign(*self.at(node), (self.expression(node.target),), self.expression(node.value))

    def _aug_assign(self, node: ast.AugAssign, scope: str) -> r.Statement:
        return r.AugAssign(*self.at(node), self.expression(node.target), self.expression(node.value))

    def _expr(self, node: ast.Expr, scope: str) -> r.Statement | None:
        if isinstance(node.value, ast.Constant):  # docstrings, ellipses
            return None
        return r.ExpressionStatement(*self.at(node), self.expression(node.value))

    def _return(self, node: ast.Return, scope: str) -> r.Statement:
        return r.Return(*self.at(node), self.expression(node.value) if node.value else None)

    def _raise(self, node: ast.Raise, scope: str) -> r.Statement:
        return r.Raise(*self.at(node), self.expressions(part for part in (node.exc, node.cause) if part))

    def _assert(self, node: ast.Assert, scope: str) -> r.Statement:
        return r.Assert(*self.at(node), self.expression(node.test), self.expression(node.msg) if node.msg else None)

    def _delete(self, node: ast.Delete, scope: str) -> r.Statement:
        return r.Delete(*self.at(node), self.expressions(node.targets))

    def _if(self, node: ast.If, scope: str) -> r.Statement:
        branches = []
        current = node
        while True:  # an elif chain is nested in ast; a thousand links must not recurse
            branches.append(
                r.Branch(*self.at(current), self.expression(current.test), self.statements(current.body, scope))
            )
            match current.orelse:
                case [ast.If() as following]:
                    current = following
                case orelse:
                    return r.If(*self.at(node), tuple(branches), self.statements(orelse, scope))

    def _for(self, node: ast.For | ast.AsyncFor, scope: str) -> r.Statement:
        return r.Loop(
            *self.at(node),
            self.expression(node.target),
            self.expression(node.iter),
            self.statements(node.body, scope),
            self.statements(node.orelse, scope),
        )

    def _while(self, node: ast.While, scope: str) -> r.Statement:
        return r.Loop(
            *self.at(node),
            None,
            self.expression(node.test),
            self.statements(node.body, scope),
            self.statements(node.orelse, scope),
        )

    def _with(self, node: ast.With | ast.AsyncWith, scope: str) -> r.Statement:
        items = tuple(
            r.WithItem(
                *self.at(item.context_expr),
                self.expression(item.context_expr),
                self.expression(item.optional_vars) if item.optional_vars else None,
            )
            for item in node.items
        )
        return r.With(*self.at(node), items, self.statements(node.body, scope))

    def _try(self, node: ast.Try, scope: str) -> r.Statement:
        return r.Try(
            *self.at(node),
            self.statements(node.body, scope),
            tuple(self.statements(handler.body, scope) for handler in node.handlers),
            self.statements(node.orelse, scope),
            self.statements(node.finalbody, scope),
        )

    def _match(self, node: ast.Match, scope: str) -> r.Statement:
        captures = [
            name
            for case in node.cases
            for part in ast.walk(case.pattern)
            for name in (getattr(part, "name", None), getattr(part, "rest", None))
            if isinstance(name, str)
        ]
        branches = tuple(
            r.Branch(
                *self.at(case.pattern),
                self.expression(case.guard) if case.guard else None,
                self.statements(case.body, scope),
            )
            for case in node.cases
        )
        values = [
            part.value for case in node.cases for part in ast.walk(case.pattern) if isinstance(part, ast.MatchValue)
        ]
        subject = self.expression(node.subject)
        if values:  # what the patterns compare with is read, too
            subject = r.Opaque(*self.at(node.subject), (subject, *self.expressions(values)))
        return r.Match(*self.at(node), subject, tuple(captures), branches)

    def _break(self, node: ast.Break, scope: str) -> r.Statement:
        return r.Jump(*self.at(node), "break")

    def _continue(self, node: ast.Continue, scope: str) -> r.Statement:
        return r.Jump(*self.at(node), "continue")

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str) -> r.Statement:
        self._bind(node, scope)
        return r.LocalFunction(*self.at(node), self.function(node, scope, with_body=self._depth < DEPTH_LIMIT))

    def _class(self, node: ast.ClassDef, scope: str) -> r.Statement:
        self._bind(node, scope)
        return r.LocalBindings(*self.at(node), (node.name,), (self._opaque(node),))

    def _import(self, node: ast.Import | ast.ImportFrom, scope: str) -> r.Statement:
        self._bind(node, scope)
        names = tuple((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        return r.LocalBindings(*self.at(node), names)


def _does_nothing(node: ast.stmt) -> bool:
    """A statement of a stub: docstring, ``...``, ``pass``, ``raise``."""
    return isinstance(node, ast.Pass | ast.Raise) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )


_B = BodyReader
_EXPRESSIONS: dict[type[ast.expr], Callable[[BodyReader, Any], r.Expression]] = {
    ast.Name: _B._name,
    ast.Attribute: _B._attribute,
    ast.Constant: _B._constant,
    ast.Call: _B._call,
    ast.BoolOp: _B._bool_op,
    ast.UnaryOp: _B._unary,
    ast.BinOp: _B._binary,
    ast.Compare: _B._compare,
    ast.IfExp: _B._if_exp,
    ast.NamedExpr: _B._walrus,
    ast.Tuple: _B._display,
    ast.List: _B._display,
    ast.Set: _B._display,
    ast.Dict: _B._dict,
    ast.Subscript: _B._subscript,
    ast.Slice: _B._slice,
    ast.Starred: _B._starred,
    ast.Lambda: _B._lambda,
    ast.ListComp: _B._comprehension,
    ast.SetComp: _B._comprehension,
    ast.GeneratorExp: _B._comprehension,
    ast.DictComp: _B._dict_comprehension,
    ast.JoinedStr: _B._f_string,
}
_STATEMENTS: dict[type[ast.stmt], Callable[[BodyReader, Any, str], r.Statement | None]] = {
    ast.Assign: _B._assign,
    ast.AnnAssign: _B._ann_assign,
    ast.AugAssign: _B._aug_assign,
    ast.Expr: _B._expr,
    ast.Return: _B._return,
    ast.Raise: _B._raise,
    ast.Assert: _B._assert,
    ast.Delete: _B._delete,
    ast.If: _B._if,
    ast.For: _B._for,
    ast.AsyncFor: _B._for,
    ast.While: _B._while,
    ast.With: _B._with,
    ast.AsyncWith: _B._with,
    ast.Try: _B._try,
    ast.TryStar: _B._try,
    ast.Match: _B._match,
    ast.Break: _B._break,
    ast.Continue: _B._continue,
    ast.FunctionDef: _B._function,
    ast.AsyncFunctionDef: _B._function,
    ast.ClassDef: _B._class,
    ast.Import: _B._import,
    ast.ImportFrom: _B._import,
}
