"""A file's syntax tree -> ``FileFacts``, in one pass.

Two depths. The outline tells what names mean and what classes and functions there are: scopes, bases, fields, names of
parameters. It looks into functions for statements that bind names, not into expressions, and costs a tenth of the full
facts, which hold the bodies. Most files never need those.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterator
from typing import Literal

import msgspec

from ..source import Source
from . import records as r
from .body import DEPTH_LIMIT, BodyReader

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
Depth = Literal["outline", "full"]
DEPTHS: tuple[Depth, ...] = ("outline", "full")


def read(source: Source, depth: Depth) -> r.FileFacts:
    """The facts of a file.

    Raises:
        SourceError: the file cannot be parsed.
    """
    return _Reader(source, depth).read()


class _Reader:
    def __init__(self, source: Source, depth: Depth) -> None:
        self._source = source
        self._full = depth == "full"
        self._depth = depth
        self._body = BodyReader(source, self._bind_local)
        self._enter = self._full or source.may_nest_classes
        self._scopes: dict[str, list[r.Binding]] = {"": []}
        self._classes: list[r.ClassFacts] = []
        self._functions: list[r.FunctionFacts] = []
        self._exports: tuple[str, ...] | None = None
        self._typing_only: set[int] = set()

    def read(self) -> r.FileFacts:
        tree = self._source.tree
        self._module_block(tree.body)
        return r.FileFacts(
            self._depth,
            {scope: tuple(bindings) for scope, bindings in self._scopes.items()},
            tuple(self._classes),
            tuple(self._functions),
            self._exports,
            _import_line(tree.body),
            self._top(tree.body) if self._full else (),
        )

    def _top(self, nodes: list[ast.stmt]) -> tuple[r.TopStatement, ...]:
        """What the module runs; its names are bound by ``_module_block``."""
        body = BodyReader(self._source, lambda node, scope: None)
        found = []
        for node in nodes:
            if not isinstance(node, _DEFINITIONS):
                found += [
                    r.TopStatement(statement.line, statement.column, node.end_lineno or node.lineno, statement)
                    for statement in body.statements([node], "")
                ]
        return tuple(found)

    def _module_block(self, nodes: list[ast.stmt]) -> None:
        """Module-level statements, also those under ``if``, ``try``, ``with`` (TYPE_CHECKING, optional imports).

        Names take their last binding, so ``else`` and ``except`` come before what they stand in for.
        """
        pending = list(reversed(nodes))
        while pending:
            node = pending.pop()
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._bind(node, "")
                    self._functions.append(self._function(node, ""))
                case ast.ClassDef():
                    self._class(node, "")
                case ast.Import() | ast.ImportFrom():
                    self._bind(node, "")
                case ast.Assign(targets=[ast.Name(id="__all__")]) | ast.AnnAssign(target=ast.Name(id="__all__")):
                    self._exports = _texts(node.value)
                case ast.AugAssign(target=ast.Name(id="__all__"), value=value):
                    more = _texts(value)
                    self._exports = None if self._exports is None or more is None else self._exports + more
                case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id="__all__")))):
                    self._exports = None
                case ast.Assign() | ast.AnnAssign():
                    self._bind(node, "")
                case ast.If(test=test, body=body, orelse=orelse):
                    if _is_type_checking(test):
                        self._typing_only |= {id(part) for statement in body for part in ast.walk(statement)}
                    pending += reversed([*orelse, *body])
                case ast.Try() | ast.TryStar() | ast.For() | ast.While() | ast.With() | ast.Match():
                    pending += reversed([*_handlers(node), *_blocks(node)])

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef, scope: str) -> r.FunctionFacts:
        if self._full:
            return self._body.function(node, scope)
        facts = self._body.signature(node, scope)
        if self._enter:
            self._local_block(node.body, f"{facts.qualname}.<locals>")
        return facts

    def _local_block(self, nodes: list[ast.stmt], scope: str) -> None:
        """What the statements of a function bind, for the outline; nested functions' too."""
        pending = [(node, scope) for node in reversed(nodes)]
        while pending:
            node, scope = pending.pop()
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._bind(node, scope)
                    inner = f"{scope}.{node.name}.<locals>"
                    pending += [(statement, inner) for statement in reversed(node.body)]
                case (
                    ast.ClassDef()
                    | ast.Import()
                    | ast.ImportFrom()
                    | ast.Assign(targets=[ast.Name()])
                    | ast.AnnAssign(target=ast.Name(), value=ast.expr())
                ):
                    self._bind_local(node, scope)
                case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try() | ast.TryStar() | ast.Match():
                    pending += [(statement, scope) for statement in reversed([*_blocks(node), *_handlers(node)])]

    # --- bindings --------------------------------------------------------------------------------------------------

    def _bind_local(self, node: ast.stmt, scope: str) -> None:
        if isinstance(node, ast.ClassDef):
            self._class(node, scope)
        else:
            self._bind(node, scope)

    def _bind(self, node: ast.stmt, scope: str) -> None:
        add = self._scopes.setdefault(scope, []).append
        prefix = f"{scope}." if scope else ""
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                add(r.Binding(name, "function", prefix + name))
            case ast.ClassDef(name=name):
                add(r.Binding(name, "class", prefix + name))
            case ast.Import():
                for alias in node.names:
                    bound = alias.asname or alias.name.partition(".")[0]
                    module = alias.name if alias.asname else bound
                    add(r.Binding(bound, "import", module, typing_only=id(node) in self._typing_only))
            case ast.ImportFrom():
                for alias in node.names:
                    bound, module = alias.asname or alias.name, node.module or ""
                    only = id(node) in self._typing_only
                    add(r.Binding(bound, "from", module, alias.name, node.level, typing_only=only))
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    for name, kept in self._assigned(target, value):
                        add(r.Binding(name, "assign", value=kept))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                add(r.Binding(name, "assign", value=self._followed(value)))

    def _assigned(self, target: ast.expr, value: ast.expr | None) -> Iterator[tuple[str, r.Expression | None]]:
        """The names that an assignment binds, each with its value as far as that is told: ``a, b = A(), B()``."""
        match target:
            case ast.Name(id=name):
                yield name, self._followed(value) if value is not None else None
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
                told = len(values) == len(elements) and not any(
                    isinstance(v, ast.Starred) for v in [*values, *elements]
                )
                for index, element in enumerate(elements):
                    yield from self._assigned(element, values[index] if told else None)
            case ast.Starred(value=inner):
                yield from self._assigned(inner, None)

    def _followed(self, value: ast.expr) -> r.Expression | None:
        """The value of an assignment where following it can lead to a class or function."""
        return self._body.expression(value) if isinstance(value, ast.Name | ast.Attribute | ast.Constant) else None

    # --- classes ---------------------------------------------------------------------------------------------------

    def _class(self, node: ast.ClassDef, scope: str) -> None:
        if scope.count(".") > DEPTH_LIMIT:
            return
        self._bind(node, scope)
        body = self._body
        qualname = f"{scope}.{node.name}" if scope else node.name
        fields: dict[str, r.FieldFacts] = {}
        plain: dict[str, r.Expression] = {}
        methods: list[r.FunctionFacts] = []

        def rebind(name: str, value: r.Expression) -> None:
            """An annotated name that is bound again keeps its annotation: ``dataclasses`` takes the last value."""
            if name in fields:
                fields[name] = msgspec.structs.replace(fields[name], default=value)
            else:
                plain[name] = value

        pending = list(reversed(node.body))
        while pending:
            statement = pending.pop()
            match statement:
                case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                    known = fields[name].default if name in fields else plain.pop(name, None)
                    default = body.expression(value) if value else known
                    fields[name] = r.FieldFacts(*body.at(statement), name, body.annotation(annotation), default)
                case ast.Assign(targets=targets, value=value):
                    for target in targets:
                        if isinstance(target, ast.Name):
                            rebind(target.id, body.expression(value))
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    methods.append(self._function(statement, qualname))
                    if statement.name in fields:
                        rebind(statement.name, r.Opaque(*body.at(statement), ()))
                case ast.ClassDef():
                    self._class(statement, qualname)
                    rebind(statement.name, r.Opaque(*body.at(statement), ()))
                case ast.If() | ast.With() | ast.Try() | ast.TryStar() | ast.For() | ast.While() | ast.Match():
                    pending += reversed([*_blocks(statement), *_handlers(statement)])
        self._classes.append(
            r.ClassFacts(
                *body.at(node),
                node.end_lineno or node.lineno,
                node.name,
                qualname,
                scope,
                body.expressions(node.bases),
                body.keywords(node.keywords),
                body.expressions(node.decorator_list),
                tuple(fields.values()),
                tuple(plain.items()),
                tuple(methods),
            )
        )


def _blocks(node: ast.stmt) -> list[ast.stmt]:
    """The statements of the blocks of a compound statement, without ``except``."""
    found: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody"):
        found += getattr(node, name, ())
    for case in getattr(node, "cases", ()):
        found += case.body
    return found


def _handlers(node: ast.stmt) -> list[ast.stmt]:
    """The statements of all ``except`` of a ``try``."""
    return [statement for handler in getattr(node, "handlers", ()) for statement in handler.body]


def _texts(value: ast.expr | None) -> tuple[str, ...] | None:
    """The strings of a plain list or tuple of strings; None for anything else."""
    if not isinstance(value, ast.List | ast.Tuple):
        return None
    texts: list[str] = []
    for element in value.elts:
        match element:
            case ast.Constant(value=str() as text) if text.isidentifier():
                texts.append(text)
            case _:
                return None
    return tuple(texts)


def _is_type_checking(test: ast.expr) -> bool:
    match test:
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return True
    return False


def _import_line(body: list[ast.stmt]) -> int:
    """The line below which a new import fits: the last of the imports above the first class or function, which may need
    it as soon as it is defined; else the docstring, else just above the first statement, so that a licence and a ``#!``
    line stay on top."""
    definitions = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    above = list(itertools.takewhile(lambda node: not isinstance(node, definitions), body))
    imports = [node for node in above if isinstance(node, ast.Import | ast.ImportFrom)]
    docstring = [node for node in body[:1] if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    for node in [*reversed(imports), *docstring]:
        return node.end_lineno or node.lineno
    if not body:
        return 0
    first = body[0]
    decorators = first.decorator_list if isinstance(first, definitions) else []
    return min([first.lineno, *(node.lineno for node in decorators)]) - 1
