"""``flaxargs explain``: the pages of rules."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from .failure import Failure
from .options import rules_completed
from .streams import say

if TYPE_CHECKING:
    from ...reports.pages import Page

_SHOWN = 3


def find(asked: str) -> Page:
    """The page of a rule, by code or name, in capitals or not.

    Raises:
        Failure: there is none; the message names those that begin so, else the nearest.
    """
    from ...reports.pages import pages

    known = pages()
    by_name = {key.lower(): page for page in known for key in (page.code, page.name)}
    if asked.lower() in by_name:
        return by_name[asked.lower()]
    begun = [f"  {page.code} {page.name}" for page in known if _begins(page, asked.lower())]
    if begun:
        raise Failure("\n".join([f"no rule has the code or name {asked!r}; these begin so:", *begun]))
    nearest = list(dict.fromkeys(f"{by_name[key].code} {by_name[key].name}" for key in _near(asked.lower(), by_name)))
    way_out = f"the nearest: {', '.join(nearest[:_SHOWN])}" if nearest else "`flaxargs rules` lists all there are"
    raise Failure(f"no rule has the code or name {asked!r}; {way_out}")


def _begins(page: Page, asked: str) -> bool:
    return any(asked and key.lower().startswith(asked) for key in (page.code, page.name))


def _near(asked: str, known: Iterable[str]) -> list[str]:
    """The codes and names most like what was asked, the nearest first; codes of one ten are nearest."""
    near = difflib.get_close_matches(asked, known, n=100, cutoff=0.5)
    return sorted(near, key=lambda key: asked.startswith("jfx") and key[:5] != asked[:5])


@click.command(short_help="Show the pages of rules.")
@click.argument("rules", nargs=-1, required=True, shell_complete=rules_completed, metavar="RULE...")
@click.option(
    "--output-format",
    type=click.Choice(["text", "markdown", "json"]),
    default="text",
    show_default=True,
    help="text is laid out for a terminal, and Markdown where it does not go to one.",
)
def command(rules: tuple[str, ...], output_format: str) -> None:
    """Show the pages of rules: what each flags, what Flax does there, an example, the cure, what its fix guarantees.

    RULE is a code or a name, such as JFX201 or apply-without-rng.

    \b
    Example:
      $ flaxargs explain JFX101
      # JFX101 attribute-not-merged
      ...
      $ flaxargs explain apply-without-rng JFX202 --output-format json
    """
    found = list(dict.fromkeys(map(find, rules)))
    match output_format:
        case "json":
            import msgspec

            click.echo(msgspec.json.format(msgspec.json.encode(found)))
        case "text" if sys.stdout.isatty():
            _render(found)
        case _:
            say("\n".join(page.markdown for page in found), nl=False)


def _render(pages: list[Page]) -> None:
    """Lay pages out on the terminal."""
    from rich.console import Console
    from rich.markdown import Markdown

    console = Console()
    for page in pages:
        console.print(Markdown(page.markdown))
        console.print()
