"""JFX102."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

import libcst as cst

from ..contracts.modes import FLAGS
from ..contracts.records import walk
from ..contracts.report import both_default_none
from ..contracts.values import HandMerge
from ..facts import records as r
from ..model import Diagnostic, Edit, Fix, Position, Safety
from ..project.classes import Field
from .base import Candidate, Context, Rule, Statement, Visitor
from .method_body import as_first_statement
from .usage import Usage


class HandRolledMerge(Rule):
    """
    ## What it does
    Flags an attribute and a parameter of one name, both with the default `None`, that are combined by hand: with a
    conditional expression, with `or`, or with `if x is None: x = self.x`.

    ## Why is this bad?
    None of these forms ever raises. One side silently overrules the other where both are given; `or`, and a test on
    truth, lose an explicit `False` or `0`; and where neither is given and no default stands behind the merge, `None`
    goes on as if it meant something.

    ## Example
    ```python
    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            train = train if train is not None else self.train
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
    With the argument given once, at either place, a merge that tests `is None` is the same before and after. Given at
    both places, or at neither, it raises a `ValueError` from then on: safe where every use of the class in the project
    is followed and gives the argument once, else unsafe, and the reason names the place. A merge that tests truth lost
    an explicit `False` or `0`, which now counts: unsafe. So is one with a default for where neither is given, as in
    `rate or self.rate or 0.1`, which raises there from then on, and merging where the method reads a raw side once
    more, which then reads the merged one. An expression that holds a comment is left alone.

    ## References
    - `flax.linen.merge_param`
    - Measured: A11 (the truth table of the forms), A12 (`or` fails on a traced value)
    """

    code = "JFX102"
    name = "hand-rolled-merge"
    runtime = "silent"
    offers = (Safety.SAFE, Safety.UNSAFE)

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """Merges by hand where both defaults are None."""
        return hand_merges(cls, context, of_defaults_none=True)


def hand_merges(rule: type[Rule], context: Context, of_defaults_none: bool) -> Iterator[Candidate]:
    """The merges by hand of a method, of sides whose defaults are both None or not."""
    if not context.looked_at:
        return
    for merge, field, parameter in context.report.hand_merges:
        if both_default_none(field, parameter, context.report.fields) is of_defaults_none:
            yield Candidate(context.method_lines, functools.partial(FlagHandMerge, rule, merge, field))


# The words of an annotation by the value of that type that a test on truth takes for none.
_FALSE = {"0": {"int", "float", "complex"}, "False": {"bool"}}


class FlagHandMerge(Visitor):
    """Flags the expression or statement that combines the two sides; the fix puts ``merge_param`` in its place."""

    def __init__(
        self, rule: type[Rule], merge: HandMerge, field: Field, context: Context, statement: Statement
    ) -> None:
        super().__init__(context, statement)
        self._rule = rule
        self._merge = merge
        self._field = field

    def visit_IfExp(self, node: cst.IfExp) -> None:
        if self._merge.form == "ternary" and self._is_at(node) and not self.found:
            self._flag(node, "", _before_default(node.body), _before_default(node.orelse), node.test)

    def visit_BooleanOperation(self, node: cst.BooleanOperation) -> None:
        # ``a or b or c`` is ``(a or b) or c``: all start at one place, the innermost holds the two sides.
        innermost = not isinstance(node.left, cst.BooleanOperation)
        if self._merge.form == "or" and innermost and self._is_at(node) and not self.found:
            self._flag(node, "", node.left, _before_default(node.right), None)

    def visit_If(self, node: cst.If) -> None:
        if self._merge.form != "statement" or not self._is_at(node):
            return
        body = _only_assignment(node.body)
        if body is None:
            return
        target, value = body
        other: cst.BaseExpression = target
        if isinstance(node.orelse, cst.Else):
            orelse = _only_assignment(node.orelse.body)
            if orelse is None:
                return
            other = orelse[1]
        sides = _before_default(value), _before_default(other)
        self._flag(node, f"{self.statement.text(target)} = ", *sides, node.test)

    def _is_at(self, node: cst.CSTNode) -> bool:
        return self.statement.at(node, self._merge.line, self._merge.column)

    def _flag(
        self,
        node: cst.CSTNode,
        prefix: str,
        left: cst.BaseExpression,
        right: cst.BaseExpression,
        test: cst.BaseExpression | None,
    ) -> None:
        context, field, name = self.context, self._field, self._merge.name
        place = context.place(field)
        defaulted = name in context.report.flow.defaulted
        related = context.related(field)
        if self._rule is HandRolledMerge:
            if self._merge.inverted:
                harm = "the test is upside down, so that a value given alone is lost"
            elif defaulted:
                harm = "where both are given, one silently overrules the other"
            else:
                harm = "where both are given, one silently overrules the other, and None goes on where neither is"
            message = (
                f"`{name}` is merged by hand from attribute ({place}) and parameter of `{context.class_name}."
                f"{context.method_name}`: {harm}; use nn.merge_param"
            )
            fixes = self._fixes(node, prefix, left, right, test)
        else:
            message = (
                f"`{name}` of the call overrides attribute `{name}` of `{context.class_name}` ({place}), "
                f"which has another default than None or is required: state it once"
            )
            fixes = ()
        self.found.append(Diagnostic(self._rule.code, message, self.statement.range(node), (related,), fixes))

    def _fixes(
        self,
        node: cst.CSTNode,
        prefix: str,
        left: cst.BaseExpression,
        right: cst.BaseExpression,
        test: cst.BaseExpression | None,
    ) -> tuple[Fix, ...]:
        name, flow = self._merge.name, self.context.report.flow
        if not self.context.config.fixes:
            return ()
        if any(name in site.names for site in flow.sites) or sum(one.name == name for one in flow.hand_merges) > 1:
            return ()  # merged elsewhere in the method, too: two merges of one name would overrule each other
        spelled, imports = self.context.spelling.merge_param(self.context.report.function.facts, self.context.taken)
        sides = sorted((self.statement.text(_bare(side)) for side in (left, right)), key=lambda text: "." not in text)
        merge = f"{spelled}('{name}', {sides[0]}, {sides[1]})"
        place = self.statement.range(node)
        edits = (*imports, Edit(place, f"{self._comments_above(node)}{prefix}{merge}"))
        if not isinstance(node, cst.If) and self.statement.comments(node):
            return ()  # there is no line of its own for them
        title = f"Merge `{name}` with merge_param"
        if self._read_raw_below(place.end):
            method, code = self.statement.function, f"{name} = {merge}"
            first = as_first_statement(self.context.source, self.statement, method, code) if method else None
            if first is None or prefix or sides[1] != name:
                return ()
            reason = f"what reads `{name}` further below gets the merged value from then on"
            return (Fix(title, (*imports, first, Edit(place, name)), Safety.UNSAFE, reason),)
        if self._merge.inverted:
            safety, reason = Safety.UNSAFE, f"a `{name}` that is given alone was lost, and now counts"
        elif name in flow.defaulted:
            safety, reason = Safety.UNSAFE, f"`{name}` has a default for where neither is given: merging raises there"
        elif test is None or not _tests_none(test):
            safety, reason = (
                Safety.UNSAFE,
                f"the merge tests the truth of `{name}`: an explicit {self._lost()} was lost, and now counts",
            )
        else:
            safety, reason = Usage(self.context).safety_of_merging(True, name)
        return (Fix(title, edits, safety, reason),)

    def _lost(self) -> str:
        """The values of this argument that count as false, by its annotations or its name."""
        parameters = self.context.report.function.facts.parameters
        annotations = [parameter.annotation for parameter in parameters if parameter.name == self._merge.name]
        words = {word for node in (self._field.facts.annotation, *annotations) for word in _words(node)}
        found = [text for text, kinds in _FALSE.items() if words & kinds]
        known = found or (["False"] if self._merge.name in FLAGS else list(_FALSE))
        return " or ".join(known)

    def _comments_above(self, node: cst.CSTNode) -> str:
        """The comments inside an ``if`` as lines above what takes its place; those behind its last line stay there."""
        if not isinstance(node, cst.If):
            return ""
        comments = self.statement.comments(node)
        staying = len(self.statement.comments(_last_line(node)))
        start = self.statement.range(node).start
        indent = self.context.source.lines[start.line - 1][: start.column]
        return "".join(f"{comment}\n{indent}" for comment in comments[: len(comments) - staying])

    def _read_raw_below(self, end: Position) -> bool:
        """Whether the method reads a side once more, which a merge in an expression leaves as it is."""
        reads = self.context.report.flow.reads
        return any(
            read.origin.name == self._merge.name and read.merged is None and (read.node.line, read.node.column) >= end
            for read in reads
        )


def _words(annotation: r.Expression | None) -> Iterator[str]:
    """The names in an annotation, also in one that is quoted."""
    for node in (annotation, *walk(annotation)) if annotation is not None else ():
        match node:
            case r.Name(id=name) | r.Attribute(attr=name):
                yield name
            case r.Constant(value=str(text)):
                yield from re.findall(r"\w+", text)


def _before_default(node: cst.BaseExpression) -> cst.BaseExpression:
    """A side without the default behind it: of ``self.x or 0.1``, of ``self.x if self.x is not None else 0.1``."""
    match node:
        case cst.BooleanOperation(operator=cst.Or(), left=left):
            return _before_default(left)
        case cst.IfExp(test=test, body=body, orelse=orelse):
            tested = _tested(test)
            return body if Statement.text(_bare(body)) == Statement.text(_bare(tested)) else orelse
    return node


def _only_assignment(body: cst.BaseSuite) -> tuple[cst.Name, cst.BaseExpression] | None:
    """Target and value of a block that holds one assignment to one name."""
    statements = body.body if isinstance(body, cst.SimpleStatementSuite) else ()
    if isinstance(body, cst.IndentedBlock) and len(body.body) == 1:
        line = body.body[0]
        statements = line.body if isinstance(line, cst.SimpleStatementLine) else ()
    match tuple(statements):
        case (cst.Assign(targets=[cst.AssignTarget(target=cst.Name() as target)], value=value),):
            return target, value
        case (cst.AnnAssign(target=cst.Name() as target, value=cst.BaseExpression() as value),):
            return target, value
    return None


def _last_line(node: cst.If) -> cst.CSTNode:
    """What follows the last statement of an ``if`` on its line."""
    body = node.orelse.body if isinstance(node.orelse, cst.Else) else node.body
    if isinstance(body, cst.IndentedBlock) and isinstance(body.body[-1], cst.SimpleStatementLine):
        return body.body[-1].trailing_whitespace
    return body.trailing_whitespace if isinstance(body, cst.SimpleStatementSuite) else cst.SimpleWhitespace("")


def _tested(test: cst.BaseExpression) -> cst.BaseExpression:
    """What a test on None or truth asks about."""
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return _tested(inner)
        case cst.Comparison(left=left):
            return left
    return test


def _tests_none(test: cst.BaseExpression) -> bool:
    match test:
        case cst.UnaryOperation(operator=cst.Not(), expression=inner):
            return _tests_none(inner)
        case cst.Comparison(comparisons=[cst.ComparisonTarget(comparator=cst.Name(value="None"))]):
            return True
    return False


def _bare(node: cst.BaseExpression) -> cst.BaseExpression:
    """An expression without parentheses of its own (a name or an attribute needs none)."""
    return node.with_changes(lpar=(), rpar=())
