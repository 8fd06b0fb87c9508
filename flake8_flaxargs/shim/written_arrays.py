"""Expressions that make arrays -> the array's type and shape, as text; and literals with names of constants in them."""

from __future__ import annotations

import ast
import contextlib
import math
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from .specs import Spec

Names = Mapping[str, ast.expr]

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
}
# Where the shape stands among the positional arguments, by the function's last name.
_SHAPE_AT = {
    **dict.fromkeys(("ones", "zeros", "empty", "full", "ShapeDtypeStruct"), 0),
    **dict.fromkeys(("truncated_normal",), 3),
}
_LIKE = ("ones_like", "zeros_like", "full_like", "empty_like", "asarray", "device_put", "stop_gradient", "copy")
# Of `jax.random`, after the key; of NumPy's generators, `size`, or one argument a dimension.
_DRAWS = ("normal", "uniform", "bernoulli", "randint", "integers", "randn", "rand", "standard_normal", "random")
_DEEP = 6
_DTYPES = ("float64", "float32", "bfloat16", "float16", "int64", "int32", "int16", "int8", "uint32", "uint8", "bool")


class NotLiteral(Exception):
    """An expression whose value its text does not tell."""


def literal(node: ast.expr, names: Names, depth: int = 0) -> Any:
    """The value of a literal, of arithmetic on literals, or of a name that was given one.

    Raises:
        NotLiteral: it is something else.
    """
    if depth > _DEEP:
        raise NotLiteral
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return literal(names[name], names, depth + 1)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return tuple(literal(part, names, depth + 1) for part in parts)
        case ast.Dict(keys=keys, values=values) if all(keys):
            pairs = zip(keys, values, strict=True)
            return {literal(key, names, depth + 1): literal(value, names, depth + 1) for key, value in pairs if key}
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _number(-_number(literal(operand, names, depth + 1)))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            one, other = literal(left, names, depth + 1), literal(right, names, depth + 1)
            if isinstance(op, ast.Pow) and _number(other) > 16:
                raise NotLiteral
            with contextlib.suppress(ArithmeticError, TypeError):
                return _OPERATORS[type(op)](_number(one), _number(other))
    raise NotLiteral


def _number(value: Any) -> Any:
    if isinstance(value, int | float):
        return value
    raise NotLiteral


def array(node: ast.expr, names: Names, depth: int = 0) -> Spec | None:
    """The array that an expression makes, as far as its text tells: ``jnp.ones((2, 8))``; else None."""
    if depth > _DEEP:
        return None
    with contextlib.suppress(NotLiteral):
        match node:
            case ast.Name(id=name) if name in names:
                return array(names[name], names, depth + 1)
            case ast.Call(func=ast.Attribute(value=inner, attr="reshape"), args=sizes) if sizes:
                return _reshaped(array(inner, names, depth + 1), _shape(sizes, names))
            case ast.Call(func=ast.Attribute(value=inner, attr="astype"), args=[dtype, *_]):
                made = array(inner, names, depth + 1)
                return made and made._replace(dtype=_dtype(dtype) or made.dtype)
            case ast.Call():
                return _called(node, names, depth)
            case ast.Subscript(value=inner, slice=ast.Constant(value=None)):
                made = array(inner, names, depth + 1)
                return made and made._replace(shape=(1, *made.shape))
            case ast.BinOp(left=left, right=right):
                sides = [made for side in (left, right) if (made := array(side, names, depth + 1))]
                return max(sides, key=lambda made: len(made.shape), default=None)
    return None


def _called(node: ast.Call, names: Names, depth: int) -> Spec | None:
    function = last_name(node.func)
    keywords = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    dtype = _dtype(keywords.get("dtype"))
    if function in _LIKE and node.args:
        made = array(node.args[0], names, depth + 1)
        if made is not None:
            return made._replace(dtype=dtype or made.dtype)
    if function in ("array", "asarray") and node.args:
        return _nested(literal(node.args[0], names), dtype)
    if function in ("arange", "linspace"):
        return _range(function, [literal(each, names) for each in node.args], keywords, dtype, names)
    if function in _DRAWS:
        return _drawn(node, function, keywords, dtype, names)
    if function in ("PRNGKey", "key"):
        return Spec("key", ())
    if function in _SHAPE_AT:
        at = _SHAPE_AT[function]
        where = keywords.get("shape") or (node.args[at] if len(node.args) > at else None)
        if where is not None:
            dtype = dtype or next((found for each in node.args[at + 1 :] if (found := _dtype(each))), None)
            return Spec(dtype or "float32", _shape([where], names))
    return None


def _drawn(
    node: ast.Call, function: str, keywords: Mapping[str, ast.expr], dtype: str | None, names: Names
) -> Spec | None:
    whole = function in ("randint", "integers")
    bounds = [value for each in node.args if isinstance(value := _tried(each, names), int)]
    below = max(bounds, default=2) if whole else None
    kind = dtype or ("int32" if whole else "bool" if function == "bernoulli" else "float32")
    given = keywords.get("shape") or keywords.get("size")
    if given is not None:
        return Spec(kind, _shape([given], names), below)
    if function in ("randn", "rand") and node.args:
        return Spec(kind, _shape(node.args, names))
    shapes = [each for each in node.args if isinstance(_tried(each, names), tuple)]
    if not shapes:
        return None
    dtype = next((found for each in node.args if (found := _dtype(each))), None)
    return Spec(dtype or kind, _shape(shapes[:1], names), below)


def _tried(node: ast.expr, names: Names) -> Any:
    with contextlib.suppress(NotLiteral):
        return literal(node, names)
    return None


def _range(
    function: str, values: Sequence[Any], keywords: Mapping[str, ast.expr], dtype: str | None, names: Names
) -> Spec:
    if function == "linspace":
        number = literal(keywords["num"], names) if "num" in keywords else values[2] if len(values) > 2 else 50
        return Spec(dtype or "float32", (int(_number(number)),))
    if not values:
        raise NotLiteral
    try:
        sizes = range(*values)
    except (TypeError, ValueError):
        raise NotLiteral from None
    return Spec(dtype or "int32", (len(sizes),), max(sizes, default=0) + 1)


def _shape(nodes: Sequence[ast.expr], names: Names) -> tuple[int, ...]:
    values: list[Any] = [literal(node, names) for node in nodes]
    sizes = values[0] if len(values) == 1 and isinstance(values[0], tuple) else tuple(values)
    if not all(isinstance(size, int) and not isinstance(size, bool) for size in sizes):
        raise NotLiteral
    return tuple(sizes)


def _reshaped(before: Spec | None, shape: tuple[int, ...]) -> Spec | None:
    kind, below = (before.dtype, before.below) if before else ("float32", None)
    if -1 in shape:
        rest = math.prod(size for size in shape if size != -1)
        if before is None or not rest:
            return None
        shape = tuple(math.prod(before.shape) // rest if size == -1 else size for size in shape)
    return Spec(kind, shape, below)


def _nested(value: Any, dtype: str | None) -> Spec:
    shape = []
    while isinstance(value, tuple):
        shape.append(len(value))
        value = value[0] if value else 0.0
    kinds = {bool: "bool", int: "int32", float: "float32"}
    if type(value) not in kinds:
        raise NotLiteral
    return Spec(dtype or kinds[type(value)], tuple(shape))


def _dtype(node: ast.expr | None) -> str | None:
    """The name of a type of numbers: ``jnp.int32``, ``np.uint8``, ``"float32"``, ``int``."""
    match node:
        case ast.Constant(value=str(name)):
            pass
        case ast.Name() | ast.Attribute():
            name = last_name(node).rstrip("_")
        case _:
            return None
    return {"int": "int32", "float": "float32"}.get(name, name if name in _DTYPES else None)


def last_name(node: ast.expr) -> str:
    """``ones`` of ``jnp.ones``; empty of what is no name."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def scopes(tree: ast.Module) -> Iterator[tuple[ast.AST, dict[str, ast.expr]]]:
    """The module and each function, with what the names in it were last given; each node of it belongs to one scope."""
    outer = _assigned(tree)
    yield tree, outer
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node, {**outer, **_assigned(node)}


def own(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope, not those of functions within it."""
    todo = list(ast.iter_child_nodes(scope))
    while todo:
        node = todo.pop()
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            todo += ast.iter_child_nodes(node)


def _assigned(scope: ast.AST) -> dict[str, ast.expr]:
    """Names that are given one value only: of others the text does not tell which."""
    found: dict[str, ast.expr | None] = {}
    for node in own(scope):
        for name, value in _bound(node):
            found[name] = None if name in found and not _same(found[name], value) else value
    return {name: value for name, value in found.items() if value is not None}


def _bound(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            yield name, value
        case ast.Assign(targets=[ast.Tuple(elts=left)], value=ast.Tuple(elts=right)) if len(left) == len(right):
            for target, value in zip(left, right, strict=True):
                if isinstance(target, ast.Name):
                    yield target.id, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
        case ast.AugAssign(target=ast.Name(id=name)) | ast.For(target=ast.Name(id=name)):
            yield name, None


def _same(one: ast.expr | None, other: ast.expr | None) -> bool:
    return one is not None and other is not None and ast.dump(one) == ast.dump(other)
