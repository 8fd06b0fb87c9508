"""The cache of facts, which name themselves by the text, the reader and the Python that they were made from."""

from __future__ import annotations

import functools
import hashlib
import sys
from pathlib import Path

import msgspec

from .. import __version__
from ..shelf import Shelf
from ..source import Source
from .reader import DEPTHS, Depth, read
from .records import FileFacts

_decoder = msgspec.msgpack.Decoder(FileFacts)
_encoder = msgspec.msgpack.Encoder()


class FactsStore:
    """Reads facts, from the cache where it holds them.

    Args:
        directory: where entries live; None keeps nothing on disk.
        flax_version: the Flax whose facts are in use (part of an entry's name, as is the version of this package).
    """

    def __init__(self, directory: Path | None, flax_version: str) -> None:
        python = f"py{sys.version_info.major}.{sys.version_info.minor}"
        name = f"{__version__}-{_reader_digest()}-{python}-flax{flax_version}"
        self._shelves = {depth: Shelf(str(directory / name) if directory else None, depth) for depth in DEPTHS}

    def facts(self, source: Source, depth: Depth) -> FileFacts:
        """The facts of a file.

        Raises:
            SourceError: the file cannot be parsed.
        """
        shelf = self._shelves[depth]
        # The outline of what is parsed already (flake8 has parsed the file that it lints)
        # is read faster than looked up.
        if not shelf.usable or (source.parsed and depth == "outline"):
            return read(source, depth)
        facts = _decoded(shelf.load(source.digest))
        if facts is None:
            facts = read(source, depth)
            if not source.buffer:
                shelf.save(source.digest, _encoder.encode(facts))
        return facts


def _decoded(payload: bytes | None) -> FileFacts | None:
    try:
        return _decoder.decode(payload) if payload is not None else None
    except (msgspec.MsgspecError, RecursionError):
        return None


@functools.cache
def _reader_digest() -> str:
    """A digest of the code that makes facts, so that an entry never outlives the reader that wrote it."""
    digest = hashlib.blake2b(digest_size=6)
    for name in ("records.py", "reader.py", "body.py", "../source.py"):
        digest.update((Path(__file__).parent / name).read_bytes())
    return digest.hexdigest()
