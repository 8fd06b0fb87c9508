"""How often contracts and Flax agree on random programs, and of what the contracts cannot tell.

``python -m benchmarks.agree 50000 -j 2`` makes programs, judges them and runs them, and prints tables; contradictions
are made small and written to a folder, to become tests (``tests/agreed``).
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

# Set before JAX is imported: each program runs once, so optimising it takes longer than running it.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true")

_CHUNK = 250
_TRIES = 200
_KINDS = ("agrees", "other error", "unknown", "contradiction", "aside", "invalid")


class Tally(NamedTuple):
    """Counts of one chunk.

    Attributes:
        kinds: how verdict and run go together.
        errors: what the programs do, "" where they run.
        by_construct: the same for the programs with each construct.
        why: what those verdicts hang on that are unknown.
        odd: contradictions and invalid programs: kind, seed, text.
    """

    kinds: Counter[str]
    errors: Counter[str]
    by_construct: dict[str, Counter[str]]
    why: Counter[str]
    odd: list[tuple[str, int, str]]


def tally(seeds: range) -> Tally:
    """Judge and run the programs of some seeds."""
    from tests.suite.agreement import compare, shown, smallest
    from tests.suite.programs import program

    found = Tally(Counter(), Counter(), {}, Counter(), [])
    seen: set[tuple[str, str]] = set()  # of contradictions that look alike one is made small
    for seed, compared in zip(seeds, compare(program(seed) for seed in seeds), strict=True):
        kind = compared.kind
        found.kinds[kind] += 1
        found.errors[compared.outcome.error or "runs"] += 1
        for construct in compared.program.constructs:
            found.by_construct.setdefault(construct, Counter())[kind] += 1
        if kind == "unknown":
            found.why[compared.verdict.why.partition(" (line")[0].partition(":")[0]] += 1
        if kind == "contradiction":
            alike = compared.verdict.says, compared.outcome.error
            found.odd.append((kind, seed, shown(compared if alike in seen else smallest(compared, _TRIES))))
            seen.add(alike)
        elif kind == "invalid":
            found.odd.append((kind, seed, shown(compared)))
    return found


def tallies(count: int, first: int, jobs: int) -> Iterator[Tally]:
    """The counts of all chunks, as they come."""
    chunks = [range(start, min(start + _CHUNK, first + count)) for start in range(first, first + count, _CHUNK)]
    # A process takes a few chunks only: what JAX keeps of traced functions is never given back. The executor of
    # concurrent.futures waits for ever in Python 3.11 when its only process has had its share.
    with get_context("spawn").Pool(jobs, maxtasksperchild=8) as pool:
        yield from pool.imap(tally, chunks)


def report(found: Tally, seconds: float) -> str:
    """The tables, in Markdown."""
    total = found.kinds.total()
    lines = [f"{total} programs, {total / seconds:.1f} a second", "", "| | programs | share |", "| --- | --- | --- |"]
    lines += [f"| {kind} | {found.kinds[kind]} | {found.kinds[kind] / total:.2%} |" for kind in _KINDS]
    lines += ["", "| Flax | programs |", "| --- | --- |"]
    lines += [f"| {error} | {number} |" for error, number in found.errors.most_common()]
    lines += ["", "| construct | programs | agrees | unknown | contradictions |", "| --- | --- | --- | --- | --- |"]
    for construct, kinds in sorted(found.by_construct.items(), key=lambda item: -item[1]["unknown"] / item[1].total()):
        own = kinds.total()
        agrees = (kinds["agrees"] + kinds["other error"]) / own
        lines.append(
            f"| {construct} | {own} | {agrees:.1%} | {kinds['unknown'] / own:.1%} | {kinds['contradiction']} |"
        )
    lines += ["", "| unknown because of | programs |", "| --- | --- |"]
    lines += [f"| {why} | {number} |" for why, number in found.why.most_common(20)]
    return "\n".join(lines)


def main() -> int:
    """Print the tables; 1 where there are contradictions."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int, nargs="?", default=50_000)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--first", type=int, default=1_000_000, help="the first seed")
    parser.add_argument("--write", type=Path, help="a folder for contradictions")
    arguments = parser.parse_args()
    begin = time.monotonic()
    whole = Tally(Counter(), Counter(), {}, Counter(), [])
    for part in tallies(arguments.count, arguments.first, arguments.jobs):
        for counts, more in zip(whole[:2], part[:2], strict=True):
            counts.update(more)
        whole.why.update(part.why)
        for construct, kinds in part.by_construct.items():
            whole.by_construct.setdefault(construct, Counter()).update(kinds)
        whole.odd.extend(part.odd)
        for kind, seed, text in part.odd:
            print(f"{kind}: seed {seed}\n{text}", file=sys.stderr)
            if arguments.write:
                arguments.write.mkdir(parents=True, exist_ok=True)
                (arguments.write / f"{kind}_{seed}.py").write_text(text, "utf-8")
        done = whole.kinds.total()
        print(f"\r{done} of {arguments.count}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(report(whole, time.monotonic() - begin))
    return 1 if whole.kinds["contradiction"] else 0


if __name__ == "__main__":
    sys.exit(main())
