"""Two texts of a file -> what of it is to be run: the Modules that differ, and the functions around calls."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

# What Flax raises where the rule is right, and the fix does away with (rules.md, column "Flax").
ERRORS: Mapping[str, tuple[str, ...]] = {
    "JFX103": ("ValueError",),
    "JFX104": ("ValueError",),
    "JFX106": ("ValueError", "TypeError"),
    "JFX107": ("ValueError",),
    "JFX111": ("ValueError", "TypeError"),
    "JFX113": ("TracerBoolConversionError", "ConcretizationTypeError", "ValueError"),
    "JFX201": ("InvalidRngError",),
    "JFX202": ("InvalidRngError",),
    "JFX203": ("InvalidRngError",),
    "JFX204": ("InvalidRngError",),
    "JFX301": ("ModifyScopeVariableError",),
    "JFX303": ("TypeError", "AttributeError", "ValueError", "IndexError"),
}


class Changed(NamedTuple):
    """A definition that differs.

    Attributes:
        name: its qualified name.
        line: where it stands in the original, 1-based.
        is_class: whether it is a class; then it may be a Module.
        methods: the methods that differ.
    """

    name: str
    line: int
    is_class: bool
    methods: tuple[str, ...] = ()


def changed(original: str, fixed: str) -> list[Changed]:
    """The classes and functions at the top level whose code differs, and no longer where it only stands elsewhere.

    Raises:
        SyntaxError: a text that cannot be parsed.
    """
    before, after = (dict(_definitions(ast.parse(text))) for text in (original, fixed))
    found = []
    for name, node in before.items():
        other = after.get(name)
        if other is None or ast.dump(node) == ast.dump(other):
            continue
        methods: tuple[str, ...] = ()
        if isinstance(node, ast.ClassDef) and isinstance(other, ast.ClassDef):
            methods = tuple(_different_methods(node, other))
        found.append(Changed(name, node.lineno, isinstance(node, ast.ClassDef), methods))
    return found


def definitions(tree: ast.Module) -> list[str]:
    """The names of all of them."""
    return [name for name, _ in _definitions(tree)]


def errors_of(codes: Collection[str]) -> tuple[str, ...]:
    """The exceptions that fixes of these rules do away with."""
    return tuple(dict.fromkeys(error for code in codes for error in ERRORS.get(code, ())))


_Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def _definitions(tree: ast.Module) -> Iterator[tuple[str, _Definition]]:
    """Classes and functions of the module itself, also under ``if`` and ``try``; of several of one name, the last."""
    pending: list[ast.stmt] = list(tree.body)
    while pending:
        node = pending.pop(0)
        if isinstance(node, _Definition):
            yield node.name, node
            continue
        for part in ("body", "orelse", "finalbody"):
            pending += getattr(node, part, [])
        for handler in getattr(node, "handlers", []):
            pending += handler.body


def _different_methods(before: ast.ClassDef, after: ast.ClassDef) -> Iterator[str]:
    others = {node.name: ast.dump(node) for node in after.body if isinstance(node, ast.FunctionDef)}
    for node in before.body:
        if isinstance(node, ast.FunctionDef) and others.get(node.name) != ast.dump(node):
            yield node.name
