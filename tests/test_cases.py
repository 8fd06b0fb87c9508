"""Small programs on which the rules once went wrong: false alarms, misses, wrong places. Linted only, never run.

``# want: CODE`` stands on each line that must be flagged by a rule that is on by default.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_flaxargs import fixing
from flake8_flaxargs.config import Config
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Safety
from flake8_flaxargs.source import Source

from .suite.fixtures import compare, wanted

CASES = sorted(Path(__file__).with_name("cases").rglob("*.py"))
FOLDER = Path(__file__).with_name("cases")

by_case = pytest.mark.parametrize("case", CASES, ids=lambda path: path.relative_to(FOLDER).as_posix())


@by_case
def test_case_has_the_findings_that_it_wants(case: Path) -> None:
    found = Linter(Config(cache_directory=None)).lint_path(case)
    assert compare(wanted(case.read_text("utf-8")), found) == []


@by_case
def test_fixes_of_a_case_come_to_an_end_and_parse(case: Path) -> None:
    linter = Linter(Config(cache_directory=None))
    fixed = fixing.fix(Source.from_file(case), linter.lint, (Safety.SAFE, Safety.UNSAFE))
    left = {offered.safety for found in linter.lint(fixed) for offered in found.fixes}
    assert left <= {Safety.DISPLAY}
