"""Facts of Flax itself, one data file a supported version, written by ``write`` with the same reader.

The linter needs no Flax installed, and never reads the installed one: a project is linted against the version that it
asks for.
"""

from __future__ import annotations

import functools
import re
from importlib import metadata, resources
from typing import TYPE_CHECKING

import msgspec

from ..search import Located

if TYPE_CHECKING:
    from ...facts.reader import Depth
    from ...facts.records import FileFacts

# Newest last. The data file of a version holds the facts of one release of it, named in the data.
SUPPORTED = ("0.8", "0.10", "0.12")
_VERSION = re.compile(r"([0-9]+)\.([0-9]+)(?:[.+a-z][.+a-z0-9]*)?")
# Starts the path of a file that comes from this library.
FLAX_PATH = "flax:"


class Data(msgspec.Struct, frozen=True, array_like=True):
    """A data file: the release it was written from and the encoded ``FileFacts`` of each of its files, by depth."""

    release: str
    files: dict[str, dict[str, msgspec.Raw]]


class Library:
    """Flax's own files, decoded when first asked for.

    Args:
        version: one of ``SUPPORTED``.

    Raises:
        ValueError: the version is not supported.
    """

    def __init__(self, version: str) -> None:
        if version not in SUPPORTED:
            raise ValueError(f"no facts of Flax {version}: use one of {', '.join(SUPPORTED)}")
        self.version = version
        self._decoded: dict[tuple[str, Depth], FileFacts] = {}

    @functools.cached_property
    def _data(self) -> Data:
        data = resources.files(__name__).joinpath(f"flax-{self.version}.msgpack").read_bytes()
        return msgspec.msgpack.decode(data, type=Data)

    @property
    def release(self) -> str:
        """The release that the facts were written from, such as ``0.12.8``."""
        return self._data.release

    def paths(self) -> tuple[str, ...]:
        """The paths of all files, such as ``flax:flax/linen/module.py``."""
        return tuple(FLAX_PATH + name for name in self._data.files)

    def facts(self, path: str, depth: Depth) -> FileFacts | None:
        """The facts of one of Flax's own files by its ``flax:`` path."""
        key = (path, depth)
        if key not in self._decoded:
            encoded = self._data.files.get(path.removeprefix(FLAX_PATH))
            if encoded is None:
                return None
            from ...facts.records import FileFacts  # only once a file holds a Module

            self._decoded[key] = msgspec.msgpack.decode(encoded[depth], type=FileFacts)
        return self._decoded[key]

    def find(self, name: str) -> Located | None:
        """The place of one of Flax's own modules by its dotted name."""
        base = name.replace(".", "/")
        if f"{base}/__init__.py" in self._data.files:
            return Located(f"{FLAX_PATH}{base}/__init__.py", (FLAX_PATH + base,))
        if f"{base}.py" in self._data.files:
            return Located(f"{FLAX_PATH}{base}.py", ())
        return None


def supported_version(version: str | None) -> str:
    """The supported version whose facts hold for a Flax: the newest that is not newer; None asks for the installed one.

    Raises:
        ValueError: ``version`` is no version.
    """
    if version is None:
        try:
            version = metadata.version("flax")
        except metadata.PackageNotFoundError:
            return SUPPORTED[-1]
    wanted = _numbers(version)
    older = [supported for supported in SUPPORTED if _numbers(supported) <= wanted]
    return older[-1] if older else SUPPORTED[0]


def _numbers(version: str) -> tuple[int, int]:
    found = _VERSION.fullmatch(version)
    if found is None:
        raise ValueError(f"{version!r} is no version of Flax: write it as in {SUPPORTED[-1]!r}")
    return int(found[1]), int(found[2])
