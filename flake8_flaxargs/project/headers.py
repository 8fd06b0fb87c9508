"""The class headers, imports and aliases of a file, as far as they can lead from a class to its bases.

From the text, by over-approximation, or from the syntax tree where somebody has parsed the file already, which is both
cheaper and exact.
"""

from __future__ import annotations

import ast
import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator

import msgspec

from ..source import Source

_CLASS = re.compile(r"class[ \t]+(\w+)[ \t]*([(:\[])")
_DOTTED = re.compile(r"[^\W\d]\w*(?:\s*\.\s*\w+)*")
_FROM = re.compile(r"from([^\n;#]*?)\bimport\b[ \t]*")
_IMPORT = re.compile(r"import[ \t]+([^\n#;(]+)")
_VALUE = re.compile(
    r"[ \t]*(?::[^=\n]+)?=(?!=)[ \t]*"
    r"(?:\([\s(]*([^\W\d][\w.\s]*)|([^\W\d]\w*(?:[ \t]*\.[ \t]*\w+)*)[ \t]*(?=[;#\n=]|\Z))"
)
_SPACE = re.compile(r"\s+")
_NOISE = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*")
_COMMENT = re.compile(r"#[^\n]*")
_NAME_AS = re.compile(r"([\w.*]+)(?:\s+as\s+(\w+))?")
# A header longer than this is not read to its end: it then counts as one that may lead anywhere.
_HEADER_LIMIT = 2000
# Statements at which no search for classes, imports and aliases stops.
_HOLD_NOTHING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Expr)


class Target(msgspec.Struct, frozen=True, gc=False):
    """What an import binds a name to: a module, or ``attr`` of it; ``level`` dots before it."""

    level: int
    module: str
    attr: str


class TextHeaders:
    """The class headers and imports that a text seems to hold."""

    def __init__(self, text: str) -> None:
        text = text.replace("\\\n", " ")
        self.text = text if text.isascii() else unicodedata.normalize("NFKC", text)  # as Python does with names
        self.classes: dict[str, set[str] | None] = {}
        for found in _CLASS.finditer(self.text):
            if not _in_word(self.text, found.start()):
                known = self.classes.get(found[1], set())
                bases = self._bases(found)
                self.classes[found[1]] = None if bases is None or known is None else known | bases
        self.says_flax = "flax" in text
        self._imports: list[tuple[str, str | None]] | None = None
        self._bound: dict[str, list[Target]] = {}

    def _bases(self, found: re.Match[str]) -> set[str] | None:
        """The dotted names between the parentheses of a class header; None where they are not told for certain."""
        if found[2] == ":":
            return set()
        end = self.text.find("):", found.end(), found.end() + _HEADER_LIMIT)
        header = self.text[found.end() : end]
        if end >= 0 and any(mark in header for mark in "#'\""):
            header, ending, _ = _NOISE.sub("", self.text[found.end() : found.end() + _HEADER_LIMIT]).partition("):")
            end = end if ending else -1
        if found[2] == "[" or end < 0:
            return None
        return {_SPACE.sub("", name) for name in _DOTTED.findall(header)}

    def bound(self, name: str) -> list[Target]:
        """What imports may bind a name to; ``*`` asks for the star imports."""
        found = self._bound.get(name)
        if found is None:
            found = self._bound[name] = self._find_bound(name)
        return found

    def _find_bound(self, name: str) -> list[Target]:
        if self._imports is None:
            self._imports = [(found[1], None) for found in _IMPORT.finditer(self.text)]
            self._imports += [
                (self._imported(found.end()), _SPACE.sub("", found[1])) for found in _FROM.finditer(self.text)
            ]
        found_targets = []
        for names, source in self._imports:
            if name not in names:
                continue
            for imported, alias in _NAME_AS.findall(names):
                if source is None:
                    bound = alias or imported.partition(".")[0]
                    target = Target(0, imported if alias else bound, "")
                else:
                    bound, module = alias or imported, source.lstrip(".")
                    target = Target(len(source) - len(module), module, imported)
                if bound == name:
                    found_targets.append(target)
        return found_targets

    def imported(self) -> Iterator[str]:
        """The names that imports may bind."""
        self.bound("*")
        for names, source in self._imports or ():
            for name, alias in _NAME_AS.findall(names):
                yield alias or (name if source is not None else name.partition(".")[0])

    def _imported(self, start: int) -> str:
        """What follows ``from x import``: the rest of the line, or what is in parentheses, without comments."""
        text = self.text
        if not text.startswith("(", start):
            end = text.find("\n", start)
            return text[start : end if end >= 0 else len(text)].partition("#")[0].partition(";")[0]
        end = text.find(")", start)
        while end >= 0 and "#" in text[text.rfind("\n", start, end) + 1 : end]:
            end = text.find(")", end + 1)
        return _COMMENT.sub("", text[start + 1 : end if end >= 0 else len(text)])

    def aliases(self, name: str) -> Iterator[str]:
        """The dotted names that a name may be bound to: ``Base = nn.Module``."""
        start = self.text.find(name)
        while start >= 0:
            end = start + len(name)
            value = _VALUE.match(self.text, end)
            if value is not None and self._starts_statement(start):
                yield _SPACE.sub("", value[1] or value[2])
            start = self.text.find(name, end)

    def _starts_statement(self, start: int) -> bool:
        """Whether a name stands at the start of a statement, or after another ``=``; in a call it would not."""
        before = self.text[self.text.rfind("\n", 0, start) + 1 : start].rstrip()
        return not before or before.endswith((";", ":", "="))


class TreeHeaders:
    """The same from a syntax tree, of the statements that are not in a function or class."""

    def __init__(self, source: Source) -> None:
        self.says_flax = source.says_flax
        self.classes: dict[str, set[str] | None] = {}
        self._imports: list[ast.Import | ast.ImportFrom] = []
        self._aliases: dict[str, list[str]] = {}
        pending: list[ast.stmt] = list(source.tree.body)
        while pending:
            node = pending.pop()
            if isinstance(node, _HOLD_NOTHING):
                continue
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                self._imports.append(node)
            elif isinstance(node, ast.ClassDef):
                bases = {_dotted(base) for base in (*node.bases, *(keyword.value for keyword in node.keywords))}
                self.classes[node.name] = self.classes.get(node.name, set()) | (bases - {""})  # type: ignore[operator]
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                if isinstance(node.value, (ast.Name, ast.Attribute)):
                    for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                        if isinstance(target, ast.Name):
                            self._aliases.setdefault(target.id, []).append(_dotted(node.value))
            else:
                for part in ("body", "orelse", "finalbody", "handlers", "cases"):
                    for inner in getattr(node, part, ()):
                        pending += getattr(inner, "body", ()) if part in {"handlers", "cases"} else [inner]

    def bound(self, name: str) -> list[Target]:
        """What imports bind a name to; ``*`` asks for the star imports."""
        found = []
        for node, alias in self._imported.get(name, ()):
            if isinstance(node, ast.ImportFrom):
                found.append(Target(node.level, node.module or "", alias.name))
            else:
                found.append(Target(0, alias.name if alias.asname else name, ""))
        return found

    def imported(self) -> Iterable[str]:
        """The names that imports bind."""
        return self._imported

    @functools.cached_property
    def _imported(self) -> dict[str, list[tuple[ast.Import | ast.ImportFrom, ast.alias]]]:
        found: dict[str, list[tuple[ast.Import | ast.ImportFrom, ast.alias]]] = {}
        for node in self._imports:
            whole = isinstance(node, ast.ImportFrom)
            for alias in node.names:
                bound = alias.asname or (alias.name if whole else alias.name.partition(".")[0])
                found.setdefault(bound, []).append((node, alias))
        return found

    def aliases(self, name: str) -> Iterator[str]:
        """The dotted names that a name is bound to."""
        return (value for value in self._aliases.get(name, ()) if value)


def headers(source: Source) -> TextHeaders | TreeHeaders:
    """What a file's classes may lead to. Classes in functions, and what they see there, only the text tells."""
    if source.parsed and not source.may_nest_classes:
        return TreeHeaders(source)
    return TextHeaders(source.text)


def _dotted(node: ast.expr) -> str:
    """``nn.Module`` of ``nn.Module`` and of ``nn.Module[T]``; "" of what is no name."""
    parts: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=value, attr=attr):
                parts.append(attr)
                node = value
            case ast.Subscript(value=value):
                node = value
            case ast.Name(id=name):
                return ".".join(reversed([*parts, name]))
            case _:
                return ""


def _in_word(text: str, start: int) -> bool:
    """Whether a name that seems to start here is the end of a longer one."""
    before = text[start - 1 : start]
    return before.isalnum() or before == "_"
