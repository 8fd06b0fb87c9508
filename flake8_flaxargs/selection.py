"""Which rules are on, and where: selectors (codes, prefixes of codes, rule names) as a user writes them, resolved."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping

import msgspec

from .config import CODES, UNREADABLE, ConfigError, on_by_default
from .patterns import compiled
from .rules import RULES

_CODE = re.compile(r"[A-Za-z]{1,3}\d*")


def resolved(selector: str) -> str:
    """The prefix of codes that a selector stands for: itself, or the code of the rule of that name.

    Raises:
        ConfigError: no rule has such a code or name; the nearest ones are named.
    """
    text = selector.strip()
    if _CODE.fullmatch(text) and any(code.startswith(text.upper()) for code in CODES):
        return text.upper()
    names = {rule.name: rule.code for rule in RULES}
    if text in names:
        return names[text]
    near = difflib.get_close_matches(text, [*names, *CODES], n=2, cutoff=0.5)
    hint = f"; did you mean {' or '.join(near)}?" if near else ""
    raise ConfigError(f"no rule has the code or name {selector!r}{hint} (`flaxargs rules` lists them all)")


def prefixes(selectors: Iterable[str]) -> tuple[str, ...]:
    """The prefixes of codes that selectors stand for, each once.

    Raises:
        ConfigError: see ``resolved``.
    """
    return tuple(dict.fromkeys(resolved(selector) for selector in selectors))


class Selection(msgspec.Struct, frozen=True):
    """Says of each code whether its rule is on. Of prefixes that fit a code the longest decides; ignoring wins a tie.

    Attributes:
        select: prefixes of codes; None for the rules that are on by default.
        extend_select: more of them.
        ignore: prefixes that are off. JFX000, which says what was not checked, is off only where it stands here.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()

    def __call__(self, code: str) -> bool:
        wanted = _longest(code, (*(self.select or ()), *self.extend_select))
        if not wanted and (code == UNREADABLE or (self.select is None and on_by_default(code))):
            wanted = 1
        return wanted > _longest(code, self.ignore)


def _longest(code: str, candidates: Iterable[str]) -> int:
    return max((len(prefix) for prefix in candidates if code.startswith(prefix)), default=0)


class FileIgnores:
    """Codes that are ignored in some files.

    Args:
        ignores: patterns as in a ``.gitignore``, relative to the folder of the configuration, with selectors each.

    Raises:
        ConfigError: an unknown selector, or a pattern that is none.
    """

    def __init__(self, ignores: Mapping[str, Iterable[str]]) -> None:
        self._ignores = [
            (compiled([pattern.removeprefix("./")]), prefixes(selectors)) for pattern, selectors in ignores.items()
        ]

    def ignored(self, relative: str) -> tuple[str, ...]:
        """The prefixes of codes that are ignored in a file, named relative to the configuration's folder with ``/``."""
        return tuple(prefix for spec, found in self._ignores if spec.match_file(relative) for prefix in found)
