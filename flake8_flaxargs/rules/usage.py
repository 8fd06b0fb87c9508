"""How the project uses a class, as far as a fix's safety hangs on it."""

from __future__ import annotations

import os

from ..contracts.constructions import Construct
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
        merges, class_name = self._context.merges, module.entity.facts.name
        within = merges.calls_itself(module)
        if within is not None:
            return Safety.UNSAFE, f"`{class_name}` calls itself in line {within}, and what it is made with is not known"
        uses, mention = merges.uses(module)
        for use in uses:
            reason = self._reason_against(use, name)
            if reason:
                return Safety.UNSAFE, reason
        if mention is not None:
            return Safety.UNSAFE, f"`{class_name}` is used in a way that is not followed at {mention}"
        return Safety.SAFE, f"both defaults are None, and each use in the project gives `{name}` once"

    def _reason_against(self, use: Construct, name: str) -> str:
        """Why a merge may change what a construction and its calls do; "" where each gives ``name`` once."""
        file, method = os.path.basename(use.file.path), self._context.method_name
        made = f"{file}:{use.line}"
        if use.runs is None or method != "__call__":
            return f"where the instance made at {made} is called, and with what, is not followed"
        for run in use.runs:
            called = f"{file}:{run.line}"
            at_construction, at_call = use.given.gives(name), run.gives(name)
            if at_construction is None or at_call is None:
                where = called if at_call is None else made
                return f"whether `{name}` is given at {where} cannot be told"
            if at_construction == at_call:
                both = "both" if at_call else "neither"
                return f"`{name}` is given at {both} of construction and call at {called}: that will raise"
        return ""
