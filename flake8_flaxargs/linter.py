"""``Linter.lint(source) -> diagnostics``: the one door that every front end goes through."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from .config import CONTRACT_CODES, UNREADABLE, Config
from .model import Diagnostic, Position, Range
from .project.project import Project
from .source import Source, SourceError
from .verdicts import Verdicts

if TYPE_CHECKING:
    from .contracts.checks import Suspect
    from .contracts.inference.engine import Engine
    from .contracts.merges import Merges
    from .contracts.report import MethodReport
    from .project.files import File

# A file that does not say flax can only hold Modules that it takes from other files; one without this holds none.
_CLASS = "class"
_IMPORTS_FLAX = ("import flax", "from flax", "import linen", "linen as nn")
# How a Module is run from outside; in a file that does not say flax it has to look more like Flax's than anybody's.
_ENTRIES = (".apply(", ".apply,", ".apply)", "apply_fn", ".bind(", "nn.apply(", "flax.core.nn")
# The same in a file that may take its Modules from another: what applies itself is no Module that is imported.
_RUNS, _OWN = (".apply(", ".apply,", ".apply)", "apply_fn"), ("self", "cls")
_TELLING = ("apply_fn", ".apply({", ".apply(variables", ".apply(params", "rngs=")


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
        self._verdicts = Verdicts(self.project, self.config)
        self._merges: Merges | None = None
        self._engine: Engine | None = None
        self._revision = self.project.revision
        self._contracts = any(map(self.config.enabled, CONTRACT_CODES))

    def lint(self, source: Source) -> tuple[Diagnostic, ...]:
        """The findings of a file, by place and code. A file that cannot be checked is one finding, JFX000."""
        path = self.project.use(source)
        self._catch_up()
        try:
            enters = self._contracts and _may_enter_modules(source)
            says_flax = source.says_flax and (enters or _CLASS in source.text)
            known = self._verdicts.get(source, path) if says_flax else None
            if known is not None:
                return known
            source.tree  # noqa: B018  (raises where the file cannot be parsed; flake8 has parsed it already)
            runs = self._contracts and not enters and _may_run_what_it_imports(source)
            if not enters and not runs and _CLASS not in source.text:
                return ()
            file = self.project.files.at(path)
            enters = enters or (runs and self.project.may_import_modules(file))
            if enters or self.project.may_hold_modules(file):
                known = None if says_flax else self._verdicts.get(source, path)
                if known is not None:
                    return known
            elif not says_flax:  # most files: the cache is for those that cost something
                return ()
            with _uncollected():
                found = self._check(source, file, enters)
            self._verdicts.put(source, path, found)
            return found
        except SourceError as error:
            return (unreadable(str(error), error.line, error.column),)
        finally:
            source.drop_tree()

    def _catch_up(self) -> None:
        """Let go of what was concluded from texts that others have taken the place of since."""
        if self._revision == self.project.revision:
            return
        self._revision = self.project.revision
        self._merges = None
        stays = self.project.untouched()
        if self._engine is not None and self.project.files.buffers:  # an editor waits; all else goes the shortest way
            self._engine.edited(stays)
        else:
            self._engine = None

    def lint_path(self, path: str | Path) -> tuple[Diagnostic, ...]:
        """The findings of a file on disk."""
        try:
            source = Source.from_file(path)
        except SourceError as error:
            return (unreadable(str(error), error.line, error.column),)
        return self.lint(source)

    def _check(self, source: Source, file: File, enters: bool) -> tuple[Diagnostic, ...]:
        """The findings of a file, worked out.

        Raises:
            SourceError: the file cannot be parsed.
        """
        reports = self._reports(file)
        suspects = self._suspects(file) if self._contracts and (enters or self.project.modules_in(file)) else []
        if not reports and not suspects:
            return ()
        found = _confirm()(source, self.project, self.merges, reports, suspects, self.config)
        return tuple(sorted(found, key=lambda diagnostic: (diagnostic.range, diagnostic.code)))

    def _reports(self, file: File) -> list[MethodReport]:
        """The methods of the file's Modules in which an enabled rule may find something."""
        modules = self.project.modules_in(file)
        if not modules:
            return []
        from .contracts.worth import worth_a_look

        found = []
        for module in modules:
            if not worth_a_look(self.project, module):
                continue
            for function in self.merges.methods(module):
                if not self.merges.worth_a_report(module, function):
                    continue
                report = self.merges.report(module, function)
                if any(map(self.config.enabled, report.suspects())):
                    found.append(report)
        return found

    def _suspects(self, file: File) -> list[Suspect]:
        """What contracts say against the file's code, of enabled rules."""
        from .contracts.checks import suspects

        self.engine.begin()
        try:
            return suspects(self.engine, file, self.config.enabled)
        except RecursionError:  # nested beyond what anybody writes: nothing is known, nothing is said
            self._engine = None
            return []

    @property
    def engine(self) -> Engine:
        """What infers contracts; made, and its code loaded, only once a file may concern them.

        It knows the texts that the project uses now, also where the last of them came by no ``lint``: an editor's own,
        after a fix of it was tried.
        """
        self._catch_up()
        if self._engine is None:
            from .contracts.inference.engine import Engine

            self._engine = Engine(self.project)
        return self._engine

    @property
    def merges(self) -> Merges:
        """What is known of arguments; made, and its code loaded, only once a file holds a Module."""
        self._catch_up()
        if self._merges is None:
            from .contracts.merges import Merges

            self._merges = Merges(self.project, self.config.ignore_annotations)
        return self._merges


def _may_enter_modules(source: Source) -> bool:
    """Whether a file may run a Module from outside; PyTorch, pandas and much of JAX have an ``apply``, too."""
    text, says_flax = source.text, source.says_flax
    if (says_flax or "linen" in text) and any(name in text for name in _IMPORTS_FLAX):
        return any(name in text for name in _ENTRIES)
    return (says_flax or "jax" in text) and any(name in text for name in _TELLING)


def _may_run_what_it_imports(source: Source) -> bool:
    """Whether a file that says nothing of Flax runs what may be a Module of another file."""
    text = source.text
    if source.says_flax:
        return False
    return ".bind(" in text or ("apply" in text and any(_runs(text, part) for part in _RUNS))


def _runs(text: str, part: str) -> bool:
    at = text.find(part)
    while at >= 0:
        if not text.endswith(_OWN, 0, at):
            return True
        at = text.find(part, at + 1)
    return False


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector, which would look through all of flake8's heap, again and again, for nothing."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _confirm() -> Callable[..., list[Diagnostic]]:
    """What confirms candidates; imported, and libcst with it, only for a file that has one."""
    from .rules.confirm import confirm

    return confirm


def unreadable(message: str, line: int = 1, column: int = 0) -> Diagnostic:
    """The finding that says why a file was not checked."""
    place = Position(line, column)
    return Diagnostic(UNREADABLE, " ".join(message.split()), Range(place, place))
