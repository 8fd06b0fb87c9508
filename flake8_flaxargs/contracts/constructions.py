"""Where the project makes instances of a Module and runs them, as far as that is plain from the text around.

An instance is followed where it is run on the spot (``Net()(x)``, ``Net().apply(variables, x)``), through a local name
that is bound once and only ever run, and through an attribute of ``self`` that nobody but its class reads.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from ..facts import records as r
from ..project.classes import ModuleClass
from ..project.files import File
from ..project.names import ClassEntity, FunctionEntity
from ..project.project import Project

# How an instance is run from outside, and the arguments of these that are not the Module's own (linen/module.py).
_ENTRIES = ("apply", "init", "init_with_output")
_OWN = {"rngs", "mutable", "capture_intermediates", "method"}


class Given(NamedTuple):
    """The arguments of a call, as far as they bind to names.

    Attributes:
        line: where the call stands, 1-based.
        names: those that are given for certain.
        unsure: those that may be None, or may be given or not; ``**`` where that may be any.
    """

    line: int
    names: frozenset[str]
    unsure: frozenset[str]

    def gives(self, name: str) -> bool | None:
        """Whether an argument is given; None where that cannot be told."""
        if name in self.unsure or ("**" in self.unsure and name not in self.names):
            return None
        return name in self.names


class Construct(NamedTuple):
    """A construction of a Module.

    Attributes:
        column: where the class's name starts, 0-based in code points.
        given: the attributes that the constructor is given.
        runs: the calls of ``__call__`` of what it makes; None where it goes somewhere that is not followed.
    """

    file: File
    line: int
    column: int
    given: Given
    runs: tuple[Given, ...] | None


class _Spot(NamedTuple):
    """A record of a body and the ones around it, innermost first."""

    node: r.Node
    around: tuple[r.Node, ...]


class _Body(NamedTuple):
    """A function or method with the class it belongs to, or the statements of a module.

    Attributes:
        maybe_none: its names, and ``self.name``, whose default is None and which nothing in it binds again.
    """

    spots: tuple[_Spot, ...]
    scope: str
    function: r.FunctionFacts | None
    owner: r.ClassFacts | None
    maybe_none: frozenset[str]


def constructions(project: Project, module: ModuleClass) -> Iterator[Construct]:
    """The constructions of a class that can be found by its name in the project."""
    entity = module.entity
    method = module.method("__call__")
    call = project.in_full(method[1]).facts.parameters[1:] if method else ()
    parameters = [parameter.name for parameter in call if parameter.kind.startswith("positional")]
    fields = project.classes.positional(module)
    for file in project.users.importing(entity):
        for body in _bodies(project, file):
            for spot in body.spots:
                if not isinstance(spot.node, r.Call):
                    continue
                made = project.names.resolve(file, body.scope, spot.node.func)
                if isinstance(made, ClassEntity) and made.key == entity.key:
                    calls = _runs(project, file, body, spot)
                    runs = None if calls is None else tuple(_run(call, parameters, names) for call, names in calls)
                    given = _given(spot.node, fields, body.maybe_none)
                    yield Construct(file, spot.node.line, spot.node.func.column, given, runs)


def calls_itself(project: Project, module: ModuleClass) -> int | None:
    """The line on which a method of a class calls the instance that it is called on (``self(x)``), or None."""
    for facts in module.entity.facts.methods:
        full = project.in_full(FunctionEntity(module.entity.file, facts)).facts
        if not full.parameters:
            continue
        itself = full.parameters[0].name
        for spot in _spots(full.body):
            match spot.node:
                case r.Call(func=r.Name(id=name) | r.Attribute(value=r.Name(id=name), attr="__call__")):
                    if name == itself:
                        return spot.node.line
    return None


def unfollowed_mention(project: Project, module: ModuleClass, uses: tuple[Construct, ...]) -> str | None:
    """The place (``file.py:12``) of a mention of the class that is none of the ``uses`` which are followed, or None.

    Its own class statement, imports, annotations, ``__all__`` and prose are no uses. Anything else may be one:
    ``isinstance``, a base class, a partial, its name as a string.
    """
    entity = module.entity
    for file in project.users.importing(entity):
        source = project.files.source(file)
        if source is None:
            continue
        followed = {(use.line, use.column) for use in uses if use.file.path == file.path}
        names = {entity.facts.name, *_names_of(project, file, entity)}
        for line, byte_column in _mentions(source.tree, names):
            if (line, source.column(line, byte_column)) not in followed:
                return f"{os.path.basename(file.path)}:{line}"
    return None


# --- mentions ------------------------------------------------------------------------------------------------------


def _mentions(tree: ast.Module, names: set[str]) -> Iterator[tuple[int, int]]:
    """Line and byte column of each mention."""
    path = re.compile(rf"(?:[\w.:]*[.:])?(?:{'|'.join(map(re.escape, sorted(names)))})")
    pending: list[ast.AST] = [tree]
    while pending:
        node = pending.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name) if name in names:
                yield node.lineno, node.col_offset
            case ast.Constant(value=str(text)) if path.fullmatch(text):
                yield node.lineno, -1
            case ast.Assign(targets=[ast.Name(id="__all__")]):
                continue
            case ast.arg() | ast.AnnAssign() | ast.FunctionDef() | ast.AsyncFunctionDef():
                skipped = {id(node.returns) if hasattr(node, "returns") else id(getattr(node, "annotation", None))}
                pending += [child for child in ast.iter_child_nodes(node) if id(child) not in skipped]
                continue
        pending += ast.iter_child_nodes(node)


def _names_of(project: Project, file: File, entity: ClassEntity) -> Iterator[str]:
    """The names that a file binds to the class itself."""
    facts = project.files.facts(file, "full")
    for scope, bindings in facts.scopes.items() if facts else ():
        for name in {binding.name for binding in bindings if binding.kind in {"from", "assign"}}:
            found = project.names.resolve(file, scope, r.Name(1, 0, name))
            if isinstance(found, ClassEntity) and found.key == entity.key:
                yield name


# --- bodies --------------------------------------------------------------------------------------------------------


def _bodies(project: Project, file: File) -> Iterator[_Body]:
    facts = project.files.facts(file, "full")
    if facts is None:
        return
    for function in facts.functions:
        yield _body(function, None)
    for owner in facts.classes:
        for method in owner.methods:
            yield _body(method, owner)
    yield _Body(tuple(_spots(tuple(top.statement for top in facts.body))), "", None, None, frozenset())


def _body(function: r.FunctionFacts, owner: r.ClassFacts | None) -> _Body:
    spots = tuple(_spots(function.body))
    return _Body(spots, f"{function.qualname}.<locals>", function, owner, _maybe_none(function, owner, spots))


def _spots(statements: tuple[object, ...]) -> Iterator[_Spot]:
    """All records of a body, nested functions included."""
    pending: list[tuple[object, tuple[r.Node, ...]]] = [(statements, ())]
    while pending:
        current, around = pending.pop()
        if isinstance(current, r.Node):
            yield _Spot(current, around)
            inner = (current, *around)
            pending += [(part, inner) for part in msgspec.structs.astuple(current)[2:]]
        elif isinstance(current, tuple):
            pending += [(part, around) for part in current]


def _maybe_none(function: r.FunctionFacts, owner: r.ClassFacts | None, spots: tuple[_Spot, ...]) -> frozenset[str]:
    bound = {name for spot in spots for name in _bound_by(spot.node)}
    names = {parameter.name for parameter in function.parameters if _is_none(parameter.default)} - bound
    if owner is not None and function.parameters:
        itself = function.parameters[0].name
        names |= {f"{itself}.{field.name}" for field in owner.fields if _is_none(field.default)}
    return frozenset(names)


def _is_none(value: r.Expression | None) -> bool:
    return isinstance(value, r.Constant) and value.value is None and value.exact


def _bound_by(node: r.Node) -> Iterator[str]:
    match node:
        case r.Assign(targets=targets):
            for target in targets:
                yield from _target_names(target)
        case r.AugAssign(target=r.Name(id=name)) | r.Walrus(name=name):
            yield name
        case r.Loop(target=target) | r.WithItem(target=target) | r.Generator(target=target):
            yield from _target_names(target)
        case r.LocalBindings(names=names) | r.Match(captures=names):
            yield from names


def _target_names(target: r.Expression | None) -> Iterator[str]:
    match target:
        case r.Name(id=name):
            yield name
        case r.Display(elements=elements):
            for element in elements:
                yield from _target_names(element)
        case r.Starred(value=value):
            yield from _target_names(value)


# --- what is given -------------------------------------------------------------------------------------------------


def _given(call: r.Call, positional: list[str], maybe_none: frozenset[str], skipped: int = 0) -> Given:
    names: set[str] = set()
    unsure: set[str] = set()

    def note(name: str, value: r.Expression) -> None:
        if not _is_none(value):
            (unsure if _may_be_none(value, maybe_none) else names).add(name)

    for index, value in enumerate(call.args):
        if isinstance(value, r.Starred):
            unsure |= set(positional[max(index - skipped, 0) :])
            break
        if skipped <= index < len(positional) + skipped:
            note(positional[index - skipped], value)
    for keyword in call.keywords:
        if keyword.name is None:
            unsure.add("**")
        else:
            note(keyword.name, keyword.value)
    return Given(call.line, frozenset(names - unsure), frozenset(unsure))


def _may_be_none(value: r.Expression, maybe_none: frozenset[str]) -> bool:
    """Whether a value says None, or hands on what is None unless somebody gives it."""
    match value:
        case r.Constant():
            return _is_none(value)
        case r.Name(id=name):
            return name in maybe_none
        case r.Attribute(value=r.Name(id=owner), attr=attr):
            return f"{owner}.{attr}" in maybe_none
        case r.IfExp(body=body, orelse=orelse):
            return _may_be_none(body, maybe_none) or _may_be_none(orelse, maybe_none)
        case r.BoolOp(values=values):
            return any(_may_be_none(part, maybe_none) for part in values)
        case r.Walrus(value=inner):
            return _may_be_none(inner, maybe_none)
    return False


# --- what becomes of an instance -----------------------------------------------------------------------------------


def _run(call: r.Call, parameters: list[str], maybe_none: frozenset[str]) -> Given:
    """What a call of an instance, or of its ``apply`` or ``init``, gives to ``__call__``."""
    entry = isinstance(call.func, r.Attribute) and call.func.attr in _ENTRIES
    given = _given(call, parameters, maybe_none, 1 if entry else 0)
    if not entry:
        return given
    if any(keyword.name == "method" for keyword in call.keywords):
        return given._replace(unsure=frozenset({"**", *parameters}), names=frozenset())
    return given._replace(names=given.names - _OWN)


_Calls = list[tuple[r.Call, frozenset[str]]]


def _runs(project: Project, file: File, body: _Body, spot: _Spot) -> _Calls | None:
    """The calls that run what a construction makes, each with what may be None there; None where it goes elsewhere."""
    on_the_spot = _run_by(spot)
    if on_the_spot is not None:
        return [(on_the_spot, body.maybe_none)]
    match spot.around[0] if spot.around else None:
        case r.Assign(targets=(r.Name(id=name),), value=value) if value is spot.node and body.function is not None:
            return _runs_of_name(body, name)
        case r.Assign(targets=(r.Attribute(value=r.Name(id=itself), attr=attr),), value=value) if value is spot.node:
            if body.owner is not None and body.function is not None and body.function.parameters[0].name == itself:
                return _runs_of_attribute(project, file, body.owner, attr)
    return None


def _run_by(spot: _Spot) -> r.Call | None:
    """The call that runs what an expression holds."""
    match spot.around[:2]:
        case (r.Call(func=func) as call, *_) if func is spot.node:
            return call
        case (r.Attribute(attr=attr) as through, r.Call(func=func) as call) if func is through and attr in _ENTRIES:
            return call
    return None


def _runs_of_name(body: _Body, name: str) -> _Calls | None:
    """The runs of a local name that is bound once, where it is nothing but run."""
    if sum(bound == name for spot in body.spots for bound in _bound_by(spot.node)) != 1:
        return None
    found: _Calls = []
    for spot in body.spots:
        match spot.node:
            case r.Name(id=read) if read == name and not _is_target(spot):
                run = _run_by(spot)
                if run is None:
                    return None
                found.append((run, body.maybe_none))
            case r.LocalBindings(reads=reads) if reads:  # a class in a function: its methods may read the name
                return None
    return found


def _is_target(spot: _Spot) -> bool:
    """Whether a statement binds this very record."""
    match spot.around[:1]:
        case (r.Assign(targets=targets),):
            return any(spot.node is target for target in targets)
    return False


def _runs_of_attribute(project: Project, file: File, owner: r.ClassFacts, attr: str) -> _Calls | None:
    """The runs of an attribute that one place in a class binds, where nobody else of the project names it."""
    spelled = re.compile(rf"\b{re.escape(attr)}\b")
    for other in project.users.mentioning(attr, file):
        source = project.files.source(other)
        lines = source.lines if source else []
        if other.path == file.path:
            lines = [*lines[: owner.line - 1], *lines[owner.end_line :]]
        if any(spelled.search(line) for line in lines):
            return None
    found: _Calls = []
    bound = 0
    for body in (_body(method, owner) for method in owner.methods):
        for spot in body.spots:
            match spot.node:
                case r.Attribute(attr=read) if read == attr and _is_target(spot):
                    bound += 1
                case r.Attribute(attr=read) if read == attr:
                    run = _run_by(spot)
                    if run is None:
                        return None
                    found.append((run, body.maybe_none))
                case r.Constant(value=str(text)) if attr in text:
                    return None
    return found if bound == 1 else None
