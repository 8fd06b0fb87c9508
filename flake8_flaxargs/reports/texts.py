"""Text that every terminal, file and parser takes: no lone surrogates, no characters that end a line or hide others."""

from __future__ import annotations

import json
import re

# Python stands in lone surrogates for bytes of a file name that are no UTF-8 (PEP 383); UTF-8 has none of them.
_SURROGATE = re.compile("[\ud800-\udfff]")

# Beside surrogates: control characters (an escape sequence could paint over the report), all that ends a line for some
# reader, what turns the direction of writing, and the two non-characters that XML 1.0 forbids.
_HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")

# Legal in JSON as they are, but ends of a line for JavaScript, Python and others: one record a line has to stay one.
_LINE_END = re.compile("[\x7f-\x9f\u2028\u2029]")


def encodable(text: str) -> str:
    """The text with lone surrogates written as ``\\udcff``: UTF-8 can encode that. Other text stays as it is."""
    return _SURROGATE.sub(_escape, text)


def printable(text: str) -> str:
    """The text on one line, with every character escaped that controls rather than shows: ``\\n``, ``\\x1b``."""
    return _HARMFUL.sub(_escape, text)


def dump(value: object, indent: int | None = None) -> str:
    """JSON that is valid in UTF-8 and has no line ends but those of ``indent``. Keys keep their order.

    A lone surrogate comes out as in ``encodable``: strict parsers refuse JSON's own escape for it.
    """
    text = json.dumps(value, ensure_ascii=False, indent=indent)
    text = _SURROGATE.sub(lambda found: rf"\\u{ord(found[0]):04x}", text)
    return _LINE_END.sub(lambda found: rf"\u{ord(found[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode("ascii")
