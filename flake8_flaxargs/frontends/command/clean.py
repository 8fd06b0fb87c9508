"""``flaxargs clean``: empties the cache."""

from __future__ import annotations

from pathlib import Path

import click

from .failure import Failure
from .options import configured
from .streams import say


@click.command(short_help="Empty the cache.")
@click.option(
    "--cache-dir",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The cache to empty; default: the one of pyproject.toml, else flaxargs in the platform's cache folder.",
)
def command(cache_dir: Path | None) -> None:
    """Empty the cache: remove what any version of flaxargs has kept there, and nothing else.

    It is safe at any time; what is needed again is worked out again.

    \b
    Example:
      $ flaxargs clean --cache-dir .flaxargs_cache
      removed 0 entries (0.0 MB) from .flaxargs_cache
    """
    from ...shelf import clear, default_directory

    directory = cache_dir or configured((), {}).cache_directory or default_directory()
    if directory is None:
        raise Failure("there is no home folder, and so no cache; name one with --cache-dir FOLDER")
    try:
        entries, size = clear(directory)
    except OSError as error:
        reason = f"{error.filename or directory}: {error.strerror or error}"
        way_out = "check that this is the cache and yours to change (--cache-dir FOLDER names another)"
        raise Failure(f"cannot empty the cache: {reason}; {way_out}") from error
    noun = "entry" if entries == 1 else "entries"
    say(f"removed {entries} {noun} ({size / 1e6:.1f} MB) from {directory}")
