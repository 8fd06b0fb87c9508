"""Each fixture is linted, run in real Flax, fixed, linted and run again; then once more in other spellings."""

from __future__ import annotations

import io
import tokenize
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_flaxargs import fixing
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Fix, Safety
from flake8_flaxargs.source import Source

from .suite.fixtures import Fixture, compare, fixtures, imported, wanted
from .suite.spellings import IMPORT, OFF, SPELLINGS, Spelled, from_linen_import_names

ALL = fixtures()
APPLIED = (Safety.SAFE, Safety.UNSAFE)
MENDED = [fixture for fixture in ALL if "def mended(" in fixture.text]
RESPELLED = [fixture for fixture in ALL if OFF not in fixture.text]


def by_id(chosen: list[Fixture]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("fixture", chosen, ids=lambda fixture: fixture.id)


def fixed(linter: Linter, path: Path) -> Source:
    return fixing.fix(Source.from_file(path), linter.lint, APPLIED)


def comments(text: str) -> Counter[str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return Counter(token.string for token in tokens if token.type == tokenize.COMMENT)


@by_id(ALL)
def test_findings_are_those_that_are_wanted(fixture: Fixture) -> None:
    linter = fixture.linter()
    for name in fixture.files:
        path = fixture.folder / name
        assert compare(wanted(path.read_text("utf-8")), linter.lint_path(path)) == []


@by_id(ALL)
def test_program_shows_in_flax_what_it_is_about(fixture: Fixture, tmp_path: Path) -> None:
    with imported(fixture.write(tmp_path)) as program:
        (program.broken if fixture.flagged else program.right)()


@by_id(MENDED)
def test_fixed_program_is_silent_and_right(fixture: Fixture, tmp_path: Path) -> None:
    linter = fixture.linter()
    main = fixture.write(tmp_path)
    result = fixed(linter, main)
    main.write_bytes(result.encode(result.raw))
    assert linter.lint_path(main) == ()
    with imported(main) as program:
        program.mended()


@by_id([fixture for fixture in ALL if fixture.flagged])
def test_fix_keeps_comments_and_bytes_outside_its_edits(fixture: Fixture) -> None:
    linter = fixture.linter()
    source = Source.from_file(fixture.folder / fixture.main)
    found = linter.lint(source)
    chosen = [diagnostic.fixes[0] for diagnostic in found if diagnostic.fixes and diagnostic.fixes[0].safety in APPLIED]
    if fixture not in MENDED:
        assert not chosen, "a fixture without mended() says that there is no fix"
        return
    for fix in chosen:
        result, applied = fixing.apply(source, [fix])
        assert applied == 1
        assert comments(result.text) == comments(source.text)
        assert result.text == spliced(source.text, fix)


def spliced(text: str, fix: Fix) -> str:
    """The edits applied line by line: another way than the one under test."""
    lines = text.split("\n")
    for edit in sorted(fix.edits, key=lambda edit: edit.range, reverse=True):
        (first, left), (last, right) = edit.range
        joined = lines[first - 1][:left] + edit.text + lines[last - 1][right:]
        lines[first - 1 : last] = joined.split("\n")
    return "\n".join(lines)


@by_id(MENDED)
def test_fixing_twice_changes_nothing(fixture: Fixture) -> None:
    linter = fixture.linter()
    once = fixed(linter, fixture.folder / fixture.main)
    assert fixing.fix(once, linter.lint, APPLIED).raw == once.raw


def respelled(fixture: Fixture, spelling: Callable[[str], Spelled], folder: Path) -> Path:
    assert fixture.text.count(IMPORT) == 1
    spelled = spelling(fixture.text)
    for name, content in spelled.beside.items():
        (folder / name).write_text(content)
    return fixture.write(folder, spelled.main)


@pytest.mark.parametrize("spelling", SPELLINGS, ids=lambda spelling: spelling.__name__)
@by_id(RESPELLED)
def test_other_spelling_has_the_same_findings(
    fixture: Fixture, spelling: Callable[[str], Spelled], tmp_path: Path
) -> None:
    main = respelled(fixture, spelling, tmp_path)
    linter = fixture.linter()
    source = Source.from_file(main)
    found = linter.lint(source)
    assert compare(wanted(source.text), found) == []
    if fixture in MENDED:
        result = fixed(linter, main)
        assert linter.lint(result) == ()
        assert result.encode(result.raw).count(b"\r") in {0, result.raw.count("\n")}
        assert result.bom == source.bom


@by_id([fixture for fixture in MENDED if fixture in RESPELLED])
def test_fix_of_bare_names_runs(fixture: Fixture, tmp_path: Path) -> None:
    """The spelling in which a fix may need an import of its own."""
    main = respelled(fixture, from_linen_import_names, tmp_path)
    result = fixed(fixture.linter(), main)
    main.write_bytes(result.encode(result.raw))
    with imported(main) as program:
        program.mended()


def test_every_rule_has_as_many_near_misses_as_findings() -> None:
    for code in {fixture.code for fixture in ALL}:
        kinds = Counter(fixture.flagged for fixture in ALL if fixture.code == code)
        assert kinds[True] == kinds[False], code
