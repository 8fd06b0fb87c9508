"""What the engine remembers, and how it lets go of what rests on a text that has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

# Says of a file's path whether what was concluded about it still holds.
Stays = Callable[[str], bool]


class Memory:
    """The dictionaries that conclusions are kept in: whoever takes one need not see to its end."""

    def __init__(self) -> None:
        self._fleeting: list[dict[Any, Any]] = []
        self._lasting: list[tuple[dict[Any, Any], Callable[[Any, Stays], bool]]] = []

    def fleeting(self) -> dict[Any, Any]:
        """A dictionary that is emptied whenever anything is to be forgotten."""
        made: dict[Any, Any] = {}
        self._fleeting.append(made)
        return made

    def lasting(self, belongs: Callable[[Any, Stays], bool]) -> dict[Any, Any]:
        """A dictionary of which the entries stay that rest on nothing that has changed.

        Args:
            belongs: whether the entry of a key is of paths alone that stay.
        """
        made: dict[Any, Any] = {}
        self._lasting.append((made, belongs))
        return made

    def forget(self, stays: Stays) -> None:
        """Let go of all but what is of some paths."""
        for made in self._fleeting:
            made.clear()
        for made, belongs in self._lasting:
            for key in [key for key in made if not belongs(key, stays)]:
                del made[key]


def of_path(key: Any, stays: Stays) -> bool:
    """For keys that have a ``path``."""
    return stays(key.path)
