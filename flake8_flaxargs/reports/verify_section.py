"""What one Module's verification came to, as a part of the page that folds."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Sequence

from ..shim.records import CellResult, Mask, ModuleReport
from .markup import Node, element
from .verify_diff import Diff, block, of_module
from .verify_matrix import matrix
from .verify_pictures import BLUE, ORANGE, Bits, differing, histogram, ones, picture, size
from .verify_stories import Story, stories
from .verify_words import (
    MEANINGS,
    SIGNS,
    by_verdict,
    cell_words,
    count,
    error_words,
    largest_error,
    number,
    seconds_words,
)

_BADGES = {"proved": "✓", "contract": "C", "changed": "≠", "not proved": "?"}
# Of what happened, so much is told, and for each so many cells; the matrix has all.
_STORIES_TOLD, _CELLS_TOLD = 40, 6


def module_section(
    module: ModuleReport, of_file: Sequence[ModuleReport], diff: Diff | None, anchor: str, unfolded: bool
) -> ET.Element:
    """A ``details`` element.

    Args:
        of_file: all Modules of the same file.
        diff: of that file.
        anchor: the element's id.
    """
    verdict = module.verdict.replace(" ", "-")
    summary = element(
        "summary",
        element("span", element("i", _BADGES[module.verdict], aria_hidden="true"), module.verdict, class_="badge"),
        element("h2", element("code", module.name)),
        element("span", _tally(module), class_="tally"),
        element("span", seconds_words(module.seconds), class_="faint"),
    )
    parts = [
        *_problem(module),
        *_matrix(module),
        *_told(module),
        *_errors(module),
        *_masks(module),
        *_diff(module, of_file, diff),
        *_made(module),
    ]
    opened = "open" if unfolded else None
    return element("details", summary, parts, id=anchor, class_=f"module {verdict}", open=opened)


def _tally(module: ModuleReport) -> Iterator[ET.Element]:
    for verdict, many in by_verdict(module.cells).items():
        words = f"{many:,} {verdict}"
        yield element(
            "span", SIGNS[verdict], " ", f"{many:,}", class_=f"count {verdict}", title=words, role="img",
            aria_label=words,
        )  # fmt: skip


def _problem(module: ModuleReport) -> Iterator[ET.Element]:
    if module.problem is not None:
        trace = [element("pre", module.traceback, class_="trace", tabindex=0)] if module.traceback else []
        yield _part("Why nothing was proved", element("pre", module.problem, class_="problem"), trace)
    elif module.traceback:
        yield _part("Traceback", element("pre", module.traceback, class_="trace", tabindex=0))
    if module.problem is None and not module.cells:
        yield _part("Why nothing was proved", element("p", "No cell was run."))


def _matrix(module: ModuleReport) -> Iterator[ET.Element]:
    if module.cells:
        caption = f"{module.method}: original against fixed"
        yield _part("Behaviour", element("div", matrix(module.cells, caption), class_="scroll", tabindex=0))


def _told(module: ModuleReport) -> Iterator[ET.Element]:
    told = stories(module.cells)
    hidden = len(told) - _STORIES_TOLD
    more = [element("p", f"{hidden} more; see the titles in the matrix", class_="faint")] if hidden > 0 else []
    if told:
        yield _part("What is different", map(_story, told[:_STORIES_TOLD]), more)


def _story(story: Story) -> ET.Element:
    verdict = story.verdict
    cells = [element("li", cell_words(result.cell), _of_error(result)) for result in story.results[:_CELLS_TOLD]]
    hidden = len(story.results) - len(cells)
    cells += [element("li", f"and {count(hidden, 'more cell')}", class_="faint")] if hidden else []
    return element(
        "article",
        element("h4", element("span", SIGNS[verdict], class_=f"cell {verdict}", aria_hidden="true"), verdict.value),
        element("p", story.why, class_="why") if story.why else element("p", MEANINGS[verdict], class_="faint"),
        element("dl", _fact("original", story.original), _fact("fixed", story.fixed)),
        element("ul", cells),
        class_=f"story {verdict}",
    )


def _fact(name: str, outcome: str) -> ET.Element:
    return element("div", element("dt", name), element("dd", element("code", outcome)))


def _of_error(result: CellResult) -> str:
    error = error_words(result.ulps, result.relative)
    return f": largest error {error}" if error else ""


def _errors(module: ModuleReport) -> Iterator[ET.Element]:
    if not module.cells:
        return
    parts: list[Node] = []
    if any(module.histogram):
        worst = error_words(*largest_error(module))
        words = (
            f"Leaves of results and gradients by their largest error, in ulps{f'; the largest: {worst}' * bool(worst)}."
        )
        parts += [element("p", words), element("div", histogram(module.histogram), class_="scroll")]
    else:
        parts.append(element("p", "No values were compared.", class_="faint"))
    if module.against_cpu is not None:
        error, allowed = module.against_cpu
        chip = element("span", "within", class_="chip identical")
        if not error <= allowed:  # NaN is beyond
            chip = element("span", "beyond", class_="chip changed")
        words = f" Against the CPU, the fixed one: {number(error)} relative; {number(allowed)} allowed."
        parts.append(element("p", chip, words))
    yield _part("Errors", parts)


def _masks(module: ModuleReport) -> Iterator[ET.Element]:
    if module.masks:
        said = element("p", "An element is drawn where a call drops it.", class_="faint")
        yield _part("Dropout masks", said, element("div", map(_mask, module.masks), class_="masks"))


def _mask(mask: Mask) -> ET.Element:
    """Before and after, and where the two differ, if they do."""
    figures = [_figure("before", mask.original, mask.cell), _figure("after", mask.fixed, mask.cell)]
    if size(mask.original) != size(mask.fixed):
        said = "the sizes differ"
    else:
        apart = differing(mask.original, mask.fixed)
        many = ones(apart)
        said = f"{many:,} of {_elements(apart):,} differ" if many else "the same elements are dropped"
        figures += [_figure("difference", apart, mask.cell, ORANGE)] if many else []
    return element("article", element("h4", mask.cell), element("p", said, class_="faint"), element("div", figures))


def _figure(name: str, bits: Bits, cell: str, colour: tuple[int, int, int] = BLUE) -> ET.Element:
    verb = "differ" if name == "difference" else "dropped"
    said = f"{ones(bits):,} of {_elements(bits):,} {verb}"
    caption = element("figcaption", element("b", name), f" {said}")
    return element("figure", picture(bits, colour, f"{name}, {cell}: {said}"), caption)


def _elements(bits: Bits) -> int:
    rows, columns = size(bits)
    return rows * columns


def _diff(module: ModuleReport, of_file: Sequence[ModuleReport], diff: Diff | None) -> Iterator[ET.Element]:
    if diff is None:
        yield _part("Diff", element("p", "There is no diff of this file.", class_="faint"))
        return
    hunks = of_module(diff.hunks, module, of_file)
    hidden = len(diff.hunks) - len(hunks)
    more = f"{count(hidden, 'more hunk')} in this file, with other classes: see the end of the page."
    yield _part("Diff", block(Diff(diff.head, hunks)), [element("p", more, class_="faint")] if hidden else [])


def _made(module: ModuleReport) -> Iterator[ET.Element]:
    where = f"{module.path}:{module.line}" if module.path else "unknown"
    facts = [("class", where), ("method", module.method), *[("origin", module.origin)] * bool(module.origin)]
    work = f"{count(module.traced, 'jaxpr')} traced, {count(module.compiled, 'computation')} compiled"
    rows = [
        *(("attribute", name, value) for name, value in module.attributes),
        *(("argument", name, value) for name, value in module.call),
    ]
    table = element(
        "table",
        element("caption", "Synthesised attributes and inputs"),
        element("thead", element("tr", (element("th", name, scope="col") for name in ("given as", "name", "value")))),
        element(
            "tbody",
            (
                element("tr", element("td", kind), element("th", element("code", name), scope="row"),
                        element("td", element("code", value)))
                for kind, name, value in rows
            ),
        ),
        class_="inputs",
    )  # fmt: skip
    yield _part(
        "How it was made and called",
        [element("div", table, class_="scroll")] if rows else [],
        element("dl", (element("div", element("dt", a), element("dd", b)) for a, b in [*facts, ("work", work)])),
        (element("p", note, class_="note") for note in module.notes),
    )


def _part(title: str, *children: Node | Iterable[Node]) -> ET.Element:
    return element("section", element("h3", title), *children)
