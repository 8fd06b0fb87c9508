"""What a verification is told and tells, as records that cross processes. No JAX here."""

from __future__ import annotations

import enum
from typing import Any, Literal

import msgspec


class Verdict(enum.StrEnum):
    """What one cell of the behaviour matrix came to.

    ``IDENTICAL``: the same jaxpr after canonical renaming, bit-equal results, or the same exception.
    ``EQUAL``: results within the tolerance.
    ``CONTRACT``: the fixed one raises the ValueError that ``merge_param`` documents, where the original overruled in
    silence, went on with None, or raised something less clear.
    ``MENDED``: only the attribute is given, which the original ignored: the fixed one does what the original does when
    the same value is given at the call. Or the original raised the error that the rule speaks of, and the fixed one
    does not.
    ``CHANGED``: anything else: the fix is refused.
    """

    IDENTICAL = "identical"
    EQUAL = "equal"
    CONTRACT = "contract"
    MENDED = "mended"
    CHANGED = "changed"


Way = Literal["attribute", "call", "both", "neither"]


class Given(msgspec.Struct, frozen=True):
    """How a merged argument is given in a cell; values as Python writes them."""

    name: str
    way: Way
    attribute: str | None = None
    call: str | None = None


class Cell(msgspec.Struct, frozen=True):
    """A run of a Module.

    Attributes:
        given: by merged argument.
        flags: the mode flags that are arguments of the call.
        phase: ``init``, or ``apply`` to variables of an ``init``.
        streams: the rng streams that a key is given for, in ``init`` besides ``params``.
        gradient: whether the gradient in the parameters is taken, of the sum of the squared outputs.
    """

    given: tuple[Given, ...] = ()
    flags: tuple[tuple[str, bool], ...] = ()
    phase: Literal["init", "apply"] = "apply"
    streams: tuple[str, ...] = ()
    gradient: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What a run came to: the shapes of a value, or an exception's type and message."""

    shapes: tuple[str, ...] = ()
    error: str | None = None
    message: str = ""


class CellResult(msgspec.Struct, frozen=True):
    """The verdict on a cell.

    Attributes:
        how: what it rests on: equal jaxprs, values on the device, or exceptions.
        ulps: the largest error in units in the last place of the original's value; None where no values were compared.
        relative: the largest error relative to the largest magnitude of the leaf it is in.
        why: what is different, where the verdict is ``CHANGED``.
    """

    cell: Cell
    verdict: Verdict
    original: Outcome
    fixed: Outcome
    how: Literal["jaxpr", "values", "exception"]
    ulps: float | None = None
    relative: float | None = None
    why: str = ""


class Mask(msgspec.Struct, frozen=True):
    """Where a call drops elements, before and after: 1 where an output is exactly 0. At most 64 by 64.

    Attributes:
        cell: in words.
    """

    cell: str
    original: tuple[tuple[int, ...], ...]
    fixed: tuple[tuple[int, ...], ...]


class ModuleReport(msgspec.Struct, frozen=True):
    """What the verification of a Module came to.

    Attributes:
        name: ``package.module:Class``.
        path, line: where the class stands, 1-based.
        method: what was called.
        attributes, call: what it was made and called with, as text.
        origin: where these come from.
        problem: why nothing was proved: what could not be synthesised, with the line to write, or how the child ended.
        traceback: of the user's code, where it failed.
        traced, compiled: how many jaxprs were made, and computations compiled.
        seconds: wall time.
        histogram: how many compared leaves had a largest error of 0, up to 1, 2, 4, ... ulps.
        against_cpu: the largest error of the fixed one on the device against the CPU, relative, and what is allowed.
    """

    name: str
    path: str = ""
    line: int = 0
    method: str = "__call__"
    attributes: tuple[tuple[str, str], ...] = ()
    call: tuple[tuple[str, str], ...] = ()
    origin: str = ""
    cells: tuple[CellResult, ...] = ()
    masks: tuple[Mask, ...] = ()
    problem: str | None = None
    traceback: str = ""
    traced: int = 0
    compiled: int = 0
    seconds: float = 0.0
    histogram: tuple[int, ...] = ()
    against_cpu: tuple[float, float] | None = None
    notes: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether every cell was run, and none differs."""
        return self.problem is None and bool(self.cells) and not self.changed

    @property
    def changed(self) -> tuple[CellResult, ...]:
        """The cells that differ."""
        return tuple(result for result in self.cells if result.verdict is Verdict.CHANGED)

    @property
    def verdict(self) -> str:
        """In words: proved, contract (proved; some runs now raise as ``merge_param`` says), changed, not proved."""
        if self.problem is not None or not self.cells:
            return "not proved"
        if self.changed:
            return "changed"
        return "contract" if any(result.verdict is Verdict.CONTRACT for result in self.cells) else "proved"


class Device(msgspec.Struct, frozen=True):
    """What it ran on: ``cpu``, ``gpu`` or ``tpu``; the kind as the driver names it; how many are visible."""

    platform: str
    kind: str
    count: int = 1
    precision: str = "highest"
    deterministic: bool = True


class Report(msgspec.Struct, frozen=True):
    """A verification.

    Attributes:
        versions: of python, jax, jaxlib, flax, numpy.
        diffs: by path, the lines of the fix.
    """

    modules: tuple[ModuleReport, ...]
    device: Device | None = None
    versions: tuple[tuple[str, str], ...] = ()
    diffs: tuple[tuple[str, tuple[str, ...]], ...] = ()
    seconds: float = 0.0


class Override(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """``[tool.flaxargs.verify."package.module:Class"]``.

    Attributes:
        attributes: what the constructor is given.
        call: one text an argument, as ``float32[2,8]`` or ``int32[2]<100``; or by name.
        method: what is called.
        cases: ``module:function``, which gives a list of ``(attributes, call)``.
    """

    attributes: dict[str, Any] = {}
    call: list[str] | dict[str, str] | None = None
    method: str | None = None
    cases: str | None = None


class Hints(msgspec.Struct, frozen=True):
    """What the project's text says of how a Module is made and called.

    Attributes:
        attributes: literals that its constructor is given somewhere, the most telling first: by place, name and value.
        calls: by place, literals that a method of it is given by name, or by position (``0``, ``1``, ...).
        shapes: by parameter of a method, shapes that a docstring or an annotation names: ``float32[batch,length]``.
    """

    attributes: tuple[tuple[str, dict[str, Any]], ...] = ()
    calls: tuple[tuple[str, dict[str, Any]], ...] = ()
    shapes: tuple[tuple[str, dict[str, str]], ...] = ()


class Target(msgspec.Struct, frozen=True):
    """A Module to verify: what a child process is told of it.

    Attributes:
        name: ``package.module:Class``; for a call site, ``package.module:function``.
        kind: ``module``, or ``site``: a function around an ``apply``, run before and after.
        merged: arguments that are given at the constructor or at the call.
        errors: names of exceptions that the fix is to do away with.
        bypassed: whether the fix is of a raw value that is read past its merge (JFX105).
    """

    name: str
    path: str
    line: int
    kind: Literal["module", "site"] = "module"
    method: str = "__call__"
    merged: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    bypassed: bool = False
    override: Override = Override()
    hints: Hints = Hints()


class ChildJob(msgspec.Struct, frozen=True):
    """What a child process does.

    Attributes:
        module: dotted name of the file's module; roots: folders for ``sys.path``, first first.
        project: the folder that nothing may be written below.
        original, fixed: the texts of the file.
        masks: whether to draw what calls drop.
    """

    path: str
    module: str
    roots: tuple[str, ...]
    original: str
    fixed: str
    targets: tuple[Target, ...]
    project: str = ""
    platform: str = "auto"
    tolerance: float = 0.0
    masks: bool = False
