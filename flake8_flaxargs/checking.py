"""Files -> results, here or in other processes: what ``check``, ``fix``, ``add-noqa`` and the editor have in common."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future

import msgspec

from .config import UNREADABLE, on_by_default
from .documents import Document, DocumentError, Program, open_document, read_document
from .linter import Linter, unreadable
from .model import Diagnostic
from .noqa import Noqa
from .reports.records import Finding
from .settings import Configuration, Settings
from .source import SourceError

# So many files go to a process at a time: enough that it reads what they share once, few enough that all have work.
_CHUNKS_A_PROCESS = 4
_CHUNK = 64


class Job(msgspec.Struct, frozen=True):
    """All that another process needs to know to check files as this one would.

    Attributes:
        settings, root: see ``Configuration``.
        noqa: whether ``# noqa`` keeps findings silent.
        all_rules: whether rules that are on by default are looked at besides those that are selected, so that a
            fix which brings a fault that nobody asked for is known for what it does.
    """

    settings: Settings
    root: str
    noqa: bool = True
    all_rules: bool = False


class FileResult(msgspec.Struct, frozen=True):
    """What checking a file came to.

    Attributes:
        path: as the user gave it.
        findings: by place and code.
        silenced: how many findings ``# noqa`` keeps silent.
        left_out: blocks or cells that are no Python: where, and what Python says of them.
        trouble: why the file could not be checked at all; None where it could.
    """

    path: str
    findings: tuple[Finding, ...] = ()
    silenced: int = 0
    left_out: tuple[str, ...] = ()
    trouble: str | None = None


class Judged(msgspec.Struct, frozen=True):
    """A finding in a program of a document, as it stands there.

    Attributes:
        program: its index in ``Document.programs``.
        diagnostic: its places count in the program.
        shown: whether the rule is selected, for this file, and no ``# noqa`` keeps it silent.
        silenced: whether a ``# noqa`` alone does.
    """

    program: int
    diagnostic: Diagnostic
    shown: bool
    silenced: bool


class Checker:
    """Checks one file after another; what is learnt of one serves the next.

    Args:
        job: see ``Job``.

    Raises:
        ConfigError: a setting cannot be used.
    """

    def __init__(self, job: Job) -> None:
        configuration = Configuration(job.settings, job.root)
        self._root = job.root
        self._noqa = job.noqa
        self._selected = configuration.selection
        self._ignores = configuration.file_ignores
        config = configuration.config()
        if job.all_rules:
            config = msgspec.structs.replace(config, enabled=lambda code: self._selected(code) or on_by_default(code))
        self._linter = Linter(config)

    @property
    def linter(self) -> Linter:
        """What finds."""
        return self._linter

    def check(self, path: str) -> FileResult:
        """What a file comes to. Nothing that is wrong with it is raised."""
        try:
            document, _ = read_document(path)
        except OSError as error:
            return FileResult(path, trouble=f"cannot read {path}: {error.strerror or error}")
        except DocumentError as error:
            return FileResult(path, trouble=str(error))
        except SourceError as error:
            return self._undecodable(path, error)
        return self.result(document)

    def check_text(self, path: str, data: bytes) -> FileResult:
        """The same of bytes that stand for a file's, whatever is on disk."""
        try:
            return self.result(open_document(path, data))
        except DocumentError as error:
            return FileResult(path, trouble=str(error))
        except SourceError as error:
            return self._undecodable(path, error)

    def result(self, document: Document) -> FileResult:
        """What a document comes to."""
        try:
            judged = self.judge(document)
        except Exception as error:  # noqa: BLE001  (the other files are still to be checked)
            said = f"flaxargs failed on {document.path} ({type(error).__name__}: {error}); it is unchecked"
            return FileResult(document.path, trouble=f"{said}: please report this")
        findings = {finding: None for found in judged if found.shown for finding in [finding_of(document, found)]}
        return FileResult(
            document.path,
            tuple(sorted(findings, key=_order)),
            sum(found.silenced for found in judged),
            document.left_out,
        )

    def judge(self, document: Document) -> list[Judged]:
        """All findings of a document, shown or not."""
        ignored = self._ignores.ignored(os.path.relpath(document.path, self._root).replace(os.sep, "/"))
        found = []
        for index, program in enumerate(document.programs):
            diagnostics = self._linter.lint(program.source)
            noqa = Noqa(program.source) if self._noqa and diagnostics else None
            for diagnostic in diagnostics:
                wanted = self._selected(diagnostic.code) and not diagnostic.code.startswith(ignored)
                silenced = noqa is not None and noqa.covers(diagnostic.range.start.line, diagnostic.code)
                found.append(Judged(index, diagnostic, wanted and not silenced, wanted and silenced))
        return found

    def _undecodable(self, path: str, error: SourceError) -> FileResult:
        ignored = self._ignores.ignored(os.path.relpath(path, self._root).replace(os.sep, "/"))
        shown = self._selected(UNREADABLE) and not UNREADABLE.startswith(ignored)
        finding = Finding(path, unreadable(str(error), error.line, error.column))
        return FileResult(path, (finding,) if shown else ())


def finding_of(document: Document, judged: Judged) -> Finding:
    """A finding as a report shows it."""
    program: Program = document.programs[judged.program]
    part, diagnostic = document.located(program, judged.diagnostic)
    lines = document.parts[part].text.split("\n") if document.parts else []
    first, last = diagnostic.range.start.line, diagnostic.range.end.line
    related = tuple(msgspec.structs.replace(place, path=_named(place.path)) for place in diagnostic.related)
    return Finding(
        document.path,
        msgspec.structs.replace(diagnostic, related=related),
        tuple(lines[first - 1 : last]),
        document.cells[part] if document.cells else None,
    )


def _named(path: str) -> str:
    """A path as the user would name it: from the current folder on where it is below."""
    if not os.path.isabs(path):
        return path
    below = os.path.join(os.getcwd(), "")
    return path.removeprefix(below) if path.startswith(below) else path


def check_all(
    paths: Sequence[str], job: Job, executor: Executor | None = None, processes: int = 1
) -> Iterator[FileResult]:
    """What files come to, in their order.

    Args:
        paths: the files.
        job: how to check them.
        executor: where; None for this process. What runs elsewhere sees the files by the same paths.
        processes: how many the executor has.

    Raises:
        ConfigError: a setting cannot be used.
    """
    checker = Checker(job)  # also where others do the work: a setting that cannot be used is known at once
    if executor is None:
        yield from map(checker.check, paths)
        return
    encoded = msgspec.json.encode(job)
    size = max(1, min(_CHUNK, len(paths) // (processes * _CHUNKS_A_PROCESS)))
    chunks: list[Future[list[FileResult]]] = [
        executor.submit(_check_chunk, encoded, list(paths[start : start + size]))
        for start in range(0, len(paths), size)
    ]
    for chunk in chunks:
        yield from chunk.result()


def _check_chunk(job: bytes, paths: list[str]) -> list[FileResult]:
    return [_checker(job).check(path) for path in paths]


@functools.lru_cache(maxsize=1)
def _checker(job: bytes) -> Checker:
    """The checker of this process."""
    return Checker(msgspec.json.decode(job, type=Job))


def _order(finding: Finding) -> tuple[object, ...]:
    return (finding.cell or 0, finding.diagnostic.range, finding.diagnostic.code, finding.diagnostic.message)


Lint = Callable[[Document], list[Judged]]
