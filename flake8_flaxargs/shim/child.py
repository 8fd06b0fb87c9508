"""``python -m flake8_flaxargs.shim.child``: the process that runs the user's code. Job on stdin, messages on a pipe.

Messages are lines of JSON: ``{"device": ...}`` once, then ``{"start": name}`` and ``{"done": report}`` a target. What
the user's code prints goes to stderr.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import IO, Any

import msgspec

from .records import ChildJob, Device, ModuleReport, Target


def main(channel: int) -> None:
    """Do the job on stdin; messages go to a file descriptor."""
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=ChildJob)
    os.dup2(2, 1)
    with os.fdopen(channel, "wb") as messages:
        _say(messages, device=_device(job.platform), versions=_versions())
        if job.targets:
            _run(job, messages)


def _run(job: ChildJob, messages: IO[bytes]) -> None:
    from .guarding import forbid_writes
    from .loading import load

    if job.project:
        forbid_writes([job.project])
    try:
        original, fixed = load(job.path, job.module, job.roots, job.original, job.fixed)
    except BaseException as error:  # noqa: BLE001  (the user's code may end the process in any way it likes)
        for target in job.targets:
            problem = f"cannot import {job.path}: {type(error).__name__}: {error}"
            _say(messages, done=_failed(target, problem, traceback.format_exc()))
        return
    for target in job.targets:
        _say(messages, start=target.name)
        try:
            report = _verified(job, target, original, fixed)
        except BaseException as error:  # noqa: BLE001
            report = _failed(
                target, f"cannot run {target.name}: {type(error).__name__}: {error}", traceback.format_exc()
            )
        _say(messages, done=report)


def _verified(job: ChildJob, target: Target, original: Any, fixed: Any) -> ModuleReport:
    import flax.linen as nn

    name = target.name.rpartition(":")[2]
    before, after = getattr(original, name, None), getattr(fixed, name, None)
    if target.kind == "site" or not (isinstance(before, type) and issubclass(before, nn.Module)):
        from .sites import verify_site

        return verify_site(original, fixed, target, job.tolerance)
    from .loading import FIXED
    from .reaching import Reaching, changed_statements
    from .verification import verify

    assert isinstance(after, type)
    reaching = Reaching(job.path + FIXED, changed_statements(job.original, job.fixed, name))
    return verify(before, after, target, job.tolerance, masks=job.masks, reaching=reaching)


def _failed(target: Target, problem: str, trace: str = "") -> ModuleReport:
    return ModuleReport(target.name, target.path, target.line, target.method, problem=problem, traceback=trace)


def _device(platform: str) -> Device:
    """The device that runs are made on.

    Raises:
        SystemExit: the platform that was asked for is not there.
    """
    import jax

    jax.config.update("jax_default_matmul_precision", "highest")
    try:
        devices = jax.devices()
    except RuntimeError as error:
        raise SystemExit(f"no {platform} device: {error}") from error
    wanted = {"cuda": "gpu", "rocm": "gpu"}.get(platform, platform)
    if platform != "auto" and devices[0].platform != wanted:
        raise SystemExit(f"no {platform} device: JAX has {devices[0].platform} ({devices[0].device_kind})")
    return Device(devices[0].platform, devices[0].device_kind, len(devices))


def _versions() -> tuple[tuple[str, str], ...]:
    from importlib.metadata import version

    names = ("jax", "jaxlib", "flax", "numpy")
    return (("python", sys.version.split()[0]), *((name, version(name)) for name in names))


def _say(messages: IO[bytes], **said: Any) -> None:
    messages.write(msgspec.json.encode(said) + b"\n")
    messages.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]))
