"""Runs the rules over the candidate statements of a file: each statement is parsed by libcst once, nothing else is."""

from __future__ import annotations

import os
from importlib.metadata import version

import libcst as cst
from libcst.metadata import MetadataWrapper, PositionProvider

from ..config import Config
from ..contracts.checks import Suspect
from ..contracts.merges import Merges
from ..contracts.report import MethodReport
from ..model import Diagnostic, Position, Range
from ..project.project import Project
from ..source import Source
from . import RULES
from .base import Context, Statement
from .contract_rule import Confirm, ContractRule, Scene
from .file_not_checked import FileNotChecked
from .spelling import Spelling


def confirm(
    source: Source,
    project: Project,
    merges: Merges,
    reports: list[MethodReport],
    suspects: list[Suspect],
    config: Config,
) -> list[Diagnostic]:
    """The findings among the candidates of a file. A statement that libcst cannot parse is one JFX000 a file."""
    statements = Statements(source)
    found = _confirm_suspects(source, project, suspects, config, statements)
    if not reports:
        return found + statements.failures[:1]
    spelling = Spelling(project, reports[0].module.entity.file)
    for report in reports:
        context = Context(source, project, merges, config, report, spelling, statements.at)
        for rule in RULES:
            if not config.enabled(rule.code):
                continue
            for candidate in rule.candidates(context):
                statement = statements.at(candidate.lines)
                if statement is not None:
                    visitor = candidate.visitor(context, statement)
                    try:
                        statement.node.visit(visitor)
                    except RecursionError:
                        statements.too_deep(candidate.lines)
                    found += visitor.found
    return found + statements.failures[:1]


def _confirm_suspects(
    source: Source, project: Project, suspects: list[Suspect], config: Config, statements: Statements
) -> list[Diagnostic]:
    """The findings among what contracts point at."""
    facts = project.files.facts(project.files.at(os.path.abspath(source.path)), "full") if suspects else None
    if facts is None:
        return []
    rules = {rule.code: rule for rule in RULES if issubclass(rule, ContractRule)}
    found: list[Diagnostic] = []
    for suspect in suspects:
        rule = rules.get(suspect.code)
        statement = statements.at(suspect.lines) if rule is not None and config.enabled(suspect.code) else None
        if rule is None or statement is None:
            continue
        visitor = Confirm(rule, Scene(source, config, statement, suspect, facts, statements.at, suspects))
        try:
            statement.node.visit(visitor)
        except RecursionError:
            statements.too_deep(suspect.lines)
        found += visitor.found
    return found


class Statements:
    """The statements of a file that have been asked for."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._parsed: dict[tuple[int, int], Statement | None] = {}
        self.failures: list[Diagnostic] = []

    def at(self, lines: tuple[int, int]) -> Statement | None:
        """The statement that takes exactly these lines; None where libcst cannot parse it."""
        if lines not in self._parsed:
            try:
                self._parsed[lines] = self._parse(*lines)
            except cst.ParserSyntaxError as error:
                self._failed(lines, error.message)
            except cst.CSTValidationError as error:  # not(a if b else c): libcst overlooks the parentheses
                self._failed(lines, str(error))
            except (RecursionError, KeyError):  # the position provider turns the first into the second
                self.too_deep(lines)
            except (ValueError, TypeError) as error:
                self._failed(lines, str(error) or type(error).__name__)
        return self._parsed[lines]

    def too_deep(self, lines: tuple[int, int]) -> None:
        """Note a statement that libcst cannot walk through."""
        self._failed(lines, "nested too deeply")

    def _failed(self, lines: tuple[int, int], message: str) -> None:
        self._parsed[lines] = None
        place = Position(lines[0], 0)
        text = (
            f"cannot check the statement at line {lines[0]}: Python parses it, libcst {version('libcst')} does not "
            f"({' '.join(message.split())}); the rest of the file was checked"
        )
        self.failures.append(Diagnostic(FileNotChecked.code, text, Range(place, place)))

    def _parse(self, first: int, last: int) -> Statement:
        lines = self._source.lines[first - 1 : last]
        # The header keeps an indented statement's columns; without it the text would have to be shifted.
        indented = lines[0][:1] in {" ", "\t"}
        text = ("if 1:\n" if indented else "") + "".join(lines)
        module = cst.parse_module(text)  # not parse_statement: a Module knows the file's own indent
        wrapper = MetadataWrapper(module, unsafe_skip_copy=True)
        ranges = wrapper.resolve(PositionProvider)
        (statement,) = module.body
        return Statement(statement, ranges, first - (2 if indented else 1), _dropped(text, module))


def _dropped(text: str, module: cst.Module) -> dict[int, int]:
    """The form feeds in front of statements that libcst drops, and leaves out of its columns: how many, by line."""
    if "\f" not in text:
        return {}
    lines = zip(text.split("\n"), module.code.split("\n"), strict=False)
    return {
        number: len(before) - len(after)
        for number, (before, after) in enumerate(lines, 1)
        if before != after and before.lstrip("\f") == after
    }
