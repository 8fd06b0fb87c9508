"""What a verification came to, in words, numbers and signs that its reports share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence

from ..shim.records import Cell, CellResult, Device, Given, ModuleReport, Outcome, Verdict
from .texts import printable

# A verdict is never told by its colour alone.
SIGNS = {
    Verdict.IDENTICAL: "=",
    Verdict.EQUAL: "≈",
    Verdict.CONTRACT: "C",
    Verdict.MENDED: "M",
    Verdict.CHANGED: "≠",
}
MEANINGS = {
    Verdict.IDENTICAL: "the same jaxpr, the same bits, or the same exception",
    Verdict.EQUAL: "results within the tolerance",
    Verdict.CONTRACT: "the fixed one raises the ValueError of merge_param, where the original overruled in silence",
    Verdict.MENDED: "the original ignored the attribute, or raised what the rule speaks of; the fixed one does not",
    Verdict.CHANGED: "anything else: the fix is refused",
}
# Of Modules, worst first: the order in which a reader wants them.
MODULE_VERDICTS = ("changed", "not proved", "contract", "proved")
RESTS_ON = {"jaxpr": "equal jaxprs", "values": "values on the device", "exception": "exceptions"}
# ``shim.comparison.histogram`` counts into these, in units in the last place.
BINS = ("0", *(f"≤{2**power}" for power in range(11)), "more")


def cell_words(cell: Cell) -> str:
    """A cell on one line, such as ``train: attribute True, call False · mask=True · apply · rngs dropout · gradient``.

    An ``init`` is always given a key for ``params``; with keys for other streams it is ``init · rngs params, dropout``.
    """
    flags = [f"{name}={value}" for name, value in cell.flags]
    parts = [*map(_given, cell.given), *flags, cell.phase, streams_words(cell)]
    return printable(" · ".join([*parts, *["gradient"] * cell.gradient]))


def streams_words(cell: Cell) -> str:
    """The streams that a key is given for: ``rngs dropout``, ``no rngs``."""
    streams = (("params",) if cell.phase == "init" else ()) + cell.streams
    return f"rngs {', '.join(streams)}" if streams else "no rngs"


def way_words(given: Given) -> str:
    """How an argument is given: ``attribute True, call False``, ``not given``."""
    match given.way:
        case "attribute":
            return _with("attribute", given.attribute)
        case "call":
            return _with("call", given.call)
        case "both":
            return f"{_with('attribute', given.attribute)}, {_with('call', given.call)}"
        case "neither":
            return "not given"


def outcome_words(outcome: Outcome) -> str:
    """``ValueError: message`` or ``float32[2,8], float32[8]``; at most eight shapes."""
    if outcome.error is not None:
        return printable(f"{outcome.error}: {outcome.message}" if outcome.message else outcome.error)
    shown = ", ".join(outcome.shapes[:8])
    rest = len(outcome.shapes) - 8
    return printable(f"{shown} and {rest} more" if rest > 0 else shown or "no arrays")


def result_words(result: CellResult) -> str:
    """All that is known of a cell, on a few lines."""
    lines = [cell_words(result.cell), f"{result.verdict} by {RESTS_ON[result.how]}"]
    error = error_words(result.ulps, result.relative)
    lines += [f"largest error: {error}"] * bool(error)
    lines += [f"why: {printable(result.why)}"] * bool(result.why)
    original, fixed = outcome_words(result.original), outcome_words(result.fixed)
    lines += [f"both: {original}"] if original == fixed else [f"original: {original}", f"fixed: {fixed}"]
    return "\n".join(lines)


def error_words(ulps: float | None, relative: float | None) -> str:
    """``3 ulps (1.2e-07 relative)``; empty where no values were compared."""
    if ulps is None:
        return ""
    text = "1 ulp" if ulps == 1 else f"{number(ulps)} ulps"
    return text if not relative else f"{text} ({number(relative)} relative)"


def largest_error(module: ModuleReport) -> tuple[float | None, float | None]:
    """In ulps and relative, over all cells of which values were compared; NaN counts as infinite."""
    return _largest(result.ulps for result in module.cells), _largest(result.relative for result in module.cells)


def number(value: float) -> str:
    """A number in three digits: ``0``, ``3``, ``1.25``, ``1.2e-07``, ``inf``."""
    if math.isfinite(value) and value == int(value) and abs(value) < 1e6:
        return str(int(value))
    return f"{value:.3g}"


def count(many: int, noun: str) -> str:
    """``1 Module``, ``1,200 Modules``."""
    return f"{many:,} {noun}{'' if many == 1 else 's'}"


def seconds_words(seconds: float) -> str:
    """``0.42 s``, ``12.3 s``, ``3 min 5 s``."""
    if seconds < 60:
        return f"{seconds:.2f} s" if seconds < 10 else f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s"


def device_words(device: Device | None) -> str:
    """``gpu: NVIDIA H200, precision highest, deterministic``; what there was, if nothing ran."""
    if device is None:
        return "no device: nothing ran"
    many = f" ({device.count} devices)" if device.count != 1 else ""
    ordered = "deterministic" if device.deterministic else "not deterministic"
    return printable(f"{device.platform}: {device.kind}{many}, precision {device.precision}, {ordered}")


def versions_words(versions: Sequence[tuple[str, str]]) -> str:
    """``python 3.11.2, jax 0.6.0``."""
    return printable(", ".join(f"{name} {version}" for name, version in versions))


def by_verdict(results: Iterable[CellResult]) -> dict[Verdict, int]:
    """How many cells there are of each verdict that occurs, in the order of ``Verdict``."""
    counts = Counter(result.verdict for result in results)
    return {verdict: counts[verdict] for verdict in Verdict if counts[verdict]}


def by_module_verdict(modules: Iterable[ModuleReport]) -> dict[str, int]:
    """How many Modules there are of each verdict, worst first."""
    counts = Counter(module.verdict for module in modules)
    return {verdict: counts[verdict] for verdict in MODULE_VERDICTS}


def lines(text: str) -> list[str]:
    """The lines of a text that may hold anything; nothing in them controls a terminal. Tabs become four spaces."""
    return [printable(line.expandtabs(4)) for line in text.rstrip().replace("\r\n", "\n").split("\n")] if text else []


def _given(given: Given) -> str:
    return f"{given.name}: {way_words(given)}"


def _with(word: str, value: str | None) -> str:
    return word if value is None else f"{word} {value}"


def _largest(values: Iterable[float | None]) -> float | None:
    return max((math.inf if math.isnan(value) else value for value in values if value is not None), default=None)
