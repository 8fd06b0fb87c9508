"""JFX906."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import libcst as cst

from ..contracts.report import Fate, Pair
from ..model import Diagnostic
from .base import Candidate, Context, Rule, Statement, Visitor


class NameWithTwoMeanings(Rule):
    """
    ## What it does
    Flags an attribute and a parameter that share a name without being one argument: both are read, each for itself, or
    their annotations exclude each other. Off by default.

    ## Why is this bad?
    It works. But in Flax, one name at both places reads as an argument that may be given at either, and `self.k` beside
    `k` is easily mistaken for it.

    ## Example
    ```python
    class Router(nn.Module):
        k: int = 2

        @nn.compact
        def __call__(self, x, k: jax.Array):
            return jax.lax.top_k(x @ k, self.k)
    ```

    ## Use instead
    ```python
    class Router(nn.Module):
        top_k: int = 2

        @nn.compact
        def __call__(self, x, k: jax.Array):
            return jax.lax.top_k(x @ k, self.top_k)
    ```

    ## Fix safety
    There is no fix: renaming either side changes the callers.

    ## References
    - `flax.linen.merge_param`, for names that do mean one argument
    """

    code = "JFX906"
    name = "name-with-two-meanings"
    default = False
    runtime = "silent"

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """Pairs that are both read, or cannot mean the same."""
        if not context.looked_at:
            return
        for pair in context.report.pairs:
            if pair.fate is Fate.TWO_MEANINGS:
                yield Candidate(context.method_lines, functools.partial(_FlagParameter, pair))


class _FlagParameter(Visitor):
    def __init__(self, pair: Pair, context: Context, statement: Statement) -> None:
        super().__init__(context, statement)
        self._pair = pair

    def visit_Param(self, node: cst.Param) -> None:
        parameter, field, context = self._pair.parameter, self._pair.field, self.context
        if not self.statement.at(node, parameter.line, parameter.column):
            return
        place = context.place(field)
        message = (
            f"`{field.name}` has two meanings: it is an attribute of `{context.class_name}` ({place}) and, for itself, "
            f"a parameter of `{context.method_name}`; rename one"
        )
        related = context.related(field)
        self.found.append(Diagnostic(NameWithTwoMeanings.code, message, self.statement.range(node.name), (related,)))
