"""The cache of verdicts: what linting a file came to, kept with all that it rests on.

An entry holds only while everything it rests on is as it was: the other files that names led to, the folders that were
looked through for modules, and, where the users of a class were searched, the whole project. It is named by the file's
own text and by who decides: this package's code, the configuration, libcst, the Python and the Flax. So an entry can be
taken for the verdict that would be reached now, without loading what reaches it.
"""

from __future__ import annotations

import functools
import os
import sys
from importlib.metadata import version
from pathlib import Path

import msgspec

from . import __version__
from .config import CODES, UNREADABLE, Config
from .model import Diagnostic
from .project.ledger import Dependencies
from .project.project import Project
from .shelf import Shelf
from .source import Source


class Verdict(msgspec.Struct, frozen=True, array_like=True):
    """An entry: the findings, what they rest on, and the ``Project.state`` in which that was."""

    found: tuple[Diagnostic, ...]
    dependencies: Dependencies
    state: str


class Verdicts:
    """Verdicts on files of one project.

    Args:
        project: says what a verdict rests on, and whether that is as it was.
        config: ``cache_directory`` is where entries live.
    """

    def __init__(self, project: Project, config: Config) -> None:
        self._project = project
        self._config = config

    def get(self, source: Source, path: str) -> tuple[Diagnostic, ...] | None:
        """The findings of a file (at an absolute path) where they are known and still hold."""
        if self._config.cache_directory is None or source.buffer:
            return None
        payload = self._shelf.load(self._name(source, path))
        if payload is None:
            return None
        try:
            verdict = _decoder().decode(payload)
        except (msgspec.MsgspecError, RecursionError):
            return None
        return verdict.found if self._project.state(verdict.dependencies) == verdict.state else None

    def put(self, source: Source, path: str, found: tuple[Diagnostic, ...]) -> None:
        """Keep the findings of a file that has just been linted.

        Not where part of it could not be checked: the next version of whatever could not may do better.
        """
        if (
            self._config.cache_directory is None
            or source.buffer
            or any(diagnostic.code == UNREADABLE for diagnostic in found)
        ):
            return
        dependencies = self._project.behind(path)
        state = self._project.state(dependencies)
        if state is None or not self._shelf.usable:
            return
        try:
            payload = msgspec.msgpack.encode(Verdict(found, dependencies, state))
        except UnicodeError:  # a file's name that is no text
            return
        self._shelf.save(self._name(source, path), payload)

    def _name(self, source: Source, path: str) -> str:
        shown = source.path if os.path.abspath(source.path) != source.path else ""  # as findings show it
        return _digest("\0".join([path, shown, source.digest]).encode("utf-8", "surrogatepass"))

    @functools.cached_property
    def _shelf(self) -> Shelf:
        directory = self._config.cache_directory
        return Shelf(str(directory / f"{__version__}-{self._judge()}") if directory else None, "verdict")

    def _judge(self) -> str:
        """A hash of all that decides beside the files."""
        config = self._config
        parts = (
            _code(self._project.library.version),
            sys.version,
            version("libcst"),
            self._project.library.version,
            self._project.search.installed,
            config.methods,
            config.ignore_annotations,
            config.fixes,
            [code for code in CODES if config.enabled(code)],
        )
        return _digest(repr(parts).encode("utf-8", "surrogatepass"))[:16]


@functools.cache
def _decoder() -> msgspec.msgpack.Decoder[Verdict]:
    return msgspec.msgpack.Decoder(Verdict)


@functools.cache
def _code(flax_version: str) -> str:
    """A hash of the code and data that decide: all of this package but what shows the findings."""
    data = f"flax-{flax_version}.msgpack"
    root = Path(__file__).parent
    parts = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in {"frontends", "__pycache__"})
        parts += [Path(folder, name).read_bytes() for name in sorted(names) if name.endswith(".py") or name == data]
    return _digest(b"\0".join(parts))


def _digest(data: bytes) -> str:
    import hashlib

    return hashlib.blake2b(data, digest_size=20).hexdigest()
