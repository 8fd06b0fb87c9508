"""Hover: a rule's page on a finding, the contract on the name of a Module or on an ``apply``."""

from __future__ import annotations

import re

from lsprotocol import types

from ...config import UNREADABLE
from ...contracts.entered import entered
from ...contracts.told import FileContracts, Told, UnknownName
from ...facts.records import Attribute, Expression, Name
from ...model import Position
from ...project.names import ClassEntity
from ...reports.pages import page
from ...rules import RULES
from . import diagnostics as d
from .positions import Encoding, Units, overlap
from .workspace import Project, Result

_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")
_RUNS = {"apply", "init", "bind", "init_with_output"}


def hover(
    project: Project, result: Result, part: int, position: types.Position, encoding: Encoding
) -> types.Hover | None:
    """What is to be said of a place in a part of a buffer; None for nothing."""
    if result.document is None:
        return None
    said = [_page(result, part, position, encoding), _contract(project, result, position, encoding)]
    text = "\n\n---\n\n".join(filter(None, said))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, text)) if text else None


def _page(result: Result, part: int, position: types.Position, encoding: Encoding) -> str:
    """The pages of the findings there."""
    here = types.Range(position, position)
    codes = [
        shown.finding.diagnostic.code
        for shown in result.shown
        if shown.part == part and overlap(d.diagnostic(result, shown, encoding, lambda path: None).range, here)
    ]
    known = {rule.code: rule for rule in RULES}
    return "\n\n---\n\n".join(page(known[code]).markdown for code in dict.fromkeys(codes) if code != UNREADABLE)


def _contract(project: Project, result: Result, position: types.Position, encoding: Encoding) -> str:
    """What the name there asks of its caller."""
    file = project.file(result)
    if file is None or result.document is None:
        return ""
    lines = result.document.parts[0].lines
    place = Units(lines, encoding).place(position)
    name = _name_at(lines, place)
    if not name:
        return ""
    engine = project.checker.linter.engine
    engine.begin()
    last = name.rpartition(".")[2]
    if last in _RUNS:
        return _entered(project, result, place)
    entity = engine.project.names.resolve(file, "", _expression(name))
    if not isinstance(entity, ClassEntity) or entity.file.of_flax:
        return ""
    if not engine.module_class(engine.key(entity)).is_module:
        return ""
    try:
        told = FileContracts(engine, entity.file).of_class(entity.facts.qualname)
    except UnknownName:
        return ""
    return "\n\n".join(map(_said, told)) or f"`{entity.facts.name}` asks nothing of its caller"


def _said(told: Told) -> str:
    return _listed(f"`{told.name}` asks of its caller", list(told.lines()))


def _listed(title: str, lines: list[str]) -> str:
    body = "\n".join(lines) or "nothing"
    return f"{title}:\n\n```text\n{body}\n```"


def _entered(project: Project, result: Result, place: Position) -> str:
    """What the call of ``apply`` there must give: the nearest that begins at or before it, a few lines up at most."""
    file = project.file(result)
    if file is None:
        return ""
    calls = [
        call
        for call in entered(project.checker.linter.engine, file)
        if call.line <= place.line <= call.line + 3 and (call.line, call.column) <= place
    ]
    nearest = max(((call.line, call.column) for call in calls), default=None)
    said = [
        _listed(f"`{call.model}.{call.how}` asks of this call", list(call.asks))
        for call in calls
        if (call.line, call.column) == nearest
    ]
    return "\n\n".join(said)


def _name_at(lines: list[str], place: Position) -> str:
    """The dotted name around a place, up to the part that the place is in."""
    if place.line > len(lines):
        return ""
    line = lines[place.line - 1]
    for found in _DOTTED.finditer(line):
        if found.start() <= place.column <= found.end():
            end = re.compile(r"\w*").match(line, max(place.column, found.start()))
            return line[found.start() : end.end() if end else found.end()]
    after = re.search(r"\.(\w+)$", line[: place.column] + _rest(line, place.column))  # Net(...).apply
    return after[1] if after else ""


def _rest(line: str, column: int) -> str:
    found = re.compile(r"\w*").match(line, column)
    return found[0] if found else ""


def _expression(name: str) -> Expression:
    head, *rest = name.split(".")
    found: Expression = Name(1, 0, head)
    for part in rest:
        found = Attribute(1, 0, found, part)
    return found
