"""A file that says nothing of Flax, and runs a Module that it takes from another file."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_flaxargs.config import Config
from flake8_flaxargs.linter import Linter

MODEL = """\
from flax import linen as nn

class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dropout(0.5)(x, deterministic=not train)

def make():
    return Net()

net = Net()
"""


def codes(folder: Path, text: str) -> list[str]:
    (folder / "model.py").write_text(MODEL)
    (folder / "zoo").mkdir()
    (folder / "zoo" / "__init__.py").write_text("from .net import Net\n")
    (folder / "zoo" / "net.py").write_text(MODEL)
    (folder / "plain.py").write_text("class Net:\n    def apply(self, *rest, **named): ...\n")
    (folder / "main.py").write_text(text)
    linter = Linter(Config(cache_directory=None))
    return [diagnostic.code for diagnostic in linter.lint_path(folder / "main.py")]


@pytest.mark.parametrize(
    "text",
    [
        "from model import Net\ndef step(v, x):\n    return Net().apply(v, x, train=True)\n",
        "from model import Net as N\nm = N()\ny = m.apply(v, x, True)\n",
        "import model\ndef step(v, x):\n    return model.Net().apply(v, x, True)\n",
        "from model import make\ndef step(v, x):\n    return make().apply(v, x, train=True)\n",
        "from model import net\ndef step(v, x):\n    return net.apply(v, x, train=True)\n",
        "import zoo\ndef step(v, x):\n    return zoo.Net().apply(v, x, train=True)\n",
        "from zoo import net as n\ndef step(v, x):\n    return n.Net().apply(v, x, train=True)\n",
        "from zoo import *\ndef step(v, x):\n    return Net().apply(v, x, train=True)\n",
        "from model import Net\ndef step(v, x):\n    return Net().bind(v)(x, True)\n",
    ],
)
def test_run_of_a_module_from_another_file(tmp_path: Path, text: str) -> None:
    assert codes(tmp_path, text) == ["JFX201"]


def test_apply_of_another_kind(tmp_path: Path) -> None:
    assert codes(tmp_path, "from plain import Net\ny = Net().apply(v, x, train=True)\n") == []
