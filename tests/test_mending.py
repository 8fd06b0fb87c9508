"""Mending comes to an end and says why, whatever rules offer: fixes that do nothing, go in circles or never stop."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from flake8_flaxargs.checking import Judged
from flake8_flaxargs.documents import Document, open_document
from flake8_flaxargs.fixing import FixError
from flake8_flaxargs.mending import Mended, mend
from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Safety


def replaced(line: int, text: str, old: int = 1) -> Judged:
    """A finding whose fix puts a text in the place of the first characters of a line."""
    place = Range(Position(line, 0), Position(line, old))
    offered = Fix(f"Fix line {line}", (Edit(place, text),), Safety.SAFE, "")
    return Judged(0, Diagnostic("JFX101", f"a finding in line {line}", place, (), (offered,)), True, False)


def worse(line: int) -> Judged:
    place = Range(Position(line, 0), Position(line, 1))
    return Judged(0, Diagnostic("JFX105", "what a fix must not bring", place), True, False)


def mended(text: str, findings: object) -> Mended:
    def lint(document: Document) -> list[Judged]:
        assert callable(findings)
        found: Iterable[Judged] = findings(document.programs[0].source.lines)
        return list(found)

    data = text.encode()
    return mend(open_document("net.py", data), data, lint, [Safety.SAFE])


def test_a_fix_that_does_nothing_is_refused_while_another_is_refused_for_what_it_brings() -> None:
    def findings(lines: list[str]) -> Iterable[Judged]:
        yield replaced(1, "b")
        if lines[0].startswith("b"):
            yield worse(1)
        yield replaced(2, "a")

    done = mended("a = 1\na = 2\n", findings)
    assert done.data == b"a = 1\na = 2\n"
    assert done.refused == (
        "net.py:1:1: Fix line 1: it would bring JFX105",
        "net.py:2:1: Fix line 2: it changes nothing",
    )


def test_fixes_that_undo_one_another_stop_after_the_first() -> None:
    def findings(lines: list[str]) -> Iterable[Judged]:
        yield replaced(1, "b" if lines[0].startswith("a") else "a")

    done = mended("a = 1\n", findings)
    assert done.data == b"b = 1\n"
    assert done.refused == ("net.py:1:1: Fix line 1: it would undo another fix",)


def test_fixes_that_never_stop_are_given_up_with_a_word() -> None:
    """One is refused, so that fixes are made singly; the other always makes the text longer and is offered again."""

    def findings(lines: list[str]) -> Iterable[Judged]:
        yield replaced(1, "b")
        if lines[0].startswith("b"):
            yield worse(1)
        yield replaced(2, "aa")

    with pytest.raises(FixError, match=r"^the fixes of net\.py do not come to an end; it is left as it was: .*report"):
        mended("a = 1\na = 2\n", findings)


def test_many_fixes_are_all_made_beside_one_that_is_refused() -> None:
    """The bound is on what never stops: forty fixes that end are no such thing."""

    def findings(lines: list[str]) -> Iterable[Judged]:
        yield replaced(1, "b")
        if lines[0].startswith("b"):
            yield worse(1)
        yield from (replaced(at, "b") for at, line in enumerate(lines, 1) if at > 1 and line.startswith("a"))

    done = mended("a = 1\n" * 41, findings)
    assert done.data == b"a = 1\n" + b"b = 1\n" * 40
    assert len(done.made) == 40
