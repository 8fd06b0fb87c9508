"""The full report shows the edits that nobody makes but the user, each on one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Safety
from flake8_flaxargs.reports import full
from flake8_flaxargs.reports.records import Finding

NET = """\
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dropout(0.5, deterministic=False)(x)


def loss(variables, x):
    return Net().apply(variables, x)
"""


def test_an_import_that_a_fix_by_hand_adds(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (found,) = Linter().lint_path(tmp_path / "net.py")
    assert "      at 2:1: import jax\n      at 11:36: , rngs=" in full.render([Finding("net.py", found)])


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("import a\nimport b\n", "import a / import b"),
        ("\nif a:\n\n    b = 1\n", "if a: /     b = 1"),
        ("\ta\r\nb\x1b[2J", "    a / b\N{REPLACEMENT CHARACTER}[2J"),  # a control character is no line end
        ("\n", "delete"),
        ("", "delete"),
    ],
)
def test_lines_of_an_edit_stand_side_by_side(text: str, shown: str) -> None:
    place = Range(Position(2, 4), Position(2, 5))
    fix = Fix("Mend it", (Edit(place, text),), Safety.DISPLAY, "why not")
    report = full.render([Finding("a.py", Diagnostic("JFX101", "what", place, fixes=(fix,)))])
    assert report.rstrip("\n").rpartition("\n")[2] == f"      at 2:5: {shown}"
