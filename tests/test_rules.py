"""The rules' own pages: complete, true, and in step with fixtures, README and changelog."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

from flake8_flaxargs import fixing
from flake8_flaxargs.config import Config, on_by_default
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic, Safety
from flake8_flaxargs.rules import RULES
from flake8_flaxargs.rules.base import Rule
from flake8_flaxargs.source import Source

from .suite.fixtures import fixtures

ROOT = Path(__file__).parents[1]
HEADINGS = ["What it does", "Why is this bad?", "Example", "Use instead", "Fix safety", "References"]
HEAD = "import jax\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\n\n"
CHECKED = [rule for rule in RULES if rule.code != "JFX000"]

by_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
by_checked_rule = pytest.mark.parametrize("rule", CHECKED, ids=lambda rule: rule.code)


def sections(rule: type[Rule]) -> dict[str, str]:
    """The page's sections by heading."""
    parts = re.split(r"^## (.+)$", inspect.cleandoc(rule.__doc__ or ""), flags=re.MULTILINE)
    return dict(zip(parts[1::2], map(str.strip, parts[2::2]), strict=True))


def code(section: str) -> str:
    """The first code block of a section, as a file."""
    found = re.search(r"```python\n(.*?)```", section, re.DOTALL)
    assert found is not None
    return HEAD + found[1]


def lint(text: str) -> tuple[Diagnostic, ...]:
    linter = Linter(Config(cache_directory=None, enabled=lambda code: True))
    return linter.lint(Source("page.py", text))


@by_rule
def test_page_has_all_headings_in_order(rule: type[Rule]) -> None:
    assert list(sections(rule)) == HEADINGS
    assert all(sections(rule).values())


@by_rule
def test_example_is_flagged_and_its_cure_is_silent(rule: type[Rule]) -> None:
    assert [found.code for found in lint(code(sections(rule)["Example"]))] == [rule.code]
    assert lint(code(sections(rule)["Use instead"])) == ()


@by_checked_rule
def test_fix_of_the_example_is_the_cure(rule: type[Rule]) -> None:
    page = sections(rule)
    example = Source("page.py", code(page["Example"]))
    if "There is no fix" in page["Fix safety"]:
        assert all(not found.fixes for found in lint(example.text))
        return
    linter = Linter(Config(cache_directory=None))
    assert fixing.fix(example, linter.lint, tuple(Safety)).text == code(page["Use instead"])


@by_rule
def test_rule_is_in_readme_and_changelog_by_code_and_name(rule: type[Rule]) -> None:
    for name in ("README.md", "CHANGELOG.md"):
        assert f"{rule.code} {rule.name}" in (ROOT / name).read_text("utf-8")


def test_codes_and_names_are_unique_and_in_order() -> None:
    codes = [rule.code for rule in RULES]
    assert codes == sorted(set(codes))
    assert len({rule.name for rule in RULES}) == len(RULES)
    assert all(re.fullmatch(r"JFX\d{3}", code) for code in codes)


def test_each_rule_file_is_named_by_its_pattern() -> None:
    for rule in RULES:
        assert Path(inspect.getfile(rule)).stem == rule.name.replace("-", "_")


@by_rule
def test_default_is_what_flake8_is_told(rule: type[Rule]) -> None:
    assert rule.default is on_by_default(rule.code)


def test_every_rule_of_the_default_set_has_fixtures() -> None:
    with_fixtures = {fixture.code for fixture in fixtures()}
    assert {rule.code for rule in CHECKED if rule.default} <= with_fixtures


@by_checked_rule
def test_related_place_holds_what_its_message_names(rule: type[Rule]) -> None:
    """An attribute or a flag stands there itself, a layer as the call that makes or runs it: ``nn.Dropout(...)``.

    A flag that a layer asks for may be in words alone at the layer's call: then it is the layer that stands there.
    """
    text = code(sections(rule)["Example"])
    for found in lint(text):
        for related in found.related:
            rest = text.splitlines()[related.position.line - 1][related.position.column :]
            named = "|".join(related.message.split("`")[1::2])
            assert re.match(rf"([\w.]*\.)?({named})\b", rest), (rest, related.message)
