"""Merged arguments that are given twice or nowhere, and keywords that a lifted transform drops."""

from __future__ import annotations

from collections.abc import Iterator

from .. import terms as t
from ..conditions import ALWAYS
from ..effects import Dropped, Effect, Entry, Merge
from .file_contracts import FileContracts
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
        case Merge(name=t.Const(value=str(name)), direct=False):
            code = "JFX106" if effect.twice == ALWAYS else "JFX107" if effect.nowhere == ALWAYS else ""
            if code:
                return Suspect(
                    code, place.line, place.column, place.depth, contracts.lines(place.line), name, effect.what
                )
        case Dropped(names=names, transform=transform):
            lines = contracts.lines(place.line)
            return Suspect(
                "JFX114", place.line, place.column, place.depth, lines, names[0], effect.what, details=(transform,)
            )
    return None
