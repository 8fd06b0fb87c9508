"""Files are written whole or not at all: to a temporary file beside, which then takes the old one's place."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


class WriteError(Exception):
    """A file that was not written; it is as it was. The message names what, and the way out."""


def write_atomically(path: str, data: bytes, expected: bytes | None = None) -> None:
    """Put bytes in the place of a file. Mode bits stay; what a symbolic link leads to is written, not the link.

    Args:
        path: an existing or new file.
        data: what it is to hold.
        expected: what it must hold now; None for anything.

    Raises:
        WriteError: it holds something else by now, or cannot be written. An interrupt passes through. In each case the
            file is as it was.
    """
    target = os.path.realpath(path)
    temporary = ""
    try:
        if expected is not None and Path(target).read_bytes() != expected:
            raise WriteError(f"{path} has changed on disk meanwhile; it is left as it is: run flaxargs again")
        if os.path.exists(target) and not os.access(target, os.W_OK):
            raise WriteError(f"cannot write {path}: it is read-only; it is left as it was")
        handle, temporary = tempfile.mkstemp(prefix=".flaxargs-", suffix=".tmp", dir=os.path.dirname(target) or ".")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode(target))
        if expected is not None and Path(target).read_bytes() != expected:  # while the new one was being written
            raise WriteError(f"{path} has changed on disk meanwhile; it is left as it is: run flaxargs again")
        os.replace(temporary, target)
        temporary = ""
    except OSError as error:
        raise WriteError(
            f"cannot write {path}: {error.strerror or error}; nothing was changed: check the folder and the disk"
        ) from error
    finally:
        if temporary:
            with contextlib.suppress(OSError):
                os.unlink(temporary)


def _mode(path: str) -> int:
    """The mode bits of a file; for a new one, what the process gives new files."""
    try:
        return os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask
