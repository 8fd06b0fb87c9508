"""JFX101."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import libcst as cst

from ..contracts.report import Fate, Pair, both_default_none, parameter_default_is_none
from ..contracts.values import Origin
from ..facts.records import Attribute, Call
from ..model import Diagnostic, Edit, Fix, Safety
from .base import Candidate, Context, Rule, Statement, Visitor, find
from .method_body import as_first_statement
from .usage import Usage


class AttributeNotMerged(Rule):
    """
    ## What it does
    Flags a name that is both an attribute of a Module and a parameter of its method, where nothing merges the two and
    one of them is never read: not in the class, its bases or subclasses, nor by a function that gets the instance.

    ## Why is this bad?
    Flax says nothing. The side that is not read is accepted and ignored: `Net(train=True)` trains without dropout, or
    `net.apply(variables, x, train=True)` does.

    ## Example
    ```python
    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
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

    Where one side has a default other than None, or may not be None, `merge_param` is no cure: drop that side, or read
    it.

    ## Fix safety
    The fix inserts the merge where both sides may be None. Giving the argument once, at the call, means the same before
    and after; giving it at construction alone now counts. Giving it at both places, or at neither, raises a
    `ValueError` from then on. So the fix is safe where the attribute was ignored, both defaults are None, and every
    use of the class in the project is followed and gives the argument once: made and run on the spot, by a local name
    or by an attribute of `self`. It is unsafe otherwise, and names the place that decides it. Where the parameter was
    ignored, what a call gives counts from then on: unsafe.

    ## References
    - `flax.linen.merge_param`
    - Measured: A14 (the attribute is ignored), A15 (the parameter is), A1-A3 (what merging promises)
    """

    code = "JFX101"
    name = "attribute-not-merged"
    runtime = "silent"
    offers = (Safety.SAFE, Safety.UNSAFE)

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """Pairs of which one side is dead."""
        if not context.looked_at:
            return
        for pair in context.report.pairs:
            if pair.fate in {Fate.ATTRIBUTE_DEAD, Fate.PARAMETER_DEAD}:
                yield Candidate(context.method_lines, functools.partial(_FlagParameter, pair))


class _FlagParameter(Visitor):
    """Flags the parameter; the fix goes below the docstring of its method."""

    def __init__(self, pair: Pair, context: Context, statement: Statement) -> None:
        super().__init__(context, statement)
        self._pair = pair

    def visit_FunctionDef(self, node: cst.FunctionDef) -> bool:
        facts = self.context.report.function.facts
        if node.name.value != facts.name:
            return True
        parameter = self._pair.parameter
        for found in (*node.params.posonly_params, *node.params.params, *node.params.kwonly_params):
            if self.statement.at(found, parameter.line, parameter.column):
                self._flag(node, found)
        return False

    def _flag(self, function: cst.FunctionDef, found: cst.Param) -> None:
        context, field, name = self.context, self._pair.field, self._pair.field.name
        place = context.place(field)
        fixes = self._fixes(function)
        cure = "merge them with nn.merge_param" if self._mergeable() else "read it or drop it"
        if self._pair.fate is Fate.ATTRIBUTE_DEAD:
            message = (
                f"attribute `{name}` of `{context.class_name}` is never read ({place}): "
                f"parameter `{name}` of `{context.method_name}` hides it; {cure}"
            )
        else:
            message = (
                f"parameter `{name}` of `{context.class_name}.{context.method_name}` is never read: "
                f"attribute `{name}` ({place}) is used whatever the caller gives; {cure}"
            )
        related = context.related(field)
        self.found.append(
            Diagnostic(AttributeNotMerged.code, message, self.statement.range(found.name), (related,), fixes)
        )

    def _mergeable(self) -> bool:
        """Whether both sides may be None, so that a merge would mend it."""
        report, (field, parameter, _) = self.context.report, self._pair
        nullness = self.context.merges.nullness
        if parameter.default is None:
            scope = f"{report.function.facts.qualname}.<locals>"
            excluded = nullness.annotation_excludes_none(report.function.file, scope, parameter.annotation)
        else:
            excluded = not parameter_default_is_none(parameter, report.fields)
        known = field.kind not in {"factory", "unknown"} and not isinstance(field.default, Call)
        return known and not excluded and not nullness.field_excludes_none(field)

    def _fixes(self, function: cst.FunctionDef) -> tuple[Fix, ...]:
        context, (field, parameter, _) = self.context, self._pair
        report, name = context.report, self._pair.field.name
        if not context.config.fixes or not self._mergeable():
            return ()
        spelled, imports = context.spelling.merge_param(report.function.facts, context.taken)
        code = f"{name} = {spelled}('{name}', {context.self_name}.{name}, {name})"
        insertion = as_first_statement(context.source, self.statement, function, code)
        if insertion is None:
            return ()
        edits = [*imports, insertion]
        safety, reason = Usage(context).safety_of_merging(both_default_none(field, parameter, report.fields), name)
        if any(read.origin.name == name and read.use.kind == "none-test" for read in report.flow.reads):
            safety, reason = Safety.UNSAFE, f"the method has an answer of its own for a `{name}` that is not given"
        if self._pair.fate is Fate.PARAMETER_DEAD:
            reads = self._attribute_reads(function)
            elsewhere = context.merges.reads_attribute_elsewhere(report, name)
            if not reads or elsewhere:  # a merge here would not reach what another method, or a nested one, reads
                return ()
            edits += [Edit(self.statement.range(node), name) for node in reads]
            safety, reason = Safety.UNSAFE, f"a `{name}` given at the call was ignored, and now counts"
        return (Fix(f"Merge `{name}` with merge_param", tuple(edits), safety, reason),)

    def _attribute_reads(self, function: cst.FunctionDef) -> list[cst.Attribute]:
        """The reads of the attribute in the method, which become reads of the merged name."""
        name = self._pair.field.name
        places = {
            (read.node.line, read.node.column)
            for read in self.context.report.flow.reads
            if read.origin == Origin("attribute", name) and isinstance(read.node, Attribute)
        }
        found = (node for node in find(function, cst.Attribute) if node.attr.value == name)
        return [node for node in found if any(self.statement.at(node, *place) for place in places)]
