"""``flaxargs contract``: what classes and functions ask of their caller."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from .failure import Failure
from .options import configured
from .streams import say

if TYPE_CHECKING:
    from ...contracts.told import Told


@click.command(short_help="Show what a Module asks of its caller.")
@click.argument("targets", nargs=-1, required=True, metavar="PATH:NAME...")
@click.option("--flax-version", metavar="VERSION", help="The Flax to read against, such as 0.12.")
@click.option(
    "--output-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people or programs.",
)
def command(targets: tuple[str, ...], flax_version: str | None, output_format: str) -> None:
    """Show what a class, method or function asks of its caller: rng streams, collections, arguments, flags.

    PATH:NAME is `net.py:Net` for all public methods of a class that ask for anything, `net.py:Net.encode` for one of
    them, or `train.py:step` for a function. A line reads: what, `if` when, which layer asks and where it stands.

    \b
    Example:
      $ flaxargs contract net.py:Net
      Net.__call__ asks of its caller:
        draws 'dropout' if train  [Dropout at net.py:8]
        ...
    """
    paths = [target.rpartition(":")[0] for target in targets]
    found = _told(targets, flax_version or configured(paths, {}).settings.flax_version)
    if output_format == "json":
        from ...reports.texts import dump

        named = {os.path.abspath(path): path for path in paths}
        records = [_record(told, named) for _, several in found for told in several]
        click.echo(dump(records, indent=2).encode())
        return
    for name, several in found:
        _say(name, several)


def _told(targets: Iterable[str], flax_version: str | None) -> list[tuple[str, list[Told]]]:
    """Each target's name, and the contracts that it stands for; a file is read once."""
    from ...contracts.told import FileContracts, UnknownName
    from ...source import SourceError

    files: dict[str, FileContracts] = {}
    found = []
    for target in targets:
        path, _, name = target.rpartition(":")
        if not path or not name:
            raise click.UsageError(f"{target!r} is no PATH:NAME, such as net.py:Net or net.py:Net.encode")
        try:
            known = files[path] if path in files else files.setdefault(path, FileContracts.read(path, flax_version))
            found.append((name, known.of_class(name) if known.is_class(name) else [known.of(name)]))
        except (SourceError, UnknownName, ValueError) as error:
            raise Failure(str(error)) from error
    return found


def _say(name: str, several: list[Told]) -> None:
    for told in several:
        say(f"{told.name} asks of its caller:")
        for line in told.lines() if told.effects else ("nothing",):
            say(f"  {line}")
    if not several:
        say(f"{name} asks nothing of its caller")


def _record(told: Told, named: Mapping[str, str]) -> dict[str, Any]:
    """A contract for programs: paths as ``_shown`` has them, lines 1-based."""
    from ...contracts import spoken

    asks = [
        {
            "asks": spoken.asked(effect),
            "if": spoken.cond(effect.cond),
            "by": effect.what,
            "path": _shown(effect.place.path, named),
            "line": effect.place.line,
        }
        for effect in told.effects
    ]
    return {"name": told.name, "path": _shown(told.path, named), "line": told.line, "contract": asks}


def _shown(path: str, named: Mapping[str, str]) -> str:
    """A path as the user named it, by its absolute form; of other files from the current folder on, where they are
    below it. Flax's own are ``flax:...``."""
    if path in named or not os.path.isabs(path):
        return named.get(path, path)
    try:
        relative = os.path.relpath(path)
    except ValueError:  # another drive
        return path
    return path if relative.startswith(os.pardir) else relative
