"""JFX104."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import libcst as cst

from ..contracts.report import Mismatch
from ..model import Diagnostic, Edit, Fix, Safety
from .base import Candidate, Context, Rule, Statement, Visitor


class MergeMismatched(Rule):
    """
    ## What it does
    Flags a `merge_param` whose parts do not belong together: the string is not the parameter's name, both operands are
    the same, the operands are not the attribute and the parameter of that name, or the string is not the first
    argument.

    ## Why is this bad?
    The string only serves the error message, which then names an argument that has nothing to do with it. With the same
    operand twice the merge always raises. With the string in the wrong place a value is merged with the text itself,
    which is never None: silent, and always true. With an operand of another name, one argument silently decides for
    another.

    ## Example
    ```python
    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            train = nn.merge_param('deterministic', self.train, train)
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

    Fine: the operands in either order, a local alias of a side, an operand whose polarity is translated
    (`None if train is None else not train`).

    ## Fix safety
    Correcting the string changes an error message alone: safe. So is mending an operand that stands there twice, since
    the merge always raised. Putting the string in its place, or another operand, changes what the method computes:
    unsafe.

    ## References
    - `flax.linen.merge_param`
    - Measured: A6 (order of the operands), A7 (the string), A9e (the string in the wrong place)
    """

    code = "JFX104"
    name = "merge-mismatched"
    runtime = "silent"
    offers = (Safety.SAFE, Safety.UNSAFE)

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """Merges whose parts do not belong together."""
        for mismatch in context.report.mismatches:
            yield Candidate(context.method_lines, functools.partial(_FlagMerge, mismatch))


class _FlagMerge(Visitor):
    def __init__(self, mismatch: Mismatch, context: Context, statement: Statement) -> None:
        super().__init__(context, statement)
        self._mismatch = mismatch

    def visit_Call(self, node: cst.Call) -> None:
        call = self._mismatch.site.call
        if not self.statement.at(node, call.line, call.column) or len(node.args) != 3 or self.found:
            return
        name = self._mismatch.name
        parts = self._parts(node)
        match self._mismatch.kind:
            case "string":
                message = (
                    f"merge_param names {self._mismatch.found!r}, but merges `{name}`: "
                    "its errors name the wrong argument"
                )
                fix = self._string_fix(parts[0])
            case "same":
                operand = self.statement.shown(parts[1].value)
                message = f"merge_param has the same operand twice, `{operand}`: it always raises ValueError"
                mine = f"{self.context.self_name}.{name}"
                wrong, right = (parts[1], mine) if self._mismatch.found == "parameter" else (parts[2], name)
                fix = self._fix(wrong, right, Safety.SAFE, "the merge always raised")
            case "order":
                message = f"the name comes first in merge_param: {name!r} is an operand here, which is never None"
                fix = self._order_fix(node)
            case _:
                message = (
                    f"merge_param of `{name}` has `{self._mismatch.found}` for an operand: "
                    "one argument decides for another"
                )
                fix = self._operand_fix(parts)
        fixes = (fix,) if fix else ()
        self.found.append(Diagnostic(MergeMismatched.code, message, self.statement.range(node), fixes=fixes))

    def _parts(self, node: cst.Call) -> list[cst.Arg]:
        """The arguments as ``name``, ``a``, ``b``."""
        keywords = {argument.keyword.value: argument for argument in node.args if argument.keyword is not None}
        positional = [argument for argument in node.args if argument.keyword is None]
        names = [name for name in ("name", "a", "b") if name not in keywords]
        found = dict(zip(names, positional, strict=False)) | keywords
        return [found.get(name, node.args[index]) for index, name in enumerate(("name", "a", "b"))]

    def _fix(self, argument: cst.Arg, text: str, safety: Safety, reason: str) -> Fix:
        edit = Edit(self.statement.range(argument.value), text)
        return Fix(f"Merge `{self._mismatch.name}` with itself", (edit,), safety, reason)

    def _string_fix(self, argument: cst.Arg) -> Fix | None:
        if not isinstance(argument.value, cst.SimpleString):
            return None
        quote = argument.value.quote
        edit = Edit(self.statement.range(argument.value), f"{quote}{self._mismatch.name}{quote}")
        return Fix(f"Name `{self._mismatch.name}`", (edit,), Safety.SAFE, "the string serves the error message alone")

    def _order_fix(self, node: cst.Call) -> Fix | None:
        """Each argument in its place: the string first, the others in their order."""
        if any(argument.keyword is not None or argument.star for argument in node.args):
            return None
        values = [argument.value for argument in node.args]
        ordered = sorted(values, key=lambda value: not isinstance(value, cst.SimpleString))
        if not isinstance(ordered[0], cst.SimpleString):
            return None
        edits = tuple(
            Edit(self.statement.range(old), self.statement.text(new))
            for old, new in zip(values, ordered, strict=True)
            if old is not new
        )
        return Fix("Put the name first", edits, Safety.UNSAFE, "the text itself was merged, and counted as a value")

    def _operand_fix(self, parts: list[cst.Arg]) -> Fix | None:
        """The attribute and the parameter of the name, whichever of them is missing."""
        name = self._mismatch.name
        mine = f"{self.context.self_name}.{name}"
        texts = [self.statement.text(part.value) for part in parts[1:]]
        missing = [text for text in (mine, name) if text not in texts]
        wrong = [part for part, text in zip(parts[1:], texts, strict=True) if text not in {mine, name}]
        if len(missing) != 1 or len(wrong) != 1:
            return None
        return self._fix(wrong[0], missing[0], Safety.UNSAFE, "another argument decides from then on")
