"""``flaxargs server``: the language server."""

from __future__ import annotations

import logging
import sys

import click

from ...extras import way_out
from .failure import Failure


@click.command(name="server")
@click.option("--stdio", is_flag=True, help="Speak over stdin and stdout (the default).")
@click.option("--tcp", is_flag=True, help="Listen on 127.0.0.1, for any number of clients.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Where; 0, the default, for any that is free.")
@click.option("--verbose", "-v", is_flag=True, help="Log more, to stderr.")
def command(stdio: bool, tcp: bool, port: int, verbose: bool) -> None:
    """Run the language server: findings while you type, quick fixes and hover, in any editor that speaks LSP.

    Your editor starts it. It reads your code and never runs it, but for the command "Verify this fix". Settings come
    from pyproject.toml and from the editor. Needs the extra `lsp`: pip install '.[lsp]' in the folder of
    flake8-flaxargs.

    \b
    Example:
      $ flaxargs server --help
    """
    if stdio and tcp:
        raise click.UsageError("--stdio and --tcp exclude each other")
    try:
        from ..language_server import protocol
        from ..language_server.server import Server
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol", "attrs", "cattrs"}:
            raise
        raise Failure(f"cannot start the server: {error.name} is missing; {way_out('lsp')}") from error
    logging.basicConfig(
        stream=sys.stderr, format="flaxargs server: %(levelname)s: %(message)s", level=logging.WARNING, force=True
    )
    protocol.log.setLevel(logging.INFO if verbose else logging.WARNING)
    if not tcp:
        server = Server()
        try:
            server.start_io()
        finally:
            server.close()
        return
    try:
        protocol.serve_tcp(Server, port, lambda found: click.echo(f"listening on 127.0.0.1:{found}", err=True))
    except OSError as error:
        raise Failure(f"cannot listen on port {port}: {error.strerror or error}; choose another with --port") from error
