"""JFX105."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import libcst as cst

from ..contracts.report import Bypass
from ..facts.records import Attribute
from ..model import Diagnostic, Edit, Fix, Range, Safety
from .base import Candidate, Context, Rule, Statement, Visitor


class MergeBypassed(Rule):
    """
    ## What it does
    Flags a `merge_param` whose result is not what is used: it is thrown away, or the raw parameter or attribute is read
    after it, or handed on to something that does not merge.

    ## Why is this bad?
    `merge_param` changes nothing, it returns the one value that was given. The raw parameter is None wherever the
    argument was given at construction, the raw attribute wherever it was given at the call: half of the callers
    silently get `None`, which counts as False.

    ## Example
    ```python
    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            nn.merge_param('train', self.train, train)
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

    Fine after a merge: a test for None, and handing attribute and parameter on to a child that merges them itself.

    ## Fix safety
    Binding or using the merged name is safe: where the raw value was given it is the merged one, and where it was not,
    the value that was given now counts. Where no name holds the merged value, in a nested function, which runs at
    another time, and for `train |= ...` there is nothing to put in its place.

    ## References
    - `flax.linen.merge_param`
    - Measured: A8, A8b (a result that is thrown away), A18 (raw values handed to a child that merges)
    """

    code = "JFX105"
    name = "merge-bypassed"
    runtime = "silent"
    offers = (Safety.SAFE,)

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """Merges whose result is thrown away, and raw reads after a merge."""
        for bypass in context.report.bypasses:
            yield Candidate(context.method_lines, functools.partial(_FlagBypass, bypass))


class _FlagBypass(Visitor):
    def __init__(self, bypass: Bypass, context: Context, statement: Statement) -> None:
        super().__init__(context, statement)
        self._bypass = bypass
        self._augmented: list[cst.CSTNode] = []

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        self._augmented.append(node.target)

    def visit_Expr(self, node: cst.Expr) -> None:
        start = self.statement.range(node).start  # of the parentheses, where it has some
        self._visit_thrown_away(node.value, Edit(Range(start, start), f"{self._bypass.name} = "))

    def visit_Assign(self, node: cst.Assign) -> None:
        match node.targets:
            case [cst.AssignTarget(target=cst.Name(value="_") as target)]:
                self._visit_thrown_away(node.value, Edit(self.statement.range(target), self._bypass.name))

    def _visit_thrown_away(self, value: cst.BaseExpression, bind: Edit) -> None:
        bypass = self._bypass
        call = bypass.site.call
        if bypass.read is not None or not self.statement.at(value, call.line, call.column):
            return
        fixes: tuple[Fix, ...] = ()
        if bypass.name in bypass.site.names and not bypass.site.deferred:
            reason = "where the argument was given at the call nothing changes; given at construction, it now counts"
            fixes = (Fix(f"Bind the result to `{bypass.name}`", (bind,), Safety.SAFE, reason),)
        message = f"the result of merge_param is thrown away: `{bypass.name}` stays what the caller gave, or None"
        self.found.append(Diagnostic(MergeBypassed.code, message, self.statement.range(value), fixes=fixes))

    def visit_Name(self, node: cst.Name) -> None:
        self._visit_read(node)

    def visit_Attribute(self, node: cst.Attribute) -> None:
        self._visit_read(node)

    def visit_Call(self, node: cst.Call) -> None:
        if isinstance(node.func, cst.Name) and node.func.value == "getattr":
            self._visit_read(node)

    def _visit_read(self, node: cst.Name | cst.Attribute | cst.Call) -> None:
        read = self._bypass.read
        if read is None or self.found or not self.statement.at(node, read.node.line, read.node.column):
            return
        if isinstance(node, cst.Attribute | cst.Call) is not isinstance(read.node, Attribute):
            return
        if isinstance(read.node, Attribute) and isinstance(node, cst.Attribute) and node.attr.value != read.node.attr:
            return
        context, name, line = self.context, self._bypass.name, self._bypass.site.call.line
        kind = "parameter" if read.origin.kind == "parameter" else "attribute"
        raw = f"parameter `{name}`" if kind == "parameter" else f"`{context.self_name}.{name}`"
        if self._bypass.forwarded is not None:
            message = (
                f"{raw} is forwarded past the merge (line {line}) to {self._bypass.forwarded}: "
                f"it is None where the argument is given at {'construction' if kind == 'parameter' else 'the call'}"
            )
        else:
            message = (
                f"{raw} is read after the merge (line {line}): it is None where the argument is given at "
                f"{'construction' if kind == 'parameter' else 'the call'}"
            )
        fixes: tuple[Fix, ...] = ()
        if read.merged is not None and not read.deferred:
            message += f"; use `{read.merged}`"
            edit = Edit(self.statement.range(node), read.merged)
            reason = "where this side was given nothing changes; given at the other, it now counts"
            if node not in self._augmented:  # ``train |= x`` binds, too: what was meant cannot be told
                fixes = (Fix(f"Use the merged `{read.merged}`", (edit,), Safety.SAFE, reason),)
        self.found.append(Diagnostic(MergeBypassed.code, message, self.statement.range(node), fixes=fixes))
