"""Merged arguments that are given twice or nowhere, and keywords that a lifted transform drops."""

from __future__ import annotations

from collections.abc import Iterator

from .. import terms as t
from ..effects import Dropped, Effect, Entry, Merge, Overruled
from .file_contracts import FileContracts
from .interceptors import may_be_given
from .keywords import REFUSES, made_without, why_not
from .layers import parts
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
            if code and not (code == "JFX107" and may_be_given(contracts, name)):
                lines = contracts.lines(place.line)
                if code == "JFX106":
                    details = _made(contracts, effect)
                else:
                    why = why_not(contracts, place, name)
                    details = (why, *made_without(contracts, effect, name)) if why == REFUSES else (why,) * bool(why)
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


def _made(contracts: FileContracts, merge: Merge) -> tuple[str, ...]:
    """Where in this file the instances are made that the call runs: ``line:column`` each."""
    places = {
        part.place
        for seen in contracts.calls
        if seen.call.place == merge.place
        for part in parts(seen.call.func)
        if isinstance(part, t.Instance) and part.place is not None and part.place.path == contracts.file.path
    }
    return tuple(sorted(f"{place.line}:{place.column}" for place in places))
