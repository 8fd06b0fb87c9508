"""``python -m flake8_flaxargs``: the command ``flaxargs``."""

from __future__ import annotations

from .frontends.command import main

if __name__ == "__main__":
    main(prog_name="flaxargs")
