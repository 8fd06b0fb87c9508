"""A project of many files with Flax Modules, written by a pattern, for ``benchmarks.editor``."""

from __future__ import annotations

from pathlib import Path

# Each file takes its block from one of those before it, so that names lead through several files.
_FILE = '''\
"""Part {number} of a generated project."""

import jax
from flax import linen as nn
{imports}

class Block{number}(nn.Module):
    """A block with dropout."""

    features: int = 16
    rate: float = 0.1
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        x = nn.Dense(self.features)(x)
        x = nn.Dropout(self.rate, deterministic=not train)(x)
{body}        return x


class Net{number}(nn.Module):
    features: int = 16

    @nn.compact
    def __call__(self, x, train: bool):
        x = Block{number}(self.features)(x, train=train)
        return nn.BatchNorm(use_running_average=not train)(x)


def step{number}(variables, x, key):
    y, updates = Net{number}().apply(variables, x, train=True, rngs={{"dropout": key}}, mutable=["batch_stats"])
    return y.sum(), updates
'''

# One of the fifty parts of the file that is edited: forty lines, one finding in it.
_PART = '''\
class Layer{number}(nn.Module):
    """A layer of the large file."""

    features: int = 32
    rate: float = 0.1
    train: bool | None = None

    def setup(self):
        self.dense = nn.Dense(self.features)
        self.norm = nn.LayerNorm()

    @nn.compact
    def __call__(self, x, mask=None, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        x = self.dense(x)
        x = self.norm(x)
        if mask is not None:
            x = x * mask
        x = nn.Dropout(self.rate, deterministic=not train)(x)
        x = {block}(self.features)(x, train=train)
        return nn.relu(x)


class Model{number}(nn.Module):
    classes: int = 10

    @nn.compact
    def __call__(self, x, train: bool):
        x = Layer{number}()(x, train=train)
        x = nn.Dropout(0.5, deterministic=not train)(x)
        return nn.Dense(self.classes)(x)


def loss{number}(params, x, labels, key):
    logits = Model{number}().apply({{"params": params}}, x, train=True{rngs})
    return jnp.mean((logits - labels) ** 2)


gradient{number} = jax.grad(loss{number})

'''
LINES = 2000


def write(folder: Path, files: int = 1000) -> Path:
    """Write the project.

    Returns:
        The large file: ``LINES`` lines.
    """
    package = folder / "project"
    package.mkdir(parents=True)
    (folder / "pyproject.toml").write_text("[tool.flaxargs]\n")
    (package / "__init__.py").write_text("")
    for number in range(files - 2):
        other = number // 3
        imports = f"from .part{other} import Block{other}\n" if number else ""
        body = f"        x = Block{other}(self.features)(x, train=train)\n" if number else ""
        (package / f"part{number}.py").write_text(_FILE.format(number=number, imports=imports, body=body))
    large = package / "large.py"
    used = list(range(0, min(files - 2, 200), 10))
    head = '"""The file that is edited."""\n\nimport jax\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\n'
    head += "".join(f"from .part{number} import Block{number}\n" for number in used) + "\n\n"
    text = head
    number = 0
    while True:
        part = _PART.format(
            number=number,
            block=f"Block{used[number % len(used)]}",
            rngs="" if number % 10 == 0 else ', rngs={"dropout": key}',
        )
        if (text + part).count("\n") > LINES:
            break
        text, number = text + part + "\n", number + 1
    text += "#\n" * (LINES - text.count("\n"))
    large.write_text(text)
    return large
