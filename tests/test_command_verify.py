"""``flaxargs verify`` and ``fix --verify``, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flake8_flaxargs.frontends.command import main
from flake8_flaxargs.model import Safety
from flake8_flaxargs.verifying import Terms, verify_all
from tests.test_command_check import NET, write
from tests.test_command_fix import FIXED, MERGE

pytestmark = pytest.mark.xdist_group("verify")

# The fix is SAFE by the text of the project; the Module cannot be made without knowing `channels`.
UNKNOWN = NET.replace(
    "    train: bool | None = None\n\n", "    table: 'Registry'\n    train: bool | None = None\n\n"
).replace("(x)\n", "(x @ self.table.lookup('w'))\n")
# A wrong way round that only running it shows: UNSAFE fixes change numbers.
INVERTED = """from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dropout(0.5)(nn.Dense(4)(x), deterministic=train)
"""
STEP = """import jax
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4)(x))


def step(variables, x, dropout_key):
    return Net().apply(variables, x, train=True, rngs={"drop_out": dropout_key})
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--platform", "cpu"])


def test_a_fix_is_proved_and_nothing_is_written(folder: Path) -> None:
    write({"net.py": NET})
    result = run("verify", "--output-format", "json", "net.py")
    assert result.exit_code == 0, result.output
    (module,) = json.loads(result.stdout)["modules"]
    assert (module["name"], module["verdict"]) == ("net:Net", "contract")
    assert json.loads(result.stdout)["device"]["platform"] == "cpu"
    assert Path("net.py").read_text() == NET
    assert [path.name for path in folder.iterdir()] == ["net.py"]


def test_the_table_names_the_device_and_the_versions() -> None:
    write({"net.py": NET})
    result = run("verify", "net.py")
    assert result.exit_code == 0
    assert "net:Net" in result.stdout
    assert "cpu" in result.stdout
    assert "jax " in result.stdout


def test_a_page_is_written(folder: Path) -> None:
    write({"net.py": NET})
    assert run("verify", "--html", "report.html", "net.py").exit_code == 0
    page = Path("report.html").read_text()
    assert "merge_param" in page
    assert "data:image/png" in page  # the dropout masks


def test_what_is_not_proved_says_the_line_to_write_and_is_no_success() -> None:
    write({"net.py": UNKNOWN})
    result = run("verify", "--output-format", "json", "net.py")
    assert result.exit_code == 1
    (module,) = json.loads(result.stdout)["modules"]
    assert module["verdict"] == "not proved"
    assert '[tool.flaxargs.verify."net:Net"]' in module["problem"]


def test_the_line_that_is_written_makes_it_proved() -> None:
    write({"net.py": NET.replace("(x)\n", "(nn.Embed(7, 3)(x['tokens'].reshape(2, 5)))\n")})
    override = '[tool.flaxargs.verify."net:Net"]\ncases = "cases:cases"\n'
    cases = "import numpy as np\n\ndef cases():\n    return [({}, [{'tokens': np.arange(10, dtype=np.int32) % 7}])]\n"
    write({"pyproject.toml": override, "cases.py": cases})
    result = run("verify", "--output-format", "json", "net.py")
    assert result.exit_code == 0, result.output


def test_an_unsafe_fix_that_changes_numbers_is_changed() -> None:
    write({"net.py": INVERTED})
    result = run("verify", "--unsafe-fixes", "--output-format", "json", "net.py")
    assert result.exit_code == 1
    assert [module["verdict"] for module in json.loads(result.stdout)["modules"]] == ["changed"]


def test_fix_verify_writes_only_what_was_proved() -> None:
    write({"net.py": NET, "unknown.py": UNKNOWN, "inverted.py": INVERTED})
    result = run("fix", "--verify", "--unsafe-fixes", ".")
    assert Path("net.py").read_text() == FIXED
    assert Path("unknown.py").read_text() == UNKNOWN
    assert Path("inverted.py").read_text() == INVERTED
    assert result.exit_code == 1
    assert "net:Net" in result.stdout


HIDDEN = NET.replace(
    "    train: bool | None = None\n\n", "    train: bool | None = None\n    extra: bool = False\n\n"
).replace(
    "        return nn",
    "        if self.extra:\n            train = train if train is not None else self.train\n        return nn",
)
CLIP = """from flax import linen as nn


class Clip(nn.Module):
    clip: float | None = None

    @nn.compact
    def __call__(self, x, clip: float | None = None):
        clip = self.clip if clip is None else clip
        return nn.Dense(4)(x) if clip is None else nn.Dense(4)(x).clip(-clip, clip)


class Outer(nn.Module):
    @nn.compact
    def __call__(self, x):
        return Clip()(x)
"""
RANDOM = NET.replace("(x)\n", "(x) * np.random.rand()\n").replace("from flax", "import numpy as np\nfrom flax", 1)


def test_a_line_that_no_run_comes_by_is_not_proved() -> None:
    write({"net.py": HIDDEN})
    result = run("verify", "--unsafe-fixes", "--select", "JFX102", "--output-format", "json", "net.py")
    (module,) = json.loads(result.stdout)["modules"]
    assert (result.exit_code, module["verdict"]) == (1, "not proved")
    assert "no run came by line 12" in module["problem"]
    write(
        {"pyproject.toml": '[tool.flaxargs.verify."net:Net"]\nattributes = { extra = true }\ncall = ["float32[2,8]"]\n'}
    )
    result = run("verify", "--unsafe-fixes", "--select", "JFX102", "--output-format", "json", "net.py")
    assert json.loads(result.stdout)["modules"][0]["verdict"] == "contract"


def test_an_unsafe_merge_that_a_use_relies_on_is_not_written() -> None:
    """``Outer`` gives the argument nowhere, and worked."""
    write({"clip.py": CLIP})
    run("fix", "--verify", "--unsafe-fixes", "clip.py")
    assert Path("clip.py").read_text() == CLIP


def test_what_is_another_computation_each_time_is_not_compared() -> None:
    write({"net.py": RANDOM})
    result = run("verify", "--output-format", "json", "net.py")
    (module,) = json.loads(result.stdout)["modules"]
    assert module["verdict"] == "not proved"
    assert "another computation each time" in module["problem"]


def test_a_file_that_is_no_python_is_no_success() -> None:
    write({"bad.py": "def (:\n"})
    result = run("verify", "bad.py")
    assert result.exit_code == 2
    assert "JFX000" in result.stderr


def test_a_time_limit_before_the_device_is_there_is_named() -> None:
    write({"net.py": NET})
    result = run("verify", "--time-limit", "0.01", "net.py")
    assert result.exit_code == 2
    assert "--time-limit" in result.stderr


def test_fix_verify_chooses_among_the_classes_of_a_file() -> None:
    write({"net.py": NET + INVERTED.replace("Net", "Other").partition("\n\n\n")[2].join(["\n\n", ""])})
    run("fix", "--verify", "--unsafe-fixes", "net.py")
    text = Path("net.py").read_text()
    assert MERGE in text
    assert "deterministic=train" in text


def test_the_function_around_a_call_is_run_before_and_after() -> None:
    write({"train.py": STEP})
    result = run("verify", "--unsafe-fixes", "--output-format", "json", "train.py")
    assert result.exit_code == 0, result.output
    (module,) = json.loads(result.stdout)["modules"]
    assert (module["name"], module["cells"][0]["verdict"]) == ("train:step", "mended")


ATTENTION = """import dataclasses
from typing import Optional

import jax
from flax import linen as nn


@dataclasses.dataclass
class Config:
    width: int = 16
    heads: int = 2
    rate: float = 0.1


class Block(nn.Module):
    config: Config
    deterministic: Optional[bool] = None

    @nn.compact
    def __call__(self, x, mask: Optional[jax.Array] = None, deterministic: Optional[bool] = None):
        rate = self.config.rate
        attention = nn.MultiHeadDotProductAttention(self.config.heads, dropout_rate=rate, deterministic=deterministic)
        y = attention(x, mask=mask)
        return x + nn.Dense(self.config.width)(nn.Dropout(rate, deterministic=deterministic)(y))
"""


def test_a_block_with_a_config_and_optional_arguments_needs_no_setting() -> None:
    write({"block.py": ATTENTION})
    result = run("verify", "--output-format", "json", "block.py")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["modules"][0]["verdict"] == "contract"


def test_modules_of_packages_are_imported_by_their_names() -> None:
    text = NET.replace(
        "from flax import linen as nn", "from flax import linen as nn\n\nfrom ..sizes import SIZE"
    ).replace("(x)\n", "(nn.Dense(SIZE)(x))\n")
    write(
        {
            "pyproject.toml": "",
            "src/pkg/__init__.py": "",
            "src/pkg/sizes.py": "SIZE = 3\n",
            "src/pkg/models/__init__.py": "from .net import Net\n",
            "src/pkg/models/net.py": text,
        }
    )
    result = run("verify", "--output-format", "json", ".")
    assert result.exit_code == 0, result.output
    assert [module["name"] for module in json.loads(result.stdout)["modules"]] == ["pkg.models.net:Net"]


def test_nothing_to_verify_is_told() -> None:
    write({"net.py": FIXED})
    result = run("verify", "net.py")
    assert result.exit_code == 0
    assert "nothing to run" in result.stderr


def test_without_jax_the_way_out_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write({"net.py": NET, "shadow/jax/__init__.py": "raise ModuleNotFoundError(\"No module named 'jax'\")\n"})
    monkeypatch.setenv("PYTHONPATH", str(folder / "shadow"))
    result = run("verify", "net.py")
    assert result.exit_code == 2
    assert "pip install '.[shim]' in the folder of flake8-flaxargs" in result.stderr


def test_a_platform_that_is_not_there_is_an_error() -> None:
    write({"net.py": NET})
    result = CliRunner().invoke(main, ["verify", "--platform", "tpu", "net.py"])
    assert result.exit_code == 2
    assert "tpu" in result.stderr


@pytest.mark.parametrize("limit", ["--time-limit", "--memory-limit"])
@pytest.mark.parametrize("value", ["0", "-1", "nan"])
@pytest.mark.parametrize("command", [("verify",), ("fix", "--verify")])
def test_a_limit_that_nothing_can_run_within_is_an_error(command: tuple[str, ...], limit: str, value: str) -> None:
    write({"net.py": NET})
    result = run(*command, limit, value, "net.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"'{limit}': {value} leaves no room to run anything in; give a number above 0" in result.stderr


def test_a_key_that_verify_does_not_know_is_an_error() -> None:
    write({"net.py": NET, "pyproject.toml": '[tool.flaxargs.verify."net:Net"]\ncalls = ["float32[2]"]\n'})
    result = run("verify", "net.py")
    assert result.exit_code == 2
    assert "calls" in result.stderr


def test_jobs_go_to_any_executor(tmp_path: Path) -> None:
    """Processes here; a cluster's executor takes the same: records go in and come out."""
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    from benchmarks.fixed import fixed_files
    from flake8_flaxargs.config import Config

    write({"one.py": NET, "two.py": NET.replace("Net", "Other")})
    files = list(fixed_files([Path("one.py"), Path("two.py")], (Safety.SAFE,)))
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        report = verify_all(files, Config(cache_directory=None), Terms(platform="cpu"), executor)
        assert [(module.name, module.verdict) for module in report.modules] == [
            ("one:Net", "contract"),
            ("two:Other", "contract"),
        ]
        assert executor.submit(len, "open").result() == 4


def test_every_safe_fix_of_the_fixtures_that_runs_is_proved() -> None:
    """None comes back changed; what cannot be synthesised is counted, and is not much."""
    from benchmarks.fixed import fixed_files
    from benchmarks.verify_speed import FIXTURES
    from flake8_flaxargs.config import Config

    paths = sorted(path for path in FIXTURES.rglob("*.py") if path.name != "__init__.py")
    files = list(fixed_files(paths, (Safety.SAFE,)))
    report = verify_all(files, Config(cache_directory=None), Terms(platform="cpu"))
    changed = {module.name: module.changed[0].why for module in report.modules if module.changed}
    assert changed == {}
    proved = [module for module in report.modules if module.proved]
    assert len(report.modules) >= 30
    assert len(proved) >= 0.85 * len(report.modules), [module.problem for module in report.modules if module.problem]
