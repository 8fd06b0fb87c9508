"""Which installed packages can hold Flax Modules at all: those whose distribution asks for Flax.

Following a name into jax, numpy or torch would cost far more than linting the file that imports them.
"""

from __future__ import annotations

import os
import re

_REQUIREMENT = re.compile(r"^Requires-Dist:\s*([A-Za-z0-9._-]+)(.*)$", re.MULTILINE)
_SEPARATORS = re.compile(r"[-_.]+")


class Distributions:
    """The metadata (``*.dist-info``) of folders of installed packages, read when asked for.

    Args:
        folders: such as ``site-packages``.
    """

    def __init__(self, folders: tuple[str, ...]) -> None:
        self._folders = folders
        self._metadata: dict[str, str] | None = None
        self._verdicts: dict[str, bool] = {}

    def may_hold_flax(self, package: str) -> bool:
        """Whether a top-level package may define Modules. Yes where its distribution is not known by its name."""
        name = _canonical(package)
        if name not in self._verdicts:
            self._verdicts[name] = name == "flax" or name not in self._files() or self._asks_for_flax(name)
        return self._verdicts[name]

    def _asks_for_flax(self, name: str) -> bool:
        """Directly, also as an extra, or through what it cannot do without."""
        seen = {name}
        pending = [name]
        while pending:
            current = pending.pop()
            for requirement, condition in self._requirements(current):
                extra = "extra" in condition
                if requirement == "flax" and (current == name or not extra):
                    return True
                if not extra and requirement not in seen:
                    seen.add(requirement)
                    pending.append(requirement)
        return False

    def _requirements(self, name: str) -> list[tuple[str, str]]:
        path = self._files().get(name)
        if path is None:
            return []
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                head = file.read().partition("\n\n")[0]
        except OSError:
            return []
        return [(_canonical(requirement), condition) for requirement, condition in _REQUIREMENT.findall(head)]

    def _files(self) -> dict[str, str]:
        if self._metadata is None:
            self._metadata = {}
            for folder in self._folders:
                try:
                    names = os.listdir(folder)
                except OSError:
                    continue
                for entry in names:
                    if entry.endswith(".dist-info"):
                        name = _canonical(entry.removesuffix(".dist-info").rpartition("-")[0])
                        self._metadata.setdefault(name, os.path.join(folder, entry, "METADATA"))
        return self._metadata


def _canonical(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return _SEPARATORS.sub("-", name).lower()
