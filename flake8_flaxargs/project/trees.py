"""All Python files below a folder, for what only a search of the whole project tells."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Mapping

from ..source import Source

# How many words' files are known at a time, where there are buffers.
_SEARCHES_HELD = 512
# How much of a project's text is held for the next search.
_BYTES_HELD = 48 << 20
# A pipe would wait for somebody to write; Windows opens text otherwise than it is.
_AT_ONCE = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
# Folders that hold no source of the project's own.
_SKIPPED = {"__pycache__", "node_modules", "site-packages", "build", "dist"}


class Trees:
    """Folders, each walked once.

    Args:
        buffers: by path, texts that go before what is on disk; they may change at any time.
    """

    def __init__(self, buffers: Mapping[str, Source]) -> None:
        self._buffers = buffers
        self._found: dict[tuple[str, bytes], list[str]] = {}
        self._paths: dict[str, tuple[str, ...]] = {}
        self._stamps: dict[str, str] = {}
        self._held_top = ""
        self._held_contents: list[tuple[str, bytes]] | None = None  # None: too much of it

    def holding(self, top: str, wanted: bytes) -> list[str]:
        """The files below a folder whose bytes hold ``wanted``."""
        if not self._buffers:
            if top not in self._stamps:  # the first search reads all of them: what they hold is known from then on
                return self._read(top, wanted)
            return [path for path, data in self._contents(top) if wanted in data]
        key = (top, wanted)  # an editor asks again after each key, and only its buffers have changed
        if key not in self._found:
            if len(self._found) >= _SEARCHES_HELD:
                self._found.clear()
            self._found[key] = [path for path in self._below(top) if wanted in (_bytes(path) or b"")]
        word = wanted.decode()
        found = [path for path in self._found[key] if path not in self._buffers]
        return sorted([*found, *(path for path, source in self._held(top) if word in source.text)])

    def _contents(self, top: str) -> Iterable[tuple[str, bytes]]:
        """What the files below a folder hold; of the last folder it is kept, where it is not too much."""
        if self._held_top != top:
            self._held_top, self._held_contents = top, _at_most(_BYTES_HELD, _read_all(self._below(top)))
        return _read_all(self._below(top)) if self._held_contents is None else self._held_contents

    def stamp(self, top: str) -> str:
        """A hash of all files below a folder, as they were when they were first searched; of buffers, as they are."""
        if top not in self._stamps:
            self._read(top, b"")
        held = sorted((path, source.digest) for path, source in self._held(top))
        return f"{self._stamps[top]}{held or ''}"

    def _held(self, top: str) -> list[tuple[str, Source]]:
        """The buffers below a folder; a notebook is nobody's module."""
        inside = os.path.join(top, "")
        named = list(self._buffers.items())
        return [(path, source) for path, source in named if path.startswith(inside) and path.endswith(".py")]

    def _read(self, top: str, wanted: bytes) -> list[str]:
        import hashlib

        found = []
        digest = hashlib.blake2b(digest_size=20)
        for path in self._below(top):
            data = _bytes(path)
            digest.update(f"{path}\0{-1 if data is None else len(data)}\0".encode("utf-8", "surrogatepass"))
            if data is not None:
                digest.update(data)
                if wanted in data:
                    found.append(path)
        self._stamps[top] = digest.hexdigest()
        return found

    def _below(self, top: str) -> tuple[str, ...]:
        if top not in self._paths:
            self._paths[top] = tuple(_python_files(top))
        return self._paths[top]


def _python_files(top: str) -> Iterator[str]:
    for folder, folders, names in os.walk(top, followlinks=False):
        if "pyvenv.cfg" in names:
            folders.clear()
            continue
        folders[:] = sorted(name for name in folders if name not in _SKIPPED and not name.startswith("."))
        for name in sorted(names):
            if name.endswith(".py"):
                yield os.path.join(folder, name)


def _read_all(paths: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    return ((path, _bytes(path) or b"") for path in paths)


def _at_most(limit: int, contents: Iterable[tuple[str, bytes]]) -> list[tuple[str, bytes]] | None:
    """Contents of files; None where they are more bytes than that."""
    found = []
    for path, data in contents:
        found.append((path, data))
        limit -= len(data)
        if limit < 0:
            return None
    return found


def _bytes(path: str) -> bytes | None:
    """What a file holds; a search reads all of them, and ``open`` takes longer than reading one."""
    try:
        file = os.open(path, os.O_RDONLY | _AT_ONCE)
    except (OSError, ValueError):
        return None
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode):
            return None
        parts = [os.read(file, found.st_size + 1)]
        while parts[-1]:
            parts.append(os.read(file, 1 << 20))
        return b"".join(parts)
    except OSError:
        return None
    finally:
        os.close(file)
