"""Fixed texts -> a report on what was proved: plans the runs, hands them to child processes, and gathers what they say.

It runs no user's code itself, and imports no JAX.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from typing import Literal, NamedTuple

import msgspec

from .config import Config
from .mending import Made, unified_diff
from .project.project import Project
from .shim import isolation, plan
from .shim.hints import hints
from .shim.records import ChildJob, Override, Report, Target
from .source import Source

# Texts of the project that are searched for how a class is made and called; more would take longer than they help.
_TEXTS = 400


class Mendable(NamedTuple):
    """A file with its fixes, which nobody has written yet.

    Attributes:
        path: as the user gave it.
        original, fixed: its texts.
        made: the fixes.
    """

    path: str
    original: Source
    fixed: Source
    made: tuple[Made, ...]


class Terms(msgspec.Struct, frozen=True):
    """How to verify.

    Attributes:
        platform: ``auto``, ``cpu``, ``cuda``, ``tpu`` or ``rocm``.
        tolerance: the largest relative error that is still ``equal``.
        masks: whether to draw what calls drop.
        overrides: by ``package.module:Class``.
        limits: of each child process.
    """

    platform: str = "auto"
    tolerance: float = 0.0
    masks: bool = False
    overrides: dict[str, Override] = {}
    limits: isolation.Limits = isolation.Limits()


def verify_all(
    files: Sequence[Mendable],
    config: Config,
    terms: Terms,
    executor: Executor | None = None,
    told: Callable[[str], None] | None = None,
) -> Report:
    """What was proved of fixes.

    Args:
        files: what is fixed, and how.
        config: of the linter; it says where the cache is.
        terms: how to verify.
        executor: where jobs run, one a device; None for threads of this process, each of which watches a child.
        told: called with the name of each Module that is begun; not where an executor is given.

    Raises:
        PlatformError: the platform, or JAX, is not there.
    """
    start = time.perf_counter()
    project = Project(config.library_version(), config.cache_directory)
    jobs = [job for file in files if (job := job_of(file, project, terms)) is not None]
    probe = isolation.run(ChildJob("", "", (), "", "", (), platform=terms.platform), terms.limits)
    device = probe.device
    assert device is not None
    several = device.count if device.platform != "cpu" else 1
    here = told if executor is None else None  # a function of this process means nothing in another
    ended: list[isolation.Ended] = []
    with _threads(executor, several) as pool:
        pending = [
            pool.submit(isolation.run, job, terms.limits, index % several if several > 1 else None, here)
            for index, job in enumerate(jobs)
        ]
        ended = [future.result() for future in pending]
    reports = [report for each in ended for report in each.reports]
    return Report(tuple(reports), device, probe.versions, _diffs(files), time.perf_counter() - start)


def job_of(file: Mendable, project: Project, terms: Terms) -> ChildJob | None:
    """What a child is to do for a file; None where no definition of it differs."""
    path = os.path.abspath(file.path)
    changed = plan.changed(file.original.text, file.fixed.text)
    if not changed:
        return None
    opened = project.open(file.original)
    name = opened.name or os.path.splitext(os.path.basename(path))[0]
    root = _root(path, name)
    top = project.files.top(opened)
    errors = plan.errors_of({made.code for made in file.made})
    bypassed = any(made.code == "JFX105" for made in file.made)
    texts = _texts(top, path, file.original.text)
    targets = []
    for each in changed:
        full = f"{name}:{each.name}"
        methods = [method for method in each.methods if not method.startswith("_")] or ["__call__"]
        method = "__call__" if "__call__" in each.methods or not each.methods else methods[0]
        known = hints(texts, path, each.name, method)
        override = terms.overrides.get(full, terms.overrides.get(each.name, Override()))
        kind: Literal["module", "site"] = "module" if each.is_class else "site"
        targets.append(Target(full, file.path, each.line, kind, method, (), errors, bypassed, override, known))
    return ChildJob(
        path,
        name,
        tuple(dict.fromkeys([root, top])),
        file.original.text,
        file.fixed.text,
        tuple(targets),
        top,
        terms.platform,
        terms.tolerance,
        terms.masks,
    )


def proved_definitions(report: Report) -> dict[str, dict[str, str]]:
    """By path as the user gave it, the classes and functions of which every run is as it was, or as it should be.

    The value is the verdict: ``contract`` where some runs now raise, which only a SAFE fix may bring about: nobody has
    looked whether a use in the project relies on them.
    """
    found: dict[str, dict[str, str]] = {}
    for module in report.modules:
        verdicts = found.setdefault(module.path, {})
        if module.proved:
            verdicts[module.name.rpartition(":")[2]] = module.verdict
    return found


def _root(path: str, name: str) -> str:
    """The folder that a module of this name is imported from."""
    folder = path
    for _ in name.split("."):
        folder = os.path.dirname(folder)
    return os.path.dirname(folder) if os.path.basename(path) == "__init__.py" else folder


def _texts(top: str, path: str, text: str) -> dict[str, str]:
    """Texts of the project in which a class of a file may be made or called: they hold the word ``import``."""
    found = {path: text}
    for folder, folders, names in os.walk(top):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _SKIPPED)
        for name in sorted(names):
            if name.endswith(".py") and len(found) < _TEXTS:
                place = os.path.join(folder, name)
                try:
                    with open(place, encoding="utf-8") as file:
                        found.setdefault(place, file.read())
                except (OSError, ValueError):
                    continue
    return found


_SKIPPED = {"node_modules", "site-packages", "build", "dist", "venv", "__pycache__"}


def _diffs(files: Sequence[Mendable]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (file.path, tuple(unified_diff(file.path, file.original.raw.encode(), file.fixed.raw.encode())))
        for file in files
    )


def _threads(executor: Executor | None, several: int) -> contextlib.AbstractContextManager[Executor]:
    """The executor that was given, which stays open; else threads."""
    return contextlib.nullcontext(executor) if executor is not None else ThreadPoolExecutor(max_workers=several)
