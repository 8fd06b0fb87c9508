"""Which classes are worth a look: told from their headers alone, before what looks at bodies is loaded."""

from __future__ import annotations

from ..project.classes import ModuleClass
from ..project.project import Project

_MERGE = "merge_param"


def worth_a_look(project: Project, module: ModuleClass) -> bool:
    """Whether any method of a class can hold a fault: one shares a name with an attribute, or says ``merge_param``."""
    fields = project.classes.fields(module)
    if any(parameter.name in fields for facts in module.entity.facts.methods for parameter in facts.parameters[1:]):
        return True
    source = project.files.source(module.entity.file)
    return source is None or _MERGE in source.text
