"""How a file spells Flax: the text that calls ``merge_param`` there, and the import that it may need first."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator

from ..contracts.calls import MERGE_PARAM
from ..contracts.records import walk
from ..facts.records import Binding, FileFacts, FunctionFacts, LocalFunction, Name
from ..model import Edit, Position, Range
from ..project.files import File
from ..project.names import FunctionEntity, ModuleEntity, visible_scopes
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

    def merge_param(self, function: FunctionFacts, taken: set[str]) -> tuple[str, tuple[Edit, ...]]:
        """An expression for ``merge_param``, and the edits that make it hold.

        Args:
            function: the method in which the call will stand.
            taken: names that mean something else in it.
        """
        facts = self._project.files.facts(self._file, "full")
        scopes = facts.scopes if facts else {}
        hidden = set(taken)
        for scope in visible_scopes(f"{function.qualname}.<locals>")[1:]:
            bindings = scopes.get(scope, ())
            hidden |= self._parameters(facts, scope)
            names = [name for name in _usable(bindings) if name not in hidden]
            spelled = [text for name in names for text in self._spellings(scope, name)]
            if spelled:  # the shortest, where `import flax` stands beside `nn = flax.linen`
                return min(spelled, key=lambda text: text.count(".")), ()
            hidden |= {binding.name for binding in bindings}
        if "*" in hidden:
            for name in ("merge_param", "nn", "linen", "flax"):
                for text in self._spellings("", name) if name not in hidden else ():
                    return text, ()
        alias = next(name for name in _aliases() if name not in hidden)
        line = facts.import_line + 1 if facts else 1
        place = Position(line, 0)
        new = f"from flax import linen as {alias}\n" if alias != "linen" else "from flax import linen\n"
        return f"{alias}.merge_param", (Edit(Range(place, place), new),)

    @staticmethod
    def _parameters(facts: FileFacts | None, scope: str) -> set[str]:
        """The parameters of the function that a scope is the body of."""
        functions = facts.all_functions() if facts else []
        inner = [node.function for outer in functions for node in walk(outer) if isinstance(node, LocalFunction)]
        return {
            parameter.name
            for function in (*functions, *inner)
            if f"{function.qualname}.<locals>" == scope
            for parameter in function.parameters
        }

    def _spellings(self, scope: str, name: str) -> list[str]:
        entity = self._project.names.resolve(self._file, scope, Name(1, 0, name))
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


def _usable(bindings: Iterable[Binding]) -> Iterator[str]:
    """The names that are there when code runs, and whose assignment, if they have one, is the only one."""
    by_name: dict[str, list[Binding]] = {}
    for binding in bindings:
        by_name.setdefault(binding.name, []).append(binding)
    for name, found in by_name.items():
        assigned = [binding for binding in found if binding.kind == "assign"]
        if name != "*" and not any(binding.typing_only for binding in found) and (not assigned or len(found) == 1):
            yield name


def _aliases() -> Iterator[str]:
    """Names for a new import, the usual ones first."""
    yield from ("nn", "linen", "flax_linen")
    yield from (f"flax_linen_{number}" for number in itertools.count(2))
