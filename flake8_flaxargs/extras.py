"""The extras of the package, for whoever lacks what one of them brings. It is on no index: its folder is named."""

from __future__ import annotations


def way_out(extra: str) -> str:
    """How to install an extra (``lsp``, ``shim``)."""
    return f"install the extra `{extra}`: pip install '.[{extra}]' in the folder of flake8-flaxargs"


class MissingExtra(ImportError):
    """What an extra brings is not there.

    Args:
        what: cannot be had without.
        error: the import that failed.
        extra: brings it.
    """

    def __init__(self, what: str, error: ModuleNotFoundError, extra: str) -> None:
        super().__init__(f"{what} needs {error.name}, which is not installed; {way_out(extra)}", name=error.name)
