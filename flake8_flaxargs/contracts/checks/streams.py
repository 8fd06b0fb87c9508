"""Rng streams that a call does not give, that a lifted transform does not let in, or that it misspells."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from .. import conditions as c
from .. import spoken
from .. import terms as t
from ..conditions import ALWAYS, NEVER, certain_part
from ..effects import Draw, Effect, Entry
from ..inference.entries import OWN
from ..terms import Place, Term
from .decided import Decided, given_stream, hangs_on_flags
from .file_contracts import Done, FileContracts
from .suspect import Suspect

_ALIKE = 0.75


def stream_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX201 to JFX204."""
    for place, entries in contracts.entries.items():
        yield from _entered(contracts, place, entries)
    yield from _dropped(contracts)


# --- a call's rngs -------------------------------------------------------------------------------------------------


def _entered(contracts: FileContracts, place: Place, entries: list[Entry]) -> Iterator[Suspect]:
    found: dict[tuple[str, str], Suspect] = {}
    for entry in entries:
        if entry.how not in {"apply", "bind"}:
            continue
        decided = Decided(contracts.engine, entry)
        if decided.fails_to_merge():
            continue
        misspelt = _misspelt(contracts, place, entry, decided)
        for suspect in misspelt:
            found.setdefault((suspect.code, suspect.name), suspect)
        missing_streams = {suspect.details[0] for suspect in misspelt}
        for effect in entry.inner:
            if not isinstance(effect, Draw) or not isinstance(effect.stream, t.Const):
                continue
            stream = str(effect.stream.value)
            if stream in missing_streams or stream == "params":
                continue
            if given_stream(entry.rngs, stream) == ALWAYS:  # a transform keeps it out: that is where it is mended
                continue
            lacks = decided.lacks(effect)
            code, why = "JFX201", ""
            handed_on = flag_handed_on(entry)
            if lacks == ALWAYS and handed_on:
                code, why = "JFX202", handed_on
            elif lacks != ALWAYS:
                settings = entry.model.given if isinstance(entry.model, t.Instance) else ()
                flags = hangs_on_flags(lacks, (*entry.values, *(value for _, value in settings)))
                if flags is None:
                    continue
                code, why = "JFX202", spoken.cond(flags)
            found.setdefault((code, stream), _lacking(contracts, place, entry, effect, code, why))
    certain = {name for code, name in found if code == "JFX201"}
    yield from (suspect for (code, name), suspect in found.items() if code != "JFX202" or name not in certain)


def _lacking(contracts: FileContracts, place: Place, entry: Entry, draw: Draw, code: str, why: str) -> Suspect:
    stream = str(draw.stream.value) if isinstance(draw.stream, t.Const) else ""
    related = contracts.related(draw, f"`{draw.what}` draws from {stream!r}") if draw.place != place else ()
    return Suspect(
        code,
        place.line,
        place.column,
        place.depth,
        contracts.lines(place.line),
        stream,
        draw.what,
        why,
        related,
        (
            model_name(contracts, entry.model),
            contracts.spell(draw.place) if draw.place != place else "",
            given(entry),
            how_entered(entry, place),
        ),
    )


def flag_handed_on(entry: Entry) -> str:
    """The flag that a call hands on, where only its callers know the value."""
    if entry.original is None:
        return ""
    written = [*entry.original.positional[1:], *(value for name, value in entry.original.keywords if name not in OWN)]
    for value, term in zip(entry.values, written, strict=False):
        if isinstance(value, t.Const) and value.kind == "bool" and isinstance(term, t.Param | t.Truthy):
            return spoken.term(term)
    return ""


def given(entry: Entry) -> str:
    """What a call's rngs hold, in words."""
    match entry.rngs:
        case t.Const(value=None):
            return "no rngs"
        case t.Mapping(entries=()):
            return "no rngs"
        case t.Mapping(entries=entries):
            return "rngs for " + ", ".join(repr(key.value) for key, _ in entries) + " alone"
    return "rngs that lack it"


def how_entered(entry: Entry, place: Place) -> str:
    """``apply`` or ``bind`` where a place is the call itself; "" where it calls what runs the Module elsewhere."""
    return entry.how if entry.place == place else ""


def model_name(contracts: FileContracts, model: Term) -> str:
    match model:
        case t.Instance(owner=owner) | t.Self(owner=owner):
            return contracts.engine.class_name(owner)
        case t.Choice(then=then):
            return model_name(contracts, then)
        case t.Lifted(target=target):
            return model_name(contracts, target)
    return "the Module"


def _misspelt(contracts: FileContracts, place: Place, entry: Entry, decided: Decided) -> list[Suspect]:
    """Names that nothing draws from, where something draws from a name much like it that is not given."""
    rngs = entry.rngs
    if not isinstance(rngs, t.Mapping) or rngs.rest is not None or any(_unknown(effect) for effect in entry.inner):
        return []
    names = {str(key.value) for key, _ in rngs.entries}
    draws = [effect for effect in entry.inner if isinstance(effect, Draw) and isinstance(effect.stream, t.Const)]
    if any(isinstance(effect, Draw) and not isinstance(effect.stream, t.Const) for effect in entry.inner):
        return []
    drawn = {str(draw.stream.value): draw for draw in draws if isinstance(draw.stream, t.Const)}
    found = []
    for name in sorted(names - set(drawn) - {"params"}):
        for stream, draw in drawn.items():
            if stream in names or not alike(name, stream) or decided.when(draw) == NEVER:
                continue
            hidden = "params" if "params" in names else ""
            related = contracts.related(draw, f"`{draw.what}` draws from {stream!r}") if draw.place != place else ()
            lines = contracts.lines(place.line)
            where = contracts.spell(draw.place) if draw.place != place else ""
            details = (stream, hidden, where)
            found.append(
                Suspect("JFX204", place.line, place.column, place.depth, lines, name, draw.what, "", related, details)
            )
            break
    return found


def _unknown(effect: object) -> bool:
    from ..effects import Invoke, Opaque

    return isinstance(effect, Invoke | Opaque)


def alike(one: str, other: str) -> bool:
    """Whether one name may be a slip for the other."""
    plain_one, plain_other = (name.lower().replace("_", "").replace("-", "") for name in (one, other))
    return plain_one == plain_other or difflib.SequenceMatcher(None, plain_one, plain_other).ratio() >= _ALIKE


# --- lifted transforms ---------------------------------------------------------------------------------------------


def _dropped(contracts: FileContracts) -> Iterator[Suspect]:
    """Streams that a transform of this file keeps from a body which draws from them."""
    seen: set[tuple[Place, str]] = set()
    for done in contracts.done_everywhere:
        effect = done.effect
        if not isinstance(effect, Draw) or not isinstance(effect.stream, t.Const):
            continue
        stream = str(effect.stream.value)
        for layer in effect.filters:
            if (
                layer.place.path != contracts.file.path
                or layer.passes(stream) != NEVER
                or (layer.place, stream) in seen
            ):
                continue
            if stream == "params" or certain_part(by_default(contracts, effect, done)) == NEVER:
                continue
            seen.add((layer.place, stream))
            related = contracts.related(effect, f"`{effect.what}` draws from {stream!r}")
            yield Suspect(
                "JFX203",
                layer.place.line,
                layer.place.column,
                layer.place.depth,
                contracts.lines(layer.place.line),
                stream,
                effect.what,
                "",
                related if effect.place != layer.place else (),
                (
                    contracts.spell(effect.place),
                    "params" if layer.passes("params") == ALWAYS else "",
                    layer.made,
                    _served_by_params(contracts, layer.place, stream),
                ),
            )


def _served_by_params(contracts: FileContracts, transform: Place, stream: str) -> str:
    """The line of an ``apply`` whose 'params' key serves a stream behind a transform in silence [E2c]; "" for none."""
    for place, entries in contracts.entries.items():
        for entry in entries:
            inside = any(
                isinstance(effect, Draw)
                and effect.stream == t.const(stream)
                and any(layer.place == transform for layer in effect.filters)
                for effect in entry.inner
            )
            if inside and entry.how != "init" and given_stream(entry.rngs, "params") == ALWAYS:
                return contracts.spell(place)
    return ""


def by_default(contracts: FileContracts, effect: Effect, done: Done) -> c.Cond:
    """When an effect takes place in an object that is made with its attributes' defaults."""
    return contracts.defaults_in(effect.cond, done)
