"""How a file spells Flax: the text that calls ``merge_param`` there, and the import that it may need first."""

from __future__ import annotations

from ..contracts.calls import MERGE_PARAM
from ..facts.records import Name
from ..model import Edit, Position, Range
from ..project.files import File
from ..project.names import FunctionEntity, ModuleEntity
from ..project.project import Project

_LINEN = "flax.linen"


class Spelling:
    """The spelling of one file.

    Args:
        project: where names lead.
        file: the file.
    """

    def __init__(self, project: Project, file: File) -> None:
        self._project = project
        self._file = file

    def merge_param(self, taken: set[str]) -> tuple[str, tuple[Edit, ...]]:
        """An expression for ``merge_param``, and the edits that make it hold.

        Args:
            taken: names that mean something else where the call will stand.
        """
        facts = self._project.files.facts(self._file, "outline")
        bindings = facts.scopes.get("", ()) if facts else ()
        usable = [binding for binding in bindings if binding.kind != "assign" and not binding.typing_only]
        for name in dict.fromkeys(binding.name for binding in usable):
            if name in taken:
                continue
            for spelled in self._spellings(name):
                return spelled, ()
        alias = next(name for name in ("nn", "linen", "flax_linen") if name not in taken | {b.name for b in bindings})
        line = facts.import_line + 1 if facts else 1
        place = Position(line, 0)
        text = f"from flax import linen as {alias}\n" if alias != "linen" else "from flax import linen\n"
        return f"{alias}.merge_param", (Edit(Range(place, place), text),)

    def _spellings(self, name: str) -> list[str]:
        entity = self._project.names.resolve(self._file, "", Name(1, 0, name))
        match entity:
            case FunctionEntity(file, facts) if (file.name, facts.qualname) == MERGE_PARAM:
                return [name]
            case ModuleEntity(place):
                found = self._project.files.located(place)
                if found is not None and found.name in {_LINEN, MERGE_PARAM[0]}:
                    return [f"{name}.merge_param"]
                if found is not None and found.name == "flax":
                    return [f"{name}.linen.merge_param"]
        return []
