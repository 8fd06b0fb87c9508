"""``python -m flake8_flaxargs.contracts path.py:Class.method``: the contract that is inferred, to be checked by eye."""

from __future__ import annotations

import os
import sys

from ..source import SourceError
from .told import FileContracts, UnknownName


def main(asked: str) -> int:
    """Print a contract; 2 where there is nothing to print it of."""
    path, _, name = asked.rpartition(":")
    if not path or not name:
        print("usage: python -m flake8_flaxargs.contracts path.py:Class.method", file=sys.stderr)
        return 2
    try:
        told = FileContracts.read(path).of(name)
    except (SourceError, UnknownName) as error:
        print(f"flaxargs: {error}", file=sys.stderr)
        return 2
    print(f"{name} asks of its caller:")
    print("\n".join(f"  {line}" for line in told.lines()) if told.effects else "  nothing")
    return 0


def run() -> int:
    """Do so for the command line; 1 where the reader went away before all was said (``| head``), as in ``flaxargs``."""
    try:
        status = main(sys.argv[1] if len(sys.argv) > 1 else "")
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left is flushed at the end
        return 1
    return status


if __name__ == "__main__":
    sys.exit(run())
