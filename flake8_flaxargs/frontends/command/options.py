"""Options that subcommands share, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import click

from ...config import ConfigError
from ...settings import Configuration, configuration
from .failure import Failure

Command = TypeVar("Command", bound=Callable[..., Any])

CLEAN = 0
FINDINGS = 1
TROUBLE = 2


def listed(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Values between commas."""
    return None if value is None else tuple(part.strip() for part in value.split(",") if part.strip())


def ignores(ctx: click.Context, param: click.Parameter, value: str | None) -> dict[str, tuple[str, ...]] | None:
    """``pattern:codes``, several between spaces, as flake8 has them; ``codes`` between commas."""
    if value is None:
        return None
    found: dict[str, tuple[str, ...]] = {}
    pattern = ""
    for word in value.replace(",", " ").split():
        head, colon, code = word.rpartition(":")
        if colon:
            pattern = head
        if not pattern:
            raise click.BadParameter(f"{word!r} has no pattern; write for instance 'tests/*:JFX1,JFX201'", ctx, param)
        found[pattern] = (*found.get(pattern, ()), *([code] if code else []))
    return found


SELECTION = [
    click.option("--select", callback=listed, metavar="RULES", help="Only these: codes, prefixes or names, by commas."),
    click.option("--extend-select", callback=listed, metavar="RULES", help="These as well, such as JFX9."),
    click.option("--ignore", callback=listed, metavar="RULES", help="Not these."),
    click.option(
        "--per-file-ignores", callback=ignores, metavar="PATTERN:RULES", help="Not these in files of a pattern."
    ),
    click.option("--disable-noqa", is_flag=True, help="Show what '# noqa' keeps silent, too."),
]
CHECKING = [
    click.option("--flax-version", metavar="VERSION", help="The Flax to check against, such as 0.12."),
    click.option("--methods", type=click.Choice(["call", "public"]), help="Where arguments should be merged."),
]
FILES = [
    click.option("--include", callback=listed, metavar="PATTERNS", help="Files to take of folders."),
    click.option("--exclude", callback=listed, metavar="PATTERNS", help="Files and folders to leave out."),
    click.option("--extend-exclude", callback=listed, metavar="PATTERNS", help="Those as well."),
    click.option("--respect-gitignore/--no-respect-gitignore", default=None, help="Leave out what git ignores."),
    click.option("--force-exclude", is_flag=True, default=None, help="Leave out files that are named, too."),
]
RUNNING = [
    click.option("--config", "config_file", metavar="FILE", help="A pyproject.toml to read."),
    click.option("--isolated", is_flag=True, help="Read no pyproject.toml."),
    click.option("--cache-dir", metavar="FOLDER", help="Where facts of files are kept."),
    click.option("--no-cache", is_flag=True, default=None, help="Keep nothing on disk."),
    click.option("-j", "--jobs", type=click.IntRange(min=0), metavar="N", help="Processes; 0 for one a core."),
]
_SETTINGS = (
    "select", "extend_select", "ignore", "per_file_ignores", "flax_version", "methods", "include", "exclude",
    "extend_exclude", "respect_gitignore", "force_exclude", "cache_dir", "no_cache", "jobs", "output_format",
    "unsafe_fixes",
)  # fmt: skip


def options(*groups: Sequence[Callable[[Command], Command]]) -> Callable[[Command], Command]:
    """A decorator that adds groups of options."""

    def decorate(command: Command) -> Command:
        for group in reversed(groups):
            for option in reversed(group):
                command = option(command)
        return command

    return decorate


def configured(paths: Sequence[str], given: dict[str, Any]) -> Configuration:
    """The configuration for paths and options; ends the program where it cannot be used."""
    try:
        chosen = {name: given[name] for name in _SETTINGS if given.get(name) is not None}
        found = configuration(paths, given.get("config_file"), given.get("isolated", False), chosen)
        found.config()
        _ = found.file_ignores
    except ConfigError as error:
        fail(str(error))
    return found


def fail(message: str) -> NoReturn:
    """Say why the job cannot be done, and end."""
    raise Failure(message)


def tell(message: str) -> None:
    """Say something on stderr that is no part of the report."""
    click.echo(f"flaxargs: {message}", err=True)
