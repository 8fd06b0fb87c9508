"""Choices that a generator makes: drawn from a seed, or replayed, so that a program can be made smaller."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


class Choices:
    """A source of choices. The first option is the simplest one: shrinking goes towards it.

    Args:
        seed: what is drawn hangs on nothing else.
        replayed: choices to make first; with them, every later choice is the first option.
    """

    def __init__(self, seed: int, replayed: Sequence[int] | None = None) -> None:
        self._random = random.Random(seed)
        self._replayed = replayed
        self.made: list[int] = []
        self.constructs: dict[str, None] = {}

    def number(self, below: int) -> int:
        """A number from 0 on."""
        index = len(self.made)
        if self._replayed is None:
            number = self._random.randrange(below)
        else:
            number = min(self._replayed[index], below - 1) if index < len(self._replayed) else 0
        self.made.append(number)
        return number

    def pick(self, options: Sequence[T]) -> T:
        """One of some options."""
        return options[self.number(len(options))]

    def weighed(self, *options: tuple[int, T]) -> T:
        """One of some options, each with its weight."""
        number = self.number(sum(weight for weight, _ in options))
        for weight, option in options:
            number -= weight
            if number < 0:
                return option
        raise AssertionError

    def chance(self, percent: int) -> bool:
        """True so often in a hundred times."""
        return self.number(100) >= 100 - percent

    def note(self, construct: str) -> None:
        """Something to count by has been used."""
        self.constructs[construct] = None


def shrunk(choices: Sequence[int], still: Callable[[Sequence[int]], bool], limit: int = 1500) -> list[int]:
    """Fewer and lower choices with which something still holds."""
    best = list(choices)
    tried = 0

    def attempt(other: list[int]) -> bool:
        nonlocal best, tried
        tried += 1
        if tried > limit or other == best or not still(other):
            return False
        best = other
        return True

    again = True
    while again and tried <= limit:
        again = False
        size = max(1, len(best) // 2)
        while size:
            start = 0
            while start < len(best):
                if attempt(best[:start] + best[start + size :]):
                    again = True
                else:
                    start += size
            size //= 2
        for index in range(len(best)):
            if index < len(best) and best[index]:
                for lower in dict.fromkeys((0, best[index] // 2, best[index] - 1)):
                    if attempt([*best[:index], lower, *best[index + 1 :]]):
                        again = True
                        break
    return best
