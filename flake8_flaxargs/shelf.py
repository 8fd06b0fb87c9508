"""A folder of small files, each named by what it was made from: where what is learnt is kept for the next run.

Safe among workers, processes and machines: an entry is written to a temporary file and renamed, carries a checksum, and
counts as none when it is damaged. A place that cannot be written is no error: things are then only kept in memory.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

CHECKSUM_SIZE = 16


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
        folder = os.path.dirname(entry)
        try:
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
                os.unlink(temporary)
                raise
        except OSError:
            self._directory = None  # read-only or full: asking again for every file would only cost time

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


def checksum(payload: bytes) -> bytes:
    """What stands before an entry's payload."""
    import hashlib  # loads OpenSSL: a run that keeps nothing goes without

    return hashlib.blake2b(payload, digest_size=CHECKSUM_SIZE).digest()
