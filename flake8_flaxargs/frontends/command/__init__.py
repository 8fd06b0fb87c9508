"""``flaxargs``: one file a subcommand. Thin: what they do lives in the layers below."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from ... import __version__
from .failure import Failure
from .streams import escape_what_cannot_be_shown

# By the module that holds it: a subcommand is imported when it is asked for, so that ``--help`` starts at once.
_COMMANDS = {
    "check": "check",
    "fix": "fix",
    "verify": "verify",
    "explain": "explain",
    "rules": "rules",
    "contract": "contract",
    "add-noqa": "add_noqa",
    "server": "server",
    "clean": "clean",
    "completion": "completion",
}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f".{_COMMANDS[cmd_name]}", __name__)
        command: click.Command = module.command
        return command

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and show what comes of it on whatever stdout is."""
        escape_what_cannot_be_shown()
        return super().main(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Run a subcommand; an interrupt, or a report that cannot be shown, ends it with a word."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except (KeyboardInterrupt, click.Abort):
            raise Failure("interrupted: no file is half written, and what was not reached is as it was") from None
        except BrokenPipeError:  # click ends without a word
            raise
        except OSError as error:
            raise Failure(f"cannot go on: {error}; check the disk and where the output goes") from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="flaxargs")
def main() -> None:
    """Find the mistakes in Flax models that Flax does not report, and mend them."""
