"""The mode flag that is at hand where a call stands."""

from __future__ import annotations

import libcst as cst

from ..contracts.modes import ACTIVE, FLAGS, may_be_bool
from .contract_rule import Scene
from .reach import parameters_at


def in_scope(scene: Scene, node: cst.CSTNode, wanted: str) -> str | None:
    """An expression for the argument ``wanted`` from what a call sees; None where that is nothing, or more than one.

    A parameter goes before an attribute. What is no mode is served by a parameter of its own name alone.
    """
    names = dict.fromkeys(parameter.name.value for parameter in parameters_at(scene.statement.node, node))
    if wanted in names:
        return wanted
    if wanted not in FLAGS:
        return None
    flags = {name: name for name in names if name in FLAGS} or _attributes(scene)
    if len(flags) != 1:
        return None
    ((flag, spelled),) = flags.items()
    return spelled if (flag in ACTIVE) == (wanted in ACTIVE) else f"not {spelled}"


def _attributes(scene: Scene) -> dict[str, str]:
    """The modes among the attributes that the method's own class declares, each as the method spells it."""
    line = scene.suspect.line
    for owner in scene.facts.classes:
        for method in owner.methods:
            if method.line <= line <= method.end_line and method.parameters:
                itself = method.parameters[0].name
                return {
                    field.name: f"{itself}.{field.name}"
                    for field in owner.fields
                    if field.name in FLAGS and may_be_bool(field.annotation)
                }
    return {}
