"""Inlay hints: the rng streams and collections that a call which runs a Module must give. Off unless asked for."""

from __future__ import annotations

from lsprotocol import types

from ...contracts.entered import entered
from ...model import Position
from .positions import Encoding, Units
from .workspace import Project, Result


def hints(project: Project, result: Result, range_: types.Range, encoding: Encoding) -> list[types.InlayHint]:
    """The hints of the lines of a range, each at the end of the line on which a call begins."""
    file = project.file(result)
    if file is None or result.document is None:
        return []
    engine = project.checker.linter.engine
    engine.begin()
    lines = result.document.parts[0].lines
    units = Units(lines, encoding)
    found = []
    for call in entered(engine, file):
        if not range_.start.line <= call.line - 1 <= range_.end.line or call.line > len(lines):
            continue
        label = _label(call.streams, () if call.how.startswith("init") else call.collections)
        if label:
            end = Position(call.line, len(lines[call.line - 1].rstrip("\r\n")))
            tooltip = f"what {call.model}.{call.how} asks for here, as far as its arguments tell"
            found.append(types.InlayHint(units.position(end), label, tooltip=tooltip, padding_left=True))
    return found


def _label(streams: tuple[str, ...], collections: tuple[str, ...]) -> str:
    parts = [f"rngs: {', '.join(streams)}"] if streams else []
    parts += [f"mutable: {', '.join(collections)}"] if collections else []
    return " · ".join(parts)
