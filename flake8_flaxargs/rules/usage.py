"""How the project uses a class, as far as a fix's safety hangs on it."""

from __future__ import annotations

from ..contracts.constructions import constructions
from ..model import Safety
from .base import Context


class Usage:
    """Looks for uses of the class of a report.

    Args:
        context: of the rule that asks.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def safety_of_merging(self, both_none: bool, name: str) -> tuple[Safety, str]:
        """The safety of making ``name`` a merged argument, and why."""
        if not both_none:
            return Safety.UNSAFE, f"`{name}` may be given at both places where one of them has no default None"
        module = self._context.report.module
        for use in constructions(self._context.project, module):
            at_construction = name in use.given
            place = f"{use.file.path}:{use.line}"
            if at_construction and (use.called_with is None or name in use.called_with):
                return Safety.UNSAFE, f"`{name}` is given at construction at {place}: giving it at the call, too, will raise"
            if not at_construction and use.called_with is not None and name not in use.called_with:
                return Safety.UNSAFE, f"`{name}` is given neither at construction nor at the call at {place}: that will raise"
        return Safety.SAFE, f"both defaults are None, and no use found gives `{name}` at both places or at neither"
