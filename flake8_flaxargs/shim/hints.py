"""What the project's text says of how a Module is made and called: literals, shapes of arrays, docstrings.

Runs in the parent and imports no JAX: it reads the text alone, with ``ast``.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from . import written_shapes
from .records import Hints
from .written_arrays import Names, NotLiteral, array, last_name, literal, own, scopes

# A method of a Module that takes a method's arguments -> how many of its own stand before them.
_DOORS = {"init": 1, "init_with_output": 1, "apply": 1, "tabulate": 1}
_OWN_KEYWORDS = frozenset({"rngs", "mutable", "method", "capture_intermediates", "name", "parent"})
_MOST = 20


class _Found(NamedTuple):
    place: str
    values: dict[str, Any]
    shapes: dict[str, str]


def hints(texts: Mapping[str, str], path: str, class_name: str, method: str) -> Hints:
    """What is written about a Module.

    Args:
        texts: the project's Python files by path; tests and examples are the most telling.
        path: of the file that defines the class.
        method: whose arguments are asked for.

    Returns:
        Arguments by name, or, where they are given by position, by ``0``, ``1``, ...: for a constructor counted over
        the fields, for a method over its parameters. Places are ``path:line``, the line 1-based. The first entry is
        the one that tells most; files that do not parse say nothing.
    """
    attributes: list[_Found] = []
    calls: list[_Found] = []
    for where in sorted(texts, key=lambda each: (each != path, each)):
        tree = _tree(texts[where]) if class_name in texts[where] else None
        if tree is None or (where != path and _defines(tree, class_name)):
            continue
        for scope, names in scopes(tree):
            for node in own(scope):
                if isinstance(node, ast.Call):
                    attributes += _construction(node, names, class_name, where)
                    calls += _call(node, names, class_name, method, where)
    spoken: list[tuple[str, dict[str, str]]] = []
    home = _tree(texts.get(path, ""))
    if home is not None:
        found = written_shapes.shapes(home, class_name, method)
        spoken = [(f"{kind} at {path}:{line}", shapes) for kind, line, shapes in found]
    annotated = [entry for entry in spoken if entry[0].startswith("annotation")]
    documented = [entry for entry in spoken if not entry[0].startswith("annotation")]
    seen = [(each.place, each.shapes) for each in _best(calls) if each.shapes]
    return Hints(
        attributes=tuple((each.place, each.values) for each in _best(attributes) if each.values),
        calls=tuple((each.place, each.values) for each in _best(calls) if each.values),
        shapes=(*annotated, *seen, *documented),
    )


def _best(found: list[_Found]) -> list[_Found]:
    """Without repetitions, those that say most first; of those that say as much, the smaller numbers first."""
    unique = {repr((each.values, each.shapes)): each for each in reversed(found)}
    return sorted(unique.values(), key=lambda each: (-len(each.values) - len(each.shapes), _largest(each)))[:_MOST]


def _largest(found: _Found) -> tuple[float, str]:
    numbers = [abs(value) for value in found.values.values() if isinstance(value, int | float)]
    return max(numbers, default=0), found.place


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():  # invalid escapes in the user's code are not ours to report
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _defines(tree: ast.Module, class_name: str) -> bool:
    return any(isinstance(node, ast.ClassDef) and node.name == class_name for node in tree.body)


def _construction(node: ast.Call, names: Names, class_name: str, path: str) -> Iterator[_Found]:
    """Of ``Net(16, rate=0.1)`` and ``functools.partial(Net, 16)``, the arguments that are literals."""
    arguments = node.args
    if last_name(node.func) == "partial" and arguments and last_name(arguments[0]) == class_name:
        arguments = arguments[1:]
    elif last_name(node.func) != class_name:
        return
    values: dict[str, Any] = {}
    for name, value in _named(arguments, node.keywords):
        try:
            values[name] = literal(value, names)
        except NotLiteral:
            continue
    yield _Found(f"{path}:{node.lineno}", values, {})


def _call(node: ast.Call, names: Names, class_name: str, method: str, path: str) -> Iterator[_Found]:
    """Of ``Net(...).init(key, x)``, ``net.apply(variables, x)`` and ``net(x)``, what the method is given."""
    match node.func:
        case ast.Attribute(value=owner, attr=door) if door in _DOORS and _is_module(owner, names, class_name):
            skipped = _DOORS[door]
            named = next((word.value for word in node.keywords if word.arg == "method"), None)
            if _method_name(named) != method:
                return
        case ast.Attribute(value=owner, attr=attribute) if attribute == method and _is_module(owner, names, class_name):
            skipped = 0
        case owner if method == "__call__" and _is_module(owner, names, class_name):
            skipped = 0
        case _:
            return
    values: dict[str, Any] = {}
    shapes: dict[str, str] = {}
    for name, value in _named(node.args[skipped:], node.keywords):
        if name in _OWN_KEYWORDS:
            continue
        made = array(value, names)
        if made is not None:
            shapes[name] = str(made)
            continue
        try:
            values[name] = literal(value, names)
        except NotLiteral:
            continue
    yield _Found(f"{path}:{node.lineno}", values, shapes)


def _method_name(node: ast.expr | None) -> str:
    match node:
        case None:
            return "__call__"
        case ast.Constant(value=str(name)):
            return name
    return last_name(node)


def _named(arguments: list[ast.expr], keywords: list[ast.keyword]) -> Iterator[tuple[str, ast.expr]]:
    for position, value in enumerate(arguments):
        if isinstance(value, ast.Starred):
            break
        yield str(position), value
    for keyword in keywords:
        if keyword.arg:
            yield keyword.arg, keyword.value


def _is_module(node: ast.expr, names: Names, class_name: str, depth: int = 0) -> bool:
    """Whether an expression is an instance of the class: made there, or a name that was given one."""
    match node:
        case ast.Call(func=function, args=arguments):
            if last_name(function) == class_name:
                return True
            first = arguments[0] if arguments else None
            return last_name(function) == "partial" and first is not None and last_name(first) == class_name
        case ast.Name(id=name) if name in names and depth < 4:
            return _is_module(names[name], names, class_name, depth + 1)
    return False
