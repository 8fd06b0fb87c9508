"""A folder of small files, each named by what it was made from: where what is learnt is kept for the next run.

Safe among workers, processes and machines: an entry is written to a temporary file and renamed, carries a checksum, and
counts as none when it is damaged. A place that cannot be written is no error: things are then only kept in memory.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

CHECKSUM_SIZE = 16
# What shelves are called by those who have one: the version of this package, and a hash of what the entries hang on.
_SHELF = re.compile(r"\d+(\.\w+)+(\+[\w.]+)?-([0-9a-f]{12}-py\d+\.\d+-flax[\w.]+|[0-9a-f]{16})")
_FOLDER = re.compile(r"[0-9a-f]")
# An entry, or one that was being written when its writer was killed.
_ENTRY = re.compile(r"[0-9a-f]{39}\.(outline|full|verdict)|[0-9a-f]{16}")


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


class Shelf:
    """Entries of one kind.

    Args:
        directory: where they live; None keeps nothing.
        kind: how their names end.
    """

    def __init__(self, directory: str | None, kind: str) -> None:
        self._directory = directory
        self._kind = kind
        self._made: set[str] = set()

    @property
    def usable(self) -> bool:
        """Whether anything is kept at all."""
        return self._directory is not None

    def load(self, digest: str) -> bytes | None:
        """What an entry holds; None where there is none, or a damaged one."""
        if self._directory is None:
            return None
        try:
            with open(self._place(digest), "rb") as file:
                data = file.read()
        except OSError:
            return None
        payload = data[CHECKSUM_SIZE:]
        return payload if data[:CHECKSUM_SIZE] == checksum(payload) else None

    def save(self, digest: str, payload: bytes) -> None:
        """Keep an entry, in the place of any other of its name."""
        if self._directory is None:
            return
        entry = self._place(digest)
        try:
            try:
                self._write(entry, payload)
            except FileNotFoundError:  # somebody has emptied the cache meanwhile
                self._made.clear()
                self._write(entry, payload)
        except OSError:
            self._directory = None  # read-only or full: asking again for every file would only cost time

    def _write(self, entry: str, payload: bytes) -> None:
        folder = os.path.dirname(entry)
        if folder not in self._made:
            os.makedirs(folder, exist_ok=True)
            self._made.add(folder)
        temporary = os.path.join(folder, os.urandom(8).hex())
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(checksum(payload) + payload)
            _replace(temporary, entry)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
            raise

    def _place(self, digest: str) -> str:
        return os.path.join(self._directory or "", digest[:1], f"{digest[1:]}.{self._kind}")


def _replace(temporary: str, entry: str) -> None:
    """Rename, also where a folder stands in the place of the entry."""
    try:
        os.replace(temporary, entry)
    except OSError:
        import shutil

        if not os.path.isdir(entry):
            raise
        shutil.rmtree(entry, ignore_errors=True)
        os.replace(temporary, entry)


def clear(directory: Path) -> tuple[int, int]:
    """Remove the entries of all shelves in a folder, of whatever version, and the folders that this leaves empty.

    Nothing else is touched, nor is a symbolic link followed. Others may read and write there meanwhile.

    Returns:
        How many entries there were, and their size in bytes.

    Raises:
        OSError: what is there is no folder, or may not be read or written.
    """
    entries = size = 0
    for shelf in _inside(directory, _SHELF):
        for folder in _inside(shelf, _FOLDER):
            for entry in _inside(folder, _ENTRY, of_files=True):
                with contextlib.suppress(FileNotFoundError):
                    taken = entry.stat().st_size
                    os.unlink(entry)
                    entries, size = entries + 1, size + taken
            _remove_empty(folder)
        _remove_empty(shelf)
    return entries, size


def _inside(folder: os.PathLike[str], named: re.Pattern[str], of_files: bool = False) -> Iterator[os.DirEntry[str]]:
    """The folders (or files) in a folder whose names are of a kind; none where the folder is gone."""
    try:
        with os.scandir(folder) as found:
            inside = list(found)
    except FileNotFoundError:
        return
    for item in inside:
        is_wanted = item.is_file(follow_symlinks=False) if of_files else item.is_dir(follow_symlinks=False)
        if is_wanted and named.fullmatch(item.name):
            yield item


def _remove_empty(folder: os.PathLike[str]) -> None:
    with contextlib.suppress(OSError):  # something else is in it, or was put there just now
        os.rmdir(folder)


def checksum(payload: bytes) -> bytes:
    """What stands before an entry's payload."""
    import hashlib  # loads OpenSSL: a run that keeps nothing goes without

    return hashlib.blake2b(payload, digest_size=CHECKSUM_SIZE).digest()
