"""Modes: a literal where a flag is at hand, a flag the wrong way round, a mode in another field's place."""

from __future__ import annotations

from collections.abc import Iterator

from ...facts import records as r
from .. import conditions as c
from .. import terms as t
from ..inference.engine import Engine
from ..inference.seen import SeenCall
from ..modes import ACTIVE, FLAGS, flag_in, may_be_bool
from ..terms import ClassKey, Term
from .file_contracts import FileContracts, Seen
from .layers import flax_layer, gives, made_by, names_of_positions, parts, run_by, template_of
from .suspect import Suspect
from .under_modes import spot_of, under_modes

_SWITCHES = {"deterministic", "use_running_average"}
# The field that says how much is dropped, and whether a layer without it drops anything.
_RATES = {"Dropout": ("rate", True), "BatchNorm": ("", True)}
_ATTENTION_RATE = ("dropout_rate", False)


def mode_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX108, JFX110 and JFX111."""
    found: dict[tuple[object, ...], Suspect | None] = {}
    for seen in contracts.calls:
        for key, suspect in (*_hard_wired(contracts, seen), *_inverted(contracts, seen), *_misplaced(contracts, seen)):
            known = found.setdefault(key, suspect)
            if known is not None and suspect is None:  # one look at a loop's body says that it is right
                found[key] = None
    yield from (suspect for suspect in found.values() if suspect is not None)


_Looks = Iterator[tuple[tuple[object, ...], Suspect | None]]


# --- JFX108 --------------------------------------------------------------------------------------------------------


def _hard_wired(contracts: FileContracts, seen: Seen) -> _Looks:
    """A literal that makes one of Flax's layers active, in a Module that has a flag for it."""
    call = seen.call
    if seen.function is None or seen.owner is None:
        return
    for literal, name in _literals(contracts, call.node, call.func):
        key = ("JFX108", literal.line, literal.column)
        layer = _made_active(contracts, seen, name)
        flags = _flags_at_hand(contracts, seen.function, seen.owner) if layer else []
        if not layer or not flags or _as_a_mode_says(contracts, seen, flags):
            yield key, None
            continue
        wanted = [flag for flag, _ in flags]
        expression = wanted[0] if len(wanted) == 1 else ""
        bare = flags[0][1]
        turned = "" if not expression else expression if (bare in ACTIVE) == (name in ACTIVE) else f"not {expression}"
        lines = contracts.lines(literal.line)
        details = (flags[0][0], turned)
        yield (
            key,
            Suspect("JFX108", literal.line, literal.column, 0, lines, name, layer, details=details, kind="argument"),
        )


def _literals(contracts: FileContracts, node: r.Call, func: Term) -> Iterator[tuple[r.Node, str]]:
    for keyword in node.keywords:
        match keyword:
            case r.Keyword(name=str(name), value=r.Constant(value=False)) if name in _SWITCHES:
                yield keyword, name
    if any(isinstance(part, r.Constant) and part.value is False for part in node.args):
        names = names_of_positions(contracts.engine, func)
        for name, part in zip(names, node.args, strict=False):
            if isinstance(part, r.Starred):
                return
            if name in _SWITCHES and isinstance(part, r.Constant) and part.value is False:
                yield part, name


def _made_active(contracts: FileContracts, seen: Seen, name: str) -> str:
    """The name of the layer that a call with this literal makes active for good; "" where that is not certain."""
    engine, call = contracts.engine, seen.call
    if c.certain_part(call.path) == c.NEVER:
        return ""
    objects = run_by(call.func)
    if objects:
        layers = {flax_layer(engine, of.owner) for of in objects}
        if any(of.get(name) is not None or of.get("**") is not None for of in objects):
            return ""
        return layers.pop() if len(layers) == 1 and all(_drops(engine, of) for of in objects) else ""
    template = template_of(engine, call)
    made = template or made_by(engine, call.func)
    layer = flax_layer(engine, made[0]) if made else ""
    if not layer or _overridden(contracts, seen, name, template is not None):
        return ""
    if template is None and not (isinstance(call.result, t.Instance) and _drops(engine, call.result)):
        return ""
    return layer


def _drops(engine: Engine, of: t.Instance) -> bool:
    """Whether a layer of Flax does anything when it is active: its rate may be above 0."""
    field, by_default = _RATES.get(flax_layer(engine, of.owner), _ATTENTION_RATE)
    if not field:
        return True
    rate = of.get(field)
    if rate is None:
        return by_default
    return not (isinstance(rate, t.Const) and not rate.value)


def _overridden(contracts: FileContracts, seen: Seen, name: str, template: bool) -> bool:
    """Whether what a call makes is given the argument again where it is used, or may be.

    Whoever gets a template as an argument may give anything; one that nobody uses says nothing.
    """
    result = seen.call.result
    used = False
    for other in contracts.calls:
        if other.owner != seen.owner or other.call.place == seen.call.place:
            continue
        if _within(result, other.call.func):
            names = names_of_positions(contracts.engine, other.call.func)
            if gives(other.call, names, name):
                return True
            used = True
        elif template and any(_within(result, term) for term in other.call.arguments.all()):
            return True
    return template and not used


def _within(part: Term, whole: Term) -> bool:
    """Whether a term holds another; the same layer may be given other arguments on the way."""
    place = part.place if isinstance(part, t.Instance) else None
    return any(
        other == part or (place is not None and isinstance(other, t.Instance) and other.place == place)
        for other in parts(whole)
    )


def _flags_at_hand(contracts: FileContracts, function: r.FunctionFacts, owner: ClassKey) -> list[tuple[str, str]]:
    """The mode flags of a method, else those of its class: how each is spelt there, and its name."""
    mine = [
        (parameter.name, parameter.name)
        for parameter in function.parameters[1:]
        if parameter.name in FLAGS and not parameter.kind.startswith("var-") and may_be_bool(parameter.annotation)
    ]
    module = contracts.engine.module_class(owner)
    if mine or not module.is_module or not function.parameters:
        return mine
    itself = function.parameters[0].name
    return [
        (f"{itself}.{name}", name)
        for name, field in contracts.engine.project.classes.fields(module).items()
        if name in FLAGS and may_be_bool(field.facts.annotation)
    ]


def _as_a_mode_says(contracts: FileContracts, seen: Seen, flags: list[tuple[str, str]]) -> bool:
    """Whether a flag, or something that is not known, says whether a call runs, or whether what it makes is used."""
    if _hangs_on(seen.call.path, flags) or _is_settled(contracts, seen):
        return True
    result = seen.call.result
    if not isinstance(result, t.Instance):
        return False
    uses = [
        other
        for other in contracts.calls
        if other.owner == seen.owner and other.call.place != seen.call.place and _within(result, other.call.func)
    ]
    return bool(uses) and all(_hangs_on(use.call.path, flags) or _is_settled(contracts, use) for use in uses)


def _is_settled(contracts: FileContracts, seen: Seen) -> bool:
    """Whether a call stands in a branch of ``nn.cond``, or after a guard that leaves one mode alone."""
    return seen.function is not None and spot_of(seen.call.node) in under_modes(contracts, seen.function)


def _hangs_on(path: c.Cond, flags: list[tuple[str, str]]) -> bool:
    """Whether a place is reached or not as a flag says, or as something says that is not known."""
    names = {name for _, name in flags}
    return any(
        isinstance(part, c.Maybe) or (isinstance(part, t.Param | t.Get) and part.name in names | FLAGS)
        for part in parts(path)
    )


# --- JFX110 --------------------------------------------------------------------------------------------------------


def _inverted(contracts: FileContracts, seen: Seen) -> _Looks:
    """A flag given for one that points the other way; ``~`` in front of a bool."""
    call = seen.call
    for index, name, value, term in _given_modes(contracts, seen):
        key = ("JFX110", call.place, index, name)
        flag, how = _turned(value, term, name)
        if not flag or not _is_bool(contracts, seen, flag):
            yield key, None
            continue
        place = call.place
        lines = contracts.lines(place.line)
        lifted = any(isinstance(part, t.Lifted) for part in parts(call.func))  # by keyword, it would be traced or lost
        details = (name, str(index), how, "lifted" if lifted else "")
        yield key, Suspect("JFX110", place.line, place.column, place.depth, lines, flag, "", details=details)


def _given_modes(contracts: FileContracts, seen: Seen) -> Iterator[tuple[int, str, r.Expression, Term]]:
    """The arguments of a call that switch a mode of what is called: position (-1: by keyword), name, value."""
    engine, call = contracts.engine, seen.call
    ours = isinstance(call.func, t.ClassRef | t.Instance | t.Self | t.Bound | t.Lifted | t.Partial | t.Choice)
    template = template_of(engine, call)
    if not ours and template is None and not _of_module(contracts, seen):
        return
    for keyword in call.node.keywords:
        term = call.arguments.keyword(keyword.name) if keyword.name in FLAGS and keyword.name else None
        if keyword.name and term is not None:
            yield -1, keyword.name, keyword.value, term
    spread = next((keyword.value for keyword in call.node.keywords if keyword.name is None), None)
    spelled = {keyword.name for keyword in call.node.keywords}
    for held, term in call.arguments.keywords if spread is not None else ():  # as far as the dict is known
        if held in FLAGS and held not in spelled and spread is not None:
            yield -1, held, spread, term
    if template is not None:
        return
    names = names_of_positions(engine, call.func)
    for index, (name, value) in enumerate(zip(names, call.node.args, strict=False)):
        if isinstance(value, r.Starred):
            return
        if name in FLAGS:
            yield index, name, value, call.arguments.positional[index]


def _of_module(contracts: FileContracts, seen: Seen) -> bool:
    return seen.owner is not None and contracts.engine.module_class(seen.owner).is_module


def _turned(value: r.Expression, term: Term, name: str) -> tuple[str, str]:
    """The flag that is given the wrong way round, and how; "" for one that is right, or not known."""
    match value:
        case r.Computed(operator="~", operands=(r.Name(id=flag) | r.Attribute(attr=flag),)) if flag in FLAGS:
            return flag, "~"
    found = flag_in(term)
    if found is None or found[0] == name or found[1] == (name in ACTIVE):
        return "", ""
    return found[0], "not"


def _is_bool(contracts: FileContracts, seen: Seen, flag: str) -> bool:
    """Whether a flag may be a bool, by its annotation as a parameter or attribute."""
    for parameter in seen.function.parameters if seen.function else ():
        if parameter.name == flag:
            return may_be_bool(parameter.annotation)
    if _of_module(contracts, seen) and seen.owner:
        field = contracts.engine.project.classes.fields(contracts.engine.module_class(seen.owner)).get(flag)
        return field is None or may_be_bool(field.facts.annotation)
    return True


# --- JFX111 --------------------------------------------------------------------------------------------------------


def _misplaced(contracts: FileContracts, seen: Seen) -> _Looks:
    """A bool where ``Dropout`` wants the axes that share a mask."""
    engine, call = contracts.engine, seen.call
    made = template_of(engine, call) or made_by(engine, call.func)
    if made is None or flax_layer(engine, made[0]) != "Dropout":
        return
    fields = engine.project.classes.positional(engine.module_class(made[0]))
    index = fields.index("broadcast_dims") - made[1] if "broadcast_dims" in fields else -1
    if not 0 <= index < len(call.arguments.positional) or index >= len(call.node.args):
        return
    if any(isinstance(part, r.Starred) for part in call.node.args[: index + 1]):
        return
    term = call.arguments.positional[index]
    if not is_bool(term):
        return
    flag = flag_in(term)
    turn = "not " if flag is not None and flag[1] else ""
    last = index + 1 == len(call.node.args) and call.arguments.keyword("deterministic") is None
    place = call.place
    yield (
        ("JFX111", place),
        Suspect(
            "JFX111",
            place.line,
            place.column,
            place.depth,
            contracts.lines(place.line),
            "broadcast_dims",
            "Dropout",
            details=(str(index), turn, _way_out(contracts, seen) if last else ""),
        ),
    )


def _way_out(contracts: FileContracts, seen: Seen) -> str:
    """What mends it: ``name`` the keyword, ``drop`` the argument where the calls give the mode; "" for neither.

    A mode that is given to the constructor and at the call raises; where some calls give it, or may, others not,
    there is no telling.
    """
    users = (o.call for o in contracts.calls if o.owner == seen.owner and o.call.place != seen.call.place)
    says = {_says_mode(contracts.engine, call) for call in users if _within(seen.call.result, call.func)}
    if not says or says == {False}:
        return "name"
    return "drop" if says == {True} else ""


def _says_mode(engine: Engine, call: SeenCall) -> bool | None:
    """Whether the call of a layer gives its ``deterministic``; None where it may, or gives None."""
    names = names_of_positions(engine, call.func)
    if not gives(call, names, "deterministic"):
        return False
    position = names.index("deterministic") if "deterministic" in names else len(call.arguments.positional)
    said = call.arguments.get(position, "deterministic")
    return None if said is None or t.bare(said) == t.NONE else True


def is_bool(term: Term) -> bool:
    """Whether a value is a bool for certain, or a mode flag."""
    return (isinstance(term, t.Const) and isinstance(term.value, bool)) or (
        isinstance(term, t.Truthy) or flag_in(term) is not None
    )


def misplaced_modes(contracts: FileContracts) -> set[tuple[int, int, int]]:
    """The calls of layers whose mode was given in another field's place: that it is missing has its cause there."""
    return {
        (seen.call.place.line, seen.call.place.column, seen.call.place.depth)
        for seen in contracts.calls
        for of in run_by(seen.call.func)
        if (given := of.get("broadcast_dims")) is not None and is_bool(given)
    }
