"""The files of a project, each read at most once a depth; and Flax's own, which come from the library."""

from __future__ import annotations

import functools
import os
import sys
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from ..source import Source, SourceError
from .ledger import Ledger
from .library import FLAX_PATH, Library
from .search import PACKAGE_FILES, Located, Question, Search

if TYPE_CHECKING:
    from ..facts.reader import Depth
    from ..facts.records import FileFacts
    from ..facts.store import FactsStore

# The class that all Modules descend from: its module and name.
ROOT = ("flax.linen.module", "Module")
_PACKAGE_ENDS = tuple(os.sep + name for name in PACKAGE_FILES)
# How many files' texts are held at a time.
_TEXTS_HELD = 64
# How many syntax trees of files that are not linted themselves.
_TREES_HELD = 8
# How many files' facts are held in full.
_BODIES_HELD = 128


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
        library: facts of Flax itself.
        cache: where facts are kept; None for memory only.
    """

    def __init__(self, search: Search, library: Library, cache: Path | None) -> None:
        self.search = search
        self.ledger = Ledger()
        self._library = library
        self._cache = cache
        self._facts: dict[str, dict[Depth, FileFacts | None]] = {}
        self._with_bodies: dict[str, None] = {}
        self._parsed: deque[Source] = deque()
        self._files: dict[str, File] = {}
        self._tops: dict[str, str] = {}
        self._sources: dict[str, Source] = {}
        self.buffers: dict[str, Source] = {}  # by path; never let go of while the editor holds them
        self._hashes: dict[str, int | None] = {}  # None: it could not be read
        self._digests: dict[str, str] = {}
        self._changed: set[str] = set()
        self._places: dict[tuple[str, str], tuple[Located | None, set[Question]]] = {}
        self._noted: set[tuple[str, str, str]] = set()
        self._current = ""

    def open(self, source: Source) -> tuple[str, bool]:
        """Use this text for its path, whatever is on disk (flake8's stdin, an editor's buffer).

        Returns:
            The absolute path, and whether another text was known for it before, so that what was concluded from that
            is void.
        """
        self._current = path = os.path.abspath(source.path)
        unknown = path not in self._hashes
        known = self._hashes.get(path)
        self._keep(path, source)
        if known == self._hashes[path]:
            return path, False
        self._facts.pop(path, None)
        self._digests.pop(path, None)
        self._changed.discard(path)
        return path, not unknown

    def close(self, path: str) -> bool:
        """Let go of an editor's text: what is on disk holds again.

        Returns:
            Whether that is another text, so that what was concluded is void.
        """
        source = self.buffers.pop(path, None)
        if source is None:
            return False
        try:
            saved = Source.from_file(path)
        except SourceError:
            self._hashes.pop(path, None)
            self._facts.pop(path, None)
            self._digests.pop(path, None)
            return True
        return self.open(saved)[1]

    def _keep(self, path: str, source: Source) -> None:
        """Hold a text for a while. Trees and texts of all files would take more memory than their facts by far."""
        if source.buffer or path in self.buffers:
            self.buffers[path] = source
            self._sources.pop(path, None)
        else:
            self._sources[path] = source
        self._hashes[path] = hash(source.text)
        if len(self._sources) > _TEXTS_HELD:
            oldest = next(other for other in self._sources if other != self._current)
            gone = self._sources.pop(oldest)
            if gone.digested:
                self._digests.setdefault(oldest, gone.digest)

    def at(self, path: str) -> File:
        """The file at an absolute path."""
        if path not in self._files:
            self.search.rested_on()
            self._files[path] = File(path, self.search.module_name(path), path.endswith(_PACKAGE_ENDS))
            self.ledger.note(path, asked=self.search.rested_on())
        return self._files[path]

    def top(self, file: File) -> str:
        """The folder of a file's project: the one with a marker, else the outermost package, else its own folder."""
        if file.path not in self._tops:
            self.search.rested_on()
            self._tops[file.path] = self._find_top(file)
            self.ledger.note(file.path, asked=self.search.rested_on())
        return self._tops[file.path]

    def _find_top(self, file: File) -> str:
        root = self.search.project_root(file.path)
        if root is not None:
            return root
        depth = file.name.count(".") - (0 if file.package else 1)
        folder = os.path.dirname(file.path)
        for _ in range(max(depth, 0)):
            folder = os.path.dirname(folder)
        return folder

    def source(self, file: File) -> Source | None:
        """The text of a file; None where it cannot be read, and for Flax's own."""
        return None if file.of_flax else self._source(file.path)

    def _source(self, path: str) -> Source | None:
        source = self.buffers.get(path) or self._sources.get(path)
        if source is not None:
            return source
        known = self._hashes.get(path)
        try:
            source = Source.from_file(path)
        except SourceError:
            if self._hashes.setdefault(path, None) is not None:
                self._changed.add(path)
            return None
        first = path not in self._hashes
        self._keep(path, source)
        if not first and known != self._hashes[path]:
            self._changed.add(path)
        return source

    def digest(self, path: str) -> str | None:
        """A hash of the text that a path holds for this linter; None where it has been more than one text."""
        if path not in self._digests:
            source = self._source(path)
            self._digests[path] = source.digest if source is not None else ""
        return None if path in self._changed else self._digests[path]

    def facts(self, file: File, depth: Depth) -> FileFacts | None:
        """The facts of a file, or None where it cannot be read or parsed."""
        known = self._facts.setdefault(file.path, {})
        full = known.get("full")
        if full is not None:
            return full
        if depth not in known:
            known[depth] = self._read(file, depth)
            if depth == "full" and not file.of_flax:
                self._forget_bodies(file.path)
        return known[depth]

    def _forget_bodies(self, path: str) -> None:
        """Hold the bodies of the last files alone: those of a whole project would take hundreds of megabytes."""
        self._with_bodies[path] = None
        if len(self._with_bodies) > _BODIES_HELD:
            oldest = next(iter(self._with_bodies))
            del self._with_bodies[oldest]
            self._facts.get(oldest, {}).pop("full", None)

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
            if file.path != self._current:  # its bodies may be asked for soon after its outline
                self._parsed.append(source)
                if len(self._parsed) > _TREES_HELD:
                    self._parsed.popleft().drop_tree()

    @functools.cached_property
    def _store(self) -> FactsStore:
        """Loaded, with all that facts are made by, once the facts of a file are asked for."""
        from ..facts.store import FactsStore

        return FactsStore(self._cache, self._library.version)

    # --- modules ---------------------------------------------------------------------------------------------------

    def _place(self, importer: File, near: str, key: str, find: Callable[[], Located | None]) -> Located | None:
        """The place that all files ``near`` by mean, and in the ledger that ``importer`` rests on it."""
        known = self._places.get((near, key))
        if known is None:
            self.search.rested_on()
            known = self._places[near, key] = find(), self.search.rested_on()
        place, asked = known
        note = (importer.path, near, key)
        if note not in self._noted:
            self._noted.add(note)
            found = (place.file,) if place and place.file and not place.file.startswith(FLAX_PATH) else ()
            self.ledger.note(importer.path, found, asked)
        return place

    def module(self, name: str, importer: File) -> Located | None:
        """The place of the module ``name`` as ``importer`` sees it.

        Flax is the library's, whatever is installed, unless the project itself holds a package of that name.
        """
        if importer.of_flax:
            return self._library.find(name)
        # A module that shadows one of the standard library does so for all but itself.
        near = importer.path if name.partition(".")[0] in sys.stdlib_module_names else _folder(importer.path)
        return self._place(importer, near, name, lambda: self._module(name, importer))

    def _module(self, name: str, importer: File) -> Located | None:
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
            key = "." * level + name
            return self._place(
                importer, _folder(importer.path), key, lambda: self.search.relative(importer.path, level, name)
            )
        parts = importer.name.split(".")
        base = parts[: len(parts) - level + (1 if importer.package else 0)]
        return self._library.find(".".join([*base, *([name] if name else [])]))

    def child(self, package: Located, name: str, importer: File) -> Located | None:
        """The submodule ``name`` of a package, as ``importer`` comes to ask for it."""
        if package.folders and package.folders[0].startswith(FLAX_PATH):
            return self._library.find(".".join([*package.folders[0].removeprefix(FLAX_PATH).split("/"), name]))
        near = "\0".join(package.folders)  # the key is told from a module's name by its slash
        return self._place(importer, near, f"/{name}", lambda: self.search.child(package, name))

    def located(self, place: Located) -> File | None:
        """The file of a place; None for a namespace package."""
        if place.file is None:
            return None
        if place.file.startswith(FLAX_PATH):
            parts = place.file.removeprefix(FLAX_PATH).removesuffix(".py").split("/")
            package = parts[-1] == "__init__"
            return File(place.file, ".".join(parts[:-1] if package else parts), package)
        return self.at(place.file)


def _folder(path: str) -> str:
    return path.rpartition(os.sep)[0]
