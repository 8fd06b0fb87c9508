"""Merged arguments that are given twice or nowhere, and keywords that a lifted transform drops."""

from __future__ import annotations

from collections.abc import Iterator

from .. import terms as t
from ..effects import Dropped, Effect, Entry, Merge, Overruled
from .file_contracts import FileContracts
from .layers import lifted
from .suspect import Suspect


def argument_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX106, JFX107 and JFX114."""
    seen: set[tuple[object, ...]] = set()
    for done in contracts.done:
        effects: tuple[Effect, ...] = (done.effect,)
        if isinstance(done.effect, Entry):
            effects = done.effect.inner
        for effect in effects:
            if effect.place.path != contracts.file.path or (effect.place, type(effect)) in seen:
                continue
            suspect = _suspect(contracts, effect)
            if suspect is not None:
                seen.add((effect.place, type(effect)))
                yield suspect


def _suspect(contracts: FileContracts, effect: Effect) -> Suspect | None:
    place = effect.place
    match effect:
        case Merge(name=t.Const(value=str(name)), blamed=True):
            code = {"twice": "JFX106", "nowhere": "JFX107", "": ""}[effect.verdict]
            if code:
                lines = contracts.lines(place.line)
                how = lifted(contracts.calls, place) if code == "JFX107" else ""
                details = (how,) if how else ()
                return Suspect(code, place.line, place.column, place.depth, lines, name, effect.what, details=details)
        case Overruled(names=(name, *_)):
            lines = contracts.lines(place.line)
            said = ("overruled",)
            return Suspect("JFX106", place.line, place.column, place.depth, lines, name, effect.what, "", (), said)
        case Dropped(names=names, transform=transform, made=made, order=order):
            lines = contracts.lines(place.line)
            where = f"{made.line}:{made.column}:{made.depth}" if made.path == contracts.file.path else ""
            told = (transform, where, *order)
            return Suspect("JFX114", place.line, place.column, place.depth, lines, names[0], effect.what, "", (), told)
    return None
