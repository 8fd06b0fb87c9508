"""Arguments of concrete calls, and edits that change them."""

from __future__ import annotations

import libcst as cst

from ..model import Edit, Position, Range
from .base import Statement, find


def keyword(call: cst.Call, name: str) -> cst.Arg | None:
    """The argument of a keyword."""
    return next((part for part in call.args if part.keyword is not None and part.keyword.value == name), None)


def inserted(statement: Statement, call: cst.Call, text: str) -> Edit:
    """An edit that adds an argument at the end, in front of ``**kwargs`` and a trailing comma."""
    plain = [part for part in call.args if part.star != "**"]
    if plain:
        end = statement.range(plain[-1]).end  # an argument's range holds its parentheses, its value's does not
        return Edit(Range(end, end), f", {text}")
    if call.args:
        place = statement.range(call.args[0]).start
        return Edit(Range(place, place), f"{text}, ")
    end = statement.range(call).end
    place = Position(end.line, end.column - 1)
    return Edit(Range(place, place), text)


def given(statement: Statement, call: cst.Call, name: str, value: str) -> Edit:
    """An edit that gives a keyword a value, in the place of the one that it has."""
    argument = keyword(call, name)
    if argument is not None:
        return Edit(statement.range(argument.value), value)
    return inserted(statement, call, f"{name}={value}")


def removed(statement: Statement, call: cst.Call, argument: cst.Arg) -> Edit | None:
    """An edit that takes an argument away with its comma; None where it stands on a line of comments of its own."""
    index = call.args.index(argument)
    own = statement.range(argument).start
    if find(call, cst.Comment):
        return None
    if index + 1 < len(call.args):
        following = call.args[index + 1]
        if following.star:
            return None
        stop = statement.range(following).start
        return Edit(Range(own, stop), "")
    end = statement.range(argument).end
    if index:
        start = statement.range(call.args[index - 1]).end
        return Edit(Range(start, end), "")
    return Edit(Range(own, end), "")


def entry(statement: Statement, mapping: cst.Dict, text: str) -> Edit:
    """An edit that adds an entry to a dict display."""
    if mapping.elements:
        last = mapping.elements[-1]
        end = statement.range(last).end
        return Edit(Range(end, end), f", {text}")
    return Edit(statement.range(mapping), f"{{{text}}}")
