"""What is known of the editor's buffers: one linter a configuration, and the last result of each buffer.

Everything here runs in one thread (``server``'s worker); nothing here speaks the protocol.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from ...checking import Checker, Job, Judged, finding_of
from ...config import UNREADABLE
from ...discovery import excluded, find
from ...documents import Document, DocumentError, Program, kind_of
from ...linter import unreadable
from ...model import Diagnostic
from ...project.files import File
from ...reports.records import Finding
from ...settings import Configuration
from ...source import Source, SourceError
from .focus import Outline, cut, outline
from .preferences import Configurations, Preferences
from .texts import Buffer

# Rules that look for something which is nowhere: a cut would have too little of it.
_WAITING = {"JFX112"}


class Shown(NamedTuple):
    """A finding of a buffer, and the part it stands in."""

    part: int
    finding: Finding


class Result(NamedTuple):
    """What checking a buffer came to.

    Attributes:
        document: None where there is no program in it.
        rests_on: absolute paths of the files that decide it besides its own.
        on_all: whether any file of the project may, for who uses a class was searched.
        exact: whether the whole of it was checked; see ``focus``.
        outline: of a Python buffer that can be parsed.
    """

    buffer: Buffer
    document: Document | None
    judged: tuple[Judged, ...] = ()
    shown: tuple[Shown, ...] = ()
    rests_on: frozenset[str] = frozenset()
    on_all: bool = False
    exact: bool = True
    outline: Outline | None = None


class Project:
    """The files that one configuration is for.

    Args:
        configuration: theirs.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self.checker = Checker(Job(configuration.settings, configuration.root))
        self.results: dict[str, Result] = {}
        self._anchors: dict[str, Result] = {}  # the last of a text that could be parsed, for what is typed next

    def text_of(self, path: str) -> str | None:
        """The text that a path of an open buffer has for this project."""
        source = self.checker.linter.project.files.buffers.get(path)
        return source.text if source is not None else None

    def use(self, buffer: Buffer) -> None:
        """Take in a buffer's text, and forget the results that rest on the one before."""
        if buffer.kind != "python":
            return
        document = buffer.document()
        source = document.parts[0]
        if self.text_of(buffer.path) == source.text:
            return
        self.checker.linter.project.use(source)
        self.outdate(buffer.path)

    def forget(self, uri: str) -> None:
        """Forget the result of a buffer that is closed."""
        self.results.pop(uri, None)
        self._anchors.pop(uri, None)

    def outdate(self, path: str) -> None:
        """Forget the results that rest on a path."""
        gone = [uri for uri, result in self.results.items() if result.on_all or path in result.rests_on]
        for uri in gone:
            if self.results[uri].buffer.path != path:
                del self.results[uri]
                self._anchors.pop(uri, None)

    def check(self, buffer: Buffer, exact: bool) -> Result:
        """What a buffer comes to; from memory where nothing that decides it has changed.

        Args:
            buffer: as it is now.
            exact: whether a provisional answer will not do.
        """
        known = self.results.get(buffer.uri)
        if known is not None and (known.exact or not exact) and _texts(known.buffer) == _texts(buffer):
            self.results[buffer.uri] = known = known._replace(buffer=buffer)
            return known
        anchor = self._anchors.get(buffer.uri) if not exact else None
        result = (self._focused(anchor, buffer) if anchor else None) or self._checked(buffer)
        self.results[buffer.uri] = result
        if result.outline is not None:
            self._anchors[buffer.uri] = result
        return result

    def _checked(self, buffer: Buffer) -> Result:
        try:
            document = buffer.document()
        except (DocumentError, SourceError):
            return Result(buffer, None)
        # First, while the tree is there that the linter is about to use.
        regions = outline(document.parts[0]) if buffer.kind == "python" else None
        judged = tuple(self.checker.judge(document))
        shown = dict.fromkeys(shown for found in judged if found.shown for shown in [_shown(document, found)])
        behind = self.checker.linter.project.behind(buffer.path)
        rests_on = frozenset(folder + name for folder, names in behind.texts.items() for name in names)
        return Result(buffer, document, judged, tuple(shown), rests_on, "tree" in behind.questions, True, regions)

    def _focused(self, known: Result, buffer: Buffer) -> Result | None:
        """The same by a cut of the text; None where there is none to make."""
        if known.outline is None or buffer.kind != "python":
            return None
        document = buffer.document()
        found = cut(known.outline, document.parts[0])
        if found is None:
            return None
        part = Document(buffer.path, (found.source,), (Program(found.source),), document.encode)
        stays = [each for each in known.judged if each.diagnostic.range.start.line not in found.lines]
        waits = _WAITING - {each.diagnostic.code for each in known.judged}
        try:
            of_part = self.checker.judge(part)
        finally:
            self.back_to(document)
        new = [
            each
            for each in of_part
            if each.diagnostic.range.start.line in found.lines and each.diagnostic.code not in waits
        ]
        judged = sorted([*stays, *new], key=lambda each: (each.diagnostic.range, each.diagnostic.code))
        shown = dict.fromkeys(_shown(document, each) for each in judged if each.shown)
        return known._replace(
            buffer=buffer, document=document, judged=tuple(judged), shown=tuple(shown), exact=False,
            outline=found.outline,
        )  # fmt: skip

    def back_to(self, document: Document) -> None:
        """Use a buffer's text again, after others were tried in its place: other requests are about that one."""
        for program in document.programs:
            self.checker.linter.project.use(program.source)

    def file(self, result: Result) -> File | None:
        """The file of a Python buffer whose text is in use; None where it cannot be parsed."""
        if result.document is None or result.buffer.kind != "python":
            return None
        source = result.document.parts[0]
        if any(found.diagnostic.code == UNREADABLE for found in result.judged):
            return None
        return self.checker.linter.project.open(source)


def _texts(buffer: Buffer) -> list[str]:
    return [part.text for part in buffer.parts]


def _shown(document: Document, judged: Judged) -> Shown:
    if not document.cells:  # the way through reports splits the whole text for each finding
        found, source = judged.diagnostic, document.parts[0]
        lines = source.lines[found.range.start.line - 1 : found.range.end.line]
        return Shown(0, Finding(document.path, found, tuple(line.rstrip("\n") for line in lines)))
    part, _ = document.located(document.programs[judged.program], judged.diagnostic)
    return Shown(part, finding_of(document, judged))


class Workspace:
    """All projects of a client.

    Args:
        preferences: what the editor says.
        buffers: what it holds now.
    """

    def __init__(self, preferences: Preferences, buffers: Callable[[], list[Buffer]]) -> None:
        self.configurations = Configurations(preferences)
        self._buffers = buffers
        self._projects: dict[str, Project] = {}
        self._closed: dict[str, tuple[tuple[object, ...], Result]] = {}

    def prefer(self, preferences: Preferences) -> None:
        """Take other settings from the editor."""
        if preferences != self.configurations.preferences:
            self.configurations = Configurations(preferences)
            self.restart()

    def restart(self) -> None:
        """Look at the disk anew: files or settings have changed."""
        self.configurations = Configurations(self.configurations.preferences)
        self._projects.clear()
        self._closed.clear()

    def project(self, path: str) -> Project:
        """The project of a file."""
        configuration = self.configurations.of(path)
        key = f"{configuration.root}\0{configuration.settings!r}"
        if key not in self._projects:
            self._projects[key] = Project(configuration)
        return self._projects[key]

    def check(self, buffer: Buffer, exact: bool = False) -> Result:
        """What a buffer comes to, with all buffers as they are now; see ``Project.check``."""
        project = self.project(buffer.path)
        if excluded(buffer.path, project.configuration):
            return Result(buffer, None)
        for other in self._buffers():
            if other.uri != buffer.uri and self.project(other.path) is project:
                project.use(other)
        self._took(project, buffer)
        return project.check(buffer, exact)

    def _took(self, project: Project, buffer: Buffer) -> None:
        """The text of a buffer voids what rests on it."""
        if buffer.kind == "python" and project.text_of(buffer.path) != Source("", buffer.parts[0].text).text:
            project.outdate(buffer.path)

    def outdated(self, buffers: Iterable[Buffer]) -> list[Buffer]:
        """Those of some buffers whose result is provisional, or has been voided by a change elsewhere."""
        held = list(buffers)
        for buffer in held:
            project = self.project(buffer.path)
            if buffer.uri not in project.results or project.results[buffer.uri].exact:
                project.use(buffer)
        known = [(buffer, self.project(buffer.path).results.get(buffer.uri)) for buffer in held]
        return [buffer for buffer, result in known if result is None or not result.exact]

    def close(self, uri: str, path: str) -> None:
        """A buffer is closed: what is on disk holds again."""
        for project in self._projects.values():
            project.forget(uri)
            if path in project.checker.linter.project.files.buffers:
                project.checker.linter.project.close(path)
                project.outdate(path)

    def changed(self, path: str, created_or_deleted: bool) -> bool:
        """A file has changed on disk; False where that is what a buffer holds, as after a save."""
        if not created_or_deleted:
            held = [project.text_of(path) for project in self._projects.values()]
            try:
                text = Source.from_file(path).text
            except SourceError:
                text = None
            if text is not None and text in held:
                return False
        self.restart()
        return True

    # --- files that are not open -----------------------------------------------------------------------------------

    def files(self, folders: Iterable[str]) -> Iterator[str]:
        """The Python files of folders that are to be checked. A notebook on disk has no places in the protocol."""
        seen: set[str] = set()
        for folder in folders:
            for path in find([folder], self.configurations.of(os.path.join(folder, "x.py"))).files:
                absolute = os.path.abspath(path)
                if kind_of(path) == "python" and absolute not in seen:
                    seen.add(absolute)
                    yield absolute

    def check_file(self, path: str) -> Result:
        """What a file on disk comes to."""
        project = self.project(path)
        try:
            status = os.stat(path)
            stamp: tuple[object, ...] = (
                status.st_mtime_ns, status.st_size, id(project), project.checker.linter.project.revision
            )  # fmt: skip
            known = self._closed.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            source = Source.from_file(path)
        except (OSError, SourceError) as error:
            return _unread(path, error)
        buffer = Buffer(path, path, "python", ())
        document = Document(path, (source,), (Program(source),), lambda raws: source.encode(raws.get(0, source.raw)))
        judged = tuple(project.checker.judge(document))
        result = Result(buffer, None, (), tuple(_shown(document, found) for found in judged if found.shown))
        self._closed[path] = stamp, result
        return result


def _unread(path: str, error: Exception) -> Result:
    said: Diagnostic = unreadable(f"cannot read {path}: {error}")
    return Result(Buffer(path, path, "python", ()), None, (), (Shown(0, Finding(path, said)),))
