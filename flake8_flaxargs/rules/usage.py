"""How the project uses a class, as far as a fix's safety hangs on it."""

from __future__ import annotations

import os

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
        uses, mention = self._context.merges.uses(module)
        for use in uses:
            place = f"{os.path.basename(use.file.path)}:{use.line}"
            if use.called_with is None:
                what = "given at construction" if name in use.given else "not given"
                return Safety.UNSAFE, f"`{name}` is {what} at {place}, and what the call gives there cannot be told"
            if (name in use.given) == (name in use.called_with):
                both = "both" if name in use.given else "neither"
                return (
                    Safety.UNSAFE,
                    f"`{name}` is given at {both} of construction and call at {place}: that will raise",
                )
        if mention is not None:
            return Safety.UNSAFE, f"`{module.entity.facts.name}` is used in a way that is not followed at {mention}"
        return Safety.SAFE, f"both defaults are None, and each use in the project gives `{name}` once"
