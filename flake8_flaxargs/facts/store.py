"""The cache of facts: one small file an entry, named by what it was made from.

Safe among workers, processes and machines: entries are written to a temporary file and renamed, carry a checksum, and
are made anew when damaged. A place that cannot be written is no error: the facts are then only kept in memory.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

from .. import __version__
from ..source import Source
from .reader import Depth, read
from .records import FileFacts

_CHECKSUM_SIZE = 16
_decoder = msgspec.msgpack.Decoder(FileFacts)
_encoder = msgspec.msgpack.Encoder()


def default_directory() -> Path | None:
    """The platform's place for caches (XDG on Linux); None where there is no home."""
    try:
        if sys.platform == "win32":
            base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
        elif sys.platform == "darwin":
            base = Path.home() / "Library" / "Caches"
        else:
            given = os.environ.get("XDG_CACHE_HOME", "")
            base = Path(given) if os.path.isabs(given) else Path.home() / ".cache"  # XDG: a relative path is invalid
    except RuntimeError:
        return None
    return base / "flaxargs"


class FactsStore:
    """Reads facts, from the cache where it holds them.

    Args:
        directory: where entries live; None keeps nothing on disk.
        flax_version: the Flax whose facts are in use (part of an entry's name, as is the version of this package).
    """

    def __init__(self, directory: Path | None, flax_version: str) -> None:
        python = f"py{sys.version_info.major}.{sys.version_info.minor}"
        self._directory = (
            str(directory / f"{__version__}-{_reader_digest()}-{python}-flax{flax_version}") if directory else None
        )
        self._made: set[str] = set()

    def facts(self, source: Source, depth: Depth) -> FileFacts:
        """The facts of a file.

        Raises:
            SourceError: the file cannot be parsed.
        """
        # The outline of what is parsed already (flake8 has parsed the file that it lints)
        # is read faster than looked up.
        entry = None if source.parsed and depth == "outline" else self._entry(source, depth)
        if entry is None:
            return read(source, depth)
        facts = _load(entry)
        if facts is None:
            facts = read(source, depth)
            self._save(entry, facts)
        return facts

    def _entry(self, source: Source, depth: Depth) -> str | None:
        if self._directory is None:
            return None
        digest = source.digest
        return os.path.join(self._directory, digest[:2], f"{digest[2:]}.{depth}")

    def _save(self, entry: str, facts: FileFacts) -> None:
        payload = _encoder.encode(facts)
        folder = os.path.dirname(entry)
        try:
            if folder not in self._made:
                os.makedirs(folder, exist_ok=True)
                self._made.add(folder)
            handle, temporary = tempfile.mkstemp(dir=folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(_checksum(payload) + payload)
                if os.path.isdir(entry):
                    shutil.rmtree(entry, ignore_errors=True)
                os.replace(temporary, entry)
            except BaseException:
                os.unlink(temporary)
                raise
        except OSError:
            self._directory = None  # read-only or full: asking again for every file would only cost time


def _load(entry: str) -> FileFacts | None:
    try:
        with open(entry, "rb") as file:
            data = file.read()
    except OSError:
        return None
    payload = data[_CHECKSUM_SIZE:]
    if data[:_CHECKSUM_SIZE] != _checksum(payload):
        return None
    try:
        return _decoder.decode(payload)
    except (msgspec.MsgspecError, RecursionError):
        return None


def _checksum(payload: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=_CHECKSUM_SIZE).digest()


@functools.cache
def _reader_digest() -> str:
    """A digest of the code that makes facts, so that an entry never outlives the reader that wrote it."""
    digest = hashlib.blake2b(digest_size=6)
    for name in ("records.py", "reader.py", "body.py", "../source.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()
