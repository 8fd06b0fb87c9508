"""A document -> the mended document: fixes applied round after round, each kept only where it makes nothing worse."""

from __future__ import annotations

import ast
import difflib
import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

from .checking import Judged, Lint, finding_of
from .documents import Document, DocumentError, open_document
from .fixing import ROUNDS, FixError, check_compiles, spliced
from .model import Diagnostic, Fix, Safety
from .noqa import Noqa
from .reports.records import Finding
from .source import SourceError

# A patch knows no other line end.
_LINES = re.compile(r"[^\n]*\n|[^\n]+\Z")
# Says whether a fix is to be made; the bytes are those of the file before and after it.
Choose = Callable[[Finding, Fix, bytes, bytes], bool]


class Made(NamedTuple):
    """A fix that was made."""

    code: str
    title: str
    safety: Safety


class Mended(NamedTuple):
    """What mending a document came to.

    Attributes:
        document, data: the result, which is what was given where nothing was done.
        made: the fixes, in the order they were made.
        refused: why fixes were not made: they would have brought a new finding, or broken the text.
    """

    document: Document
    data: bytes
    made: tuple[Made, ...] = ()
    refused: tuple[str, ...] = ()


class _Offer(NamedTuple):
    """A fix that may be made, with its edits as they are in a part of the document."""

    judged: Judged
    finding: Finding
    part: int
    fix: Fix

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is known by while lines move."""
        return self.judged.diagnostic.code, self.judged.diagnostic.message, self.fix.title


class _Worse(Exception):
    """A result that is not kept; the message says why."""


def mend(
    document: Document, data: bytes, lint: Lint, safeties: Collection[Safety], choose: Choose | None = None
) -> Mended:
    """A document with all fixes of these safeties made, to a fixed point.

    A fix is made for findings that are shown, never in a line whose ``# noqa`` silences its rule. Fixes that overlap
    are made in different rounds. A result that cannot be parsed, or has a finding that was not there, is given up, and
    the fixes are made one by one without the one that is to blame.

    Args:
        document, data: the document and its bytes.
        lint: all findings of a document.
        safeties: which fixes may be made.
        choose: asked for each fix; None to make all.

    Raises:
        FixError: the fixes do not come to an end.
    """
    return _Mending(document, data, lint, safeties, choose).run()


class _Mending:
    def __init__(
        self, document: Document, data: bytes, lint: Lint, safeties: Collection[Safety], choose: Choose | None
    ) -> None:
        self._document = document
        self._data = data
        self._lint = lint
        self._safeties = safeties
        self._choose = choose
        self._judged = lint(document)
        self._made: list[Made] = []
        self._refused: dict[tuple[str, str, str], str] = {}
        # Texts that the document has had: a rule whose finding outlives its fix would go round in circles.
        self._had = {data}
        # Fixes that are tried before the search is given up, whatever rules do.
        self._left = ROUNDS * (1 + sum(len(judged.diagnostic.fixes) for judged in self._judged))

    def run(self) -> Mended:
        for _ in range(ROUNDS):
            offers = self._offers()
            if not offers:
                return Mended(
                    self._document, self._data, tuple(self._made), tuple(filter(None, self._refused.values()))
                )
            if self._choose is not None or not self._attempt(offers):
                self._one_by_one()
        raise self._endless()

    def _endless(self) -> FixError:
        return FixError(
            f"the fixes of {self._document.path} do not come to an end; it is left as it was: please report this"
        )

    def _offers(self) -> list[_Offer]:
        """The fixes that may be made now, one a finding: the first alternative that was not refused."""
        found: dict[tuple[str, str, str, object], _Offer] = {}
        noqas = [Noqa(program.source) for program in self._document.programs]
        for judged in self._judged:
            if not judged.shown:
                continue
            program = self._document.programs[judged.program]
            for fix in judged.diagnostic.fixes:
                if fix.safety not in self._safeties or _silenced(noqas[judged.program], judged.diagnostic, fix):
                    continue
                edits = self._document.edits(program, fix)
                if not edits or len({part for part, _ in edits}) != 1:
                    continue
                placed = Fix(fix.title, tuple(edit for _, edit in edits), fix.safety, fix.reason)
                offer = _Offer(judged, finding_of(self._document, judged), edits[0][0], placed)
                if offer.key not in self._refused:
                    found.setdefault((*offer.key, placed.edits), offer)
                    break
        return list(found.values())

    def _one_by_one(self) -> None:
        """Make fixes singly until none is left that may be made and does no harm.

        Raises:
            FixError: there is always another one.
        """
        while offers := self._offers():
            if not self._left:
                raise self._endless()
            self._left -= 1
            offer = offers[0]
            if not self._attempt([offer]):
                self._refused.setdefault(offer.key, "")

    def _attempt(self, offers: Sequence[_Offer]) -> bool:
        """Make fixes, as far as they do not overlap; False where the result is worse, or not wanted, and not kept."""
        raws: dict[int, str] = {}
        made: list[_Offer] = []
        for part in {offer.part for offer in offers}:
            group = [offer for offer in offers if offer.part == part]
            raws[part], applied = spliced(self._document.parts[part], [offer.fix for offer in group])
            made += [group[index] for index in applied]
        try:
            document, data, judged = self._result(raws)
        except _Worse as worse:
            if len(offers) == 1:
                self._refused[offers[0].key] = f"{_where(offers[0].finding)}: {offers[0].fix.title}: {worse}"
            return False
        if self._choose is not None and not self._choose(offers[0].finding, offers[0].fix, self._data, data):
            return False
        self._document, self._data, self._judged = document, data, judged
        self._had.add(data)
        self._made += [Made(offer.judged.diagnostic.code, offer.fix.title, offer.fix.safety) for offer in made]
        return True

    def _result(self, raws: dict[int, str]) -> tuple[Document, bytes, list[Judged]]:
        """The document with other texts.

        Raises:
            _Worse: it is what was there before, cannot be written, cannot be parsed, or has a new finding.
        """
        try:
            data = self._document.encode(raws)
            if data in self._had:
                raise _Worse("it changes nothing" if data == self._data else "it would undo another fix")
            document = open_document(self._document.path, data)
            for before, after in zip(self._document.programs, document.programs, strict=False):
                check_compiles(before.source, after.source)
        except (UnicodeEncodeError, DocumentError, SourceError, SyntaxError) as error:
            raise _Worse(str(error)) from error
        if len(document.left_out) > len(self._document.left_out):
            raise _Worse(f"the result is no Python: {document.left_out[-1]}")
        judged = self._lint(document)
        new = _counted(judged) - _counted(self._judged)
        if new:
            raise _Worse(f"it would bring {', '.join(sorted(new))}")
        return document, data, judged


def definition_at(data: bytes, line: int) -> str | None:
    """The name of the class or function at the top level of a Python file that a 1-based line stands in."""
    for node in ast.parse(data).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            if first <= line <= (node.end_lineno or node.lineno):
                return node.name
    return None


def _silenced(noqa: Noqa, diagnostic: Diagnostic, fix: Fix) -> bool:
    """Whether a fix would change a line whose ``# noqa`` speaks of its rule; one between lines changes none."""
    for edit in fix.edits:
        (first, column), (last, end) = edit.range
        if edit.range.start == edit.range.end and column == 0 and edit.text.endswith("\n"):
            continue
        if any(noqa.covers(line, diagnostic.code) for line in range(first, last + (end > 0 or last == first))):
            return True
    return False


def _counted(judged: Sequence[Judged]) -> Counter[str]:
    return Counter(found.diagnostic.code for found in judged)


def _where(finding: Finding) -> str:
    start = finding.diagnostic.range.start
    cell = f"cell {finding.cell}:" if finding.cell else ""
    return f"{finding.path}:{cell}{start.line}:{start.column + 1}"


def unified_diff(path: str, before: bytes, after: bytes, encoding: str = "utf-8") -> Iterator[str]:
    """The lines of a patch, without the line ends of the patch. Bytes that cannot be decoded are shown as escapes."""
    name = path.replace(os.sep, "/")
    old, new = (_LINES.findall(data.decode(encoding, "backslashreplace")) for data in (before, after))
    for line in difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"):
        yield line.removesuffix("\n")
        if not line.endswith("\n"):
            yield "\\ No newline at end of file"
