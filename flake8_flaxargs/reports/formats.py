"""The formats by the names that users give them.

Each returns text that UTF-8 can encode, with ``\\n`` at its end; ``""`` where a format of lines has none. None of them
opens a file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from . import concise, github, gitlab, json_report, jsonl, junit, sarif
from .records import Finding

FORMATS: Mapping[str, Callable[[Sequence[Finding]], str]] = {
    "concise": concise.render,
    "json": json_report.render,
    "jsonl": jsonl.render,
    "sarif": sarif.render,
    "github": github.render,
    "gitlab": gitlab.render,
    "junit": junit.render,
}
