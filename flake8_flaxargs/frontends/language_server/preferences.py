"""What a user sets in the editor: ``initializationOptions`` and ``workspace/didChangeConfiguration``, and
pyproject.toml below it."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from ...config import ConfigError
from ...settings import Configuration, Settings, configuration

# Under this name clients keep what is ours.
SECTION = "flaxargs"


class Preferences(msgspec.Struct, frozen=True):
    """What the editor says.

    Attributes:
        given: settings that overrule pyproject.toml's, by attribute of ``Settings``.
        inlay_hints: whether calls show what they must give.
        debounce: milliseconds from the last key until findings are pushed.
        troubles: what could not be used, and why.
    """

    given: dict[str, Any] = {}
    inlay_hints: bool = False
    debounce: int = 150
    troubles: tuple[str, ...] = ()


class _Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    inlay_hints: bool = False
    debounce: int = 150


_OWN = tuple(field.name for field in msgspec.structs.fields(_Own))
_SETTINGS = {field.name: field.encode_name for field in msgspec.structs.fields(Settings)}


def preferences(said: object) -> Preferences:
    """What a client's settings mean; keys as in pyproject.toml, or ``likeThis``. What cannot be used is left out."""
    if isinstance(said, dict) and isinstance(said.get(SECTION), dict):
        said = said[SECTION]
    if not isinstance(said, dict):
        return Preferences()
    given: dict[str, Any] = {}
    own: dict[str, Any] = {}
    troubles = []
    for key, value in said.items():
        name = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(key)).lower().replace("-", "_")
        if value is None:
            continue
        try:
            if name in _OWN:
                own[name] = getattr(msgspec.convert({name: value}, _Own), name)
            elif name in _SETTINGS:
                given[name] = getattr(msgspec.convert({_SETTINGS[name]: value}, Settings), name)
            else:
                near = difflib.get_close_matches(name, [*_OWN, *_SETTINGS], n=1)
                raise ValueError(f"unknown; did you mean {near[0]!r}?" if near else "unknown")
        except (msgspec.ValidationError, ValueError) as error:
            troubles.append(f"setting {SECTION}.{key} is not used: {str(error).replace('$.', '')}")
    return Preferences(given, troubles=tuple(troubles), **own)


class Configurations:
    """The configuration of each folder, read once until something changes.

    Args:
        preferences: see ``Preferences``.
    """

    def __init__(self, preferences: Preferences) -> None:
        self.preferences = preferences
        self._known: dict[str, Configuration] = {}
        self.troubles: list[str] = []

    def of(self, path: str) -> Configuration:
        """That of a file: of the nearest pyproject.toml with our table. One that cannot be used counts as none."""
        folder = os.path.dirname(path)
        if folder not in self._known:
            self._known[folder] = next(self._attempts(folder))
        return self._known[folder]

    def _attempts(self, folder: str) -> Iterator[Configuration]:
        for isolated, given in ((False, self.preferences.given), (True, self.preferences.given), (True, {})):
            try:
                found = configuration([os.path.join(folder, "x.py")], isolated=isolated, given=given)
            except ConfigError as error:
                self.troubles.append(str(error))
            else:
                yield found if found.file else found._replace(root=folder)
        yield Configuration(Settings(), folder)

    def told(self) -> list[str]:
        """What could not be used since this was last asked."""
        found, self.troubles = self.troubles, []
        return found
