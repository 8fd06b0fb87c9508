"""Checking many files with a progress bar, in as many processes as it takes."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ...checking import FileResult, Job, check_all
from .options import fail

# Starting processes costs about as much as checking so many files.
_WORTH_IT = 40
# A bar for less would only flicker.
_WORTH_A_BAR = 20


def checked(paths: Sequence[str], job: Job) -> list[FileResult]:
    """What files come to, in their order, whatever the number of processes."""
    processes = _processes(len(paths), job.settings.jobs)
    with _executor(processes) as executor, _progress(len(paths)) as progress:
        task = progress.add_task("checking", total=len(paths))
        results = []
        try:
            for result in check_all(paths, job, executor, processes):
                results.append(result)
                progress.advance(task)
        except BrokenProcessPool:
            fail(
                f"a process that checked files was killed, after {len(results)} of {len(paths)} files; "
                "check with fewer: -j 1 (memory is what runs out most often)"
            )
    return results


def _processes(files: int, jobs: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if jobs == 0:
        return cores if files >= _WORTH_IT else 1
    return min(jobs, max(files, 1))


@contextlib.contextmanager
def _executor(processes: int) -> Iterator[Executor | None]:
    if processes == 1:
        yield None
        return
    executor = ProcessPoolExecutor(processes, initializer=_leave_interrupts)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _leave_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal; the one that started the others answers it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _progress(files: int) -> Progress:
    console = Console(stderr=True)
    shown = console.is_terminal and files >= _WORTH_A_BAR
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not shown)
