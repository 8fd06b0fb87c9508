"""Child processes with limits: whatever the user's code does, it ends in a report. No JAX here."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..extras import way_out
from .records import ChildJob, Device, ModuleReport, Target

_POLL = 0.1
_TAIL = 4000


class PlatformError(Exception):
    """The platform that was asked for is not there, or JAX is not; the message says which and what to do."""


class Limits(msgspec.Struct, frozen=True):
    """What a Module may take: seconds from its start to its end, GiB of memory (resident), and where XLA caches."""

    seconds: float = 120.0
    gigabytes: float = 8.0
    cache: str | None = None


class Ended(msgspec.Struct, frozen=True):
    """What a child came to."""

    reports: tuple[ModuleReport, ...]
    device: Device | None
    versions: tuple[tuple[str, str], ...]


class _Message(msgspec.Struct):
    device: Device | None = None
    versions: tuple[tuple[str, str], ...] = ()
    start: str | None = None
    done: ModuleReport | None = None


def run(
    job: ChildJob, limits: Limits, device_index: int | None = None, told: Callable[[str], None] | None = None
) -> Ended:
    """Do a job in children: one, and another for what is left where one ends before its time.

    Args:
        job: what to do.
        limits: of each target.
        device_index: the one accelerator that it may see; None for all.
        told: called with the name of each target that is begun.

    Raises:
        PlatformError: the platform is not there.
    """
    left = list(job.targets)
    reports: list[ModuleReport] = []
    device: Device | None = None
    versions: tuple[tuple[str, str], ...] = ()
    while True:
        child = _Child(msgspec.structs.replace(job, targets=tuple(left)), limits, device_index, told)
        ended = child.run()
        device, versions = child.device or device, child.versions or versions
        if child.device is None:
            raise PlatformError(ended if child.killed else child.why_no_device())
        reports += child.reports
        done = {report.name for report in child.reports}
        left = [target for target in left if target.name not in done]
        if not left:
            return Ended(tuple(reports), device, versions)
        culprit = next((target for target in left if target.name == child.running), left[0])
        reports.append(_ended(culprit, ended, child.tail))
        left.remove(culprit)
        if not left:
            return Ended(tuple(reports), device, versions)


def _ended(target: Target, why: str, tail: str) -> ModuleReport:
    return ModuleReport(target.name, target.path, target.line, target.method, problem=why, traceback=tail)


class _Child:
    def __init__(
        self, job: ChildJob, limits: Limits, device_index: int | None, told: Callable[[str], None] | None
    ) -> None:
        self._job = job
        self._limits = limits
        self._index = device_index
        self._told = told
        self._since = time.monotonic()
        self.killed = ""
        self.running: str | None = None
        self.reports: list[ModuleReport] = []
        self.device: Device | None = None
        self.versions: tuple[tuple[str, str], ...] = ()
        self.tail = ""

    def run(self) -> str:
        """How the child ended, in words."""
        read, write = os.pipe()
        process = subprocess.Popen(
            [sys.executable, "-m", "flake8_flaxargs.shim.child", str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[write],
            env=self._environment(),
            start_new_session=True,
        )
        os.close(write)
        threads = [
            threading.Thread(target=self._listen, args=(read,)),
            threading.Thread(target=self._collect, args=(process,)),
        ]
        try:
            for thread in threads:
                thread.start()
            assert process.stdin is not None
            try:
                process.stdin.write(msgspec.json.encode(self._job))
                process.stdin.close()
            except BrokenPipeError:
                pass
            while process.poll() is None:
                self._watch(process)
                time.sleep(_POLL)
        finally:
            _kill(process)  # what it has started goes with it
            process.wait()
            for thread in threads:
                thread.join()
        return self.killed or _how(process.returncode)

    def why_no_device(self) -> str:
        """Why no device was named."""
        lines = [line for line in self.tail.splitlines() if line.strip()]
        said = lines[-1] if lines else "the child process said nothing"
        if "No module named" in said:
            return f"{said}: JAX and Flax are needed beside flaxargs; {way_out('shim')}"
        return f"{said} (--platform {self._job.platform})"

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        """End the child where it takes too long or too much."""
        if time.monotonic() - self._since > self._limits.seconds:
            self.killed = f"took longer than {self._limits.seconds:g} s (--time-limit)"
        elif _resident(process.pid) > self._limits.gigabytes * 2**30:
            self.killed = f"took more than {self._limits.gigabytes:g} GiB of memory (--memory-limit)"
        if self.killed:
            _kill(process)

    def _listen(self, read: int) -> None:
        with os.fdopen(read, "rb") as messages:
            for line in messages:
                try:
                    message = msgspec.json.decode(line, type=_Message)
                except msgspec.DecodeError:  # cut short by the end of the child
                    continue
                self._since = time.monotonic()
                if message.device is not None:
                    self.device, self.versions = message.device, message.versions
                if message.start is not None:
                    self.running = message.start
                    if self._told is not None:
                        self._told(message.start)
                if message.done is not None:
                    self.reports.append(message.done)
                    self.running = None

    def _collect(self, process: subprocess.Popen[bytes]) -> None:
        """Keep the end of what the child prints."""
        assert process.stdout is not None
        kept = b""
        with process.stdout:
            while chunk := process.stdout.read1(65536):  # type: ignore[attr-defined]
                kept = (kept + chunk)[-_TAIL:]
        self.tail = kept.decode("utf-8", "replace")

    def _environment(self) -> Mapping[str, str]:
        environment: dict[str, Any] = dict(os.environ)
        platform = self._job.platform
        if platform != "auto":
            environment["JAX_PLATFORMS"] = platform if platform == "cpu" else f"{platform},cpu"
        if platform != "cpu":
            environment["XLA_FLAGS"] = f"{environment.get('XLA_FLAGS', '')} --xla_gpu_deterministic_ops=true".strip()
        if self._index is not None:
            environment |= {"CUDA_VISIBLE_DEVICES": str(self._index), "ROCR_VISIBLE_DEVICES": str(self._index)}
        if self._limits.cache:
            environment["JAX_COMPILATION_CACHE_DIR"] = self._limits.cache
            environment["JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"] = "0"
        environment["PYTHONDONTWRITEBYTECODE"] = "1"
        environment.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
        return environment


def _how(status: int) -> str:
    if status < 0:
        try:
            return f"the process was ended by {signal.Signals(-status).name}"
        except ValueError:
            return f"the process was ended by signal {-status}"
    return f"the process ended with status {status}"


def _kill(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _resident(pid: int) -> int:
    """Bytes of memory of a process; 0 where the system does not say."""
    try:
        fields = Path(f"/proc/{pid}/statm").read_text().split()
        return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return 0
