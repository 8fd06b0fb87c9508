"""A table of a TOML file -> a record; what is wrong with one is said in TOML's terms, with the table and the key."""

from __future__ import annotations

import difflib
import re
import types
import typing
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union

import msgspec

from .config import ConfigError

Record = TypeVar("Record", bound=msgspec.Struct)
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WANTED = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number, not below 0",
    tuple: "a list of texts",
    list: "a list of texts",
    dict: "a table",
}


def record(kind: type[Record], table: Mapping[str, Any], file: str, names: Sequence[str]) -> Record:
    """What a table says.

    Args:
        kind: all of its fields have defaults; keys are their ``encode_name``.
        file: its path, for messages.
        names: the table's, from the top: ``("tool", "flaxargs")``.

    Raises:
        ConfigError: an unknown key, or a value of the wrong type.
    """
    fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
    values = {}
    for key, value in table.items():
        if key not in fields:
            near = difflib.get_close_matches(key.replace("_", "-"), fields, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(fields)}"
            raise ConfigError(f"{file}: {header(names)}: unknown key {key!r}; {hint}")
        values[fields[key].name] = _value(fields[key].type, value, file, (*names, key))
    return kind(**values)


def header(names: Sequence[str]) -> str:
    """The line that a table begins with: ``[tool.flaxargs.verify."net:Net"]``."""
    return f"[{'.'.join(map(_key, names))}]"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(kind: Any, value: Any, file: str, names: tuple[str, ...]) -> Any:
    """The value of a key, which is the last of ``names``; of a table of tables, each by itself."""
    inner = typing.get_args(kind)[1] if typing.get_origin(kind) is dict else None
    if inner is not None and isinstance(value, dict):
        return {name: _value(inner, each, file, (*names, name)) for name, each in value.items()}
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and isinstance(value, dict):
        return record(kind, value, file, names)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        wrong = f"{file}: {header(names[:-1])}: {_key(names[-1])} must be {_wanted(kind)}, and is {_found(value)}"
        raise ConfigError(wrong + _way_out(kind, value, names)) from error


def _wanted(kind: Any) -> str:
    origin = typing.get_origin(kind) or kind
    several = typing.get_args(kind)
    if origin is Literal:
        return f"one of {', '.join(map(_text, several))}"
    if origin is Annotated:
        return _wanted(several[0])
    if origin in {Union, types.UnionType}:
        return " or ".join(_wanted(each) for each in several if each is not type(None))
    return _WANTED.get(origin, "a table")


def _found(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f"the text {_text(value)}"
        case int():
            return f"the number {value}"
        case float():  # 0.10 is 0.1 by now: not repeated, so that nobody copies it
            return "a number"
        case list():
            others = [each for each in value if not isinstance(each, str)]
            return f"a list that holds {_found(others[0])}" if others else "a list"
        case dict():
            return "a table"
    return "a date or time"


def _way_out(kind: Any, value: Any, names: tuple[str, ...]) -> str:
    wanted = _wanted(kind)
    match value:
        case str() if "list" in wanted:
            parts = [part.strip() for part in value.split(",") if part.strip()]
            return f"; write {_key(names[-1])} = [{', '.join(map(_text, parts))}]"
        case int() | float() if wanted == _WANTED[str] and not isinstance(value, bool):
            return "; put it in quotes"
        case _ if wanted == _WANTED[dict]:
            return f"; write {header(names)}"
    return ""


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
