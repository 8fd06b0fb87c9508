"""``Linter.lint(source) -> diagnostics``: the one door that every front end goes through."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from .config import Config
from .model import Diagnostic, Position, Range
from .project.project import Project
from .source import Source, SourceError

if TYPE_CHECKING:
    from .contracts.checks import Suspect
    from .contracts.inference.engine import Engine
    from .contracts.merges import Merges
    from .contracts.report import MethodReport

UNREADABLE = "JFX000"


class Linter:
    """Lints files of one project after another; what is learnt of a file serves the next.

    Args:
        config: see ``Config``.

    Raises:
        ConfigError: a setting cannot be used.
    """

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        self.project = Project(self.config.library_version(), self.config.cache_directory)
        self._merges: Merges | None = None
        self._engine: Engine | None = None
        self._revision = self.project.revision

    def lint(self, source: Source) -> tuple[Diagnostic, ...]:
        """The findings of a file, by place and code. A file that cannot be checked is one finding, JFX000."""
        try:
            reports = self._reports(source)
            suspects = self._suspects(source)
            if not reports and not suspects:
                return ()
            found = _confirm()(source, self.project, self.merges, reports, suspects, self.config)
        except SourceError as error:
            found = [unreadable(str(error), error.line, error.column)]
        finally:
            source.drop_tree()
        return tuple(sorted(found, key=lambda diagnostic: (diagnostic.range, diagnostic.code)))

    def lint_path(self, path: str | Path) -> tuple[Diagnostic, ...]:
        """The findings of a file on disk."""
        try:
            source = Source.from_file(path)
        except SourceError as error:
            return (unreadable(str(error), error.line, error.column),)
        return self.lint(source)

    def _reports(self, source: Source) -> list[MethodReport]:
        """The methods of the file's Modules in which an enabled rule may find something.

        Raises:
            SourceError: the file cannot be parsed.
        """
        source.tree  # noqa: B018  (raises where the file cannot be parsed; flake8 has parsed it already)
        file = self.project.open(source)
        if self._revision != self.project.revision:  # an edited text: nothing concluded from the old one may stay
            self._merges = None
            self._engine = None
            self._revision = self.project.revision
        found = []
        for module in self.project.classes.modules_in(file):
            if not self.merges.worth_a_look(module):
                continue
            for function in self.merges.methods(module):
                if not self.merges.worth_a_report(module, function):
                    continue
                report = self.merges.report(module, function)
                if any(map(self.config.enabled, report.suspects())):
                    found.append(report)
        return found

    def _suspects(self, source: Source) -> list[Suspect]:
        """What contracts say against the file's code, of enabled rules."""
        from .contracts.checks import suspects

        file = self.project.at(source)
        return [suspect for suspect in suspects(self.engine, file) if self.config.enabled(suspect.code)]

    @property
    def engine(self) -> Engine:
        """What infers contracts; made, and its code loaded, only once a file may concern them."""
        if self._engine is None:
            from .contracts.inference.engine import Engine

            self._engine = Engine(self.project)
        self._engine.fresh_budget()
        return self._engine

    @property
    def merges(self) -> Merges:
        """What is known of arguments; made, and its code loaded, only once a file holds a Module."""
        if self._merges is None:
            from .contracts.merges import Merges

            self._merges = Merges(self.project, self.config.ignore_annotations)
        return self._merges


def _confirm() -> Callable[..., list[Diagnostic]]:
    """What confirms candidates; imported, and libcst with it, only for a file that has one.

    An import makes what stays: the collector would look through all of flake8's heap, again and again, for nothing.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        from .rules.confirm import confirm
    finally:
        if collecting:
            gc.enable()
    return confirm


def unreadable(message: str, line: int = 1, column: int = 0) -> Diagnostic:
    """The finding that says why a file was not checked."""
    place = Position(line, column)
    return Diagnostic(UNREADABLE, " ".join(message.split()), Range(place, place))
