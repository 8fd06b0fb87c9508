"""What the walk through one function found: the record that everything else looks at."""

from __future__ import annotations

from typing import NamedTuple

from ..facts import records as r
from ..project.classes import ModuleClass
from .calls import Called
from .values import HandMerge, MergeSite, Read, Value


class Instance(NamedTuple):
    """A Module that the method makes: its class and the raw values given to its constructor, by keyword."""

    module: ModuleClass
    given: dict[str, Value]


class Flow:
    """What the walk through a function found.

    Attributes:
        reads: reads of raw parameters and attributes, in order.
        sites: merges, direct and in callees.
        hand_merges: merges by hand in this function; ``merged_by_hand`` names those of the methods it calls, too.
        forwards: calls of functions that can be read, in order.
        returned: what the function may return.
        certain: names that are merged on every way out.
        deleted: parameters that a ``del`` statement, or an assignment to ``_``, throws away.
        defaulted: names merged by hand that have a default for where neither is given, behind the merge or where what
            it made is asked for None.
        takes_all: whether it calls ``locals()``: every parameter may be read.
        returns: whether it can come to an end without raising.
        incomplete: whether the walk was given up: then nothing is known.
    """

    def __init__(self) -> None:
        self.reads: list[Read] = []
        self.sites: list[MergeSite] = []
        self.hand_merges: list[HandMerge] = []
        self.merged_by_hand: set[str] = set()
        self.forwards: list[r.Call] = []
        self.instances: list[Instance] = []
        self.called: dict[int, Called | None] = {}
        self.returned: Value = frozenset()
        self.certain: frozenset[str] = frozenset()
        self.deleted: set[str] = set()
        self.defaulted: set[str] = set()
        self.takes_all = False
        self.returns = False
        self.incomplete = False
