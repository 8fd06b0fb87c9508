"""A file's syntax tree -> ``FileFacts``, in one pass.

Two depths. A file that may hold Modules is read in full. Of any other file only the outline is read, which does not
enter functions: bindings of the module and headers of its classes, enough to follow a name through it.
"""

from __future__ import annotations

import ast
from typing import Literal

import msgspec

from ..source import Source
from . import records as r
from .body import DEPTH_LIMIT, BodyReader

Depth = Literal["outline", "full"]


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
        self._scopes: dict[str, list[r.Binding]] = {"": []}
        self._classes: list[r.ClassFacts] = []
        self._functions: list[r.FunctionFacts] = []
        self._exports: tuple[str, ...] | None = None

    def read(self) -> r.FileFacts:
        tree = self._source.tree
        self._module_block(tree.body)
        return r.FileFacts(
            self._depth,  # type: ignore[arg-type]
            {scope: tuple(bindings) for scope, bindings in self._scopes.items()},
            tuple(self._classes),
            tuple(self._functions),
            self._exports,
            _import_line(tree.body),
        )

    def _module_block(self, nodes: list[ast.stmt]) -> None:
        """Module-level statements, also those under ``if``, ``try``, ``with`` (TYPE_CHECKING, optional imports)."""
        pending = list(reversed(nodes))
        while pending:
            node = pending.pop()
            match node:
                case ast.FunctionDef() | ast.AsyncFunctionDef():
                    self._bind(node, "")
                    self._functions.append(self._body.function(node, "", self._full))
                case ast.ClassDef():
                    self._class(node, "")
                case ast.Import() | ast.ImportFrom():
                    self._bind(node, "")
                case ast.Assign() | ast.AnnAssign():
                    self._bind(node, "")
                case ast.If() | ast.For() | ast.While() | ast.With() | ast.Try() | ast.TryStar():
                    pending += reversed(_blocks(node))

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
                    add(r.Binding(bound, "import", alias.name if alias.asname else bound))
            case ast.ImportFrom():
                for alias in node.names:
                    add(r.Binding(alias.asname or alias.name, "from", node.module or "", alias.name, node.level))
            case ast.Assign(targets=[ast.Name(id="__all__")], value=ast.List(elts=elements) | ast.Tuple(elts=elements)):
                names = [element.value for element in elements if isinstance(element, ast.Constant)]
                self._exports = tuple(name for name in names if isinstance(name, str))
            case ast.Assign(targets=targets, value=value):
                kept = self._followed(value)
                for target in targets:
                    if isinstance(target, ast.Name):
                        add(r.Binding(target.id, "assign", value=kept))
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                add(r.Binding(name, "assign", value=self._followed(value)))

    def _followed(self, value: ast.expr) -> r.Expression | None:
        """The value of an assignment where following it can lead to a class or function."""
        followed = isinstance(value, ast.Name | ast.Attribute | ast.Call | ast.IfExp | ast.Constant)
        return self._body.expression(value) if followed and (self._full or isinstance(value, ast.Name | ast.Attribute)) else None

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
                    methods.append(body.function(statement, qualname, self._full))
                    if statement.name in fields:
                        rebind(statement.name, r.Opaque(*body.at(statement), ()))
                case ast.ClassDef():
                    self._class(statement, qualname)
                    rebind(statement.name, r.Opaque(*body.at(statement), ()))
                case ast.If() | ast.With() | ast.Try() | ast.For():
                    pending += reversed(_blocks(statement))
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
    """The statements of all blocks of a compound statement."""
    found: list[ast.stmt] = []
    for name in ("body", "orelse", "finalbody"):
        found += getattr(node, name, ())
    for handler in getattr(node, "handlers", ()):
        found += handler.body
    return found


def _import_line(body: list[ast.stmt]) -> int:
    """The line after which a new import fits: the last of the leading imports, else the docstring."""
    line = 0
    for index, node in enumerate(body):
        match node:
            case ast.Expr(value=ast.Constant(value=str())) if index == 0:
                line = node.end_lineno or node.lineno
            case ast.Import() | ast.ImportFrom():
                line = node.end_lineno or node.lineno
            case _:
                break
    return line
