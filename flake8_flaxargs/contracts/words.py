"""Words in the text of a file, and the functions that they stand in: what is not said there need not be walked.

Searched for as plain text, which is many times faster than one expression with all of the words.
"""

from __future__ import annotations

import bisect
import itertools
import re
from collections.abc import Iterable, Iterator

from ..facts import records as r
from ..source import Source

# A function by its qualname and line; a module's own statements are ``("", 0)``.
Key = tuple[str, int]
MODULE: Key = ("", 0)
_HELD = re.compile(r"\bself(\.\w+)[^=\n]*=[^=\n]")


class Words:
    """The text of a file by its functions.

    Args:
        source: the file.
        facts: its facts.
    """

    def __init__(self, source: Source, facts: r.FileFacts) -> None:
        self._text = source.text
        self._spans = [
            (first_line(function), function.end_line, (function.qualname, function.line))
            for function in facts.all_functions()
        ]
        self._spans += [(top.line, top.end_line, MODULE) for top in facts.body]
        self._starts = list(itertools.accumulate(map(len, source.lines), initial=0))

    def functions(self, words: Iterable[str], parts: Iterable[str] = ()) -> set[Key]:
        """Those in whose text one of some words stands, or one of some parts of words."""
        found = [at for word in words for at in occurrences(self._text, word)]
        found += [at for part in parts for at in _parts(self._text, part)]
        return self._around(found)

    def _around(self, offsets: Iterable[int]) -> set[Key]:
        """The functions around offsets of the text."""
        spans = [(self._starts[first - 1], self._starts[last], key) for first, last, key in self._spans]
        pending = sorted(set(offsets))
        return {key for start, end, key in spans if _any_within(pending, start, end)}

    def lines(self, first: int, last: int) -> str:
        """The text of some lines."""
        return self._text[self._starts[first - 1] : self._starts[last]]

    def holders(self, words: Iterable[str]) -> dict[Key, set[str]]:
        """The attributes, ``.step`` for ``self.step``, that a statement of a function binds to what says a word."""
        found: dict[Key, set[str]] = {}
        for word in words:
            for at in occurrences(self._text, word):
                held = _HELD.findall(self._text, self._text.rfind("\n", 0, at) + 1, at)
                for key in self._around([at]) if held else ():
                    found.setdefault(key, set()).update(held)
        return found


def says(text: str, words: Iterable[str], parts: Iterable[str] = ()) -> bool:
    """Whether one of some words stands in a text, or one of some parts of words."""
    return any(part in text for part in parts) or any(next(occurrences(text, word), -1) >= 0 for word in words)


def occurrences(text: str, word: str) -> Iterator[int]:
    """Where a word stands in a text: not as a part of a longer one, where it begins or ends with a letter."""
    begins, ends = _is_wordy(word[0]), _is_wordy(word[-1])
    for at in _parts(text, word):
        after = at + len(word)
        if not (begins and at and _is_wordy(text[at - 1])) and not (ends and _is_wordy(text[after : after + 1])):
            yield at


def begins(text: str, part: str) -> bool:
    """Whether a word in a text begins with ``part``."""
    return any(at == 0 or not _is_wordy(text[at - 1]) for at in _parts(text, part))


def _parts(text: str, part: str) -> Iterator[int]:
    at = text.find(part)
    while at >= 0:
        yield at
        at = text.find(part, at + 1)


def _is_wordy(character: str) -> bool:
    return character.isalnum() or character == "_"


def _any_within(offsets: list[int], start: int, end: int) -> bool:
    return bisect.bisect_left(offsets, start) < bisect.bisect_left(offsets, end)


def first_line(function: r.FunctionFacts) -> int:
    """The line on which a function starts, with its decorators."""
    return min([function.line, *(node.line for node in function.decorators)])
