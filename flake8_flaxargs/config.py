"""One typed configuration for all front ends."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec

from .project.library import supported_version
from .shelf import default_directory

# Rules whose findings are a matter of taste: on only where a user asks for them.
OFF_BY_DEFAULT = "JFX9"
# A file, or a statement of it, that was not checked.
UNREADABLE = "JFX000"
# All codes there are: known here so that nobody has to load the rules, and libcst with them, to tell which are on.
CODES = (
    UNREADABLE,
    *(f"JFX{number}" for number in range(101, 115)),
    *(f"JFX{number}" for number in (201, 202, 203, 204, 301, 302, 303, 304)),
    *(f"JFX{number}" for number in range(901, 908)),
)

# Those that look at contracts: what a Module asks of its caller. Inferring them costs more than all else.
CONTRACT_CODES = tuple(code for code in CODES if code > "JFX105" and code not in {"JFX901", "JFX906"})


class ConfigError(ValueError):
    """A setting that cannot be used; the message names it and the way out."""


def on_by_default(code: str) -> bool:
    """Whether a rule is on where nobody says otherwise."""
    return not code.startswith(OFF_BY_DEFAULT)


class Config(msgspec.Struct, frozen=True):
    """What a user can set.

    Attributes:
        methods: the methods whose unmerged arguments are looked at: ``call`` (``__call__``) or ``public``.
        flax_version: a version of Flax such as ``0.12``; None for the installed one, else the newest supported.
        cache_directory: where facts are kept; None for nowhere.
        ignore_annotations: dotted names of annotations which say that a framework resolves the attribute.
        enabled: whether the rule of a code is on.
        fixes: whether findings carry fixes; without them there is less to look up.
    """

    methods: Literal["call", "public"] = "call"
    flax_version: str | None = None
    cache_directory: Path | None = msgspec.field(default_factory=default_directory)
    ignore_annotations: tuple[str, ...] = ("kontext.Key",)
    enabled: Callable[[str], bool] = on_by_default
    fixes: bool = True

    def library_version(self) -> str:
        """The supported version of Flax to lint against.

        Raises:
            ConfigError: ``flax_version`` is no version.
        """
        try:
            return supported_version(self.flax_version)
        except ValueError as error:
            raise ConfigError(f"flax-version: {error}") from None
