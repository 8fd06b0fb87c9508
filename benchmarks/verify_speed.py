"""How much faster the shim proves fixes than the naive way, which compiles and runs both sides of each cell.

``python -m benchmarks.verify_speed`` takes the Modules that fixes of the fixtures change, finds inputs for each once,
and then has both ways judge the same cells in the same process. Wall time; neither finds anything compiled on disk.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import flax.linen as nn
import jax

from flake8_flaxargs.project.project import Project
from flake8_flaxargs.shim.comparison import compare
from flake8_flaxargs.shim.execution import Runs
from flake8_flaxargs.shim.loading import load
from flake8_flaxargs.shim.matrix import Setting, settings
from flake8_flaxargs.shim.records import Target
from flake8_flaxargs.shim.synthesis import NotSynthesised, Synthesised, synthesise
from flake8_flaxargs.shim.verification import flags_of, merged_of, values_of, verify
from flake8_flaxargs.verifying import Terms, job_of

from .fixed import fixed_files

FIXTURES = Path(__file__).parents[1] / "fixtures"
_WANTED = 3.0


class Case(NamedTuple):
    """A Module before and after, and what it is made and called with."""

    target: Target
    original: type[nn.Module]
    fixed: type[nn.Module]
    synthesised: Synthesised


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where it is less than three times faster on the CPU."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verify_speed", description=__doc__)
    parser.add_argument("--most", type=int, default=40, help="how many Modules (default: 40)")
    options = parser.parse_args(arguments)
    cases = list(_cases(options.most))
    jax.config.update("jax_default_matmul_precision", "highest")
    start = time.perf_counter()
    reports = [verify(case.original, case.fixed, case.target, synthesised=case.synthesised) for case in cases]
    ours = time.perf_counter() - start
    jax.clear_caches()
    start = time.perf_counter()
    runs = sum(_naive(case) for case in cases)
    naive = time.perf_counter() - start
    cells = sum(len(report.cells) for report in reports)
    compiled = sum(report.compiled for report in reports)
    device = jax.devices()[0]
    print(f"{len(cases)} Modules, {cells} cells, {device.platform} ({device.device_kind})\n")
    print("| way | wall s | compiled | s a Module |\n| --- | ---: | ---: | ---: |")
    print(f"| the shim | {ours:.1f} | {compiled} | {ours / max(len(cases), 1):.2f} |")
    print(f"| naive | {naive:.1f} | {runs} | {naive / max(len(cases), 1):.2f} |")
    print(f"\n{naive / ours:.1f} times less wall time (wanted: {_WANTED:g})")
    return 1 if device.platform == "cpu" and naive < _WANTED * ours else 0


def _cases(most: int) -> Iterator[Case]:
    paths = sorted(path for path in FIXTURES.rglob("*.py") if path.name != "__init__.py")
    project = Project("0.12", None)
    found = 0
    for file in fixed_files(paths):
        job = job_of(file, project, Terms())
        if job is None:
            continue
        try:
            before, after = load(
                job.path, f"verified_{found}_{Path(job.path).stem}", job.roots, job.original, job.fixed
            )
        except Exception:  # noqa: BLE001  (a fixture of several files: its own folder is needed)
            continue
        for target in job.targets:
            name = target.name.rpartition(":")[2]
            original, fixed = getattr(before, name, None), getattr(after, name, None)
            if not (isinstance(original, type) and issubclass(original, nn.Module) and isinstance(fixed, type)):
                continue
            merged = merged_of(fixed, target.method, target.merged)
            flags = [flag for flag in flags_of(original, target.method) if flag not in merged]
            try:
                made = synthesise(original, target.method, merged, flags, target.override, target.hints)
            except NotSynthesised:
                continue
            yield Case(target, original, fixed, made)
            found += 1
            if found == most:
                return


def _naive(case: Case) -> int:
    """Compile and run both sides of each cell, and compare; how many were compiled."""
    method = case.target.method
    merged = merged_of(case.fixed, method, case.target.merged)
    flags = [flag for flag in flags_of(case.original, method) if flag not in merged]
    values = {name: values_of(case.fixed, method, name) for name in merged}
    cells: list[Setting] = list(settings(values, flags, case.synthesised.streams))
    runs = Runs(case.synthesised, method, {"original": case.original, "fixed": case.fixed})
    runs.find_reference(cells)
    done = 0
    for setting in cells:
        sides: list[Any] = []
        for side in ("original", "fixed"):
            try:
                sides.append(runs.run_afresh(side, setting))
                done += 1
            except Exception as error:  # noqa: BLE001
                sides.append(error)
        if not any(isinstance(side, Exception) for side in sides):
            compare(*sides)
    return done


if __name__ == "__main__":
    sys.exit(main())
