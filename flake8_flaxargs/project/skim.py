"""Whether a file can hold Modules at all, told from its text without parsing it.

An over-approximation: every class header and every import that the text seems to hold is followed, also in comments and
strings. "No" is final, and cheap; "maybe" has the file parsed.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator

import msgspec

from .files import ROOT, File, Files
from .headers import Target, TextHeaders, TreeHeaders, headers
from .search import Located

Headers = TextHeaders | TreeHeaders

_LONGEST_NAME = 20
# A search that has come this far is given up: the file is parsed.
_STEPS = 3000


class _Step(msgspec.Struct, frozen=True, gc=False):
    """A dotted name as a file means it; ``file`` is None where it leads to Flax itself."""

    file: File | None
    name: tuple[str, ...]


_FLAX = _Step(None, ())
_BUILTINS = frozenset(dir(builtins))


class Skim:
    """Follows names through texts, from class to base, until one leads to Flax.

    Args:
        files: where texts come from.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._texts: dict[str, Headers | None] = {}
        self._dead_ends: set[_Step] = set()
        self._ways: set[_Step] = set()

    def candidates(self, file: File) -> frozenset[str]:
        """The names of the classes of a file that may descend from ``flax.linen.Module``."""
        source = self._files.source(file)
        text = self._text(file) if source is not None and "class" in source.text else None
        if text is None:
            return frozenset()
        if file.name == ROOT[0]:
            return frozenset(text.classes)
        classes = [_Step(file, (name,)) for name in text.classes]
        if not self._leads_to_flax(classes):  # of most files none does: one search tells
            return frozenset()
        return frozenset(step.name[0] for step in classes if self._leads_to_flax([step]))

    def may_import_modules(self, file: File) -> bool:
        """Whether a name that a file imports may be a Module's class, or something else of a file that says flax."""
        text = self._text(file)
        pending = [place for name in text.imported() for place in self._imported(file, name)] if text else []
        seen = set(pending)
        while pending and len(seen) < _STEPS:
            found, name = pending.pop()
            if found.of_flax:
                return True
            text = self._text(found)
            if text is None:
                continue
            if name in text.classes:
                if self._leads_to_flax([_Step(found, (name,))]):
                    return True
                continue
            further = self._passed_on(found, name, text)
            of_project = not self._files.search.is_installed(found.path)
            if not further and text.says_flax and of_project:  # made there: an object, or a function that makes one
                return True
            pending += further - seen
            seen |= further
        return False

    def _passed_on(self, file: File, name: str, text: Headers) -> set[tuple[File, str]]:
        """Where a file has a name from; of a file as a whole, all names that it has."""
        if name:
            stars = (place for star in text.bound("*") for place in self._places(file, star, name))
            return set(self._imported(file, name) if text.bound(name) else stars)
        if text.says_flax or self._files.search.is_installed(file.path):
            return set()
        return {(file, other) for other in (*text.imported(), *text.classes) if other != "*"}

    def _imported(self, file: File, name: str) -> Iterator[tuple[File, str]]:
        """The files, each with the name there ("" for the file as a whole), that an import binds a name to."""
        text = self._text(file)
        for target in text.bound(name) if text is not None else ():
            yield from self._places(file, target, "" if target.attr == "*" else target.attr)

    def _places(self, file: File, target: Target, name: str) -> Iterator[tuple[File, str]]:
        """The file of an import's module, with a name in it; and the module that the name may be."""
        place = self._module(file, target)
        if place is None:
            return
        found = self._files.located(place)
        if found is not None:
            yield found, name
        child = self._files.child(place, name, file) if name else None
        inner = self._files.located(child) if child is not None else None
        if inner is not None:
            yield inner, ""

    def _module(self, file: File, target: Target) -> Located | None:
        if target.level:
            return self._files.relative(file, target.level, target.module)
        return self._files.module(target.module, file)

    def _text(self, file: File) -> Headers | None:
        if file.path not in self._texts:
            source = self._files.source(file)
            self._texts[file.path] = headers(source) if source else None
        return self._texts[file.path]

    def _leads_to_flax(self, starts: list[_Step]) -> bool:
        """Whether one of some names does."""
        reached_from: dict[_Step, _Step | None] = dict.fromkeys(starts)
        pending = [start for start in starts if start not in self._dead_ends]
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
        if head in _BUILTINS or ((targets or head in text.classes) and not text.says_flax):
            return  # a name that is also an alias of something is so for the want of Flax: then the text says so
        for value in text.aliases(head):
            meant = (*value.split("."), *rest)
            if meant[0] != head and len(meant) < _LONGEST_NAME:  # node = node.parent leads nowhere
                yield _Step(file, meant)
        for star in text.bound("*"):
            yield from self._target(file, Target(star.level, star.module, head), rest)

    def _target(self, file: File, target: Target, rest: list[str]) -> Iterator[_Step]:
        place = self._module(file, target)
        name = (target.attr, *rest) if target.attr else tuple(rest)
        while place is not None and name:
            found = self._files.located(place)
            if found is not None:
                yield _FLAX if found.of_flax or found.name == ROOT[0] else _Step(found, name)
            if place.folders and place.folders[0].rpartition("/")[2] == "flax":  # what it lacks is Flax's own
                yield _FLAX
            place, name = self._files.child(place, name[0], file), name[1:]
