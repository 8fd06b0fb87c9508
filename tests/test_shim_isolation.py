"""Whatever the user's code does in its child process, it ends in a report, and the rest goes on."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flake8_flaxargs.shim.isolation import Limits, PlatformError, run
from flake8_flaxargs.shim.records import ChildJob, ModuleReport, Override, Target

HEAD = "import os, sys, time\nfrom flax import linen as nn\n"
GOOD = """
class Good(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(4)(x)
"""
BAD = """
class Bad(nn.Module):
    @nn.compact
    def __call__(self, x):
        {what}
        return nn.Dense(4)(x)
"""
CALL = Override(call=["float32[2,8]"])


def verify(
    folder: Path, text: str, *names: str, limits: Limits | None = None, platform: str = "cpu"
) -> dict[str, ModuleReport]:
    (folder / "model.py").write_text(text)
    targets = tuple(Target(f"model:{name}", "model.py", 1, override=CALL) for name in names)
    job = ChildJob(
        str(folder / "model.py"), "model", (str(folder),), text, text, targets, project=str(folder), platform=platform
    )
    ended = run(job, limits or Limits(seconds=60))
    return {report.name.rpartition(":")[2]: report for report in ended.reports}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("raise SystemExit(3)", "SystemExit"),
        ("sys.exit('enough')", "enough"),
        ("os._exit(3)", "ended with status 3"),
        ("os.abort()", "SIGABRT"),
        ("os.kill(os.getpid(), 11)", "SIGSEGV"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("open(os.path.join(os.path.dirname(__file__), 'written'), 'w')", "must not write"),
        ("os.remove(__file__)", "must not write"),
        ("raise RuntimeError('never')", "never"),
    ],
)
def test_a_module_that_ends_the_process_is_reported_and_the_rest_goes_on(tmp_path: Path, what: str, said: str) -> None:
    reports = verify(tmp_path, HEAD + BAD.format(what=what) + GOOD, "Bad", "Good")
    assert said in f"{reports['Bad'].problem} {reports['Bad'].traceback}"
    assert not reports["Bad"].proved
    assert reports["Good"].proved
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.py"]


def test_one_that_hangs_is_ended(tmp_path: Path) -> None:
    text = HEAD + BAD.format(what="while True: time.sleep(1)") + GOOD
    reports = verify(tmp_path, text, "Bad", "Good", limits=Limits(seconds=15))
    assert "took longer than 15 s" in str(reports["Bad"].problem)
    assert reports["Good"].proved


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="nothing says how much memory a process takes")
def test_one_that_takes_all_memory_is_ended(tmp_path: Path) -> None:
    text = HEAD + BAD.format(what="kept = [bytearray(2**26) for _ in range(400)]; time.sleep(60)") + GOOD
    reports = verify(tmp_path, text, "Bad", "Good", limits=Limits(seconds=60, gigabytes=2))
    assert "took more than 2 GiB" in str(reports["Bad"].problem)
    assert reports["Good"].proved


@pytest.mark.parametrize("text", ["import no_such_module\n", "raise SystemExit\n", "def (\n", "1 / 0\n"])
def test_a_file_that_cannot_be_imported_is_a_problem_of_its_modules(tmp_path: Path, text: str) -> None:
    reports = verify(tmp_path, text + GOOD, "Good")
    assert "cannot import" in str(reports["Good"].problem)
    assert "Traceback" in reports["Good"].traceback


def test_what_it_prints_disturbs_nothing(tmp_path: Path) -> None:
    noise = "print('{\"done\": 1}')\nos.write(1, b'\\xff\\n' * 100000)\nsys.stderr.write('x')\n"
    assert verify(tmp_path, HEAD + noise + GOOD, "Good")["Good"].proved


@pytest.mark.parametrize("platform", ["cuda", "tpu", "rocm"])
def test_a_platform_that_is_not_there_is_an_error_and_no_fall_back(tmp_path: Path, platform: str) -> None:
    import jax

    if any(device.platform in {"gpu", "tpu"} for device in jax.devices()):
        pytest.skip("an accelerator is there")
    with pytest.raises(PlatformError, match=platform):
        verify(tmp_path, HEAD + GOOD, "Good", platform=platform)


def test_the_linter_itself_never_loads_jax() -> None:
    import subprocess

    code = (
        "import sys, flake8_flaxargs.verifying, flake8_flaxargs.frontends.command.verify; print('jax' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
