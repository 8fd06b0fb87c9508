"""Whether any bytes at all make the linter crash, hang, point nowhere or spoil a file.

``python -m benchmarks.robust`` examines every ``.py`` file of the standard library (its tests included), of this
environment's site-packages and of the corpus, files damaged at random, files changed so that Python still parses them,
and modules that a grammar writes. It prints a Markdown table, what was left unchecked and why, and every fault with
what makes it again; 1 where there is a fault. ``--save FOLDER`` keeps the inputs of the faults. Equal seeds give equal
inputs as long as the files are the same.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import sysconfig
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from flake8_flaxargs.config import Config
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.source import Source, SourceError

from .corpus import default_cache, ensure_corpus
from .damage import DAMAGE
from .examine import Examination, Examiner, Fault
from .generate import KINDS, generate
from .mutate import mutate

FIXTURES = Path(__file__).parents[1] / "fixtures"
_FILES_A_TASK = 40
_INPUTS_A_TASK = 10
# Small enough that a lint takes a moment.
_MOST_BYTES = 30_000
# Seconds without any result after which the workers are given up: one died, which ``multiprocessing`` does not say.
_PATIENCE = 1200


class Task(NamedTuple):
    """What one worker does in one go, with one linter.

    Attributes:
        group: a row of the table.
        number: counts the tasks of the group; with the group and the seed it decides everything.
        seed: as the command was given it.
        paths: the files to look at, or the one to damage and one that gives parts.
        inputs: how many are made; 0 for files as they are.
    """

    group: str
    number: int
    seed: int
    paths: tuple[Path, ...]
    inputs: int = 0

    @property
    def name(self) -> str:
        """As ``--only`` takes it."""
        return f"{self.group}:{self.number}"


class Input(NamedTuple):
    """Bytes to lint as the content of a path, and how they came about."""

    path: Path
    data: bytes
    made: str


class Trouble(NamedTuple):
    """A fault with all that makes it again."""

    task: str
    input: Input
    fault: Fault

    def __str__(self) -> str:
        """As the command prints it."""
        return f"{self.fault.kind}: {self.input.path} ({self.input.made}; --only {self.task}): {self.fault.detail}"


class Tally(NamedTuple):
    """What came of one task."""

    task: Task
    inputs: int
    lines: int
    fixes: int
    slowest: tuple[float, str]
    codes: Counter[str]
    unchecked: Counter[str]
    revealed: dict[str, str]
    troubles: tuple[Trouble, ...]


# What there is to do -------------------------------------------------------------------------------------------------


def python_files(folder: Path, without: str = "") -> list[Path]:
    """The ``.py`` files below a folder, in a fixed order."""
    return [path for path in sorted(folder.rglob("*.py")) if path.is_file() and not (without and without in path.parts)]


def whole_files(groups: dict[str, list[Path]], seed: int) -> Iterator[Task]:
    """Every file as it is, those of one folder together."""
    for group, paths in groups.items():
        for number, start in enumerate(range(0, len(paths), _FILES_A_TASK)):
            yield Task(group, number, seed, tuple(paths[start : start + _FILES_A_TASK]))


def made_inputs(flax: Sequence[Path], damaged: int, seed: int) -> Iterator[Task]:
    """So many inputs made of Flax files: half of them damaged, half changed; and a tenth as many modules generated."""
    for group, share in (("damaged", damaged // 2), ("changed", damaged - damaged // 2), ("generated", damaged // 10)):
        for number, start in enumerate(range(0, share, _INPUTS_A_TASK)):
            chance = Random(f"{seed} {group} {number}")
            yield Task(
                group,
                number,
                seed,
                (_chosen(chance, flax), _chosen(chance, flax)),
                min(_INPUTS_A_TASK, share - start),
            )


def _chosen(chance: Random, flax: Sequence[Path]) -> Path:
    """One of the files: mostly a fixture, which has something to find on every other line."""
    fixtures = [path for path in flax if path.is_relative_to(FIXTURES)]
    return chance.choice(fixtures if chance.random() < 0.7 else flax)


def flax_heavy(folders: Iterable[Path]) -> list[Path]:
    """The fixtures, and the files of these folders that use Linen and are not too large."""
    found = python_files(FIXTURES)
    for folder in folders:
        for path in python_files(folder):
            data = path.read_bytes()
            if len(data) < _MOST_BYTES and b"flax" in data and b"nn.Module" in data:
                found.append(path)
    return found


def inputs(task: Task) -> Iterator[Input]:
    """The inputs of a task; a file that cannot be read is left out."""
    if not task.inputs:
        for path in task.paths:
            yield Input(path, path.read_bytes(), "as it is")
        return
    chance = Random(f"{task.seed} {task.name}")
    path, other = task.paths
    if task.group == "generated":
        kind = KINDS[task.number % len(KINDS)]
        texts = generate(kind, task.inputs, chance.randrange(2**32))
        chosen = chance.sample(texts, min(task.inputs, len(texts)))
        for text in chosen:
            yield Input(FIXTURES / "generated.py", text.encode("utf-8", "surrogatepass"), kind)
        return
    for _ in range(task.inputs):
        if task.group == "damaged":
            kind = chance.choice(list(DAMAGE))
            data = DAMAGE[kind](chance, path.read_bytes() or b"\n", other.read_bytes() or b"\n")
            yield Input(path, data, f"{kind}, {other.name}")
        else:
            changes = chance.choice((1, 1, 1, 2, 2, 4, 4, 8, 16, 40))
            try:
                text = mutate(chance, Source.from_file(path).text, Source.from_file(other).text, changes)
            except SourceError:  # a fixture of what cannot be parsed
                return
            yield Input(path, text.encode("utf-8", "surrogatepass"), f"{changes} changes, {other.name}")


# Doing it ------------------------------------------------------------------------------------------------------------


def new_linter() -> Linter:
    """All rules, all public methods, nothing on disk."""
    return Linter(Config(methods="public", cache_directory=None, enabled=lambda code: True))


def run(task: Task) -> Tally:
    """Examine the inputs of a task. A fault is looked for again with a linter that has seen nothing else."""
    examiner = Examiner(new_linter())
    count, lines, fixes, slowest = 0, 0, 0, (0.0, "")
    codes: Counter[str] = Counter()
    unchecked: Counter[str] = Counter()
    revealed: dict[str, str] = {}
    troubles: list[Trouble] = []
    for made in _with_readers(inputs(task)):
        came = examiner.examine(made.path, made.data)
        count += 1
        lines += came.lines
        fixes += came.fixes
        codes += came.codes
        unchecked += came.unchecked
        revealed |= dict.fromkeys(came.revealed, f"{made.path} ({made.made}; --only {task.name})")
        slowest = max(slowest, (came.seconds, f"{made.path} ({made.made})"))
        if came.faults:
            troubles += (Trouble(task.name, made, fault) for fault in _again(made, came))
            examiner = Examiner(new_linter())  # an alarm may have left this one in any state
    if count and not troubles:
        troubles += (Trouble(task.name, made, fault) for fault in _as_alone(made, came))
    return Tally(task, count, lines, fixes, slowest, codes, unchecked, revealed, tuple(troubles))


def _with_readers(made: Iterable[Input]) -> Iterator[Input]:
    """The inputs, and after one that another file of its fixture imports, that file: it meets the new text."""
    for entry in made:
        yield entry
        for folder in entry.path.parents[:3]:
            main = folder / "main.py"
            if entry.made != "as it is" and folder.is_relative_to(FIXTURES) and main != entry.path and main.is_file():
                yield Input(main, main.read_bytes(), f"reads {entry.path.name} with {entry.made}")


def _again(made: Input, came: Examination) -> Iterator[Fault]:
    alone = {fault.kind for fault in Examiner(new_linter()).examine(made.path, made.data).faults}
    for fault in came.faults:
        yield fault if fault.kind in alone else fault._replace(detail=f"{fault.detail} [not alone: after others only]")


def _as_alone(made: Input, came: Examination) -> Iterator[Fault]:
    """The fault that a linter which has seen other texts finds other things than one which has not.

    The readers of a changed file are left out: alone, they read it as it is on disk.
    """
    alone = Examiner(new_linter()).examine(made.path, made.data)
    if alone.found != came.found and not made.made.startswith("reads "):
        codes = ", ".join(sorted({entry.code for entry in {*alone.found} ^ {*came.found}}))
        yield Fault("state", f"after other inputs the findings of {codes or 'some code'} differ")


def run_all(tasks: Sequence[Task], processes: int) -> Iterator[Tally]:
    """The tallies of tasks as they come, from worker processes.

    Raises:
        RuntimeError: nothing came for long: a worker has died. It names the tasks that were due.
    """
    due = {task.name for task in tasks}
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        tallies = pool.imap_unordered(run, tasks)
        for _ in tasks:
            try:
                tally = tallies.next(_PATIENCE)
            except multiprocessing.TimeoutError:
                first = [task.name for task in tasks if task.name in due][: 2 * processes]
                raise RuntimeError(f"a worker died or hangs in one of {', '.join(first)}; try --only") from None
            due.discard(tally.task.name)
            yield tally


# Writing it down -----------------------------------------------------------------------------------------------------


def table(tallies: Sequence[Tally]) -> Iterator[str]:
    """The lines of a Markdown table, a row for each group of inputs."""
    yield "| inputs | number | lines | findings | unchecked | fixes tried | slowest lint, CPU s | faults |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    groups = list(dict.fromkeys(tally.task.group for tally in tallies))
    for group in (*groups, "all"):
        rows = [tally for tally in tallies if group in {tally.task.group, "all"}]
        unchecked = sum(sum(tally.unchecked.values()) for tally in rows)
        found = sum(sum(tally.codes.values()) - tally.codes["JFX000"] for tally in rows)
        yield (
            f"| {group} | {sum(tally.inputs for tally in rows)} | {sum(tally.lines for tally in rows)} | {found} "
            f"| {unchecked} | {sum(tally.fixes for tally in rows)} | {max(tally.slowest for tally in rows)[0]:.1f} "
            f"| {sum(len(tally.troubles) for tally in rows)} |"
        )


def remarks(tallies: Sequence[Tally]) -> Iterator[str]:
    """What was found and left unchecked how often, what took longest, and the faults."""
    codes = sum((tally.codes for tally in tallies), Counter())
    yield "\nfound: " + ", ".join(f"{code} {number}" for code, number in sorted(codes.items()))
    yield "\nunchecked:"
    unchecked = sum((tally.unchecked for tally in tallies), Counter())
    yield from (f"{number:7} {message}" for message, number in unchecked.most_common())
    yield "\nrevealed by fixes, an example each:"
    yield from (f"{what}: {where}" for what, where in {k: v for t in tallies for k, v in t.revealed.items()}.items())
    yield "\nslowest:"
    yield from (f"{seconds:7.2f} s {what}" for seconds, what in sorted((t.slowest for t in tallies), reverse=True)[:8])
    troubles = [trouble for tally in tallies for trouble in tally.troubles]
    yield "\nfaults: " + (
        ", ".join(f"{kind} {n}" for kind, n in Counter(t.fault.kind for t in troubles).items()) or "0"
    )
    yield from map(str, troubles)


def save(tallies: Iterable[Tally], folder: Path) -> None:
    """Write the inputs of the faults, and a list of them."""
    folder.mkdir(parents=True, exist_ok=True)
    troubles = [trouble for tally in tallies for trouble in tally.troubles]
    for number, trouble in enumerate(troubles):
        (folder / f"{number:04}-{trouble.fault.kind.replace(' ', '-')}.py").write_bytes(trouble.input.data)
    listed = "".join(f"{number:04} {trouble}\n" for number, trouble in enumerate(troubles))
    (folder / "faults.txt").write_text(listed, encoding="utf-8", errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 1 where there is a fault."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.robust", description=__doc__)
    parser.add_argument("--damaged", type=int, default=100_000, metavar="N", help="how many inputs are made")
    parser.add_argument("--no-files", action="store_true", help="only what is made")
    parser.add_argument("-j", type=int, default=2, metavar="N", help="worker processes (now %(default)s)")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the corpus is (now %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", metavar="TASK", help="one task of an earlier run, as a fault names it")
    parser.add_argument("--save", type=Path, metavar="FOLDER", help="write the inputs of faults here")
    options = parser.parse_args(arguments)

    corpus = ensure_corpus(options.cache)
    paths = sysconfig.get_paths()
    groups = {
        "standard library": python_files(Path(paths["stdlib"]), without="site-packages"),
        "site-packages": python_files(Path(paths["purelib"])),
        "corpus": [path for folder in corpus.values() for path in python_files(folder)],
    }
    tasks = [] if options.no_files and not options.only else list(whole_files(groups, options.seed))
    tasks += made_inputs(flax_heavy(corpus.values()), options.damaged, options.seed)
    if options.only:
        tasks = [task for task in tasks if task.name == options.only]
    if not tasks:
        parser.error(f"there is no task {options.only}; give the --damaged and --seed of the run that named it")

    tallies = []
    for tally in run_all(tasks, options.j):
        tallies.append(tally)
        for trouble in tally.troubles:
            print(trouble, file=sys.stderr, flush=True)
        if len(tallies) % 50 == 0:
            print(f"{len(tallies)} of {len(tasks)} tasks", file=sys.stderr, flush=True)
    tallies.sort(key=lambda tally: tasks.index(tally.task))
    for line in (*table(tallies), *remarks(tallies)):
        print(line)
    if options.save:
        save(tallies, options.save)
    return 1 if any(tally.troubles for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
