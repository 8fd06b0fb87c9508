"""What people read goes to streams of any encoding: a character that one of them does not have is shown escaped.

What programs read (JSON, SARIF, patches) is written as bytes of UTF-8, whatever the stream's encoding.
"""

from __future__ import annotations

import io
import sys

import click

# How Python meets what cannot be encoded unless somebody chose otherwise (PYTHONIOENCODING); the second in locale C.
_UNCHOSEN = {"strict", "surrogateescape"}


def escape_what_cannot_be_shown() -> None:
    """Have stdout show ``\\xe9`` for an ``é`` that it has not, as stderr does by itself, rather than fail."""
    match sys.stdout:
        case io.TextIOWrapper(errors=errors) as stream if errors in _UNCHOSEN:
            stream.reconfigure(errors="backslashreplace")


def say(text: str, nl: bool = True, err: bool = False) -> None:
    """Write for people, to stdout or stderr.

    The stream is named, as click would else take ASCII for a mistake, and write UTF-8 to it.
    """
    click.echo(text, file=sys.stderr if err else sys.stdout, nl=nl)
