"""A verification as one page that needs nothing beside itself: no script, no request, light and dark."""

from __future__ import annotations

import importlib.resources
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from ..shim.records import ModuleReport, Report
from .markup import Node, element, page
from .verify_diff import Diff, block, split
from .verify_section import module_section
from .verify_words import (
    MEANINGS,
    MODULE_VERDICTS,
    SIGNS,
    by_module_verdict,
    by_verdict,
    count,
    device_words,
    seconds_words,
)

# Nothing is loaded and nothing runs, whatever a report holds: styles of the page and pictures within it alone.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_ICON = "data:,"
# With more Modules than that, only those that are changed or not proved are unfolded, and of these so many.
_UNFOLDED = 8


def render(report: Report) -> str:
    """The page: a summary, then the Modules, worst first, then the diffs of whole files."""
    style = importlib.resources.files(__package__).joinpath("verify_style.css").read_text("utf-8")
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href=_ICON),
        element("title", f"flaxargs verify: {_headline(report)}"),
        element("style", style),
    )
    body = element("body", _summary(report), element("main", _modules(report), _files(report)))
    return page(element("html", head, body, lang="en"))


def _headline(report: Report) -> str:
    counts = [f"{many} {verdict}" for verdict, many in by_module_verdict(report.modules).items() if many]
    return f"{count(len(report.modules), 'Module')}{': ' if counts else ''}{', '.join(counts)}"


def _summary(report: Report) -> ET.Element:
    facts = [
        ("device", device_words(report.device)),
        *report.versions,
        ("time", seconds_words(report.seconds)),
        ("traced", count(sum(module.traced for module in report.modules), "jaxpr")),
        ("compiled", count(sum(module.compiled for module in report.modules), "computation")),
    ]
    return element(
        "header",
        element("h1", element("code", "flaxargs verify")),
        element("p", "The original and the fixed Modules, run side by side in Flax.", class_="lead"),
        element("div", _filters(report), class_="filters", role="group", aria_label="Modules to show"),
        element("dl", (element("div", element("dt", name), element("dd", value)) for name, value in facts)),
        _cells(report),
    )


def _filters(report: Report) -> Iterator[ET.Element]:
    """A box to tick a verdict of Modules; the style sheet hides those whose box is not."""
    for verdict, many in by_module_verdict(report.modules).items():
        name = verdict.replace(" ", "-")
        box = element("input", type="checkbox", id=f"show-{name}", checked="checked", autocomplete="off")
        yield element(
            "label",
            box,
            element("b", f"{many:,}"),
            element("span", verdict),
            class_=f"card {name}",
            for_=f"show-{name}",
        )


def _cells(report: Report) -> ET.Element:
    """A bar of all cells by verdict, and what the signs mean."""
    counts = by_verdict(result for module in report.modules for result in module.cells)
    every = sum(counts.values())
    parts = [
        element("span", class_=str(verdict), style=f"flex-grow:{many}", title=f"{many:,} {verdict}")
        for verdict, many in counts.items()
    ]
    legend = [
        element(
            "li",
            element("span", SIGNS[verdict], class_=f"cell {verdict}", aria_hidden="true"),
            element("span", element("b", f"{counts.get(verdict, 0):,} {verdict}"), element("small", meaning)),
        )
        for verdict, meaning in MEANINGS.items()
    ]
    return element(
        "section",
        element("h2", count(every, "cell")),
        element("div", parts, class_="bar", aria_hidden="true"),
        element("ul", legend, class_="legend"),
        element(
            "p",
            "A cell is a run of both. Its sign stands alone where equal jaxprs settled it; ",
            element("sup", "v"), " marks values compared on the device, ", element("sup", "!"), " exceptions. ",
            "· was not run, ∇ takes the gradient.",
            class_="faint",
        ),
        class_="cells",
    )  # fmt: skip


def _modules(report: Report) -> Iterator[Node]:
    diffs = {path: split(lines) for path, lines in report.diffs}
    by_path: dict[str, list[ModuleReport]] = {}
    for module in report.modules:
        by_path.setdefault(module.path, []).append(module)
    worst_first = sorted(report.modules, key=lambda module: MODULE_VERDICTS.index(module.verdict))
    few = len(worst_first) <= _UNFOLDED
    for index, module in enumerate(worst_first):
        unfolded = index < _UNFOLDED and (few or not module.proved)
        yield module_section(module, by_path[module.path], diffs.get(module.path), f"module-{index + 1}", unfolded)
    if not worst_first:
        yield element("p", "There was no Module to verify.", class_="none")


def _files(report: Report) -> Iterator[Node]:
    if report.diffs:
        yield element("h2", "Diffs of whole files")
    for path, lines in report.diffs:
        diff = split(lines)
        summary = element("summary", element("code", path), element("span", _changes(diff), class_="faint"))
        yield element("details", summary, block(diff), class_="file")


def _changes(diff: Diff) -> str:
    signs = [line[:1] for hunk in diff.hunks for line in hunk.lines[1:]]
    return f"+{signs.count('+')} -{signs.count('-')}"
