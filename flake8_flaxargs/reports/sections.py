"""A rule's page, which is its class's docstring, in the pieces that reports want."""

from __future__ import annotations

import functools
import inspect
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..rules.base import Rule

_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z(])")
_LINK = re.compile(r"\]\((https?://[^)\s]+)\)")


@functools.cache
def by_code() -> dict[str, type[Rule]]:
    """All rules, in the order of their codes. Loads them, and libcst with them: a run without findings needs none."""
    from ..rules import RULES

    return {rule.code: rule for rule in RULES}


def rule(code: str) -> type[Rule]:
    """The rule of a code.

    Raises:
        KeyError: no rule has the code.
    """
    return by_code()[code]


def page(rule: type[Rule]) -> str:
    """The page in Markdown, without its indentation."""
    return inspect.cleandoc(rule.__doc__ or "")


def section(rule: type[Rule], heading: str) -> str:
    """What stands under a heading, on one line; Markdown. Empty where there is no such heading."""
    parts = _HEADING.split(page(rule))
    found = dict(zip(parts[1::2], parts[2::2], strict=True)).get(heading, "")
    return " ".join(found.split())


def first_sentence(text: str) -> str:
    """The text up to the first full stop that ends a sentence."""
    return _SENTENCE.split(text, maxsplit=1)[0]


def link(rule: type[Rule]) -> str | None:
    """The first web address among the page's references."""
    found = _LINK.search(section(rule, "References"))
    return found[1] if found else None
