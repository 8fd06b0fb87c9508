"""What the meaning of each file rests on: other files, and what was asked of the disk on its behalf.

Kept as a graph, since what is once concluded of a file serves all that import it: whoever leads to a file rests on all
that the file rests on, also where nothing had to be asked again. It may hold more than one conclusion needs, never
less: whatever looks a name up notes it under the file in which the name stands.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable

import msgspec

from .search import Question


class Dependencies(msgspec.Struct, frozen=True, array_like=True):
    """What a conclusion about one file rests on.

    Attributes:
        texts: the names of other files, by folder, which ends with a separator.
        questions: what was asked of the disk: names by kind.
    """

    texts: dict[str, list[str]]
    questions: dict[str, list[str]]


class Ledger:
    """The graph."""

    def __init__(self) -> None:
        self._notes: dict[str, list[tuple[Collection[str], Collection[Question]]]] = {}

    def note(self, path: str, leads: Collection[str] = (), asked: Collection[Question] = ()) -> None:
        """What stands in the file at ``path`` leads to other files, and had questions asked.

        Hardly any note is ever read, so nothing is made of them yet.
        """
        self._notes.setdefault(path, []).append((leads, asked))

    def rests_on(self, path: str, others: Collection[str]) -> bool:
        """Whether a conclusion about a file can rest on others: where the project was searched, on any."""
        reached, questions = self._reached(path)
        return not reached.isdisjoint(others) or any(kind == "tree" for kind, _ in questions)

    def behind(self, path: str) -> Dependencies:
        """All that a conclusion about a file can rest on, but for its own text."""
        reached, questions = self._reached(path)
        reached.remove(path)
        return Dependencies(
            _grouped((other[: -len(name)], name) for other in reached if (name := os.path.basename(other))),
            _grouped(questions),
        )

    def _reached(self, path: str) -> tuple[set[str], set[Question]]:
        reached = {path}
        pending = [path]
        questions: set[Question] = set()
        while pending:
            leads, asked = self._settled(pending.pop())
            questions.update(asked)
            further = [other for other in leads if other not in reached]
            reached.update(further)
            pending += further
        return reached, questions

    def _settled(self, path: str) -> tuple[Collection[str], Collection[Question]]:
        """All notes of a file as one, for who comes by again."""
        notes = self._notes.get(path)
        if notes is None:
            return (), ()
        if len(notes) > 1:
            leads = {other for note, _ in notes for other in note}
            notes[:] = [(leads, {question for _, asked in notes for question in asked})]
        return notes[0]


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for group, name in sorted(pairs):
        found.setdefault(group, []).append(name)
    return found
