"""What contracts say of random programs is what Flax does: flagged means it raises, passed means it does not."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("flax")

from .suite.agreement import Compared, compare, shown, smallest
from .suite.outcomes import outcome
from .suite.programs import Program, program

CHUNKS, SIZE = 20, 100
KEPT = sorted((Path(__file__).parent / "agreed").glob("*.py"))
# The programs are there to test verdicts: of some nobody can tell from the text, of most one must.
MOST_UNKNOWN = 0.12


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_programs(chunk: int) -> None:
    seeds = range(chunk * SIZE, (chunk + 1) * SIZE)
    found = list(compare(program(seed) for seed in seeds))
    wrong = [compared for compared in found if compared.kind == "contradiction"]
    assert not wrong, shown(smallest(wrong[0]))
    broken = [compared for compared in found if compared.kind == "invalid"]
    assert not broken, "the generator makes what it should not:\n" + shown(broken[0])
    kinds = Counter(compared.kind for compared in found)
    assert kinds["unknown"] <= MOST_UNKNOWN * SIZE, kinds


@pytest.mark.parametrize("path", KEPT, ids=[path.stem for path in KEPT])
def test_what_once_was_wrong(path: Path) -> None:
    kept = Program(path.read_text("utf-8"), (), ())
    (found,) = compare([kept])
    assert found.kind in {"agrees", "unknown"}, shown(found)


def test_tracing_changes_nothing() -> None:
    """The programs are traced as a whole since that compiles nothing; run eagerly they do the same."""
    for seed in range(40):
        made = program(seed)
        assert outcome(made.text).error == outcome(made.text, eager=True).error, made.text


def test_both_verdicts_are_reached() -> None:
    """A generator of programs that all fail would say little about those that pass."""
    found: list[Compared] = list(compare(program(seed) for seed in range(100)))
    says = Counter(compared.verdict.says for compared in found)
    assert min(says["raises"], says["passes"]) >= 25, says
