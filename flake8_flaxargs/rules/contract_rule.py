"""Rules on what contracts say: each confirms a suspect on the concrete call that it points at."""

from __future__ import annotations

import dataclasses

import libcst as cst

from ..config import Config
from ..contracts.checks import Suspect
from ..model import Diagnostic, Fix
from ..source import Source
from .base import Rule, Statement


@dataclasses.dataclass(frozen=True)
class Scene:
    """What a rule on contracts may look at.

    Attributes:
        source: the file.
        config: what the user wants.
        statement: the statement around the suspect.
        suspect: the place and the evidence.
    """

    source: Source
    config: Config
    statement: Statement
    suspect: Suspect


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
