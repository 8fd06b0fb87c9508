"""``flaxargs contract``: what classes and functions ask of their caller."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from .failure import Failure
from .options import configured

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
        import msgspec

        records = [_record(told) for _, several in found for told in several]
        click.echo(msgspec.json.format(msgspec.json.encode(records)))
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
        click.echo(f"{told.name} asks of its caller:")
        for line in told.lines() if told.effects else ("nothing",):
            click.echo(f"  {line}")
    if not several:
        click.echo(f"{name} asks nothing of its caller")


def _record(told: Told) -> dict[str, Any]:
    """A contract for programs: paths are absolute (``flax:...`` for Flax's own files), lines 1-based."""
    from ...contracts import spoken

    asks = [
        {
            "asks": spoken.asked(effect),
            "if": spoken.cond(effect.cond),
            "by": effect.what,
            "path": effect.place.path,
            "line": effect.place.line,
        }
        for effect in told.effects
    ]
    return {"name": told.name, "path": told.path, "line": told.line, "contract": asks}
