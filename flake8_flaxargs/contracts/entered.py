"""What the calls of a file that run a Module (``apply``, ``init``, ``bind``) must give, for whoever asks by place."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..project.files import File
from . import spoken
from . import terms as t
from .checks.decided import Decided
from .checks.file_contracts import FileContracts
from .checks.streams import model_name
from .conditions import NEVER
from .effects import Draw, Effect, Entry, Update
from .inference.engine import Engine


class Entered(NamedTuple):
    """A call that runs a Module.

    Attributes:
        line, column: where the call begins, 1-based and 0-based in code points.
        how: ``apply``, ``init``, ...
        model: the name of the Module's class.
        asks: what the Module asks under the arguments of this call, in words, a line each.
        streams, collections: those that it draws from and updates, maybe; ``params`` left out.
    """

    line: int
    column: int
    how: str
    model: str
    asks: tuple[str, ...]
    streams: tuple[str, ...]
    collections: tuple[str, ...]


def entered(engine: Engine, file: File) -> Iterator[Entered]:
    """The calls of a file that run a Module, by place; each once a Module that it may run."""
    contracts = FileContracts(engine, file)
    for place, entries in sorted(contracts.entries.items()):
        known: set[str] = set()
        for entry in entries:
            model = model_name(contracts, entry.model)
            if model in known:
                continue
            known.add(model)
            effects = list(_possible(engine, entry))
            yield Entered(
                place.line,
                place.column,
                entry.how,
                model,
                tuple(dict.fromkeys(map(spoken.effect, effects))),
                _names(effect.stream for effect in effects if isinstance(effect, Draw)),
                _names(effect.collection for effect in effects if isinstance(effect, Update)),
            )


def _possible(engine: Engine, entry: Entry) -> Iterator[Effect]:
    """What a call does to its caller, as far as its arguments do not rule it out."""
    decided = Decided(engine, entry)
    return (effect for effect in entry.inner if decided.when(effect) != NEVER)


def _names(terms: Iterator[t.Term]) -> tuple[str, ...]:
    found = dict.fromkeys(str(term.value) for term in terms if isinstance(term, t.Const))
    found.pop("params", None)
    return tuple(found)
