"""What becomes of the pair that ``apply`` returns where collections are mutable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ...facts import records as r
from .. import terms as t
from ..conditions import ALWAYS, NEVER, certain_part
from ..effects import Entry, Update
from ..inference.attributes import DATA_METHODS
from ..records import dotted, walk
from ..terms import Place
from .decided import Decided
from .file_contracts import FileContracts, is_call
from .suspect import Suspect

_ARRAY_MODULES = ("jax.numpy.", "jax.nn.", "jax.scipy.", "jax.image.", "optax.", "numpy.")
# Of optax, what takes whole trees.
_TAKES_PAIRS = ("optax.apply_", "optax.global_norm", "optax.incremental_update", "optax.periodic_update", "optax.tree")
_ARITHMETIC = "arithmetic"
_STEPS = {"apply_gradients", "apply_updates"}


class Spot(NamedTuple):
    """A record with the one around it, and the innermost nested function."""

    node: r.Node
    parent: r.Node | None
    inside: r.FunctionFacts | None


def output_suspects(contracts: FileContracts) -> Iterator[Suspect]:
    """JFX303 and JFX304."""
    for place, entries in contracts.entries.items():
        applied = [entry for entry in entries if entry.how == "apply"]
        if not applied or any(entry.paired != ALWAYS for entry in applied):
            continue
        spots = _spots(contracts.body_around(place))
        spot = next((spot for spot in spots if is_call(spot.node, place)), None)
        if spot is None:
            continue
        used = _used_as_array(contracts, spot, spots)
        if used is not None:
            first, whole, arithmetic = used
            line = contracts.lines(place.line)
            details = ("all" if whole else "", "arithmetic" if arithmetic else "")
            yield Suspect("JFX303", place.line, place.column, place.depth, line, first, "", details=details)
        elif _thrown_away(spot, spots):
            steps = _steps(contracts, place, spot, spots)
            if steps is not None and not _kept(contracts, place, applied, [*spots, *steps]):
                yield from _lost(contracts, place, applied)


def _lost(contracts: FileContracts, place: Place, entries: list[Entry]) -> Iterator[Suspect]:
    for entry in entries:
        decided = Decided(contracts.engine, entry)
        for effect in entry.inner:
            match effect:
                case Update(collection=t.Const(value=str(name))):
                    if certain_part(decided.when(effect)) != NEVER and decided.immutable(name) == NEVER:
                        related = contracts.related(effect, f"`{effect.what}` updates {name!r}")
                        where = contracts.spell(effect.place) if effect.place != place else ""
                        lines = contracts.lines(place.line)
                        yield Suspect(
                            "JFX304",
                            place.line,
                            place.column,
                            place.depth,
                            lines,
                            name,
                            effect.what,
                            "",
                            related if where else (),
                            (where,),
                        )
                        return


# --- the body around a call ----------------------------------------------------------------------------------------


def _spots(body: tuple[r.Statement, ...]) -> list[Spot]:
    found: list[Spot] = []
    pending: list[tuple[object, r.Node | None, r.FunctionFacts | None]] = [(body, None, None)]
    while pending:
        current, parent, inside = pending.pop()
        if isinstance(current, r.FunctionFacts):
            pending.append((current.body, current, current))
        elif isinstance(current, r.Node):
            found.append(Spot(current, parent, inside))
            pending += [(part, current, inside) for part in msgspec.structs.astuple(current)[2:]]
        elif isinstance(current, tuple):
            pending += [(part, parent, inside) for part in current]
    return found


# --- used as an array ----------------------------------------------------------------------------------------------


def _used_as_array(contracts: FileContracts, spot: Spot, spots: list[Spot]) -> tuple[str, bool, bool] | None:
    """What shows that the pair is taken for an array, whether every use does so, and whether one of them by arithmetic.

    None where nothing shows it.
    """
    match spot.parent:
        case r.Assign(targets=(r.Name(id=name),), value=value) if value is spot.node:
            bound = [other for other in spots if _binds(other.node, name)]
            uses = [
                other
                for other in spots
                if isinstance(other.node, r.Name)
                and other.node.id == name
                and not (isinstance(other.parent, r.Assign) and other.node in other.parent.targets)
            ]
            if len(bound) != 1:
                return None
            shown = [_as_array(contracts, use) for use in uses]
            first = next((text for text in shown if text), None)
            return (first, all(shown), _ARITHMETIC in shown) if first else None
        case r.Assign() | None:
            return None
    shown_here = _as_array(contracts, spot)
    return (shown_here, False, False) if shown_here else None


def _binds(node: r.Node, name: str) -> bool:
    match node:
        case r.Assign(targets=targets):
            return any(isinstance(part, r.Name) and part.id == name for target in targets for part in walk(target))
        case r.AugAssign(target=r.Name(id=bound)) | r.Walrus(name=bound) | r.Loop(target=r.Name(id=bound)):
            return bound == name
    return False


def _as_array(contracts: FileContracts, use: Spot) -> str:
    """What a use does with a value that only an array can bear; "" where a tuple can bear it, too."""
    match use.parent:
        case r.Attribute(attr=attr) if attr in DATA_METHODS and attr not in {"index", "count"}:
            return f".{attr}"
        case r.Computed(operator="", operands=operands) if not any(isinstance(part, r.Display) for part in operands):
            return _ARITHMETIC
        case r.Subscript(value=value, index=r.Display() | r.Slice()) if value is use.node:
            return "an index" if isinstance(use.parent.index, r.Display) else ""
        case r.Call(func=func, args=args) if any(part is use.node for part in args):
            term = contracts.engine.resolve(contracts.file, "", func) if dotted(func) else t.UNKNOWN
            foreign = term.dotted if isinstance(term, t.ForeignRef) else ""
            if foreign.startswith(_ARRAY_MODULES) and not foreign.startswith(_TAKES_PAIRS):
                return f"{dotted(func)}(...)"
    return ""


# --- thrown away ---------------------------------------------------------------------------------------------------


def _thrown_away(spot: Spot, spots: list[Spot]) -> bool:
    """Whether nobody ever sees the updated collections."""
    match spot.parent:
        case r.Assign(targets=(r.Display(elements=(_, r.Name(id=name))),)):
            reads = _reads(spots, name)
            if name == "_" or not reads:
                return True
            return spot.inside is not None and all(_returned_and_lost(read, spot, spots) for read in reads)
        case r.Subscript(index=r.Constant(value=0)):
            return True
    return False


def _kept(contracts: FileContracts, place: Place, entries: list[Entry], spots: list[Spot]) -> bool:
    """Whether another pass through the same Module in the same function keeps its updates: then one is enough."""
    models = {_module(entry) for entry in entries}
    return any(
        not _thrown_away(spot, spots)
        for other, others in contracts.entries.items()
        if other != place and any(e.how == "apply" and e.paired != NEVER and _module(e) in models for e in others)
        for spot in spots
        if is_call(spot.node, other)
    )


def _module(entry: Entry) -> object:
    """The class of what is run, where that is known."""
    return entry.model.owner if isinstance(entry.model, t.Instance) else entry.model


def _reads(spots: list[Spot], name: str) -> list[Spot]:
    bound = {
        id(part)
        for other in spots
        if isinstance(other.node, r.Assign)
        for target in other.node.targets
        for part in walk(target)
    }
    return [s for s in spots if isinstance(s.node, r.Name) and s.node.id == name and id(s.node) not in bound]


def _returned_and_lost(read: Spot, spot: Spot, spots: list[Spot]) -> bool:
    """Whether a loss function hands the updates on as its second result, or in it, which its caller then ignores."""
    if spot.inside is None or read.inside is not spot.inside:
        return False
    way = _way_out(read, [s.node for s in spots if isinstance(s.node, r.Return) and s.inside is spot.inside], spots)
    if way is None:
        return False
    graded = _graded(spot.inside.name, spots)
    results = [
        s.node.targets[0]
        for s in spots
        if isinstance(s.node, r.Assign) and isinstance(s.node.value, r.Call) and _calls_graded(s.node.value, graded)
    ]
    others = [s for s in spots if s.inside is not spot.inside]
    return bool(results) and all(_is_lost(target, way, others) for target in results)


def _way_out(read: Spot, returns: list[r.Return], spots: list[Spot]) -> tuple[int, ...] | None:
    """Where in the auxiliary result updates are: by index, nothing for the result as a whole; None if they are not."""
    node: r.Node = read.node
    parent = read.parent
    if isinstance(parent, r.Subscript) and parent.value is node and isinstance(parent.index, r.Constant):
        node, parent = parent, next((s.parent for s in spots if s.node is parent), None)  # updates["batch_stats"]
    for returned in returns:
        match returned.value:
            case r.Display(elements=(_, second)) if second is node:
                return ()
            case r.Display(elements=(_, r.Display(elements=parts) as second)) if second is parent:
                return (next(index for index, part in enumerate(parts) if part is node),)
    return None


def _is_lost(target: r.Expression, way: tuple[int, ...], spots: list[Spot]) -> bool:
    """Whether nobody reads the updates in what a gradient's call is bound to."""
    match target:
        case r.Display(elements=(r.Display(elements=(_, auxiliary)), _)) | r.Display(elements=(r.Name(), auxiliary)):
            pass
        case _:
            return False
    for index in way:
        if isinstance(auxiliary, r.Display) and index < len(auxiliary.elements):
            auxiliary, way = auxiliary.elements[index], way[1:]
    if not isinstance(auxiliary, r.Name):
        return False
    reads = [] if auxiliary.id == "_" else _reads(spots, auxiliary.id)
    return all(bool(way) and _takes_another(read, way[0]) for read in reads)


def _takes_another(read: Spot, index: int) -> bool:
    """Whether a read of a tuple takes another of its items."""
    match read.parent:
        case r.Subscript(value=value, index=r.Constant(value=int(taken))) if value is read.node:
            return 0 <= taken != index
    return False


def _graded(name: str, spots: list[Spot]) -> set[str]:
    """The names that hold the gradient of a function."""
    return {
        target.id
        for s in spots
        if isinstance(s.node, r.Assign) and isinstance(s.node.value, r.Call) and _is_gradient_of(s.node.value, name)
        for target in s.node.targets
        if isinstance(target, r.Name)
    } | {f"={name}"}


def _is_gradient_of(node: r.Call, name: str) -> bool:
    return dotted(node.func).rpartition(".")[2] in {"grad", "value_and_grad"} and any(
        isinstance(part, r.Name) and part.id == name for part in node.args[:1]
    )


def _calls_graded(node: r.Call, graded: set[str]) -> bool:
    if isinstance(node.func, r.Name):
        return node.func.id in graded
    name = next(part[1:] for part in graded if part.startswith("="))
    return isinstance(node.func, r.Call) and _is_gradient_of(node.func, name)


def _bound_names(node: r.Assign) -> set[str]:
    return {part.id for part in node.targets if isinstance(part, r.Name)}


def _is_step(node: r.Call) -> bool:
    """Whether a call moves parameters by their gradient: Flax's, optax's, or a tree map over both."""
    name = dotted(node.func)
    return name.rpartition(".")[2] in _STEPS or (name.endswith(("tree_map", "tree.map")) and len(node.args) > 2)


def _steps(contracts: FileContracts, place: Place, spot: Spot, spots: list[Spot]) -> list[Spot] | None:
    """Where updates may be kept of a call whose parameters a step moves by their gradient; None if none does.

    The call stands in the loss function. That is nested in the function which takes the step, or one of the file: then
    any other function may keep them.
    """
    if spot.inside is not None:
        around = [s for s in spots if s.inside is spot.inside]
        names = {parameter.name for parameter in spot.inside.parameters}
        return spots if _takes(spot, names, around) and _moves(spot.inside.name, spots) else None
    for function in contracts.facts.functions if contracts.facts else ():
        if function.line <= place.line <= function.end_line and function.parameters:
            others = [_spots(other.body) for other in contracts.facts.all_functions()] if contracts.facts else []
            moved = {function.parameters[0].name}  # the one that is differentiated by
            if _takes(spot, moved, spots) and any(_moves(function.name, other) for other in others):
                return [s for other in others for s in other]
    return None


def _moves(loss: str, spots: list[Spot]) -> bool:
    """Whether a function takes the gradient of a loss function, and a step."""
    calls = [s.node for s in spots if isinstance(s.node, r.Call)]
    return any(map(_is_step, calls)) and any(_is_gradient_of(call, loss) for call in calls)


def _takes(spot: Spot, parameters: set[str], spots: list[Spot]) -> bool:
    """Whether the call is given some of the loss function's parameters, as those of the Module."""
    if not isinstance(spot.node, r.Call) or not spot.node.args:
        return False
    variables = spot.node.args[0]
    if isinstance(variables, r.Name) and variables.id not in parameters:
        bound = (s.node.value for s in spots if isinstance(s.node, r.Assign) and variables.id in _bound_names(s.node))
        variables = next(bound, variables)
    given = {part.id for part in walk(variables) if isinstance(part, r.Name)}
    if isinstance(variables, r.DictDisplay):
        given = {
            part.id
            for key, value in zip(variables.keys, variables.values, strict=True)
            if isinstance(key, r.Constant) and key.value == "params"
            for part in walk(value)
            if isinstance(part, r.Name)
        }
    return bool(given & parameters)
