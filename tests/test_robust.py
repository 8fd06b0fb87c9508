"""A small part of ``python -m benchmarks.robust``: damaged, changed and generated files make no fault."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from benchmarks.damage import DAMAGE
from benchmarks.examine import Examiner, python_parses, untouched
from benchmarks.mutate import mutate
from benchmarks.robust import FIXTURES, Task, flax_heavy, inputs, made_inputs, new_linter, run, whole_files
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Safety
from flake8_flaxargs.source import Source

SEED = 101


def faults(tasks: list[Task]) -> tuple[list[str], Counter[str], int]:
    """The faults of tasks in words, the codes found, and how many inputs were looked at."""
    tallies = [run(task) for task in tasks]
    words = [str(trouble) for tally in tallies for trouble in tally.troubles]
    return words, sum((tally.codes for tally in tallies), Counter()), sum(tally.inputs for tally in tallies)


def test_files_as_they_are_make_no_fault() -> None:
    paths = sorted(Path(__file__).parent.glob("*.py")) + sorted(FIXTURES.glob("*/finding_a*.py"))
    words, codes, count = faults(list(whole_files({"here": paths}, SEED)))
    assert words == []
    assert count == len(paths) > 30
    assert codes["JFX000"] == 0
    assert codes.total() > 10


@pytest.mark.parametrize(("group", "number", "rules"), [("damaged", 120, 5), ("changed", 120, 8), ("generated", 30, 1)])
def test_files_made_by_chance_make_no_fault(group: str, number: int, rules: int) -> None:
    asked = 10 * number if group == "generated" else 2 * number
    tasks = [task for task in made_inputs(flax_heavy([]), asked, SEED) if task.group == group]
    words, codes, count = faults(tasks)
    assert words == []
    assert number <= count <= 2 * number  # with what else stands in the folder of a fixture of several files
    assert (codes["JFX000"] > number / 4) == (group == "damaged")  # else they are Python
    assert len(codes) >= rules  # what is made is looked at in earnest


def test_equal_seeds_make_equal_inputs() -> None:
    flax = flax_heavy([])
    for group in ("damaged", "changed", "generated"):
        one, two = (next(task for task in made_inputs(flax, 40, seed) if task.group == group) for seed in (1, 2))
        assert [made.data for made in inputs(one)] == [made.data for made in inputs(one)]
        assert [made.data for made in inputs(one)] != [made.data for made in inputs(two)]


@pytest.mark.parametrize("kind", DAMAGE)
def test_every_kind_of_damage_makes_other_bytes(kind: str) -> None:
    text = b"class A:\n    def f(self):\n        return (1, 2)\n\n\nx = A()\n"
    assert any(DAMAGE[kind](Random(seed), text, b"y = [3]\n") != text for seed in range(5))
    DAMAGE[kind](Random(0), b"\n", b"\n")


def test_changed_programs_are_programs() -> None:
    texts = [path.read_text("utf-8") for path in flax_heavy([])[:40:4]]
    made = {mutate(Random(index), text, texts[0], 6) for index, text in enumerate(texts)}
    assert all(python_parses(text.encode()) for text in made)
    assert not made & set(texts)


# --- that it would see a fault ---------------------------------------------------------------------------------------


class Faulty(Linter):
    """A linter that does wrong on the first line of a text what that line says."""

    def lint(self, source: Source) -> tuple[Diagnostic, ...]:
        self.project.use(source)
        first = source.lines[0].strip("# \n")
        place = Position(1, 0)
        match first:
            case "raise":
                raise KeyError("gone")
            case "hang":
                while True:
                    pass
            case "outside":
                return (Diagnostic("JFX101", "there", Range(Position(9, 0), Position(9, 1))),)
            case "two lines":
                return (Diagnostic("JFX101", "a\nb", Range(place, place)),)
            case "refuse":
                return (Diagnostic("JFX000", "cannot parse it", Range(place, place)),)
            case "break" | "again":
                text = ")" if first == "break" else "#"
                edit = Edit(Range(place, place), text)
                fix = Fix("Break it", (edit,), Safety.SAFE, "a test")
                return (Diagnostic("JFX101", "there", Range(place, place), fixes=(fix,)),)
            case "worsen":
                edit = Edit(Range(place, Position(1, len(source.lines[0]) - 1)), "# refuse")
                fix = Fix("Worsen it", (edit,), Safety.SAFE, "a test")
                return (Diagnostic("JFX102", "there", Range(place, place), fixes=(fix,)),)
        return ()


@pytest.mark.parametrize(
    ("says", "kinds"),
    [
        ("raise", ["raised"]),
        ("hang", ["slow"]),
        ("outside", ["range"]),
        ("two lines", ["message"]),
        ("refuse", ["unread"]),
        ("break", ["fix", "fix"]),
        ("again", ["fix"]),
        ("worsen", ["worse"]),
        ("nothing", []),
    ],
)
def test_a_fault_is_seen(says: str, kinds: list[str], tmp_path: Path) -> None:
    examiner = Examiner(Faulty(new_linter().config), seconds=0.3)
    came = examiner.examine(tmp_path / "net.py", f"# {says}\nx = 1\n".encode())
    assert [fault.kind for fault in came.faults] == kinds


def test_text_that_is_gone_outside_the_edits_is_seen() -> None:
    before = Source("x.py", "a = 1\nb = 2\nc = 3\n")
    fix = Fix("Change b", (Edit(Range(Position(2, 4), Position(2, 5)), "9"),), Safety.SAFE, "a test")
    assert untouched(before, [fix], Source("x.py", "a = 1\nb = 9\nc = 3\n"))
    assert not untouched(before, [fix], Source("x.py", "a = 1\nb = 9\nc = 4\n"))
    assert not untouched(before, [fix], Source("x.py", "a = 0\nb = 9\nc = 3\n"))
