"""Modes, rates, counts, streams."""

from __future__ import annotations

from ..choices import Choices
from .vocabulary import Protocol, Scope


class Expressions:
    """Writes expressions.

    Args:
        choices: what decides.
    """

    def __init__(self, choices: Choices) -> None:
        self.c = choices
        self.known: list[Protocol] = []
        self.texts: list[str] = []
        self.functions: list[str] = []
        self._numbers = 0

    def fresh(self, stem: str) -> str:
        """A name that is new."""
        self._numbers += 1
        return f"{stem}{self._numbers}"

    def mode(self, scope: Scope, depth: int = 0) -> str:
        """A mode: mostly what is at hand."""
        c = self.c
        names = scope.modes
        kind = c.weighed((3, "literal"), (9 if names else 0, "name"), (5 if names else 0, "not"), (1, "odd"))
        if kind == "literal" or depth > 2:
            return c.weighed((8, "True"), (8, "False"), (1, "None"))
        if kind == "name":
            return c.pick(names)
        if kind == "not":
            return f"not {c.pick(names)}"
        c.note("odd mode")
        one, two = self.mode(scope, depth + 1), self.mode(scope, depth + 1)
        odd = ["if", "and", "or", "bool", "not", "none", "is", "rate", "same", "int", "call", "walrus", "in", "len"]
        if scope.itself:
            odd += ["initializing", "has_rng"]
        match c.pick(odd):
            case "if":
                return f"({one} if {two} else {self.mode(scope, depth + 1)})"
            case "and":
                return f"({one} and {two})"
            case "or":
                return f"({one} or {two})"
            case "bool":
                return f"bool({one})"
            case "not":
                return f"(not ({one}))"
            case "none":
                return f"(({one}) is {c.pick(('None', 'not None'))})"
            case "is":
                return f"(({one}) {c.pick(('is', '==', '!='))} {c.pick(('True', 'False'))})"
            case "same":
                return f"(bool({one}) == bool({two}))"
            case "int":
                return f"(int(bool({one})) {c.pick(('> 0', '== 1', '!= 0', '< 1'))})"
            case "call":
                return f"(lambda flag: {c.pick(('flag', 'not flag', 'flag is None'))})({one})"
            case "walrus":
                return f"({self.fresh('flag')} := {one})"
            case "in":
                return f"(({one}) {c.pick(('in', 'not in'))} {c.pick(('(True,)', '(False, None)', '(None,)'))})"
            case "len":
                return f"(len([{one}] * {self.count(scope)}) {c.pick(('> 1', '== 0', '>= 2'))})"
            case "rate":
                return f"({self.rate(scope)} {c.pick(('>', '<=', '=='))} {c.pick(('0', '0.0', '0.5'))})"
            case "initializing":
                c.note("is_initializing")
                return c.pick(("self.is_initializing()", "(not self.is_initializing())"))
            case "has_rng":
                c.note("has_rng")
                return c.pick(("self.has_rng('dropout')", "(not self.has_rng('dropout'))"))
        raise AssertionError

    def rate(self, scope: Scope) -> str:
        """A rate."""
        if scope.rates and self.c.chance(40):
            return self.c.pick(scope.rates)
        return self.c.weighed((6, "0.5"), (1, "0.0"), (1, "1.0"), (1, "0"), (1, "0.1"), (1, "1"))

    def count(self, scope: Scope) -> str:
        """How often."""
        if scope.counts and self.c.chance(60):
            return self.c.pick(scope.counts)
        return self.c.weighed((2, "1"), (3, "2"), (1, "3"), (1, "0"))

    def stream(self, scope: Scope) -> str:
        """An rng stream."""
        if scope.streams and self.c.chance(60):
            return self.c.pick(scope.streams)
        return self.c.weighed((4, "'noise'"), (2, "'dropout'"), (1, "'params'"))
