"""What a user is asked to write where a Module cannot be run: in ``pyproject.toml``, or in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# What nobody but the user can write.
SOMETHING = "package.module:name"


def toml(value: Any) -> str:
    """A value as TOML writes it."""
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case tuple() | list():
            return f"[{', '.join(map(toml, value))}]"
    return f'"{SOMETHING}"'


def python(value: Any) -> str:
    """A value as Python writes it; ``...`` where only the user knows how."""
    match value:
        case bool() | int() | float() | str() if value != SOMETHING:
            return repr(value)
        case tuple() | list():
            return f"[{', '.join(map(python, value))}]"
        case dict():
            return f"{{{', '.join(f'{name!r}: {python(each)}' for name, each in value.items())}}}"
    return "..."


def in_settings(cls: type, method: str, problem: str, lines: Sequence[str]) -> str:
    """A problem, and the table with which a user does away with it."""
    written = "\n".join([f'[tool.flaxargs.verify."{cls.__module__}:{cls.__qualname__}"]', *lines])
    return f"{head(cls, method, problem)}; say what it takes, in pyproject.toml:\n{written}"


def head(cls: type, method: str, problem: str) -> str:
    """What cannot be run, and why."""
    called = "" if method == "__call__" else f".{method}"
    return f"cannot run {cls.__module__}:{cls.__qualname__}{called}: {problem}"
