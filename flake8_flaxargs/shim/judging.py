"""Verdicts: what each cell of the matrix came to."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal, TypeAlias

from .comparison import compare, structural
from .execution import Runs, Traced
from .matrix import Setting
from .records import CellResult, Verdict

How: TypeAlias = Literal["jaxpr", "values", "exception"]
# flax/linen/module.py, merge_param: the two ValueErrors that it documents.
_MERGE = re.compile(
    r'Parameter "(?P<name>\w+)" (?:(?P<both>was passed to the constructor and at call time)|must be passed)'
)


class Judge:
    """Says of settings whether original and fixed behave the same.

    Args:
        runs: runs both.
        errors: names of exceptions that the fix is to do away with.
        tolerance: the largest relative error that is still ``equal``; 0 for none.
        bypassed: whether the fix is of a raw value that is read past its merge (JFX105): then what is given at the call
            was ignored, and the fixed one does what the original does when the same value is given to the constructor.
    """

    def __init__(self, runs: Runs, errors: Sequence[str], tolerance: float, bypassed: bool = False) -> None:
        self._runs = runs
        self._errors = errors
        self._tolerance = tolerance
        self._bypassed = bypassed
        self.leaves: list[float] = []

    def judge(self, setting: Setting) -> CellResult:
        """The verdict on a setting."""
        original, fixed = (self._runs.trace(side, setting) for side in ("original", "fixed"))
        if self._alike(original, fixed):
            how: How = "jaxpr" if original.error is None else "exception"
            zero = 0.0 if original.error is None else None
            return _made(setting, original, fixed, Verdict.IDENTICAL, how, zero, zero)
        if self._is_contract(setting, fixed):
            return _made(setting, original, fixed, Verdict.CONTRACT, "exception")
        moved = setting.at_call or (setting.at_constructor if self._bypassed else None)
        reference = self._runs.trace("original", moved) if moved is not None else None
        if reference is not None and self._alike(reference, fixed):  # proved without compiling anything
            how = "jaxpr" if fixed.error is None else "exception"
            return _made(setting, original, fixed, Verdict.MENDED, how)
        result = self._compared(setting, original, fixed, Verdict.IDENTICAL, Verdict.EQUAL)
        if result.verdict is not Verdict.CHANGED:
            return result
        if reference is not None:
            mended = self._compared(setting, reference, fixed, Verdict.MENDED, Verdict.MENDED)
            if mended.verdict is Verdict.MENDED:
                return _made(setting, original, fixed, Verdict.MENDED, mended.how, mended.ulps, mended.relative)
        if original.said is not None and original.said[0] in self._errors and self._asks_no_more(fixed):
            return _made(setting, original, fixed, Verdict.MENDED, "exception")
        return result

    @staticmethod
    def _alike(original: Traced, fixed: Traced) -> bool:
        """Whether two runs raise the same, or are the same by their jaxprs."""
        return original.said == fixed.said and original.key == fixed.key

    def _compared(self, setting: Setting, original: Traced, fixed: Traced, exact: Verdict, near: Verdict) -> CellResult:
        """``exact`` where nothing differs, ``near`` where little does, else ``CHANGED``."""
        if original.said is not None or fixed.said is not None:
            return _made(setting, original, fixed, Verdict.CHANGED, "exception", why=_told(original, fixed))
        differs = structural(original.result, fixed.result)
        if differs:
            return _made(setting, original, fixed, Verdict.CHANGED, "jaxpr", why=differs)
        try:
            difference = compare(self._runs.values(original), self._runs.values(fixed))
        except Exception as error:  # noqa: BLE001  (only seen once it runs: a callback, memory)
            said = f"{type(error).__name__}: {error}"[:500]
            return _made(setting, original, fixed, Verdict.CHANGED, "values", why=f"it could not be run: {said}")
        self.leaves += difference.leaves
        verdict = exact if difference.same else near if difference.relative <= self._tolerance else Verdict.CHANGED
        why = (
            ""
            if verdict is not Verdict.CHANGED
            else (f"{difference.where or 'the result'} differs by {difference.relative:.3g} of its largest magnitude")
        )
        return _made(setting, original, fixed, verdict, "values", difference.ulps, difference.relative, why)

    def _asks_no_more(self, fixed: Traced) -> bool:
        """Whether the fixed one runs, or raises what a right one would: no key in this cell, no gradient of a loop."""
        if fixed.said is None:
            return True
        kind, message = fixed.said
        return kind == "InvalidRngError" or message.startswith("Reverse-mode differentiation does not work")

    def _is_contract(self, setting: Setting, fixed: Traced) -> bool:
        """Whether the fixed one raises what ``merge_param`` documents for the way its argument is given here."""
        if fixed.said is None or fixed.said[0] != "ValueError":
            return False
        found = _MERGE.match(fixed.said[1])
        if found is None or found["name"] not in setting.giving:
            return False
        return setting.giving[found["name"]].way == ("both" if found["both"] else "neither")


def _told(original: Traced, fixed: Traced) -> str:
    """What became of an exception, or of a value."""

    def said(traced: Traced) -> str:
        return "gave a value" if traced.said is None else f"raised {traced.said[0]}: {traced.said[1][:200]}"

    return f"the original {said(original)}; the fixed one {said(fixed)}"


def _made(
    setting: Setting,
    original: Traced,
    fixed: Traced,
    verdict: Verdict,
    how: How,
    ulps: float | None = None,
    relative: float | None = None,
    why: str = "",
) -> CellResult:
    return CellResult(setting.cell, verdict, original.outcome, fixed.outcome, how, ulps, relative, why)
