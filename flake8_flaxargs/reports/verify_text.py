"""A verification for people, in the terminal: a table of the Modules, and of those that are not proved, why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..shim.records import CellResult, ModuleReport, Report, Verdict
from .texts import printable
from .verify_stories import Story, stories
from .verify_words import (
    by_module_verdict,
    by_verdict,
    cell_words,
    count,
    device_words,
    error_words,
    largest_error,
    lines,
    seconds_words,
    versions_words,
)

__all__ = ["cell_words", "tables"]

# So many ways in which a Module's cells differ are shown, so many cells of each, and so many lines at the end of a
# traceback; the other reports have all.
_STORIES_SHOWN = 4
_CELLS_SHOWN = 3
_TRACEBACK_SHOWN = 8
_STYLES = {
    "proved": "bold green",
    "contract": "bold yellow",
    "changed": "bold red",
    "not proved": "bold magenta",
    Verdict.IDENTICAL: "green",
    Verdict.EQUAL: "cyan",
    Verdict.CONTRACT: "yellow",
    Verdict.MENDED: "blue",
    Verdict.CHANGED: "red",
}


def tables(report: Report) -> Iterator[RenderableType]:
    """What to print, in this order: the Modules, a block for each that is changed or not proved, and a closing line.

    Of the ways in which a Module's cells differ the first four are shown, with three cells each; of a traceback the
    last eight lines.
    """
    if report.modules:
        yield _modules(report)
    for module in report.modules:
        if not module.proved:
            yield _unproved(module)
    yield _closing(report)


def _modules(report: Report) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Module", overflow="fold")
    table.add_column("verdict", no_wrap=True)
    table.add_column("cells")
    table.add_column("largest error", justify="right")
    table.add_column("traced/\ncompiled", justify="right", no_wrap=True)
    table.add_column("time", justify="right", no_wrap=True)
    table.add_column("device")
    kind = printable(report.device.kind) if report.device else "-"
    for module in report.modules:
        table.add_row(
            Text(printable(module.name)),
            Text(module.verdict, _STYLES[module.verdict]),
            _cells(module.cells),
            error_words(largest_error(module)[0], None) or "-",
            f"{module.traced}/{module.compiled}",
            seconds_words(module.seconds),
            Text(kind if module.cells else "-"),
        )
    return table


def _cells(results: Iterable[CellResult]) -> Text:
    counts = [Text(f"{many} {verdict}", _STYLES[verdict]) for verdict, many in by_verdict(results).items()]
    return Text(", ").join(counts) if counts else Text("none", "dim")


def _unproved(module: ModuleReport) -> RenderableType:
    blocks: list[RenderableType] = [_headline(module)]
    if module.problem is not None:
        blocks.append(_indented(Text("\n".join(lines(module.problem)), overflow="fold")))
    elif not module.cells:
        blocks.append(_indented(Text("no cell was run")))
    changes = stories(module.changed)
    blocks += [_indented(_story(story)) for story in changes[:_STORIES_SHOWN]]
    hidden = sum(len(story.results) for story in changes[_STORIES_SHOWN:])
    if hidden:
        more = f"{count(hidden, 'more cell')} {_differ(hidden)} in other ways; --html FILE shows all"
        blocks.append(_indented(Text(more, "dim")))
    blocks += [_indented(_traceback(module.traceback))] * bool(module.traceback)
    blocks += [_indented(Text(f"note: {printable(note)}", "dim")) for note in module.notes]
    return Group(*blocks, Text())


def _headline(module: ModuleReport) -> Text:
    text = Text(printable(module.name), "bold")
    if module.path:
        text.append(f" {printable(module.path)}:{module.line}", "not bold")
    return text.append(": ", "not bold").append(module.verdict, _STYLES[module.verdict])


def _story(story: Story) -> Text:
    text = Text(overflow="fold")
    if story.why:
        text.append(f"{printable(story.why)}\n", _STYLES[Verdict.CHANGED])
    text.append(f"original: {story.original}\nfixed:    {story.fixed}")
    for result in story.results[:_CELLS_SHOWN]:
        error = error_words(result.ulps, result.relative)
        text.append(f"\n  in {cell_words(result.cell)}").append(f": largest error {error}" if error else "", "dim")
    hidden = len(story.results) - _CELLS_SHOWN
    if hidden > 0:
        text.append(f"\n  and {count(hidden, 'more cell')}; --html FILE shows all", "dim")
    return text


def _differ(many: int) -> str:
    return "differs" if many == 1 else "differ"


def _traceback(traceback: str) -> Text:
    every = lines(traceback)
    shown = every[-_TRACEBACK_SHOWN:]
    more = [f"... {count(len(every) - len(shown), 'line')} before"] * (len(every) > len(shown))
    return Text("\n".join([*more, *shown]), "dim", overflow="fold")


def _indented(block: RenderableType) -> Padding:
    return Padding(block, (0, 0, 0, 2))


def _closing(report: Report) -> Text:
    text = Text(count(len(report.modules), "Module"))
    counts = {verdict: many for verdict, many in by_module_verdict(report.modules).items() if many}
    for index, (verdict, many) in enumerate(counts.items()):
        text.append(": " if index == 0 else ", ").append(f"{many} {verdict}", _STYLES[verdict])
    text.append(f" in {seconds_words(report.seconds)}; {device_words(report.device)}")
    return text.append(f"; {versions_words(report.versions)}" if report.versions else "")
