"""``# noqa`` as flake8 means it: which findings it keeps silent, and how one is written.

flake8 itself compares codes (``flake8.violation``) and knows the comments (``flake8.defaults``). Two things of it are
said again here, for they ask for its options: which lines it takes for one (``FileProcessor.noqa_line_for``), and that
a line ``# flake8: noqa`` leaves out the file (``FileProcessor.should_ignore_file``).
"""

from __future__ import annotations

import functools
import re
import tokenize
from collections.abc import Collection, Mapping
from typing import NamedTuple

from flake8.defaults import NOQA_FILE, NOQA_INLINE_REGEXP
from flake8.violation import Violation

from .source import Source

_LINE_ENDS = frozenset({tokenize.NL, tokenize.NEWLINE})
_NO_LINE = frozenset({tokenize.DEDENT, tokenize.ENDMARKER})
# Python 3.12 and later see through f-strings, 3.14 through t-strings.
_OPENING = frozenset(getattr(tokenize, name, -1) for name in ("FSTRING_START", "TSTRING_START"))
_CLOSING = frozenset(getattr(tokenize, name, -1) for name in ("FSTRING_END", "TSTRING_END"))
_CODE = re.compile(r"[^,\s]+")


class Stretch(NamedTuple):
    """Lines that flake8 takes for one: several where a string or a backslash goes over a line's end.

    Attributes:
        first, last: 1-based, inclusive.
        comment: the column (0-based, code points) of the comment at the end of the last line; -1 where there is none.
        in_string: whether the last line ends inside an f-string, in a part that Python 3.12 reads as code.
    """

    first: int
    last: int
    comment: int
    in_string: bool


class Noqa:
    """The ``# noqa`` comments of a text. Costs next to nothing where it holds no ``noqa``.

    Args:
        source: the file's text; it need not be Python that can be parsed.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._said = "noqa" in source.text.lower()

    def covers(self, line: int, code: str) -> bool:
        """Whether flake8 keeps a finding with this code on a 1-based line silent."""
        return self._said and (self.whole_file(code) or self._covers(line, code))

    def whole_file(self, code: str) -> bool:
        """Whether flake8 leaves the file out. With codes after it, ``# flake8: noqa: JFX101``, it does so all the same.

        ``code`` is asked for since that is flake8's to say: no version from 7.0 to 7.5 looks at it.
        """
        return self._said and self._left_out

    @functools.cached_property
    def _left_out(self) -> bool:
        return any(NOQA_FILE.match(line) for line in self._source.lines)

    def _covers(self, line: int, code: str) -> bool:
        text = self.text_at(line)
        return bool(Violation(code, self._source.path, line, 1, "", text).is_inline_ignored(False))

    def text_at(self, line: int) -> str:
        """The text in which flake8 looks for a comment on a finding of this 1-based line; "" beyond the end."""
        stretch = self.stretches.get(line)
        if stretch is None:
            return self._source.lines[line - 1] if 0 < line <= len(self._source.lines) else ""
        return "".join(self._source.lines[stretch.first - 1 : stretch.last])

    @functools.cached_property
    def stretches(self) -> dict[int, Stretch]:
        """By line; empty where the text cannot be told into tokens: then each line stands for itself."""
        found: dict[int, Stretch] = {}
        first, last, comment, depth = len(self._source.lines) + 2, -1, -1, 0
        try:
            for token in tokenize.generate_tokens(iter(self._source.lines).__next__):
                if token.type in _NO_LINE:
                    continue
                first, last = min(first, token.start[0]), max(last, token.end[0])
                depth += (token.type in _OPENING) - (token.type in _CLOSING)
                if token.type == tokenize.COMMENT:
                    comment = token.start[1]
                elif token.type in _LINE_ENDS:
                    stretch = Stretch(first, last, comment, depth > 0)
                    found |= dict.fromkeys(range(first, last + 1), stretch)
                    first, last, comment = len(self._source.lines) + 2, -1, -1
        except (tokenize.TokenError, SyntaxError, ValueError, RecursionError):
            return {}
        return found


def add(source: Source, wanted: Mapping[int, Collection[str]]) -> tuple[Source, dict[int, str]]:
    """Write ``# noqa`` comments that keep findings silent; all else stays as it is, byte for byte.

    A comment goes to the end of the line, or of the last of those that flake8 takes for one. Codes join those of a
    comment that is there.

    Args:
        source: the text.
        wanted: the codes by 1-based line.

    Returns:
        The new text, and for each line that can have no such comment the reason.
    """
    noqa = Noqa(source)
    impossible: dict[int, str] = {}
    added: dict[Stretch, set[str]] = {}
    for line, codes in wanted.items():
        missing = {code for code in codes if not noqa.covers(line, code)}
        if not missing:
            continue
        reason = _obstacle(noqa, line)
        if reason:
            impossible[line] = reason
        else:
            added.setdefault(noqa.stretches[line], set()).update(missing)
    lines = list(source.raw_lines)
    for stretch, codes in added.items():
        lines[stretch.last - 1] = _with_codes(lines[stretch.last - 1], stretch.comment, sorted(codes))
    return Source(source.path, "".join(lines), source.encoding, source.bom), impossible


def _obstacle(noqa: Noqa, line: int) -> str:
    """Why no comment can keep a line silent; "" where one can."""
    if line not in noqa.stretches:
        return "where its statement ends cannot be told: the file cannot be read as Python, or has no such line"
    stretch = noqa.stretches[line]
    if stretch.in_string:
        return f"line {stretch.last} ends inside an f-string, where only Python 3.12 and later take comments"
    text = noqa.text_at(line)
    said = NOQA_INLINE_REGEXP.search(text)
    if said is None:
        return ""
    before_last = text.rfind("\n", 0, len(text) - 1) + 1
    if 0 <= stretch.comment <= said.start() - before_last:
        return ""
    return (
        f"a string says `{said[0].strip()}` there (lines {stretch.first} to {stretch.last}), and flake8 looks at the "
        "first such words alone: name the code in them, or take the string out of the statement"
    )


def _with_codes(raw_line: str, comment: int, codes: list[str]) -> str:
    """A line, with its own end, whose comment (at a column, or -1) names codes for flake8 to keep silent."""
    body = raw_line.rstrip("\r\n")
    end = raw_line[len(body) :]
    said = NOQA_INLINE_REGEXP.search(body, comment) if comment >= 0 else None
    if said is not None:
        start, stop = said.span("codes")
        return body[:start] + _merged(body[start:stop], codes) + body[stop:] + end
    spaces = len(body) - len(body.rstrip(" "))
    gap = " " * (2 - spaces) if body.strip() else ""
    return f"{body}{gap}# noqa: {', '.join(codes)}{end}"


def _merged(listed: str, codes: list[str]) -> str:
    """A list of codes with more of them, each before the first that is greater, parted as the others are."""
    for code in codes:
        known = list(_CODE.finditer(listed))
        parted = listed[known[0].end() : known[1].start()] if len(known) > 1 else ", "
        greater = next((other for other in known if other[0].upper() > code), None)
        if greater is not None:
            listed = f"{listed[: greater.start()]}{code}{parted}{listed[greater.start() :]}"
        else:
            listed = f"{listed[: known[-1].end()]}{parted}{code}{listed[known[-1].end() :]}"
    return listed
