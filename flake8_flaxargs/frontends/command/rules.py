"""``flaxargs rules``: all rules at a glance."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from .streams import say

if TYPE_CHECKING:
    from ...reports.pages import Page

_HEAD = ("code", "name", "default", "fix", "in Flax", "versions")


@click.command(short_help="List all rules.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="text is a table for people, laid out where it goes to a terminal.",
)
def command(output_format: str) -> None:
    """List the rules: code, name, whether it is on by default, the safety of its fixes, whether Flax raises.

    \b
    Example:
      $ flaxargs rules
      code    name  ...
      JFX101  attribute-not-merged ...
      ...
      $ flaxargs rules --output-format markdown
    """
    from ...reports.pages import pages

    known = pages()
    rows = list(map(_row, known))
    match output_format:
        case "json":
            import msgspec

            click.echo(msgspec.json.format(msgspec.json.encode(known)))
        case "markdown":
            for row in (_HEAD, ("---",) * len(_HEAD), *rows):
                say(f"| {' | '.join(row)} |")
        case _ if sys.stdout.isatty():
            _render(rows)
        case _:
            widths = [max(map(len, column)) for column in zip(_HEAD, *rows, strict=True)]
            for row in (_HEAD, *rows):
                say("  ".join(map(str.ljust, row, widths)).rstrip())


def _row(page: Page) -> tuple[str, ...]:
    from ...reports.pages import said_of_fixes

    return (page.code, page.name, "on" if page.default else "off", said_of_fixes(page.fixes), page.runtime, page.flax)


def _render(rows: list[tuple[str, ...]]) -> None:
    """Lay the table out on the terminal."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, collapse_padding=True)  # 80 columns hold it
    for title in _HEAD:
        table.add_column(title, no_wrap=title in {"code", "name"})
    for row in rows:
        table.add_row(*row)
    Console().print(table)
