"""What the shim proves of the fixes of fixtures and of released packages, as a table.

``python -m benchmarks.verify_corpus`` makes the SAFE fixes (``--unsafe-fixes``: all) of every fixture, and of every
file of the corpus that can be imported here, and verifies them in child processes. A package whose dependencies are not
installed is imported as far as it goes; what it lacks is counted as "not imported". A SAFE fix that comes back
``changed`` is a bug in the fix: it is named, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from flake8_flaxargs.config import Config
from flake8_flaxargs.model import Safety
from flake8_flaxargs.shim.isolation import Limits
from flake8_flaxargs.shim.records import ModuleReport, Report
from flake8_flaxargs.verifying import Terms, verify_all

from .corpus import default_cache, ensure_corpus, flax_files
from .fixed import ALL, fixed_files
from .verify_speed import FIXTURES

_COLUMNS = ("proved", "contract", "changed", "not synthesised", "not imported", "failed")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a SAFE fix changes what a Module does."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify_corpus", description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the corpus is (now %(default)s)")
    parser.add_argument("--unsafe-fixes", action="store_true", help="verify UNSAFE fixes, too")
    parser.add_argument("--platform", default="auto", help="where to run (default: JAX's choice)")
    parser.add_argument("--fixtures-only", action="store_true", help="leave the packages out")
    options = parser.parse_args(arguments)
    safeties = ALL if options.unsafe_fixes else (Safety.SAFE,)
    groups: dict[str, list[Path]] = {
        "fixtures": sorted(path for path in FIXTURES.rglob("*.py") if path.name != "__init__.py")
    }
    if not options.fixtures_only:
        groups |= {name: list(flax_files(folder)) for name, folder in ensure_corpus(options.cache).items()}
    bad: list[ModuleReport] = []
    device = ""
    print(f"| package | {' | '.join(_COLUMNS)} |\n|{' --- |' * (len(_COLUMNS) + 1)}")
    for name, paths in groups.items():
        report = _verified(paths, safeties, options.platform)
        counts = Counter(_column(module) for module in report.modules)
        if not report.modules:
            print(f"| {name} | no fix |{' |' * (len(_COLUMNS) - 1)}", flush=True)
        else:
            print(f"| {name} | {' | '.join(str(counts[column]) for column in _COLUMNS)} |", flush=True)
        if report.device is not None:
            device = f"{report.device.platform}: {report.device.kind}"
        bad += [module for module in report.modules if module.changed]
    print(f"\non {device or 'no device'}")
    for module in bad:
        cell = module.changed[0]
        print(f"changed: {module.path}: {module.name}: {cell.why}")
    return 1 if bad and not options.unsafe_fixes else 0


def _verified(paths: Sequence[Path], safeties: tuple[Safety, ...], platform: str) -> Report:
    files = list(fixed_files(paths, safeties))
    if not files:
        return Report(())
    return verify_all(files, Config(), Terms(platform=platform, limits=Limits(seconds=180)))


def _column(module: ModuleReport) -> str:
    if module.problem is None:
        return module.verdict
    if module.problem.startswith("cannot import"):
        return "not imported"
    return "not synthesised" if "[tool.flaxargs.verify" in module.problem else "failed"


if __name__ == "__main__":
    sys.exit(main())
