"""Where the project makes instances of a Module, and what it gives them, where that stands in one expression."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from typing import NamedTuple

from ..facts import records as r
from ..project.classes import ModuleClass
from ..project.files import File
from ..project.names import ClassEntity
from ..project.project import Project
from .records import walk


class Construct(NamedTuple):
    """A construction of a Module.

    Attributes:
        given: the attributes that the constructor is given by name or position.
        called_with: the parameters that the call gives, where the instance is called on the spot; else None.
    """

    file: File
    line: int
    given: frozenset[str]
    called_with: frozenset[str] | None


def constructions(project: Project, module: ModuleClass) -> Iterator[Construct]:
    """The constructions of a class that can be found by its name in the project."""
    entity = module.entity
    method = module.method("__call__")
    call = project.in_full(method[1]).facts.parameters[1:] if method else ()
    parameters = [parameter.name for parameter in call if parameter.kind.startswith("positional")]
    fields = project.classes.positional(module)
    for file in project.users.importing(entity):
        facts = project.files.facts(file, "full")
        for function in facts.all_functions() if facts else ():
            scope = f"{function.qualname}.<locals>"
            called: dict[int, frozenset[str]] = {}
            for node in walk(function):
                if not isinstance(node, r.Call):
                    continue
                if isinstance(node.func, r.Call):
                    called[id(node.func)] = _given(node, parameters)
                made = project.names.resolve(file, scope, node.func)
                if isinstance(made, ClassEntity) and made.key == entity.key:
                    yield Construct(file, node.line, _given(node, fields), called.get(id(node)))


def unfollowed_mention(project: Project, module: ModuleClass, uses: tuple[Construct, ...]) -> str | None:
    """The place (``file.py:12``) of a mention of the class that is none of the ``uses`` which are followed, or None.

    Its own class statement and imports are no uses. Anything else may be one: ``isinstance``, a base class, a partial,
    an annotation, module-level code.
    """
    entity = module.entity
    name = entity.facts.name
    followed = {(use.file.path, use.line) for use in uses}
    for file in project.users.importing(entity):
        source = project.files.source(file)
        for line, text in enumerate(source.lines if source else [], 1):
            code = text.partition("#")[0]
            if name not in code or (file.path, line) in followed or not re.search(rf"\b{name}\b", code):
                continue
            own = file.path == entity.file.path and line == entity.facts.line
            if not own and not re.match(r"\s*(from|import)\b|\s*[\w, ()]*$", code):
                return f"{os.path.basename(file.path)}:{line}"
    return None


def _given(call: r.Call, positional: list[str]) -> frozenset[str]:
    names = [name for name, _ in zip(positional, call.args, strict=False)]
    return frozenset([*names, *(keyword.name or "**" for keyword in call.keywords)])
