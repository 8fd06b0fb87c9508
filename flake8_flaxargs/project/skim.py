"""Whether a file can hold Modules at all, told from its text without parsing it.

An over-approximation: every class header and every import that the text seems to hold is followed, also in comments and
strings. "No" is final, and cheap; "maybe" has the file parsed.
"""

from __future__ import annotations

import builtins
import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from .fields import ROOT
from .files import File, Files

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
_LONGEST_NAME = 20
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

    def bound(self, name: str) -> list[_Target]:
        """What imports may bind a name to; ``*`` asks for the star imports."""
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
                    target = _Target(0, imported if alias else bound, "")
                else:
                    bound, module = alias or imported, source.lstrip(".")
                    target = _Target(len(source) - len(module), module, imported)
                if bound == name:
                    found_targets.append(target)
        return found_targets

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


def _in_word(text: str, start: int) -> bool:
    """Whether a name that seems to start here is the end of a longer one."""
    before = text[start - 1 : start]
    return before.isalnum() or before == "_"


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
        self._ways: set[_Step] = set()

    def candidates(self, file: File) -> frozenset[str]:
        """The names of the classes of a file that may descend from ``flax.linen.Module``."""
        text = self._text(file)
        if text is None:
            return frozenset()
        if file.name == ROOT[0]:
            return frozenset(text.classes)
        return frozenset(name for name in text.classes if self._leads_to_flax(_Step(file, (name,))))

    def _text(self, file: File) -> _Text | None:
        if file.path not in self._texts:
            source = self._files.source(file)
            self._texts[file.path] = _Text(source.text) if source else None
        return self._texts[file.path]

    def _leads_to_flax(self, start: _Step) -> bool:
        reached_from: dict[_Step, _Step | None] = {start: None}
        pending = [start]
        while pending:
            step: _Step | None = pending.pop()
            assert step is not None
            if step.file is None or step in self._ways or len(reached_from) > _STEPS:
                while step is not None:  # so that the next class with this base is told at once
                    self._ways.add(step)
                    step = reached_from[step]
                return True
            for following in self._follow(step.file, step.name):
                if following not in reached_from and following not in self._dead_ends:
                    reached_from[following] = step
                    pending.append(following)
        self._dead_ends.update(reached_from)
        return False

    def _follow(self, file: File, name: tuple[str, ...]) -> Iterator[_Step]:
        """What a name may be, one step on: the bases of a class, what an import or an assignment binds it to."""
        text = self._text(file)
        if text is None:
            return
        head, *rest = name
        if head in text.classes:
            bases = text.classes[head]
            if bases is None:
                yield _FLAX
            yield from (_Step(file, tuple(base.split("."))) for base in bases or ())
            if rest:  # a nested class
                yield _Step(file, (rest[-1],))
        targets = text.bound(head)
        for target in targets:
            yield from self._target(file, target, rest)
        if hasattr(builtins, head) or ((targets or head in text.classes) and not text.says_flax):
            return  # a name that is also an alias of something is so for the want of Flax: then the text says so
        for value in text.aliases(head):
            meant = (*value.split("."), *rest)
            if meant[0] != head and len(meant) < _LONGEST_NAME:  # node = node.parent leads nowhere
                yield _Step(file, meant)
        for star in text.bound("*"):
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
            if place.folders and place.folders[0].rpartition("/")[2] == "flax":  # what it lacks is Flax's own
                yield _FLAX
            place, name = self._files.child(place, name[0]), name[1:]
