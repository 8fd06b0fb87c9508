"""What a rule is, and what it gets to look at."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar, Literal, NamedTuple, TypeVar

import libcst as cst
from libcst.metadata import CodePosition, CodeRange

from ..config import Config
from ..contracts.merges import Merges
from ..contracts.records import walk
from ..contracts.report import MethodReport
from ..facts import records as r
from ..model import Diagnostic, Position, Range, Related, Safety
from ..project.classes import Field
from ..project.project import Project
from ..source import Source
from .spelling import Spelling


@dataclasses.dataclass(frozen=True)
class Context:
    """What a rule may look at: the report on one method, and the concrete syntax of statements of its file.

    ``statement_at`` parses the statement that takes exactly the given first and last line; None where libcst cannot.
    """

    source: Source
    project: Project
    merges: Merges
    config: Config
    report: MethodReport
    spelling: Spelling
    statement_at: Callable[[tuple[int, int]], Statement | None]

    @property
    def class_name(self) -> str:
        """The name of the class that the method belongs to."""
        return self.report.module.entity.facts.name

    @property
    def method_name(self) -> str:
        """The name of the method."""
        return self.report.function.facts.name

    @property
    def looked_at(self) -> bool:
        """Whether the rules on unmerged arguments look at the method: ``__call__``, and others if a user says so."""
        return self.method_name == "__call__" or self.config.methods == "public"

    @property
    def taken(self) -> set[str]:
        """The names that the method binds anywhere: none of them means there what it means in the module."""
        function = self.report.function.facts
        names = {parameter.name for parameter in function.parameters}
        for node in walk(function):
            match node:
                case r.Assign(targets=targets):
                    names |= {part.id for target in targets for part in walk(target) if isinstance(part, r.Name)}
                case r.AugAssign(target=r.Name(id=name)) | r.Walrus(name=name):
                    names.add(name)
                case r.Loop(target=target) | r.WithItem(target=target) | r.Generator(target=target):
                    names |= {part.id for part in walk(target) if isinstance(part, r.Name)}
                case r.LocalFunction(function=inner):
                    names.add(inner.name)
                    names |= {parameter.name for parameter in inner.parameters}
                case r.Lambda(parameters=parameters):
                    names |= {parameter.name for parameter in parameters}
                case r.LocalBindings(names=bound) | r.Match(captures=bound):
                    names |= set(bound)
        return names

    @property
    def method_lines(self) -> tuple[int, int]:
        """The first and last line of the method's ``def`` statement."""
        return self.report.function.facts.line, self.report.function.facts.end_line

    @property
    def self_name(self) -> str:
        """What the method calls the instance."""
        return self.report.function.facts.parameters[0].name

    def place(self, field: Field) -> str:
        """Where an attribute is declared: ``line 12`` of this file, ``layers.py:12`` of another."""
        file = field.owner.file
        if file.path == self.report.function.file.path:
            return f"line {field.facts.line}"
        return f"{os.path.basename(file.path)}:{field.facts.line}"

    def related(self, field: Field) -> Related:
        """The declaration of an attribute as the other place of a finding."""
        path = field.owner.file.path
        same = path == self.report.function.file.path
        place = Position(field.facts.line, field.facts.column)
        return Related(self.source.path if same else path, place, f"attribute `{field.name}`")


class Statement:
    """The concrete syntax of one statement of a file, with positions in the file.

    Args:
        node: the parsed statement.
        ranges: position metadata of its nodes.
        shift: how many lines the parsed text starts before the statement.
        dropped: by line of the parsed text, the characters in front of it that libcst has dropped.
    """

    def __init__(
        self,
        node: cst.BaseStatement,
        ranges: Mapping[cst.CSTNode, CodeRange],
        shift: int,
        dropped: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self.node = node
        self._ranges = ranges
        self._shift = shift
        self._dropped = dropped

    def range(self, node: cst.CSTNode) -> Range:
        """Where a node stands in the file, without the parentheses and whitespace around it."""
        found = self._ranges[node]
        return Range(self._position(found.start), self._position(found.end))

    def _position(self, of: CodePosition) -> Position:
        return Position(of.line + self._shift, of.column + self._dropped.get(of.line, 0))

    def at(self, node: cst.CSTNode, line: int, column: int) -> bool:
        """Whether a node starts at this place of the file."""
        found = self._ranges.get(node)
        return found is not None and self._position(found.start) == (line, column)

    @property
    def function(self) -> cst.FunctionDef | None:
        """The function that the statement defines."""
        match self.node:
            case cst.FunctionDef() as function:
                return function
            case cst.If(body=cst.IndentedBlock(body=[cst.FunctionDef() as function])):  # an indented statement
                return function
        return None

    @staticmethod
    def text(node: cst.CSTNode) -> str:
        """The source of a node."""
        return cst.Module(()).code_for_node(node)

    def shown(self, node: cst.CSTNode) -> str:
        """The source of a node for a message: on one line, without comments."""
        text = self.text(node)
        for comment in self.comments(node):
            text = text.replace(comment, "", 1)
        return " ".join(text.replace("\\\n", " ").split())

    def comments(self, node: cst.CSTNode) -> list[str]:
        """The comments inside a node, which replacing it would lose; not those above it."""
        if isinstance(node, cst.If):
            node = node.with_changes(leading_lines=())
        return [found.value for found in find(node, cst.Comment)]


Found = TypeVar("Found", bound=cst.CSTNode)


def find(node: cst.CSTNode, kind: type[Found]) -> list[Found]:
    """The nodes of a kind in and below a node, in order. (``libcst.matchers`` takes longer to import than to lint.)"""
    found: list[Found] = []
    pending: list[cst.CSTNode] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, kind):
            found.append(current)
        pending += reversed(current.children)
    return found


class Visitor(cst.CSTVisitor):
    """The part of a rule that confirms a candidate on the concrete tree: flags it and builds the fix.

    Args:
        context: what the rule may look at.
        statement: the statement that is visited.
    """

    def __init__(self, context: Context, statement: Statement) -> None:
        super().__init__()
        self.context = context
        self.statement = statement
        self.found: list[Diagnostic] = []


class Candidate(NamedTuple):
    """A statement that may hold a finding, by its first and last line, and who confirms it."""

    lines: tuple[int, int]
    visitor: Callable[[Context, Statement], Visitor]


class Rule:
    """A pattern that is flagged. The class's docstring is its page.

    Attributes:
        code, name: ``name`` states the pattern.
        default: whether it is on where nobody says otherwise.
        since: the version of this package that brought it.
        runtime: what Flax does: ``raises`` or ``silent``.
        offers: the safeties that a fix of it may have; none where it has no fix.
        flax: the versions of Flax it holds for.
    """

    code: ClassVar[str]
    name: ClassVar[str]
    default: ClassVar[bool] = True
    since: ClassVar[str] = "0.1.0"
    runtime: ClassVar[Literal["raises", "silent"]]
    offers: ClassVar[tuple[Safety, ...]] = ()
    flax: ClassVar[str] = ">=0.8"

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """The statements that the facts say may hold a finding, of rules that look at one method after another."""
        return iter(())
