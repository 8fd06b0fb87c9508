"""Rules on what contracts say: each confirms a suspect on the concrete call that it points at."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence

import libcst as cst

from ..config import Config
from ..contracts.checks import Suspect
from ..facts import records as r
from ..model import Diagnostic, Edit, Fix, Position, Range
from ..source import Source
from .base import Rule, Statement, find


@dataclasses.dataclass(frozen=True)
class Scene:
    """What a rule on contracts may look at.

    Attributes:
        source: the file.
        config: what the user wants.
        statement: the statement around the suspect.
        suspect: the place and the evidence.
        facts: of the file.
        statement_at: the statement that takes exactly these lines; None where libcst cannot parse it.
        others: all suspects of the file.
    """

    source: Source
    config: Config
    statement: Statement
    suspect: Suspect
    facts: r.FileFacts
    statement_at: Callable[[tuple[int, int]], Statement | None]
    others: Sequence[Suspect] = ()

    def partial(self) -> tuple[str, tuple[Edit, ...]] | None:
        """An expression for ``functools.partial``, and the edits that make it hold; None where the names are taken."""
        bindings = self.facts.scopes.get("", ())
        taken = [binding.name for binding in bindings]
        for binding in bindings:
            if binding.typing_only or taken.count(binding.name) > 1:
                continue
            if binding.kind == "import" and binding.module == "functools":
                return f"{binding.name}.partial", ()
            if binding.kind == "from" and (binding.module, binding.attr) == ("functools", "partial"):
                return binding.name, ()
        place = Position(self.facts.import_line + 1, 0)
        if "functools" not in taken:
            return "functools.partial", (Edit(Range(place, place), "import functools\n"),)
        if "partial" not in taken:
            return "partial", (Edit(Range(place, place), "from functools import partial\n"),)
        return None

    def random(self) -> tuple[str, tuple[Edit, ...]] | None:
        """An expression for ``jax.random``, and the edits that make it hold; None where the names are taken."""
        bindings = self.facts.scopes.get("", ())
        taken = [binding.name for binding in bindings]
        for binding in bindings:
            if binding.typing_only or taken.count(binding.name) > 1:
                continue
            match binding.kind, binding.module, binding.attr:
                case "import", "jax", _:
                    return f"{binding.name}.random", ()
                case "import", "jax.random", _:
                    return "jax.random" if binding.name == "jax" else binding.name, ()
                case "from", "jax", "random":
                    return binding.name, ()
        place = Position(self.facts.import_line + 1, 0)
        return None if "jax" in taken else ("jax.random", (Edit(Range(place, place), "import jax\n"),))

    def full_name(self, node: cst.BaseExpression) -> str:
        """The dotted name that an expression leads to by the file's own imports; "" where it is no such name."""
        match node:
            case cst.Attribute(value=value, attr=attr):
                owner = self.full_name(value)
                return f"{owner}.{attr.value}" if owner else ""
            case cst.Name(value=name):
                found = [binding for binding in self.facts.scopes.get("", ()) if binding.name == name]
                if len(found) == 1 and found[0].kind == "import":
                    return found[0].module if found[0].module.partition(".")[0] != name else name
                if len(found) == 1 and found[0].kind == "from" and not found[0].level:
                    return f"{found[0].module}.{found[0].attr}"
        return ""

    def spelled(self, name: str) -> set[str]:
        """The names that the file knows a class by."""
        bindings = self.facts.scopes.get("", ())
        return {name, *(b.name for b in bindings if b.kind == "from" and b.attr == name)}

    def around(self, line: int) -> Statement:
        """The class around a line, whose ``setup`` may make a layer; else the statement itself."""
        classes = [owner for owner in self.facts.classes if owner.line <= line <= owner.end_line]
        if classes:
            owner = min(classes, key=lambda facts: facts.end_line - facts.line)
            found = self.statement_at((owner.line, owner.end_line))
            if found is not None:
                return found
        return self.statement

    def call_at(self, line: int, column: int, depth: int) -> tuple[Statement, cst.Call] | None:
        """A call of the file by its place, as in ``contracts.terms.Place``, with the statement around it."""
        spans = [(top.line, top.end_line) for top in self.facts.body if top.line <= line <= top.end_line]
        statement = self.statement_at(spans[0]) if spans else self.around(line)
        for call in find(statement.node, cst.Call) if statement is not None else ():
            if statement is not None and statement.at(call, line, column) and call_depth(call) == depth:
                return statement, call
        return None

    def wrapping_calls(
        self, name: str, wraps: Callable[[cst.BaseExpression], bool]
    ) -> list[tuple[Statement, cst.Call]]:
        """The calls of the file that wrap one of its functions: ``jax.jit(step)``."""
        found = []
        spans = [(top.line, top.end_line) for top in self.facts.body]
        spans += [(function.line, function.end_line) for function in self.facts.all_functions()]
        for start, last in spans:
            text = "".join(self.source.lines[start - 1 : last])
            statement = self.statement_at((start, last)) if f"({name}" in text else None
            for call in find(statement.node, cst.Call) if statement is not None else ():
                first = call.args[0].value if call.args else None
                if statement is not None and wraps(call.func) and isinstance(first, cst.Name) and first.value == name:
                    found.append((statement, call))
        return found


class ContractRule(Rule):
    """A rule that confirms suspects of its code."""

    @classmethod
    def message(cls, scene: Scene, node: cst.CSTNode) -> str:
        """What is wrong, and the evidence, in one line."""
        raise NotImplementedError

    @classmethod
    def fixes(cls, scene: Scene, node: cst.CSTNode) -> tuple[Fix, ...]:
        """What mends it."""
        return ()

    @classmethod
    def place(cls, scene: Scene, node: cst.CSTNode) -> cst.CSTNode | None:
        """The node that the finding stands at; None where there is nothing to flag."""
        return node


_KINDS: dict[str, type[cst.CSTNode] | tuple[type[cst.CSTNode], ...]] = {
    "call": cst.Call,
    "argument": cst.Arg,
    "parameter": cst.Param,
    "attribute": cst.AnnAssign,
    "assignment": (cst.Assign, cst.AnnAssign),
    "decorator": (cst.Name, cst.Attribute),
}


class Confirm(cst.CSTVisitor):
    """Finds the node of a suspect in its statement.

    Args:
        rule: whose suspect it is.
        scene: the suspect and what is around it.
    """

    def __init__(self, rule: type[ContractRule], scene: Scene) -> None:
        super().__init__()
        self._rule = rule
        self._scene = scene
        self.found: list[Diagnostic] = []

    def on_visit(self, node: cst.CSTNode) -> bool:
        """Compare each node with the suspect's place."""
        suspect = self._scene.suspect
        if self.found:
            return False
        if not isinstance(node, _KINDS[suspect.kind]):
            return True
        here = self._scene.statement.at(node, suspect.line, suspect.column)
        if here and (not isinstance(node, cst.Call) or call_depth(node) == suspect.depth):
            self._flag(node)
        return True

    def _flag(self, node: cst.CSTNode) -> None:
        scene = self._scene
        stands = self._rule.place(scene, node)
        if stands is None:
            return
        fixes = self._rule.fixes(scene, node) if scene.config.fixes else ()
        self.found.append(
            Diagnostic(
                self._rule.code,
                self._rule.message(scene, node),
                scene.statement.range(stands),
                scene.suspect.related,
                fixes,
            )
        )


def call_depth(node: cst.Call) -> int:
    """How many calls a call starts with: 1 of ``f(x)(y)``."""
    depth = 0
    inner: cst.BaseExpression = node.func
    while isinstance(inner, cst.Call | cst.Attribute | cst.Subscript):
        depth += isinstance(inner, cst.Call)
        inner = inner.func if isinstance(inner, cst.Call) else inner.value
    return depth
