"""Rules as people and programs read them: a record of each, and its page in Markdown."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import Literal

import msgspec

from ..model import Safety
from ..rules import RULES
from ..rules.base import Rule


class Page(msgspec.Struct, frozen=True):
    """A rule.

    Attributes:
        code, name, default, since, runtime: as the rule has them.
        fixes: the safeties that a fix of it may have; none where it has no fix.
        flax: the versions of Flax that it holds for.
        text: what is to be said of it, in Markdown, with headings of the second level.
    """

    code: str
    name: str
    default: bool
    since: str
    runtime: Literal["raises", "silent"]
    fixes: tuple[Safety, ...]
    flax: str
    text: str

    @property
    def markdown(self) -> str:
        """The whole page, with its title and with what the rule's attributes say."""
        facts = (
            f"{'On' if self.default else 'Off'} by default",
            "Flax raises" if self.runtime == "raises" else "Flax is silent",
            f"fix: {said_of_fixes(self.fixes)}",
            f"Flax {self.flax}",
            f"since {self.since}",
        )
        return f"# {self.code} {self.name}\n\n*{' · '.join(facts)}*\n\n{self.text}\n"


def page(rule: type[Rule]) -> Page:
    """What a rule's class says of itself."""
    text = inspect.cleandoc(rule.__doc__ or "")
    return Page(rule.code, rule.name, rule.default, rule.since, rule.runtime, rule.offers, rule.flax, text)


def pages(rules: Iterable[type[Rule]] = RULES) -> list[Page]:
    """The rules, in the order of their codes."""
    return list(map(page, rules))


def said_of_fixes(fixes: tuple[Safety, ...]) -> str:
    """The safeties of a rule's fixes in words."""
    return ", ".join("shown" if safety is Safety.DISPLAY else safety.value for safety in fixes) or "none"
