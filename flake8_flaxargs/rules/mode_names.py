"""The mode flag that is at hand where a call stands."""

from __future__ import annotations

import libcst as cst

from ..contracts.modes import ACTIVE, FLAGS, may_be_bool
from .base import find
from .contract_rule import Scene
from .reach import bound_before, mentions, parameters_at, path_to

_MERGES = (cst.Call, cst.IfExp, cst.BooleanOperation)


def in_scope(scene: Scene, node: cst.CSTNode, wanted: str) -> str | None:
    """An expression for the argument ``wanted`` from what a call sees; None where that is nothing, or more than one.

    A parameter goes before an attribute. What is no mode is served by a parameter of its own name alone.
    """
    names = dict.fromkeys(parameter.name.value for parameter in parameters_at(scene.statement.node, node))
    if wanted in names:
        return merged(scene, node, wanted)
    if wanted not in FLAGS:
        return None
    flags: dict[str, str | None] = {name: merged(scene, node, name) for name in names if name in FLAGS}
    flags = flags or {**_attributes(scene)}
    if len(flags) != 1:
        return None
    ((flag, spelled),) = flags.items()
    return turned(flag, wanted, spelled)


def turned(flag: str, wanted: str, spelled: str | None) -> str | None:
    """An expression for the mode ``wanted`` from that of another, inverted where it says the opposite."""
    return spelled if spelled is None or (flag in ACTIVE) == (wanted in ACTIVE) else f"not {spelled}"


def merged(scene: Scene, node: cst.CSTNode, parameter: str) -> str | None:
    """What holds a parameter's value where a call stands: its own name, or that of what it was merged into.

    None where it is merged, but not for certain by then, or into what is bound again: the raw value (None where the
    attribute is set) is not what layers hang on.
    """
    root = scene.statement.node
    around = [part for part in path_to(root, node) if isinstance(part, cst.FunctionDef | cst.Lambda)]
    owner = next((part for part in reversed(around) if _takes(part, parameter)), None)
    if owner is None:
        return parameter
    if _is_filled_in_later(scene, owner, node, parameter):
        return None
    if not any(_is_merge(part, parameter) for kind in _MERGES for part in find(owner, kind)):
        return parameter
    for bound in reversed(bound_before(root, node)):
        match bound.node:
            case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value) if (
                bound.owner is owner and _is_merge(value, parameter)
            ):
                again = [other for other in find(owner, cst.AssignTarget) if mentions(other.target, name)]
                return name if len(again) == 1 else None
    return None


def _takes(function: cst.FunctionDef | cst.Lambda, parameter: str) -> bool:
    params = function.params
    every = (*params.posonly_params, *params.params, *params.kwonly_params)
    return any(param.name.value == parameter for param in every)


def _is_merge(node: cst.CSTNode, parameter: str) -> bool:
    """Whether an expression makes one value of a parameter and of the attribute of its name, by hand or not."""
    match node:
        case cst.Call(func=cst.Name(value="merge_param") | cst.Attribute(attr=cst.Name(value="merge_param"))):
            pass
        case cst.IfExp() | cst.BooleanOperation():
            pass
        case _:
            return False
    return mentions(node, parameter) > 0 and _reads(node, parameter)


def _is_filled_in_later(scene: Scene, owner: cst.CSTNode, node: cst.CSTNode, parameter: str) -> bool:
    """Whether a parameter takes the attribute's value below a call: ``if train is None: train = self.train``."""
    here = scene.statement.range(node).start
    return any(
        _reads(assign.value, parameter)
        and any(isinstance(to.target, cst.Name) and to.target.value == parameter for to in assign.targets)
        and scene.statement.range(assign).start > here
        for assign in find(owner, cst.Assign)
    )


def _reads(node: cst.CSTNode, attribute: str) -> bool:
    return any(found.attr.value == attribute for found in find(node, cst.Attribute))


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
