"""Where a method goes round its own merges (JFX105): it reads, or hands on, a raw value that it has merged."""

from __future__ import annotations

from ..facts import records as r
from ..project.classes import ModuleClass
from .calls import Callee, Construction, Foreign
from .flow import Flow
from .flows import Flows
from .operands import text_of
from .report import Bypass
from .values import Origin, Read, Use

_UNMERGED_CHILD = "`{}`, which is not given the other side to merge it with"


def bypasses(flows: Flows, flow: Flow) -> list[Bypass]:
    """Where a method goes round its merges.

    Args:
        flows: of all methods.
        flow: of the method.
    """
    found = []
    for site in flow.sites:
        name = min(site.names, default=text_of(site.name))
        by_hand = any(merge.name == name and merge.line > site.call.line for merge in flow.hand_merges)
        if site.direct and site.discarded and not by_hand:  # else it serves as a check
            found.append(Bypass(site, None, name, None))
    thrown_away = [bypass.site for bypass in found]
    for read in flow.reads:
        if read.after is None or read.guarded or flow.sites[read.after] in thrown_away:
            continue
        site = flow.sites[read.after]
        verdict = _bypassed(flows, flow, read)
        if verdict is not None:
            found.append(Bypass(site, read, read.origin.name, verdict or None))
    return found


def _bypassed(flows: Flows, flow: Flow, read: Read) -> str | None:
    """Whether a raw value that is read after its merge goes round it: "" for a read, or who it is forwarded to."""
    match read.use.kind:
        case "plain":
            return ""
        case "argument" if read.use.call is not None:
            return _bypassed_by(flows, flow, read, read.use.call)
    return None


def _bypassed_by(flows: Flows, flow: Flow, read: Read, call: r.Call) -> str | None:
    name = read.origin.name
    called = flow.called.get(id(call))
    match called:
        case Foreign(entity=entity):
            return None if entity.dotted in {"builtins.dict", "functools.partial"} else ""
        case Construction(module=child):
            return _constructed(flow, name, call, child) if read.origin.kind == "attribute" else ""
        case Callee():
            parameter = parameter_at(called, read.use)
            if parameter is None:
                return None
            inner = flows.of(called.function, called.module, called.owner)
            merges = any(Origin("parameter", parameter) in value for site in inner.sites for _, value in site.operands)
            if merges and called.same_instance:
                return None
            if merges and called.instance >= 0:
                instance = flow.instances[called.instance]
                from_attribute = any(Origin("attribute", name) in value for value in instance.given.values())
                return None if from_attribute else _UNMERGED_CHILD.format(instance.module.entity.facts.name)
            if merges or parameter in inner.merged_by_hand:
                return None
            live = any(inner_read.origin == Origin("parameter", parameter) for inner_read in inner.reads)
            return (
                f"`{called.function.facts.name}`, which does not merge it"
                if live and not called.function.facts.stub
                else None
            )
    return None


def _constructed(flow: Flow, name: str, call: r.Call, child: ModuleClass) -> str | None:
    """A raw attribute given to a child's constructor is delegation, if the child's call gets the raw parameter."""
    for read in flow.reads:
        if read.origin == Origin("parameter", name) and read.use.call is not None and read.use.call.func == call:
            return None
    immediate = any(outer.func == call for outer in flow.forwards)
    return _UNMERGED_CHILD.format(child.entity.facts.name) if immediate else None


def parameter_at(callee: Callee, use: Use) -> str | None:
    """The parameter that an argument binds to; None where ``*args`` before it hides that."""
    parameters = callee.function.facts.parameters
    slot = use.slot
    if (
        use.call is not None
        and isinstance(slot, int)
        and any(isinstance(argument, r.Starred) for argument in use.call.args[: slot + 1])
    ):
        return None
    if isinstance(slot, str):
        return slot if any(parameter.name == slot for parameter in parameters) else None
    positional = [parameter.name for parameter in parameters if parameter.kind.startswith("positional")]
    index = slot + (1 if callee.bound else 0)
    return positional[index] if index < len(positional) else None
