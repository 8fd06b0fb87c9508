"""``Project``: one object through which the layers above ask about files, names and classes."""

from __future__ import annotations

import os
from pathlib import Path

from ..facts.records import FunctionFacts
from ..facts.store import FactsStore
from ..source import Source
from .classes import Classes
from .files import File, Files
from .library import Library
from .names import FunctionEntity, Names
from .search import Search, installed_folders
from .users import Users


class Project:
    """What is known of the files around the one that is linted.

    Args:
        flax_version: a supported version of Flax (``library.SUPPORTED``).
        cache: where facts are kept; None for memory only.
        installed: folders of installed packages; None for those of the running Python.
    """

    def __init__(self, flax_version: str, cache: Path | None = None, installed: tuple[str, ...] | None = None) -> None:
        self.library = Library(flax_version)
        self.search = Search(installed_folders() if installed is None else installed)
        self.files = Files(self.search, FactsStore(cache, flax_version), self.library)
        self.revision = 0
        self._conclude()

    def _conclude(self) -> None:
        """Start over with what is concluded from the files; their facts stay."""
        self.revision += 1
        self._bodies: dict[str, dict[tuple[str, int], FunctionFacts]] = {}
        self.names = Names(self.files)
        self.classes = Classes(self.files, self.names)
        self.users = Users(self.files, self.names, self.classes)

    def in_full(self, function: FunctionEntity) -> FunctionEntity:
        """A function with its body and all that its signature says, where it is known by its outline alone."""
        path = function.file.path
        if path not in self._bodies:
            full = self.files.facts(function.file, "full")
            found = full.all_functions() if full else []
            self._bodies[path] = {(facts.qualname, facts.line): facts for facts in found}
        facts = self._bodies[path].get((function.facts.qualname, function.facts.line))
        return FunctionEntity(function.file, facts) if facts else function

    def at(self, source: Source) -> File:
        """The file of a text that has been opened."""
        return self.files.at(os.path.abspath(source.path))

    def open(self, source: Source) -> File:
        """The file of a text that is linted now. A text that has changed starts a new ``revision`` of the project."""
        if self.files.open(source):
            self._conclude()
        return self.files.at(os.path.abspath(source.path))
