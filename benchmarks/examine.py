"""What must hold of the linter for any bytes at all: it says so here, in one place, for ``benchmarks.robust``.

``examine`` lints one text, applies its fixes, and returns what went wrong as ``Fault``s; it raises nothing itself.
"""

from __future__ import annotations

import ast
import contextlib
import re
import signal
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from flake8_flaxargs.config import UNREADABLE
from flake8_flaxargs.fixing import FixError, apply, fix
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic, Fix, Position, Range, Safety
from flake8_flaxargs.source import Source, SourceError

SAFETIES = ((Safety.SAFE,), (Safety.SAFE, Safety.UNSAFE))


class Fault(NamedTuple):
    """What must not be. ``kind`` is one of a few words; ``detail`` names the place and the way it showed."""

    kind: str
    detail: str


class Examination(NamedTuple):
    """What came of one text.

    Attributes:
        faults: empty where all is well.
        found: what the linter says.
        lines: how many newlines the text has.
        seconds: CPU time of the first lint, which is what a user waits for.
        codes: how often each code was found.
        unchecked: messages of JFX000 and of what could not be decoded, without names and numbers.
        revealed: codes of findings that fixes brought to light, which may be right: where a merge is put in, an
            argument that is given twice is no longer passed over. More findings after safe fixes are a fault.
        fixes: how many fixes were tried.
    """

    faults: tuple[Fault, ...]
    found: tuple[Diagnostic, ...]
    lines: int
    seconds: float
    codes: Counter[str]
    unchecked: Counter[str]
    revealed: Counter[str]
    fixes: int


class TooSlow(BaseException):
    """The time limit of a text is over. Not an ``Exception``, which the linter could mean to catch."""


@contextlib.contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise ``TooSlow`` after so much CPU time of this process (main thread only), however busy the machine is."""

    def ring(number: int, frame: FrameType | None) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGPROF, ring)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


class Examiner:
    """Examines texts of one project, one after another.

    Args:
        linter: keeps what it learns between texts, as in a run over a project.
        seconds: CPU time that each text may take, fixes included.
    """

    def __init__(self, linter: Linter, seconds: float = 20.0) -> None:
        self._linter = linter
        self._limit = seconds
        self._faults: list[Fault] = []
        self._revealed: Counter[str] = Counter()
        self._seconds = 0.0
        self._fixes = 0

    def examine(self, path: Path, data: bytes) -> Examination:
        """Look at bytes as the content of the file at an absolute path, whatever is on disk there."""
        self._faults, self._revealed = [], Counter()
        self._seconds, self._fixes = 0.0, 0
        found: tuple[Diagnostic, ...] = ()
        unchecked: Counter[str] = Counter()
        try:
            with limited(self._limit):
                source = self._read(str(path), data, unchecked)
                if source is not None:
                    found = self._lint(source, data, unchecked)
                    self._try_fixes(source, found)
        except TooSlow:
            self._fault("slow", f"more than {self._limit:g} s of CPU time")
        except Exception as error:  # noqa: BLE001 - any exception is what this looks for
            self._fault("raised", _last_calls(error))
        codes = Counter(diagnostic.code for diagnostic in found)
        return Examination(
            tuple(self._faults), found, data.count(b"\n"), self._seconds, codes, unchecked, self._revealed, self._fixes
        )

    def _fault(self, kind: str, detail: str) -> None:
        self._faults.append(Fault(kind, detail))

    def _read(self, path: str, data: bytes, unchecked: Counter[str]) -> Source | None:
        try:
            source = Source.from_bytes(path, data)
        except SourceError as error:
            unchecked[_kind(str(error), path)] += 1
            return None
        if source.encode(source.raw) != data:
            self._fault("round trip", f"other bytes in {source.encoding}")
        return source

    def _lint(self, source: Source, data: bytes, unchecked: Counter[str]) -> tuple[Diagnostic, ...]:
        begin = time.process_time()
        found = self._linter.lint(source)
        self._seconds = time.process_time() - begin
        for diagnostic in found:
            if diagnostic.code == UNREADABLE:
                unchecked[_kind(diagnostic.message, source.path)] += 1
                if diagnostic.message.startswith("cannot parse") and python_parses(data):
                    self._fault("unread", f"Python parses it: {diagnostic.message}")
            for detail in misplaced(source, diagnostic):
                self._fault("range", f"{diagnostic.code}: {detail}")
            if not diagnostic.message or "\n" in diagnostic.message:
                self._fault("message", f"{diagnostic.code}: {diagnostic.message!r}")
        return found

    def _try_fixes(self, source: Source, found: tuple[Diagnostic, ...]) -> None:
        offered = [offer for diagnostic in found for offer in diagnostic.fixes if offer.safety is not Safety.DISPLAY]
        self._fixes = len(offered)
        for offer in offered:
            try:
                apply(source, [offer])
            except FixError as error:
                self._fault("fix", f"{offer.title}, alone: {error}")
        kinds = {offer.safety for offer in offered}
        for safeties in SAFETIES:
            if kinds.intersection(safeties) and (safeties == SAFETIES[0] or Safety.UNSAFE in kinds):
                self._fix(source, safeties)
        if offered:
            self._linter.project.use(source)  # the other files of the project see the file as it is

    def _fix(self, source: Source, safeties: Collection[Safety]) -> None:
        rounds: list[tuple[Source, tuple[Diagnostic, ...]]] = []

        def lint(text: Source) -> tuple[Diagnostic, ...]:
            found = self._linter.lint(text)
            rounds.append((text, found))
            return found

        try:
            fix(source, lint, safeties)
        except FixError as error:
            self._fault("fix", f"{'+'.join(safeties)}, round {len(rounds)}: {error}")
        for (before, found), (after, _) in pairwise(rounds):
            fixes = [offer for diagnostic in found for offer in diagnostic.fixes if offer.safety in safeties]
            if not untouched(before, fixes, after):
                self._fault("touched", f"{'+'.join(safeties)}: text outside the edits is not as it was")
        first, last = (Counter(entry.code for entry in rounds[index][1]) for index in (0, -1))
        worse = last.total() > first.total() or last[UNREADABLE] > first[UNREADABLE]
        if Safety.UNSAFE in safeties or not worse:
            fixed = sorted(
                {entry.code for entry in rounds[0][1] if any(offer.safety in safeties for offer in entry.fixes)}
            )
            self._revealed += Counter(f"{code} by fixes of {', '.join(fixed)}" for code in last - first)
        else:
            self._fault("worse", f"after the safe fixes there is more of {dict(last - first)}")
        if python_compiles(source.text) and not python_compiles(rounds[-1][0].text):
            self._fault("fix", f"{'+'.join(safeties)}: Python compiles the file no more")


def python_parses(data: bytes) -> bool:
    """Whether the running Python takes these bytes for a program."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "<input>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def python_compiles(text: str) -> bool:
    """Whether Python makes code of a text: the parser takes ``f(x=1, x=1)``, the compiler does not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(text, "<input>", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return False
    return True


def misplaced(source: Source, diagnostic: Diagnostic) -> Iterator[str]:
    """What of a diagnostic lies outside the text, or ends before it starts."""
    edits = [edit for offer in diagnostic.fixes for edit in offer.edits]
    places = [(diagnostic.message, diagnostic.range), *((edit.text, edit.range) for edit in edits)]
    places += [
        (entry.message, Range(entry.position, entry.position))
        for entry in diagnostic.related
        if entry.path == source.path
    ]
    for what, (start, end) in places:
        if end < start or not all(_inside(source.lines, place) for place in (start, end)):
            yield f"{tuple(start)} to {tuple(end)} is no place of the text, {len(source.lines)} lines: {what!r}"


def _inside(lines: list[str], place: Position) -> bool:
    if place.line == len(lines) + 1:  # after the last newline
        return place.column == 0
    return 0 < place.line <= len(lines) and 0 <= place.column <= len(lines[place.line - 1].rstrip("\n"))


def untouched(before: Source, fixes: Iterable[Fix], after: Source) -> bool:
    """Whether all that lies outside the edits stands in the new text, in the same order."""
    spans = sorted(
        {(before.offset(edit.range.start), before.offset(edit.range.end)) for entry in fixes for edit in entry.edits}
    )
    kept, end = [], 0
    for start, stop in spans:
        kept.append(before.raw[end : max(start, end)])
        end = max(end, stop)
    kept.append(before.raw[end:])
    if not (after.raw.startswith(kept[0]) and after.raw.endswith(kept[-1])):
        return False
    place = len(kept[0])
    for piece in kept[1:-1]:
        place = after.raw.find(piece, place)
        if place < 0:
            return False
        place += len(piece)
    return place <= len(after.raw) - len(kept[-1])


def _kind(message: str, path: str) -> str:
    """A message without what differs from file to file."""
    message = message.replace(path, "...")
    message = re.sub(r"['\"(].*?['\")]", "'...'", message)
    return re.sub(r"\d+", "0", message)[:100]


def _last_calls(error: BaseException) -> str:
    """The exception and the last calls that led to it, on one line."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    calls = " < ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames))
    return f"{type(error).__name__}: {str(error)[:200]} ({calls})"
