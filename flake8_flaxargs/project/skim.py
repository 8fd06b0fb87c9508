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
            place, name = self._files.child(place, name[0], file), name[1:]
