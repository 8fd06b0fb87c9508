"""How a subcommand ends that could not do its job."""

from __future__ import annotations

import sys
from typing import IO, Any

import click


class Failure(click.ClickException):
    """Ends the command with exit status 2 and a line that names the thing, the place and the way out."""

    exit_code = 2

    def show(self, file: IO[Any] | None = None) -> None:
        """Write it to standard error, as everything of ``flaxargs`` that is no result."""
        click.echo(f"flaxargs: {self.format_message()}", file=file or sys.stderr)
