"""From contracts to suspects: what a file's code breaks of them. One module a family of rules; no rule's words."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...project.files import File
from ..inference.engine import Engine
from .arguments import argument_suspects
from .collections import collection_suspects
from .dead_settings import dead_setting_suspects
from .file_contracts import FileContracts
from .habits import HABITS, habit_suspects
from .modes import misplaced_modes, mode_suspects
from .outputs import output_suspects
from .streams import stream_suspects
from .suspect import Suspect
from .tracing import tracing_suspects

__all__ = ["Suspect", "suspects"]

_FAMILIES: tuple[Callable[[FileContracts], Iterator[Suspect]], ...] = (
    argument_suspects,
    stream_suspects,
    collection_suspects,
    output_suspects,
    mode_suspects,
    tracing_suspects,
    dead_setting_suspects,
    habit_suspects,
)


def suspects(engine: Engine, file: File, enabled: Callable[[str], bool] = lambda code: True) -> list[Suspect]:
    """What contracts say against the code of a file, of the rules that are enabled, by place and code."""
    habits = any(map(enabled, HABITS))
    contracts = FileContracts(engine, file, thorough=habits)
    families = _FAMILIES if habits else tuple(family for family in _FAMILIES if family is not habit_suspects)
    found = {suspect: None for family in families for suspect in family(contracts)}
    caused = {("JFX107", *place) for place in misplaced_modes(contracts)}  # JFX111 says so where the layer is made
    # A flag that the transform drops is handed on, as far as its author knows.
    caused |= {("JFX109", s.line, s.column, s.depth) for s in found if s.code == "JFX114"}
    asked = (suspect for suspect in found if enabled(suspect.code))
    left = (suspect for suspect in asked if (suspect.code, suspect.line, suspect.column, suspect.depth) not in caused)
    return sorted(left, key=lambda suspect: (suspect.line, suspect.column, suspect.code, suspect.name))
