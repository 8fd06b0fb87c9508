"""``Project``: one object through which the layers above ask about files, names and classes."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from ..source import Source
from .files import File, Files
from .ledger import Dependencies
from .library import FLAX_PATH, Library
from .search import Search, installed_folders
from .skim import Skim
from .trees import Trees

if TYPE_CHECKING:
    from ..facts.records import FunctionFacts
    from .classes import Classes, ModuleClass
    from .names import FunctionEntity, Names
    from .users import Users


# How many files' functions are held by name.
_BODIES_HELD = 128


class Project:
    """What is known of the files around the one that is linted.

    A skim of texts comes first; what follows names through parsed files is loaded once a file seems to hold a Module.

    Args:
        flax_version: a supported version of Flax (``library.SUPPORTED``).
        cache: where facts are kept; None for memory only.
        installed: folders of installed packages; None for those of the running Python.
    """

    def __init__(self, flax_version: str, cache: Path | None = None, installed: tuple[str, ...] | None = None) -> None:
        self.library = Library(flax_version)
        self.search = Search(installed_folders() if installed is None else installed)
        self.files = Files(self.search, self.library, cache)
        self.revision = 0
        self._edited: set[str] = set()
        self._trees = Trees(self.files.buffers)
        self._conclude()

    def _conclude(self) -> None:
        """Start over with what is concluded from the files; their facts stay."""
        self.revision += 1
        self._skim = Skim(self.files)
        self._bodies: dict[str, dict[tuple[str, int], FunctionFacts]] = {}
        for made in ("names", "classes", "users"):
            self.__dict__.pop(made, None)

    @functools.cached_property
    def names(self) -> Names:
        """What names mean."""
        from .names import Names

        return Names(self.files)

    @functools.cached_property
    def classes(self) -> Classes:
        """Hierarchies and fields of classes."""
        from .classes import Classes

        return Classes(self.files, self.names)

    @functools.cached_property
    def users(self) -> Users:
        """Who uses a class."""
        from .users import Users

        return Users(self.files, self.names, self.classes, self._trees)

    def modules_in(self, file: File) -> list[ModuleClass]:
        """The classes of a file that descend from ``flax.linen.Module``."""
        names = self._skim.candidates(file)
        return self.classes.modules_in(file, names) if names else []

    def may_hold_modules(self, file: File) -> bool:
        """Whether a class of a file may descend from ``flax.linen.Module``, as far as texts tell."""
        return bool(self._skim.candidates(file))

    def may_import_modules(self, file: File) -> bool:
        """Whether what a file imports may be a Module or make one, as far as texts tell."""
        return self._skim.may_import_modules(file)

    def in_full(self, function: FunctionEntity) -> FunctionEntity:
        """A function with its body and all that its signature says, where it is known by its outline alone."""
        path = function.file.path
        if path not in self._bodies:
            if len(self._bodies) >= _BODIES_HELD:
                del self._bodies[next(iter(self._bodies))]
            full = self.files.facts(function.file, "full")
            found = full.all_functions() if full else []
            self._bodies[path] = {(facts.qualname, facts.line): facts for facts in found}
        facts = self._bodies[path].get((function.facts.qualname, function.facts.line))
        return function._replace(facts=facts) if facts else function

    def open(self, source: Source) -> File:
        """The file of a text that is used for its path from now on."""
        return self.files.at(self.use(source))

    def use(self, source: Source) -> str:
        """Use a text for its path from now on. One that has changed starts a new ``revision`` of the project.

        Returns:
            The absolute path.
        """
        path, changed = self.files.open(source)
        if changed:
            self._edited.add(path)
            self._conclude()
        return path

    def untouched(self) -> Callable[[str], bool]:
        """Says of a path whether what was concluded about it rests on no text that has changed since this was last
        asked."""
        edited, self._edited = self._edited, set()
        known: dict[str, bool] = {}

        def stays(path: str) -> bool:
            if path not in known:
                known[path] = path.startswith(FLAX_PATH) or not self.files.ledger.rests_on(path, edited)
            return known[path]

        return stays

    def close(self, path: str) -> None:
        """Let go of a buffer at an absolute path; see ``Files.close``."""
        if self.files.close(path):
            self._edited.add(path)
            self._conclude()

    # --- what a conclusion rests on --------------------------------------------------------------------------------

    def behind(self, path: str) -> Dependencies:
        """What all that was concluded about a file so far rests on, but for its own text."""
        return self.files.ledger.behind(path)

    def state(self, dependencies: Dependencies) -> str | None:
        """A hash of what is found there; None where that has changed while this project looked."""
        import hashlib

        found = []
        for folder, names in dependencies.texts.items():
            for name in names:
                digest = self.files.digest(folder + name)
                if digest is None:
                    return None
                found.append(digest)
        for kind, names in dependencies.questions.items():
            found += map(self._trees.stamp, names) if kind == "tree" else self.search.answers(kind, names)
        return hashlib.blake2b("\0".join(found).encode("utf-8", "surrogatepass"), digest_size=20).hexdigest()
