"""Modules that a grammar writes (hypothesmith), alone and as parts of a Flax Module."""

from __future__ import annotations

import textwrap
import warnings

import hypothesmith
import libcst as cst
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

_NET = """\
from flax import linen as nn
import jax


{outside}
class Net(nn.Module):
    train: bool | None = None
{inside}
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        x = nn.Dropout(0.5, deterministic=not train)({expression})
{body}
        return nn.BatchNorm(use_running_average={expression})(x)


def step(state, variables, x):
    y = Net(train=True).apply(variables, x, {expression}, rngs={{"dropout": jax.random.key(0)}})
{function}
    return state.apply_fn(variables, y)
"""
_EXPRESSIONS = (cst.Call, cst.Lambda)
_STATEMENTS = (cst.FunctionDef, cst.ClassDef, cst.Assign)
KINDS = ("module", *(kind.__name__ for kind in _EXPRESSIONS + _STATEMENTS))


def generate(kind: str, number: int, start: int) -> list[str]:
    """Up to ``number`` modules, each alone and, where it may be a part, in three places of a Flax file.

    Args:
        kind: one of ``KINDS``.
        number: how many are drawn.
        start: the seed; equal seeds give equal modules with equal versions of hypothesis and hypothesmith.
    """
    drawn = sorted(set(_draw(kind, number, start)))
    if kind in {node.__name__ for node in _EXPRESSIONS}:
        return [*drawn, *(_net(expression=f"({text})") for text in drawn)]
    places = ("outside",) if kind == "module" else ("outside", "inside", "body", "function")
    return [*drawn, *(_net(**{place: text}) for text in drawn for place in places)]


def _draw(kind: str, number: int, start: int) -> list[str]:
    drawn: list[str] = []
    nodes = {node.__name__: node for node in _EXPRESSIONS + _STATEMENTS}
    strategy: SearchStrategy[str] = (
        hypothesmith.from_grammar() if kind == "module" else hypothesmith.from_node(nodes[kind])
    )

    @seed(start)
    @settings(
        max_examples=number,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(text: str) -> None:
        drawn.append(text)

    with warnings.catch_warnings():  # of the programs, not of the linter
        warnings.simplefilter("ignore")
        collect()
    return drawn


def _net(outside: str = "", inside: str = "", body: str = "", function: str = "", expression: str = "x") -> str:
    indented = {"inside": inside, "body": textwrap.indent(body, "    "), "function": function}
    parts = {place: textwrap.indent(text, "    ") for place, text in indented.items()}
    return _NET.format(outside=outside, expression=expression, **parts)
