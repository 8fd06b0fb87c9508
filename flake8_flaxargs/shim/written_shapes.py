"""Shapes that a method's docstring or its annotations name: ``x: [batch, length]``, ``Float[Array, "batch length"]``.

A shape is text: ``float32[batch,length]``; sizes are numbers or the names that the author gave them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from .written_arrays import last_name

# The array types of jaxtyping; the type of numbers that each stands for here.
_JAXTYPING = {
    **dict.fromkeys(("Float", "Float32", "Inexact", "Num", "Shaped", "Real", "Complex"), "float32"),
    **dict.fromkeys(("Int", "Int32", "Integer", "UInt", "Int64"), "int32"),
    "Bool": "bool",
    "Float16": "float16",
    "BFloat16": "bfloat16",
    "UInt8": "uint8",
    "UInt32": "uint32",
    "Key": "key",
}
# Words in brackets behind a parameter's name that speak of its type, not of its sizes.
_TYPES = re.compile(
    r"(?i)^(?:int|float|bool|str|optional|array|ndarray|tensor|jax\.array|jnp\.\w+|np\.\w+|default|dict|list|tuple"
    r"|callable|none|i\.e\.|e\.g\.|float\d+|int\d+|see|if|key|pytree)$"
)
_BRACKETS = re.compile(r"\[([^\[\]()]*)\]|\(([^\[\]()]*)\)")
_SIZE = re.compile(r"\.\.\.|[A-Za-z_]\w*|\d+")
_WHOLE = re.compile(r"(?i)\b(?:u?int\d*|integers?|ids|indices|token ids|tokens)\b")
_TRUTH = re.compile(r"(?i)\bbool(?:ean)?\b")
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def shapes(tree: ast.Module, class_name: str, method: str) -> Iterator[tuple[str, int, dict[str, str]]]:
    """What says it (``annotation``, ``docstring``), the 1-based line, and by parameter the shape."""
    known = {node.name: node for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    owner, function = _method(known, class_name, method)
    if owner is None or function is None:
        return
    arguments = [*function.args.posonlyargs, *function.args.args][1:] + function.args.kwonlyargs
    annotated = {each.arg: text for each in arguments if each.annotation and (text := _annotated(each.annotation))}
    if annotated:
        yield "annotation", function.lineno, annotated
    names = [each.arg for each in arguments]
    for node in (function, owner, known.get(class_name)):
        text = ast.get_docstring(node) if node is not None else None
        if node is not None and text and (found := documented(text, names)):
            yield "docstring", node.lineno, found


def _method(
    known: dict[str, ast.ClassDef], class_name: str, method: str
) -> tuple[ast.ClassDef | None, ast.FunctionDef | ast.AsyncFunctionDef | None]:
    """The method, of the class or of a base in the same file."""
    seen: set[str] = set()
    todo = [class_name]
    while todo:
        name = todo.pop(0)
        if name in seen or name not in known:
            continue
        seen.add(name)
        for node in known[name].body:
            if isinstance(node, _FUNCTION) and node.name == method:
                return known[name], node
        todo += [last_name(base) for base in known[name].bases]
    return None, None


def _annotated(node: ast.expr) -> str | None:
    """The shape that a jaxtyping annotation names."""
    match node:
        case ast.Constant(value=str(text)):
            try:
                return _annotated(ast.parse(text, mode="eval").body)
            except SyntaxError:
                return None
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return _annotated(left) or _annotated(right)
        case ast.Subscript(value=value, slice=inner) if last_name(value) == "Optional":
            return _annotated(inner)
        case ast.Subscript(value=value, slice=ast.Tuple(elts=[_, ast.Constant(value=str(text))])):
            dtype = _JAXTYPING.get(last_name(value))
            return f"{dtype}[{','.join(_jaxtyping_sizes(text))}]" if dtype else None
    return None


def _jaxtyping_sizes(text: str) -> list[str]:
    """``*batch #channels dim=3 h/2`` -> batch, channels, 3, h; an expression stands for its first name."""
    sizes = []
    for each in text.split():
        word = each.rpartition("=")[2].lstrip("#*?_") or each
        found = _SIZE.search(word)
        sizes.append(found.group() if found and found.group() != "..." else "batch")
    return sizes


def documented(text: str, parameters: Sequence[str]) -> dict[str, str]:
    """By parameter, the shape that a docstring names for it."""
    if not parameters:
        return {}
    found: dict[str, str] = {}
    named = "|".join(map(re.escape, parameters))
    starts = list(re.finditer(rf"(?m)(?:^[\s*-]*|:param\s+|`)(?P<name>{named})(?=`|\s*[:(\[]|\s+--?\s)", text))
    for start, following in zip(starts, [*starts[1:], None], strict=False):
        part = text[start.end() : following.start() if following else len(text)].split("\n\n")[0]
        shape = _spoken(part)
        if shape and start["name"] not in found:
            found[start["name"]] = shape
    if not found and (general := re.search(r"shape[^\n\[(]{0,20}(?=[\[(])", text)):
        shape = _spoken(text[general.end() :].split("\n")[0])
        if shape:
            found[parameters[0]] = shape
    return found


def _spoken(part: str) -> str | None:
    """``tokens: int32 [batch, length]`` -> ``int32[batch,length]``; None where no brackets hold sizes."""
    for match in _BRACKETS.finditer(part):
        inner = match[1] if match[1] is not None else match[2]
        sizes = [size.strip(" `'\"") for size in inner.split(",")]
        sizes = [size for size in sizes if size]
        if not sizes or any(_TYPES.match(size) or not re.fullmatch(r"[\w.*/+\- ]+", size) for size in sizes):
            continue
        words = [_SIZE.search(size) for size in sizes]
        # A remark in brackets is words with spaces; a size is one word, or an expression.
        if any(word is None for word in words) or any(re.search(r"[a-z] [a-z]", size) for size in sizes):
            continue
        if len(sizes) == 1 and match[1] is None and "," not in inner and "shape" not in part[: match.start()]:
            continue
        around = part[: match.start()] + part[match.end() :].split("\n")[0]
        dtype = "bool" if _TRUTH.search(around) else "int32" if _WHOLE.search(around) else "float32"
        texts = [word.group() if word and word.group() != "..." else "batch" for word in words]
        return f"{dtype}[{','.join(texts)}]"
    return None
