"""The budgets of the flake8 plugin, as ratios of CPU time measured in one run.

``python -m benchmarks.speed`` runs the real flake8 (one process, ``-j 1``) over the corpus and asks, inside that run,
how much of its CPU time the plugin took; beside it, over the same files, a visitor that has libcst's whole-file
metadata.
Ratios, since seconds differ from machine to machine and from hour to hour.

Each measurement is a process of its own: nothing learnt in one helps another.
"""

from __future__ import annotations

import argparse
import compileall
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from flake8_flaxargs.config import CONTRACT_CODES

from .corpus import default_cache, ensure_corpus, flax_files

# Of the files without Flax, whole packages are taken: a name that many of their files import is followed once.
PLAIN_PACKAGES = {"diffusers", "netket", "ott-jax", "scvi-tools", "brax", "aws-fortuna", "sbx-rl"}


class Budget(NamedTuple):
    """One row: what was measured, the bound, and whether a higher figure is the better one."""

    what: str
    figure: float
    bound: float
    unit: str
    at_least: bool = False

    @property
    def met(self) -> bool:
        return self.figure >= self.bound if self.at_least else self.figure <= self.bound

    def row(self) -> str:
        sign = ">=" if self.at_least else "<="
        mark = "yes" if self.met else "**no**"
        return f"| {self.what} | {self.figure:.2f} {self.unit} | {sign} {self.bound:g} {self.unit} | {mark} |\n"


# What runs in the child processes ----------------------------------------------------------------------------------


def run_flake8(files: Sequence[str], cache: str, ignore: str = "") -> dict[str, float]:
    """Run flake8 over the files; CPU seconds of the plugin and of everything else, after start-up."""
    from flake8.checker import FileChecker
    from flake8.main.application import Application

    from flake8_flaxargs.frontends.flake8 import Flake8Plugin, Found

    spent = 0.0
    start_up = 0.0
    run, check = Flake8Plugin.run, FileChecker.run_checks

    def timed_run(self: Flake8Plugin) -> Generator[Found, None, None]:
        nonlocal spent
        begin = time.process_time()
        found = list(run(self))
        spent += time.process_time() - begin
        yield from found

    def timed_check(self: FileChecker) -> Any:
        nonlocal start_up
        start_up = start_up or time.process_time()
        return check(self)

    Flake8Plugin.run = timed_run  # type: ignore[method-assign]
    FileChecker.run_checks = timed_check
    arguments = ["--isolated", "-j1", "--max-complexity=10", "--exit-zero", "--output-file=/dev/null"]
    arguments += [f"--extend-ignore={ignore}"] if ignore else []
    Application().run([*arguments, f"--flaxargs-cache-dir={cache}", *files])
    return {"plugin": spent, "rest": time.process_time() - start_up - spent}


def run_metadata_visitor(files: Sequence[str]) -> dict[str, float]:
    """What a straightforward libcst linter does: whole files, qualified names and positions, one visitor."""
    import libcst as cst
    from libcst.metadata import MetadataWrapper, PositionProvider, QualifiedNameProvider

    class Calls(cst.CSTVisitor):
        METADATA_DEPENDENCIES = (QualifiedNameProvider, PositionProvider)

        def visit_Call(self, node: cst.Call) -> None:
            self.get_metadata(QualifiedNameProvider, node, set())
            self.get_metadata(PositionProvider, node)

    begin = time.process_time()
    for path in files:
        try:
            module = cst.parse_module(Path(path).read_bytes())
        except cst.ParserSyntaxError:
            continue
        MetadataWrapper(module, unsafe_skip_copy=True).visit(Calls())
    return {"visitor": time.process_time() - begin}


def run_import() -> dict[str, float]:
    """Milliseconds of CPU time that importing the plugin adds to a process which has flake8."""
    import flake8.main.application

    assert flake8.main.application
    begin = time.process_time()
    import flake8_flaxargs.frontends.flake8

    assert flake8_flaxargs.frontends.flake8
    assert "libcst" not in sys.modules
    return {"import": (time.process_time() - begin) * 1000}


# Measuring ---------------------------------------------------------------------------------------------------------


def measure(kind: str, files: Sequence[Path] = (), cache: Path | None = None, ignore: str = "") -> dict[str, float]:
    """Run one of the above in a fresh process."""
    asked = {"kind": kind, "files": [str(path) for path in files], "cache": str(cache or ""), "ignore": ignore}
    with tempfile.NamedTemporaryFile("w", suffix=".json") as request:
        json.dump(asked, request)
        request.flush()
        command = [sys.executable, "-m", "benchmarks.speed", "--child", request.name]
        root = Path(__file__).parents[1]
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, cwd=root).stdout
    result: dict[str, float] = json.loads(output.splitlines()[-1])
    return result


def child(request: Path) -> None:
    """The other side of ``measure``."""
    asked = json.loads(request.read_text())
    match asked["kind"]:
        case "flake8":
            result = run_flake8(asked["files"], asked["cache"], asked["ignore"])
        case "visitor":
            result = run_metadata_visitor(asked["files"])
        case _:
            result = run_import()
    print(json.dumps(result))


def without_flax(folder: Path) -> Iterator[Path]:
    """The ``.py`` files that never say flax."""
    return (path for path in sorted(folder.rglob("*.py")) if b"flax" not in path.read_bytes())


def budgets(corpus: dict[str, Path], every: int, ignore: str) -> Iterator[Budget]:
    """Measure each budget in turn."""
    files = [path for folder in corpus.values() for path in flax_files(folder)][::every]
    plain = [path for name, folder in corpus.items() if name in PLAIN_PACKAGES for path in without_flax(folder)]
    lines = sum(path.read_bytes().count(b"\n") for path in files)
    print(f"{len(files)} files with Flax ({lines} lines), {len(plain)} without\n", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        cold = measure("flake8", files, Path(folder), ignore)
        yield Budget("plugin's cost in flake8, cold cache", 100 * cold["plugin"] / cold["rest"], 10, "%")
        warm = measure("flake8", files, Path(folder), ignore)
        yield Budget("the same, warm cache", 100 * warm["plugin"] / warm["rest"], 3, "%")
    with tempfile.TemporaryDirectory() as folder:
        none = measure("flake8", plain, Path(folder), ignore)
        yield Budget("files without Flax, cold cache", 100 * none["plugin"] / none["rest"], 1, "%")
    imports = sorted(measure("import")["import"] for _ in range(9))
    yield Budget("import of the plugin (median of 9)", imports[4], 40, "ms")
    visitor = measure("visitor", files)
    yield Budget(
        "whole-file libcst visitor with metadata, against the plugin cold",
        visitor["visitor"] / cold["plugin"],
        50,
        "times",
        at_least=True,
    )
    print(
        f"\nCPU seconds: flake8 {cold['rest']:.1f}, plugin cold {cold['plugin']:.2f}, warm {warm['plugin']:.2f}, "
        f"without Flax {none['plugin']:.2f} of {none['rest']:.1f}, visitor {visitor['visitor']:.1f}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where a budget is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the corpus is (now %(default)s)")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="measure on each Nth file with Flax only")
    parser.add_argument("--ignore", default="", metavar="CODES", help="rules that are off, as flake8's --extend-ignore")
    parser.add_argument(
        "--without-contracts",
        action="store_true",
        help="switch off all rules that rest on contracts: JFX101 to JFX105 stay",
    )
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.child:
        child(options.child)
        return 0
    # As pip does with what it installs: else each measurement would compile the plugin, and not the rest of flake8.
    compileall.compile_dir(Path(__file__).parents[1] / "flake8_flaxargs", quiet=1)
    ignore = ",".join([options.ignore] * bool(options.ignore) + sorted(CONTRACT_CODES) * options.without_contracts)
    print("| what | measured | budget | met |\n| --- | ---: | ---: | --- |")
    failed = 0
    for budget in budgets(ensure_corpus(options.cache), options.every, ignore):
        print(budget.row(), end="", flush=True)
        failed += not budget.met
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
