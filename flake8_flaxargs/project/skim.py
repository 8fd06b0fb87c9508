"""Whether a file can hold Modules at all, told from its text without parsing it.

An over-approximation: every class header and every import that the text seems to hold is followed, also in comments and
strings. "No" is final, and cheap; "maybe" has the file parsed.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Iterator
from typing import NamedTuple

from .fields import ROOT
from .files import File, Files

_CLASS = re.compile(r"class[ \t]+(\w+)[^\n(:]*([(:])")
_DOTTED = re.compile(r"[^\W\d][\w.]*")
_FROM = re.compile(r"from[ \t]+(\.*)([\w.]*)[ \t]*import[ \t]*(\([^)]*\)|(?:[^\n(\\]|\\\n)*)")
_IMPORT = re.compile(r"import[ \t]+((?:[^\n#;(\\]|\\\n)+)")
_ALIAS = re.compile(r"^[ \t]*(\w+)[ \t]*(?::[^=\n]+)?=[ \t]*([^\W\d][\w.]*)[ \t]*(?:#[^\n]*)?$", re.MULTILINE)
_COMMENT = re.compile(r"#[^\n]*")
_NAME_AS = re.compile(r"([\w.*]+)(?:\s+as\s+(\w+))?")
# A header longer than this is not read to its end: it then counts as one that may lead anywhere.
_HEADER_LIMIT = 2000
# A search that has come this far is given up: the file is parsed.
_STEPS = 3000


class _Target(NamedTuple):
    """What an import binds a name to: a module, or ``attr`` of it; ``level`` dots before it."""

    level: int
    module: str
    attr: str


class _Text:
    """The class headers and imports that a text seems to hold."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.classes: dict[str, set[str] | None] = {}
        for found in _CLASS.finditer(text):
            before = text[found.start() - 1 : found.start()]
            if not (before.isalnum() or before == "_"):
                self._add(found)
        self._imports: dict[str, list[_Target]] | None = None
        self._aliases: dict[str, list[str]] | None = None

    def _add(self, found: re.Match[str]) -> None:
        bases: set[str] | None = set()
        if found[2] == "(":
            end = self.text.find("):", found.end(), found.end() + _HEADER_LIMIT)
            if end < 0:
                end = self.text.find(")", found.end(), found.end() + _HEADER_LIMIT)
            bases = set(_DOTTED.findall(self.text, found.end(), end)) if end >= 0 else None
        known = self.classes.get(found[1], set())
        self.classes[found[1]] = None if bases is None or known is None else known | bases

    @property
    def imports(self) -> dict[str, list[_Target]]:
        """Name -> what it may be bound to; ``*`` for star imports."""
        if self._imports is None:
            self._imports = {}
            for found in _IMPORT.finditer(self.text):
                for module, alias in _NAME_AS.findall(found[1].replace("\\\n", " ")):
                    bound = alias or module.partition(".")[0]
                    self._imports.setdefault(bound, []).append(_Target(0, module if alias else bound, ""))
            for found in _FROM.finditer(self.text):
                names = _COMMENT.sub("", found[3]).replace("\\\n", " ").strip("() \t\n")
                for attr, alias in _NAME_AS.findall(names):
                    self._imports.setdefault(alias or attr, []).append(_Target(len(found[1]), found[2], attr))
        return self._imports


    @property
    def aliases(self) -> dict[str, list[str]]:
        """Name -> the dotted names that it is bound to: ``Base = nn.Module``."""
        if self._aliases is None:
            self._aliases = {}
            for name, value in _ALIAS.findall(self.text):
                self._aliases.setdefault(name, []).append(value)
        return self._aliases


class _Step(NamedTuple):
    """A dotted name as a file means it; ``file`` is None where it leads to Flax itself."""

    file: File | None
    name: tuple[str, ...]


_FLAX = _Step(None, ())


class Skim:
    """Follows names through texts, from class to base, until one leads to Flax.

    Args:
        files: where texts come from.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._texts: dict[str, _Text | None] = {}
        self._dead_ends: set[_Step] = set()

    def may_hold_modules(self, file: File) -> bool:
        """Whether a class of the file may descend from ``flax.linen.Module``."""
        text = self._text(file)
        if text is None or file.name == ROOT[0]:
            return True
        return any(self._leads_to_flax(_Step(file, (name,))) for name in text.classes)

    def _text(self, file: File) -> _Text | None:
        if file.path not in self._texts:
            source = self._files.source(file)
            self._texts[file.path] = _Text(source.text) if source else None
        return self._texts[file.path]

    def _leads_to_flax(self, start: _Step) -> bool:
        seen = {start}
        pending = [start]
        while pending:
            step = pending.pop()
            if step.file is None or len(seen) > _STEPS:
                return True
            for following in self._follow(step.file, step.name):
                if following not in seen and following not in self._dead_ends:
                    seen.add(following)
                    pending.append(following)
        self._dead_ends |= seen
        return False

    def _follow(self, file: File, name: tuple[str, ...]) -> Iterator[_Step]:
        """What a name may be, one step on: the bases of a class, what an import or an assignment binds it to."""
        text = self._text(file)
        head, *rest = name
        if text is None:
            return
        if head in text.classes:
            bases = text.classes[head]
            if bases is None:
                yield _FLAX
            yield from (_Step(file, tuple(base.strip(".").split("."))) for base in bases or ())
            if rest:  # a nested class
                yield _Step(file, (rest[-1],))
            if bases is not None and head not in bases:
                return
        elif hasattr(builtins, head):
            return
        targets = text.imports.get(head, [])
        for target in targets:
            yield from self._target(file, target, rest)
        if targets:
            return
        for value in text.aliases.get(head, ()):
            yield _Step(file, (*value.strip(".").split("."), *rest))
        for star in text.imports.get("*", ()):
            yield from self._target(file, star._replace(attr=head), rest)

    def _target(self, file: File, target: _Target, rest: list[str]) -> Iterator[_Step]:
        if target.level:
            place = self._files.relative(file, target.level, target.module)
        else:
            place = self._files.module(target.module, file)
        name = (target.attr, *rest) if target.attr else tuple(rest)
        while place is not None and name:
            found = self._files.located(place)
            if found is not None:
                yield _FLAX if found.of_flax or found.name == ROOT[0] else _Step(found, name)
            elif place.file is None and place.folders and place.folders[0].rpartition("/")[2] == "flax":
                yield _FLAX
            place, name = self._files.child(place, name[0]), name[1:]
