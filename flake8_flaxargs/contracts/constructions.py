"""Where the project makes instances of a Module, and what it gives them, where that stands in one expression."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..facts import records as r
from ..project.classes import ModuleClass
from ..project.files import File
from ..project.names import ClassEntity
from ..project.project import Project
from .records import walk


class Use(NamedTuple):
    """A construction of a Module.

    Attributes:
        given: the attributes that the constructor is given by name or position.
        called_with: the parameters that the call gives, where the instance is called on the spot; else None.
    """

    file: File
    line: int
    given: frozenset[str]
    called_with: frozenset[str] | None


def constructions(project: Project, module: ModuleClass) -> Iterator[Use]:
    """The constructions of a class that can be found by its name in the project."""
    entity = module.entity
    method = module.method("__call__")
    call = project.in_full(method[1]).facts.parameters[1:] if method else ()
    parameters = [parameter.name for parameter in call if parameter.kind.startswith("positional")]
    fields = [field.name for field in project.classes.fields(module).values() if not field.keyword_only]
    for file in project.users.mentioning(entity.facts.name, entity.file):
        facts = project.files.facts(file, "full")
        for function in [*facts.functions, *(found for owner in facts.classes for found in owner.methods)] if facts else []:
            scope = f"{function.qualname}.<locals>"
            called: dict[int, frozenset[str]] = {}
            for node in walk(function):
                if not isinstance(node, r.Call):
                    continue
                if isinstance(node.func, r.Call):
                    called[id(node.func)] = _given(node, parameters)
                made = project.names.resolve(file, scope, node.func)
                if isinstance(made, ClassEntity) and made.key == entity.key:
                    yield Use(file, node.line, _given(node, fields), called.get(id(node)))


def _given(call: r.Call, positional: list[str]) -> frozenset[str]:
    names = [name for name, _ in zip(positional, call.args, strict=False)]
    return frozenset([*names, *(keyword.name or "**" for keyword in call.keywords)])
