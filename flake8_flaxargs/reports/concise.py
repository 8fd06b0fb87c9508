"""One line a finding, as flake8 prints it."""

from __future__ import annotations

from collections.abc import Sequence

from ..model import Safety
from .places import spot
from .records import Finding
from .texts import printable


def render(findings: Sequence[Finding]) -> str:
    """``path:line:column: CODE message``, in the order given; ``path:cell N:line:column: ...`` in a notebook.

    Lines and columns are 1-based, columns count code points. ``[*]`` after the code says that ``flaxargs fix`` mends
    the finding (a SAFE fix). Characters that would end the line or control a terminal are escaped (``\\n``).
    """
    return "".join(f"{concise(finding)}\n" for finding in findings)


def concise(finding: Finding) -> str:
    """A finding's line, without its end."""
    diagnostic = finding.diagnostic
    fixable = " [*]" if any(fix.safety is Safety.SAFE for fix in diagnostic.fixes) else ""
    return f"{spot(finding)}: {diagnostic.code}{fixable} {printable(diagnostic.message)}"
