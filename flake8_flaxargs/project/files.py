"""The files of a project, each read at most once a depth; and Flax's own, which come from the library."""

from __future__ import annotations

import os
from typing import NamedTuple

from ..facts.reader import DEPTHS, Depth
from ..facts.records import FileFacts
from ..facts.store import FactsStore
from ..source import Source, SourceError
from .library import FLAX_PATH, Library
from .search import PACKAGE_FILES, Located, Search

# How many files' texts are held at a time.
_TEXTS_HELD = 64


class File(NamedTuple):
    """A Python file that names lead to.

    Attributes:
        path: absolute; of Flax's own ``flax:`` and the module's path in the wheel.
        name: dotted name of the module.
        package: whether it is an ``__init__.py``.
    """

    path: str
    name: str
    package: bool

    @property
    def of_flax(self) -> bool:
        """Whether the file comes from the library of Flax's own facts."""
        return self.path.startswith(FLAX_PATH)


class Files:
    """Finds and reads files. What cannot be read or parsed holds no facts; its own lint run says why.

    Args:
        search: where modules are.
        store: the cache of facts.
        library: facts of Flax itself.
    """

    def __init__(self, search: Search, store: FactsStore, library: Library) -> None:
        self.search = search
        self._store = store
        self._library = library
        self._facts: dict[tuple[str, Depth], FileFacts | None] = {}
        self._files: dict[str, File] = {}
        self._sources: dict[str, Source] = {}
        self._hashes: dict[str, int] = {}
        self._current = ""

    def open(self, source: Source) -> bool:
        """Use this text for its path, whatever is on disk (flake8's stdin, an editor's buffer).

        Returns:
            Whether another text was known for the path before, so that what was concluded from it is void.
        """
        self._current = path = os.path.abspath(source.path)
        known = self._hashes.get(path)
        self._keep(path, source)
        if known == self._hashes[path]:
            return False
        found = [self._facts.pop((path, depth), False) for depth in DEPTHS]
        return known is not None or None in found  # None: it could not be read when a name led to it

    def _keep(self, path: str, source: Source) -> None:
        """Hold a text for a while. Trees and texts of all files would take more memory than their facts by far."""
        self._sources[path] = source
        self._hashes[path] = hash(source.text)
        if len(self._sources) > _TEXTS_HELD:
            del self._sources[next(other for other in self._sources if other != self._current)]

    def at(self, path: str) -> File:
        """The file at an absolute path."""
        if path not in self._files:
            self._files[path] = File(path, self.search.module_name(path), os.path.basename(path) in PACKAGE_FILES)
        return self._files[path]

    def source(self, file: File) -> Source | None:
        """The text of a file; None where it cannot be read, and for Flax's own."""
        if file.of_flax:
            return None
        source = self._sources.get(file.path)
        if source is None:
            try:
                source = Source.from_file(file.path)
            except SourceError:
                return None
            self._keep(file.path, source)
        return source

    def facts(self, file: File, depth: Depth) -> FileFacts | None:
        """The facts of a file, or None where it cannot be read or parsed."""
        full = self._facts.get((file.path, "full"))
        if full is not None:
            return full
        key = (file.path, depth)
        if key not in self._facts:
            self._facts[key] = self._read(file, depth)
        return self._facts[key]

    def _read(self, file: File, depth: Depth) -> FileFacts | None:
        if file.of_flax:
            return self._library.facts(file.path, depth)
        source = self.source(file)
        if source is None:
            return None
        try:
            return self._store.facts(source, depth)
        except SourceError:
            return None
        finally:
            if file.path != self._current:
                source.drop_tree()

    # --- modules ---------------------------------------------------------------------------------------------------

    def module(self, name: str, importer: File) -> Located | None:
        """The place of the module ``name`` as ``importer`` sees it.

        Flax is the library's, whatever is installed, unless the project itself holds a package of that name.
        """
        if importer.of_flax:
            return self._library.find(name)
        if name.partition(".")[0] != "flax":
            return self.search.find(name, importer.path)
        local = self.search.find_local(name, importer.path)
        return local if local is not None and local.file is not None else self._library.find(name) or local

    def library_module(self, name: str) -> Located | None:
        """Flax's own module ``name``, whatever the project holds."""
        return self._library.find(name)

    def relative(self, importer: File, level: int, name: str) -> Located | None:
        """The place that a relative import means."""
        if not importer.of_flax:
            return self.search.relative(importer.path, level, name)
        parts = importer.name.split(".")
        base = parts[: len(parts) - level + (1 if importer.package else 0)]
        return self._library.find(".".join([*base, *([name] if name else [])]))

    def child(self, package: Located, name: str) -> Located | None:
        """The submodule ``name`` of a package."""
        if package.folders and package.folders[0].startswith(FLAX_PATH):
            return self._library.find(".".join([*package.folders[0].removeprefix(FLAX_PATH).split("/"), name]))
        return self.search.child(package, name)

    def located(self, place: Located) -> File | None:
        """The file of a place; None for a namespace package."""
        if place.file is None:
            return None
        if place.file.startswith(FLAX_PATH):
            parts = place.file.removeprefix(FLAX_PATH).removesuffix(".py").split("/")
            package = parts[-1] == "__init__"
            return File(place.file, ".".join(parts[:-1] if package else parts), package)
        return self.at(place.file)
