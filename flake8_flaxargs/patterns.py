"""Patterns of files, those of a ``.gitignore``, as a user writes them in settings and options."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pathspec

from .config import ConfigError


def compiled(patterns: Iterable[str]) -> pathspec.GitIgnoreSpec:
    """What matches a path, relative to the folder of the configuration, that any of the patterns stands for.

    Raises:
        ConfigError: one of them stands for none. Git passes over it in silence; somebody meant something by it.
    """
    found = list(patterns)
    for pattern in found:
        try:
            matches = any(each.include is not None for each in pathspec.GitIgnoreSpec.from_lines([pattern]).patterns)
        except (ValueError, re.error):  # a backslash at the end; [z-a]
            matches = False
        if not matches:
            raise ConfigError(f"{pattern!r} matches no file: {_reason(pattern)}")
    return pathspec.GitIgnoreSpec.from_lines(found)


def _reason(pattern: str) -> str:
    if pattern.startswith("#"):
        return "in a .gitignore it is a comment; write '\\#' for the sign itself"
    if "[" in pattern:
        return "the bracket is not closed, or holds nothing; write '\\[' for the sign itself"
    return "write it as in a .gitignore, such as 'build/' or '*.py'"
