"""Collections that a call does not give, or does not let be written."""

from __future__ import annotations

from collections.abc import Iterator

from .. import terms as t
from ..conditions import ALWAYS, NEVER, both, certain_part, either, negate
from ..effects import Entry, Update, Use, shut_out
from ..terms import Place
from .decided import Decided
from .file_contracts import FileContracts
from .streams import how_entered, model_name
from .suspect import Suspect


def collection_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX301 and JFX302."""
    for place, entries in contracts.entries.items():
        seen: set[str] = set()
        for entry in entries:
            if entry.how in {"apply", "bind"}:
                for suspect in _entered(contracts, place, entry):
                    if suspect.name not in seen:
                        seen.add(suspect.name)
                        yield suspect


def _entered(contracts: FileContracts, place: Place, entry: Entry) -> Iterator[Suspect]:
    decided = Decided(contracts.engine, entry)
    if decided.fails_to_merge():
        return
    makes_parameters = decided.immutable("params") != ALWAYS  # init by another name [D21]
    absent: set[str] = set()
    open_to_call = [effect for effect in entry.inner if isinstance(effect, Update | Use) and shut_out(effect) == NEVER]
    for effect in open_to_call:
        match effect:
            case Use(collection=t.Const(value=str(name))) if name not in absent and not makes_parameters:
                missing = both(decided.when(effect), decided.absent(name))
                stays_away = either(decided.immutable(name), decided.fixed(effect))
                raises, anew = both(missing, stays_away), both(missing, negate(stays_away))
                silent = anew == ALWAYS and any(_updates(decided, other, name) for other in open_to_call)
                if raises == ALWAYS or silent:
                    absent.add(name)
                    yield _suspect(contracts, "JFX302", place, entry, effect, name, "silent" if silent else "raises")
    for effect in open_to_call:
        match effect:
            case Update(collection=t.Const(value=str(name))) if name not in absent:
                if both(decided.when(effect), decided.immutable(name)) == ALWAYS:
                    yield _suspect(contracts, "JFX301", place, entry, effect, name, "raises")


def _updates(decided: Decided, effect: object, name: str) -> bool:
    return (
        isinstance(effect, Update)
        and effect.collection == t.const(name)
        and certain_part(decided.when(effect)) != NEVER
    )


def _suspect(
    contracts: FileContracts, code: str, place: Place, entry: Entry, effect: Update | Use, name: str, how: str
) -> Suspect:
    verb = "updates" if isinstance(effect, Update) else "reads"
    related = contracts.related(effect, f"`{effect.what}` {verb} {name!r}") if effect.place != place else ()
    where = contracts.spell(effect.place) if effect.place != place else ""
    details = (model_name(contracts, entry.model), where, how, how_entered(entry, place))
    return Suspect(
        code,
        place.line,
        place.column,
        place.depth,
        contracts.lines(place.line),
        name,
        effect.what,
        "",
        related,
        details,
    )
