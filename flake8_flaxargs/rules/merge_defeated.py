"""JFX103."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import libcst as cst

from ..contracts.report import Defeat
from ..model import Diagnostic, Edit, Fix, Position, Range, Related, Safety
from .base import Candidate, Context, Rule, Statement, Visitor, find


class MergeDefeated(Rule):
    """
    ## What it does
    Flags a `merge_param` of which one operand can never be None: an attribute or parameter with another default, one
    that is required and whose annotation excludes None, or an expression such as `4 * d`.

    ## Why is this bad?
    `merge_param` tests `is None`, nothing else. The other side can never be used: the first caller that gives it gets
    `ValueError: Parameter "train" was passed to the constructor and at call time. Should be passed just once.`

    ## Example
    ```python
    class Net(nn.Module):
        train: bool = False

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            train = nn.merge_param('train', self.train, train)
            return nn.Dropout(0.5, deterministic=not train)(x)
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            train = nn.merge_param('train', self.train, train)
            return nn.Dropout(0.5, deterministic=not train)(x)
    ```

    ## Fix safety
    The fix makes the default None, and lets the annotation say so: unsafe, since code that relied on the default must
    then give the argument.
    An expression, a required side and a default in another file are left to the author.

    ## References
    - `flax.linen.merge_param`
    - Measured: A4, A5b, A5d, A5e; A4c (an explicit None is the way round)
    """

    code = "JFX103"
    name = "merge-defeated"
    runtime = "raises"
    offers = (Safety.UNSAFE,)

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """Merges with an operand that can never be None."""
        for defeat in context.report.defeats:
            yield Candidate(context.method_lines, functools.partial(_FlagMerge, defeat))


class _FlagMerge(Visitor):
    """Flags the call; the fix goes to the default, which may stand in a class above."""

    def __init__(self, defeat: Defeat, context: Context, statement: Statement) -> None:
        super().__init__(context, statement)
        self._defeat = defeat

    def visit_Call(self, node: cst.Call) -> None:
        call = self._defeat.site.call
        if self.statement.at(node, call.line, call.column) and not self.found and len(node.args) == 3:
            self._flag(node)

    def _edits(self) -> tuple[Edit, ...]:
        """What makes the default None, where it stands in this file."""
        field, parameter = self._defeat.field, self._defeat.parameter
        if field is not None and field.owner.file.path == self.context.report.function.file.path:
            lines = (field.owner.facts.line, field.owner.facts.end_line)
            return _find_default(self.context.statement_at(lines), field.facts.line, field.facts.column)
        if parameter is not None:
            return _find_default(self.statement, parameter.line, parameter.column)
        return ()

    def _flag(self, call: cst.Call) -> None:
        context, (_, _, field, parameter) = self.context, self._defeat
        related: tuple[Related, ...] = ()
        if field is not None:
            place = context.place(field)
            why = "is required and not Optional" if field.kind == "required" else "has a default"
            side, other = f"attribute `{field.name}` ({place})", "the value given at the call"
            related = (context.related(field),)
        elif parameter is not None:
            why = "is required and not Optional" if parameter.default is None else "has a default"
            side, other = f"parameter `{parameter.name}` (line {parameter.line})", "the value given at construction"
        else:
            why = "is always a value"
            side, other = f"expression `{self.statement.shown(self._operand(call))}`", "the other side"
        message = f"merge_param is defeated: {side} {why} and can never be None, so {other} always raises ValueError"
        fixes: tuple[Fix, ...] = ()
        edits = self._edits() if context.config.fixes else ()
        if edits:
            reason = "who relied on the default must give the argument: where it is given nowhere, merging raises"
            name = field.name if field is not None else parameter.name if parameter is not None else ""
            fixes = (Fix(f"Make the default of `{name}` None", edits, Safety.UNSAFE, reason),)
        self.found.append(Diagnostic(MergeDefeated.code, message, self.statement.range(call), related, fixes))

    def _operand(self, call: cst.Call) -> cst.BaseExpression:
        operand = self._defeat.operand
        for argument in call.args:
            # ast counts a tuple's parentheses to it, libcst only to the argument
            if any(self.statement.at(node, operand.line, operand.column) for node in (argument.value, argument)):
                return argument.value
        return call.args[-1].value


def _find_default(statement: Statement | None, line: int, column: int) -> tuple[Edit, ...]:
    """The edits that make the default None of the field or parameter that starts at this place."""
    if statement is None:
        return ()
    for field in find(statement.node, cst.AnnAssign):
        if field.value is not None and statement.at(field, line, column):
            return _make_none(statement, field.value, field.annotation)
    for parameter in find(statement.node, cst.Param):
        if parameter.default is not None and statement.at(parameter, line, column):
            return _make_none(statement, parameter.default, parameter.annotation)
    return ()


def _make_none(statement: Statement, value: cst.BaseExpression, annotation: cst.Annotation | None) -> tuple[Edit, ...]:
    edits = [Edit(statement.range(_default_of_field_call(value) or value), "None")]
    text = statement.text(annotation.annotation) if annotation is not None else "None"
    if annotation is not None and "None" not in text and "Optional" not in text:
        start, end = statement.range(annotation.annotation)
        if isinstance(annotation.annotation, cst.SimpleString):
            end = Position(end.line, end.column - 1)
        opening, closing = ("(", ")") if isinstance(annotation.annotation, _BIND_LOOSER_THAN_OR) else ("", "")
        edits.insert(0, Edit(Range(end, end), f"{closing} | None"))
        if opening:
            edits.insert(0, Edit(Range(start, start), opening))
    return tuple(edits)


_BIND_LOOSER_THAN_OR = (cst.IfExp, cst.BooleanOperation, cst.Comparison, cst.Lambda, cst.UnaryOperation)


def _default_of_field_call(value: cst.BaseExpression) -> cst.BaseExpression | None:
    """The default in ``field(default=...)``."""
    if isinstance(value, cst.Call):
        for argument in value.args:
            if argument.keyword is not None and argument.keyword.value == "default":
                return argument.value
    return None
