"""Lint thirteen public Flax code bases, count what is found, and hold the findings against verdicts read by eye.

``python -m benchmarks.corpus`` downloads the wheels of ``corpus_wheels.txt`` (pip, pinned by hash, nothing is installed
or run), unpacks them, lints their Flax files in this process and prints a Markdown table. ``--judge FILE`` compares
the findings with the verdicts in FILE and exits 1 where they disagree.
"""

from __future__ import annotations

import argparse
import csv
import os
import re
import shutil
import subprocess
import sys
import time
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from flake8_flaxargs.linter import Linter

REQUIREMENTS = Path(__file__).with_name("corpus_wheels.txt")
CACHE_VARIABLE = "FLAXARGS_CORPUS"
CRASH = "CRASH"
"""The code of a finding that is no finding: the linter raised on this file."""

FINDING_COLUMNS = ("package", "path", "line", "code", "message")
VERDICT_COLUMNS = ("package", "path", "line", "code", "verdict", "reason")


class Pin(NamedTuple):
    """One line of ``corpus_wheels.txt``."""

    name: str
    version: str

    @property
    def folder(self) -> str:
        """The name of the folder that the wheel is unpacked to."""
        return f"{self.name}-{self.version}"


class Place(NamedTuple):
    """What a verdict is about: ``path`` is POSIX and relative to the unpacked wheel, ``line`` 1-based."""

    package: str
    path: str
    line: int
    code: str

    def __str__(self) -> str:
        """As the command prints it."""
        return f"{self.package}: {self.path}:{self.line}: {self.code}"


class Finding(NamedTuple):
    """One diagnostic of the linter, or its crash on a file (code ``CRASH``, line 1)."""

    place: Place
    message: str


class Count(NamedTuple):
    """One package's row of the table.

    ``seconds`` is CPU time of this process, linting only. ``applied`` are the calls of something's ``apply`` or
    ``apply_fn``, whatever that is; ``resolved`` those of them whose Module is known.
    """

    package: str
    files: int
    lines: int
    seconds: float
    findings: tuple[Finding, ...]
    applied: int = 0
    resolved: int = 0


# Getting the code ------------------------------------------------------------------------------------------------


def default_cache() -> Path:
    """The folder that ``FLAXARGS_CORPUS`` names, else ``flaxargs-corpus`` in the user's cache directory."""
    if named := os.environ.get(CACHE_VARIABLE):
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "flaxargs-corpus"


def read_pins(requirements: Path = REQUIREMENTS) -> tuple[Pin, ...]:
    """The ``name==version`` of every requirement line; comments, blank lines and hashes are left out."""
    lines = requirements.read_text(encoding="utf-8").splitlines()
    pins = (re.match(r"([\w.-]+)==([^\s;]+)", line) for line in lines)
    return tuple(Pin(pin[1], pin[2]) for pin in pins if pin)


def ensure_corpus(cache: Path) -> dict[str, Path]:
    """Download and unpack what is missing; package name -> folder of its unpacked wheel.

    Raises:
        subprocess.CalledProcessError: pip failed (no network, or a wheel whose hash is not the pinned one).
        FileNotFoundError: pip left no wheel of a pin.
        ValueError: a wheel holds a member that would be written outside its folder.
    """
    folders = {pin: cache / pin.folder for pin in read_pins()}
    if missing := [pin for pin, folder in folders.items() if not folder.is_dir()]:
        wheels = cache / "wheels"
        download(wheels)
        for pin in missing:
            unpack(find_wheel(wheels, pin), folders[pin])
    return {pin.name: folder for pin, folder in folders.items()}


def download(wheels: Path) -> None:
    """Have pip fetch every pinned wheel into ``wheels``; one that is there with the right hash is kept.

    The wheels are read and never run, so what they ask of Python (aws-fortuna: < 3.12) does not matter here.
    """
    wheels.mkdir(parents=True, exist_ok=True)
    options = ["--quiet", "--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--require-hashes"]
    command = [sys.executable, "-m", "pip", "download", *options, "-d", str(wheels), "-r", str(REQUIREMENTS)]
    subprocess.run(command, check=True, stdout=sys.stderr)


def find_wheel(wheels: Path, pin: Pin) -> Path:
    """The wheel of ``pin``: its file name spells the name with ``_`` where the requirement has ``-``."""
    for wheel in sorted(wheels.glob("*.whl")):
        name, version, *_ = wheel.name.split("-")
        if (canonical(name), version) == (canonical(pin.name), pin.version):
            return wheel
    raise FileNotFoundError(f"{wheels}: no wheel of {pin.name}=={pin.version}; remove the folder and run again")


def canonical(name: str) -> str:
    """The distribution name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def unpack(wheel: Path, folder: Path) -> None:
    """Unpack ``wheel`` to ``folder``, which appears only when it is whole.

    Raises:
        ValueError: a member's path leaves the folder.
    """
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    root = partial.resolve()
    with zipfile.ZipFile(wheel) as archive:
        for member in archive.namelist():
            if not (root / member).resolve().is_relative_to(root):
                raise ValueError(f"{wheel}: member {member!r} would be written outside {folder}")
        archive.extractall(root)
    partial.rename(folder)


def flax_files(folder: Path) -> Iterator[Path]:
    """The ``.py`` files whose bytes hold ``flax``, in a fixed order."""
    return (path for path in sorted(folder.rglob("*.py")) if b"flax" in path.read_bytes())


# Linting it ------------------------------------------------------------------------------------------------------


def new_linter(all_rules: bool) -> Linter:
    """A linter that keeps nothing on disk; with the rules that are off by default, if asked for."""
    from flake8_flaxargs.config import Config, on_by_default
    from flake8_flaxargs.linter import Linter

    return Linter(Config(cache_directory=None, enabled=(lambda code: True) if all_rules else on_by_default))


def find(linter: Linter, package: str, folder: Path, path: Path) -> Iterator[Finding]:
    """The findings in one file. A crash is one too: it must neither end the run nor go unseen."""
    relative = path.relative_to(folder).as_posix()
    try:
        for diagnostic in linter.lint_path(path):
            place = Place(package, relative, diagnostic.range.start.line, diagnostic.code)
            yield Finding(place, diagnostic.message)
    except Exception as error:  # noqa: BLE001 - any exception is what this run looks for
        yield Finding(Place(package, relative, 1, CRASH), f"{type(error).__name__}: {error}")


def measure(package: str, folder: Path, all_rules: bool) -> Count:
    """Lint one package, with a linter of its own."""
    paths = tuple(flax_files(folder))
    lines = sum(path.read_bytes().count(b"\n") for path in paths)
    begin = time.process_time()
    linter = new_linter(all_rules)
    findings = tuple(sorted(finding for path in paths for finding in find(linter, package, folder, path)))
    seconds = time.process_time() - begin
    sites = [receivers(linter, path) for path in paths]
    applied, resolved = (sum(column) for column in zip(*sites, strict=True)) if sites else (0, 0)
    return Count(package, len(paths), lines, seconds, findings, applied, resolved)


def receivers(linter: Linter, path: Path) -> tuple[int, int]:
    """How many calls of ``apply`` and ``apply_fn`` a file holds, and of how many the Module is known."""
    from flake8_flaxargs.contracts.checks.file_contracts import FileContracts
    from flake8_flaxargs.contracts.records import call_depth, walk
    from flake8_flaxargs.facts import records as r

    if not re.search(r"\.apply(_fn)?\b", path.read_text("utf-8", errors="replace")):
        return 0, 0
    linter.engine.begin()
    contracts = FileContracts(linter.engine, linter.project.files.at(str(path.resolve())))
    facts = contracts.facts
    bodies = [*facts.all_functions(), *(top.statement for top in facts.body)] if facts else []
    applied = {
        (node.line, node.column, call_depth(node))
        for body in bodies
        for node in walk(body)
        if isinstance(node, r.Call) and isinstance(node.func, r.Attribute) and node.func.attr in {"apply", "apply_fn"}
    }
    known = {
        (place.line, place.column, place.depth)
        for place, entries in contracts.entries.items()
        if any("?" not in entry.how for entry in entries)
    }
    return len(applied), len(applied & known)


# Writing it down -------------------------------------------------------------------------------------------------


def table(counts: Sequence[Count]) -> str:
    """Markdown: a row a package and one for all, a column for each code that was found anywhere."""
    codes = sorted({finding.place.code for count in counts for finding in count.findings})
    everything = Count(
        "**all**",
        sum(count.files for count in counts),
        sum(count.lines for count in counts),
        sum(count.seconds for count in counts),
        tuple(finding for count in counts for finding in count.findings),
        sum(count.applied for count in counts),
        sum(count.resolved for count in counts),
    )
    head = ("package", "files", "lines", *codes, "`.apply`", "resolved", "CPU s")
    rules = ("---", *["---:"] * (len(head) - 1))
    rows = [head, rules, *(cells(count, codes) for count in (*counts, everything))]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cells(count: Count, codes: Sequence[str]) -> tuple[str, ...]:
    """One row of the table."""
    found = Counter(finding.place.code for finding in count.findings)
    return (
        count.package,
        str(count.files),
        str(count.lines),
        *(str(found[code]) for code in codes),
        str(count.applied),
        f"{count.resolved / count.applied:.0%}" if count.applied else "",
        f"{count.seconds:.2f}",
    )


def write_findings(path: Path, findings: Iterable[Finding]) -> None:
    """Tab-separated, with a head line: package, path, line, code, message."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, "excel-tab", lineterminator="\n")
        writer.writerow(FINDING_COLUMNS)
        writer.writerows((*finding.place, finding.message) for finding in findings)


# Judging it ------------------------------------------------------------------------------------------------------


def read_verdicts(path: Path) -> dict[Place, Counter[str]]:
    """Place -> how often it was judged ``true`` and ``false`` (one line may hold two findings of a code).

    Raises:
        ValueError: a column is missing, or a verdict is neither ``true`` nor ``false``.
    """
    verdicts: dict[Place, Counter[str]] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream, dialect="excel-tab")
        if absent := set(VERDICT_COLUMNS) - set(reader.fieldnames or ()):
            raise ValueError(f"{path}: no column {', '.join(sorted(absent))}")
        for row in reader:
            if row["verdict"] not in {"true", "false"}:
                raise ValueError(f"{path}:{reader.line_num}: verdict {row['verdict']!r} is neither 'true' nor 'false'")
            place = Place(row["package"], row["path"], int(row["line"]), row["code"])
            verdicts.setdefault(place, Counter())[row["verdict"]] += 1
    return verdicts


def disagreements(findings: Iterable[Finding], verdicts: Mapping[Place, Counter[str]]) -> Iterator[str]:
    """One line each for what is unjudged, judged false but reported, or judged true but not reported."""
    messages: dict[Place, list[str]] = {}
    for place, message in findings:
        messages.setdefault(place, []).append(message)
    for place in sorted({*messages, *verdicts}):
        found = messages.get(place, [])
        verdict = verdicts.get(place, Counter())
        surplus = max(len(found) - verdict["true"], 0)
        unjudged = max(surplus - verdict["false"], 0)
        if unjudged:
            yield f"unjudged: {place} {' / '.join(found)}"
        if surplus > unjudged:
            yield f"judged false, still reported: {place} {' / '.join(found)}"
        if len(found) < verdict["true"]:
            yield f"judged true, no longer reported: {place}"


# The command -----------------------------------------------------------------------------------------------------


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it; 1 where ``--judge`` finds a disagreement or a file made the linter raise, else 0."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.corpus", description=__doc__)
    parser.add_argument("packages", nargs="*", help="names from corpus_wheels.txt; all of them if none is given")
    parser.add_argument(
        "--cache", type=Path, default=default_cache(), help=f"where the wheels are (${CACHE_VARIABLE}; now %(default)s)"
    )
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table here, too")
    parser.add_argument("--findings", type=Path, metavar="FILE", help=f"write a TSV of {', '.join(FINDING_COLUMNS)}")
    parser.add_argument("--judge", type=Path, metavar="FILE", help="compare with the verdicts in this TSV")
    parser.add_argument("--all-rules", action="store_true", help="with the rules that are off by default")
    options = parser.parse_args(arguments)

    names = {pin.name for pin in read_pins()}
    if unknown := sorted(set(options.packages) - names):
        parser.error(f"not in {REQUIREMENTS.name}: {', '.join(unknown)}")
    chosen = set(options.packages) or names
    verdicts = read_verdicts(options.judge) if options.judge else {}

    corpus = ensure_corpus(options.cache)
    counts = [measure(package, folder, options.all_rules) for package, folder in corpus.items() if package in chosen]
    findings = [finding for count in counts for finding in count.findings]
    text = table(counts)
    print(text, end="")
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    if options.findings:
        write_findings(options.findings, findings)

    failures = [f"{place} {message}" for place, message in findings if place.code == CRASH]
    if options.judge:
        judged = {place: verdict for place, verdict in verdicts.items() if place.package in chosen}
        failures = list(disagreements(findings, judged))
    for failure in failures:
        print(failure, file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
