"""What a report is made of."""

from __future__ import annotations

import msgspec

from ..model import Diagnostic


class Finding(msgspec.Struct, frozen=True):
    """A diagnostic, and where the user sees it.

    Attributes:
        path: as the user named the file, or the folder it was found in.
        diagnostic: its positions count in the file as the user sees it; in a notebook, in the cell.
        lines: the lines of the diagnostic's range, first to last, without line ends.
        cell: which cell of a notebook, 1-based, counting cells of every kind; None where the file is no notebook.
    """

    path: str
    diagnostic: Diagnostic
    lines: tuple[str, ...] = ()
    cell: int | None = None
