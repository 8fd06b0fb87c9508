"""Keeps code that runs in a child from writing into the user's project. No sandbox: C code can do what it likes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# Audit events whose first argument is a path that is changed (docs.python.org, "Audit events table").
_CHANGES = {
    "os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.chmod", "os.chown", "os.utime", "os.rename", "os.link",
    "os.symlink", "os.setxattr", "os.removexattr", "shutil.rmtree", "shutil.move",
}  # fmt: skip


def forbid_writes(folders: Sequence[str]) -> None:
    """From now on, raise PermissionError where this process would write below these folders. It cannot be undone."""
    roots = tuple(os.path.join(os.path.realpath(folder), "") for folder in folders)

    def below(path: Any) -> bool:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str | os.PathLike):
            return False
        return os.path.join(os.path.realpath(path), "").startswith(roots)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, _, flags = arguments
            if isinstance(flags, int) and flags & _WRITES and below(path):
                raise PermissionError(f"{path}: code that is verified must not write to the project")
        elif event in _CHANGES and any(map(below, arguments[:2])):
            raise PermissionError(f"{event} {arguments[0]}: code that is verified must not write to the project")

    sys.addaudithook(hook)
