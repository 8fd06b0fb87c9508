"""Random small Flax programs: a few Modules and one run of the last of them, which is what is judged.

A program is source text of one module with a function ``run(params, batch_stats)``. Whatever it is made of, every array
has the same shape, so that nothing fails but for what a contract is about: arguments that are merged, rng streams,
collections, flags that are traced.
"""

from __future__ import annotations

from collections.abc import Sequence

from ..choices import Choices
from .runs import Program, Writer

__all__ = ["Program", "program", "replayed"]


def program(seed: int) -> Program:
    """The program of a seed."""
    return Writer(Choices(seed)).program()


def replayed(choices: Sequence[int]) -> Program:
    """The program that these choices make."""
    return Writer(Choices(0, choices)).program()
