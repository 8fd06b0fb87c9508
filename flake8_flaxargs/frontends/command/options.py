"""Options that subcommands share, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import click
from click.shell_completion import CompletionItem

from ...config import ConfigError
from ...settings import Configuration, configuration
from .failure import Failure
from .streams import say

Command = TypeVar("Command", bound=Callable[..., Any])

CLEAN = 0
FINDINGS = 1
TROUBLE = 2


def listed(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...] | None:
    """Values between commas; an option that is given again adds to them."""
    if not value:
        return None
    return tuple(part.strip() for text in value for part in text.split(",") if part.strip())


def ignores(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> dict[str, tuple[str, ...]] | None:
    """``pattern:codes``, several between spaces, as flake8 has them; ``codes`` between commas."""
    found: dict[str, tuple[str, ...]] = {}
    for text in value:
        pattern = ""
        for word in text.replace(",", " ").split():
            head, colon, code = word.rpartition(":")
            if colon:
                pattern = head
            if not pattern:
                lacking = "no pattern" if _is_rule(word) else "no rules"
                example = f"tests/*:{word}" if _is_rule(word) else f"{word}:JFX1"
                raise click.BadParameter(f"{word!r} has {lacking}; write for instance {example!r}", ctx, param)
            found[pattern] = (*found.get(pattern, ()), *([code] if code else []))
    for pattern in (pattern for pattern, codes in found.items() if not codes):
        raise click.BadParameter(f"{pattern!r} has no rules; write for instance '{pattern}:JFX1'", ctx, param)
    return found or None


def _is_rule(text: str) -> bool:
    from ...selection import resolved

    try:
        resolved(text)
    except ConfigError:
        return False
    return True


def limit(ctx: click.Context, param: click.Parameter, value: float) -> float:
    """A number above 0, infinity among them: nothing could be run within any other."""
    if not value > 0:  # nan is not, either
        raise click.BadParameter(f"{value:g} leaves no room to run anything in; give a number above 0", ctx, param)
    return value


def rules_completed(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Codes, with the names beside them, and names, with the codes, that start as what is typed last does."""
    from ...rules import RULES

    before, comma, last = incomplete.rpartition(",")
    wanted = last.strip().lower()
    items = [(rule.code, rule.name) for rule in RULES if rule.code.lower().startswith(wanted)]
    if wanted:  # without a beginning, one of the two is enough
        items += [(rule.name, rule.code) for rule in RULES if rule.name.startswith(wanted)]
    return [CompletionItem(before + comma + value, help=said) for value, said in items]


SELECTION = [
    click.option(
        "--select",
        multiple=True,
        callback=listed,
        metavar="RULES",
        shell_complete=rules_completed,
        help="Only these: codes, prefixes or names, by commas.",
    ),
    click.option(
        "--extend-select",
        multiple=True,
        callback=listed,
        metavar="RULES",
        shell_complete=rules_completed,
        help="These as well, such as JFX9.",
    ),
    click.option(
        "--ignore", multiple=True, callback=listed, metavar="RULES", shell_complete=rules_completed, help="Not these."
    ),
    click.option(
        "--per-file-ignores",
        multiple=True,
        callback=ignores,
        metavar="PATTERN:RULES",
        help="Not these in files of a pattern, as in a .gitignore.",
    ),
    click.option("--disable-noqa", is_flag=True, help="Show what '# noqa' keeps silent, too."),
]
CHECKING = [
    click.option("--flax-version", metavar="VERSION", help="The Flax to check against, such as 0.12."),
    click.option(
        "--methods",
        type=click.Choice(["call", "public"]),
        help="Methods whose arguments should be merged: __call__ alone, or all public ones.",
    ),
]
FILES = [
    click.option(
        "--include",
        multiple=True,
        callback=listed,
        metavar="PATTERNS",
        help="Files to take of folders (default: *.py,*.ipynb,*.md).",
    ),
    click.option(
        "--exclude",
        multiple=True,
        callback=listed,
        metavar="PATTERNS",
        help="Files and folders to leave out, in place of build/, .venv/ and the like.",
    ),
    click.option(
        "--extend-exclude",
        multiple=True,
        callback=listed,
        metavar="PATTERNS",
        help="Files and folders to leave out besides.",
    ),
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
PLATFORMS = ("auto", "cpu", "cuda", "tpu", "rocm")
RUNS = [
    click.option(
        "--platform", type=click.Choice(PLATFORMS), default="auto", help="Where to run (default: JAX's choice)."
    ),
    click.option("--tolerance", type=click.FloatRange(min=0), default=0.0, help="Largest relative error (default: 0)."),
    click.option(
        "--time-limit",
        type=float,
        callback=limit,
        default=120.0,
        metavar="SECONDS",
        help="For one Module (default: 120).",
    ),
    click.option(
        "--memory-limit",
        type=float,
        callback=limit,
        default=8.0,
        metavar="GIB",
        help="For its process (default: 8).",
    ),
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
        if given.get("isolated") and given.get("config_file"):
            raise ConfigError("--isolated reads no configuration, and --config names one; leave one of them out")
        named = [given.get("stdin_filename") or path if path == "-" else path for path in paths]
        found = configuration(named, given.get("config_file"), given.get("isolated", False), chosen)
    except ConfigError as error:
        fail(str(error))
    return found


def fail(message: str) -> NoReturn:
    """Say why the job cannot be done, and end."""
    raise Failure(message)


def tell(message: str) -> None:
    """Say something on stderr that is no part of the report."""
    say(f"flaxargs: {message}", err=True)
