"""``flaxargs completion``: what a shell needs to complete ``flaxargs``."""

from __future__ import annotations

import os

import click
from click.shell_completion import get_completion_class

from .failure import Failure

_SHELLS = ("bash", "zsh", "fish")
_VARIABLE = "_FLAXARGS_COMPLETE"


@click.command(short_help="Complete in the shell.")
@click.argument("shell", required=False, type=click.Choice(_SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str | None) -> None:
    """Print the script that makes a shell complete subcommands, options and rules; the running shell's by default.

    Have it read when the shell starts: `eval "$(flaxargs completion bash)"` in ~/.bashrc (zsh: ~/.zshrc), or
    `flaxargs completion fish | source` in ~/.config/fish/config.fish.

    \b
    Example:
      $ flaxargs completion zsh
      #compdef flaxargs
      ...
    """
    shell = shell or os.path.basename(os.environ.get("SHELL", ""))
    found = get_completion_class(shell) if shell in _SHELLS else None
    if found is None:
        raise Failure(f"no completion for the shell {shell or 'that is running'!r}; name one of {', '.join(_SHELLS)}")
    click.echo(found(ctx.find_root().command, {}, "flaxargs", _VARIABLE).source())
