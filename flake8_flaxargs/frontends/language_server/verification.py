"""``flaxargs.verify``: runs a Module before and after a fix, in the background. THIS RUNS THE USER'S CODE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...extras import way_out
from ...mending import Made
from ...model import Fix
from ...settings import Configuration
from ...source import Source
from .actions import fixed_text
from .workspace import Result, Shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...shim.records import Report


class CannotVerify(Exception):
    """Nothing could be run; the message says why, and what to do."""


def verified(configuration: Configuration, result: Result, shown: Shown, fix: Fix, told: Callable[[str], None]) -> str:
    """What running the original and the fixed text came to, in a sentence a Module.

    Args:
        configuration: says where the cache is, and how Modules are made.
        result, shown, fix: what would be fixed, and how.
        told: called with the name of each Module that is begun.

    Raises:
        CannotVerify: nothing could be run.
    """
    raw = fixed_text(result, shown, fix)
    if raw is None or result.document is None:
        raise CannotVerify("the fix can no longer be made here; ask for the quick fixes again")
    path = result.buffer.path
    try:
        from ...shim.isolation import Limits, PlatformError
        from ...verifying import Mendable, Terms, verify_all
    except ImportError as error:
        raise CannotVerify(f"cannot load what verifies ({error}); {way_out('shim')}") from error
    original = Source(path, result.document.parts[0].raw)
    made = Made(shown.finding.diagnostic.code, fix.title, fix.safety)
    cache = configuration.cache_directory
    terms = Terms(
        overrides=dict(configuration.settings.verify), limits=Limits(cache=str(cache / "xla") if cache else None)
    )
    try:
        report = verify_all(
            [Mendable(path, original, Source(path, raw), (made,))], configuration.config(), terms, told=told
        )
    except (PlatformError, OSError, RuntimeError, ImportError, ValueError) as error:
        raise CannotVerify(f"cannot verify: {error}") from error
    return _said(report)


def _said(report: Report) -> str:
    if not report.modules:
        return "the fix changes no definition: there is nothing to run"
    device = f" on {report.device.platform} ({report.device.kind})" if report.device else ""
    said = []
    for module in report.modules:
        why = module.problem or "; ".join(dict.fromkeys(cell.why for cell in module.changed if cell.why))
        said.append(f"{module.name}: {module.verdict}, {len(module.cells)} runs" + (f": {why}" if why else ""))
    return "; ".join(said) + device
