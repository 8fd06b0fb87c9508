"""An original and a fixed Module -> ModuleReport, in this process."""

from __future__ import annotations

import inspect
import time
import traceback
import typing
from collections.abc import Callable, Sequence
from typing import Any

import flax.linen as nn
import jax.numpy as jnp
import numpy as np

from .comparison import histogram
from .cross_checking import against_cpu
from .execution import Runs, Traced
from .judging import Judge
from .matrix import Setting, settings
from .reaching import Reaching
from .records import CellResult, Mask, ModuleReport, Target, Verdict
from .synthesis import NotSynthesised, Synthesised, synthesise

# Names of arguments that switch training behaviour, as in the rules.
FLAGS = (
    "train", "training", "is_training", "is_train", "deterministic", "eval", "use_running_average", "enable_dropout",
)  # fmt: skip
_MASK_SIDE = 64
_MASKS = 4


def verify(
    original: type[nn.Module],
    fixed: type[nn.Module],
    target: Target,
    tolerance: float = 0.0,
    synthesised: Synthesised | None = None,
    masks: bool = False,
    reaching: Reaching | None = None,
) -> ModuleReport:
    """The behaviour matrix of two Modules.

    Args:
        original, fixed: the classes.
        target: what is known of them.
        tolerance: the largest relative error that is still ``equal``.
        synthesised: what they are made and called with; None to find it.
        masks: whether to draw what calls drop, which compiles what need not be compiled otherwise.
        reaching: watches whether what the fix changes is run at all.
    """
    start = time.perf_counter()
    method = target.override.method or target.method
    merged, flags = list(merged_of(fixed, method, target.merged)), flags_of(original, method)
    flags = [flag for flag in flags if flag not in merged]
    base = ModuleReport(target.name, target.path, target.line, method)
    try:
        found = synthesised or _synthesised(original, fixed, method, merged, flags, target)
    except NotSynthesised as error:
        return _finished(base, start, problem=str(error))
    except Exception as error:  # noqa: BLE001  (the user's constructor may raise anything)
        said = f"{type(error).__name__}: {error}"
        return _finished(base, start, problem=f"cannot make {target.name}: {said}", traceback=traceback.format_exc())
    runs = Runs(found, method, {"original": original, "fixed": fixed}, reaching)
    cells = list(settings({name: values_of(fixed, method, name) for name in merged}, flags, found.streams))
    runs.find_reference(cells)
    judge = Judge(runs, target.errors, tolerance, target.bypassed)
    results = [judge.judge(setting) for setting in cells]
    changed = any(result.verdict is Verdict.CHANGED for result in results)
    doubt = _unsteady(target, runs, cells, results) if changed else _unreached(target, reaching)
    problem = _unproved(target, runs, results) or doubt
    far = against_cpu(runs, cells)
    if far is not None and far[0] > far[1] and problem is None:
        problem = f"on this device it is {far[0]:.3g} away from the CPU, and rounding explains {far[1]:.3g}"
    return _finished(
        base,
        start,
        attributes=tuple((name, repr(value)) for name, value in found.attributes.items()),
        call=tuple((name, str(value)) for name, value in {**found.call, **found.static}.items()),
        origin=found.origin,
        cells=tuple(results),
        masks=_masks(runs, cells, results) if masks else (),
        problem=problem,
        traced=runs.traced,
        compiled=runs.compiled,
        histogram=histogram(judge.leaves),
        against_cpu=far,
    )


def _synthesised(
    original: type[nn.Module],
    fixed: type[nn.Module],
    method: str,
    merged: Sequence[str],
    flags: Sequence[str],
    target: Target,
) -> Synthesised:
    """What runs the original; where its fault lets nothing run, what runs the fixed one.

    Raises:
        NotSynthesised: nothing runs either.
    """
    try:
        return synthesise(original, method, merged, flags, target.override, target.hints)
    except NotSynthesised:
        return synthesise(fixed, method, merged, flags, target.override, target.hints)


def _finished(report: ModuleReport, start: float, **changes: Any) -> ModuleReport:
    import msgspec

    return msgspec.structs.replace(report, seconds=time.perf_counter() - start, **changes)


def _unproved(target: Target, runs: Runs, results: Sequence[CellResult]) -> str | None:
    """Why cells that are all alike prove nothing: none of them gave a value."""
    if any(result.fixed.error is None for result in results):
        return None
    first = next((result.original for result in results if result.original.error), None)
    said = f"{first.error}: {first.message[:300]}" if first else "nothing ran"
    return (
        f"no run of {target.name} gave a value ({said}); say how it is called under "
        f'[tool.flaxargs.verify."{target.name}"]: call = ["float32[2,8]"]'
    )


def _unreached(target: Target, reaching: Reaching | None) -> str | None:
    """Why cells that are all alike prove nothing: none came by what the fix changes."""
    if reaching is None or not reaching.missed:
        return None
    lines = ", ".join(map(str, sorted(reaching.missed)))
    return (
        f"no run came by line {lines} of the fixed file, which the fix changes; say how one does under "
        f'[tool.flaxargs.verify."{target.name}"]: attributes = {{ name = value }}, call = ["float32[2,8]"]'
    )


def _unsteady(target: Target, runs: Runs, cells: Sequence[Setting], results: Sequence[CellResult]) -> str | None:
    """Why cells that differ say nothing of the fix: the original differs from itself."""
    for setting, result in zip(cells, results, strict=True):
        if result.verdict is Verdict.CHANGED:
            if runs.differs_from_itself(setting):
                return f"{target.name} is another computation each time it is traced: it cannot be compared"
            return None
    return None


def merged_of(cls: type[nn.Module], method: str, named: Sequence[str]) -> list[str]:
    """The names that are attribute and parameter of a method, those that the fix speaks of first."""
    fields = {field for field in getattr(cls, "__dataclass_fields__", {}) if field not in {"parent", "name"}}
    parameters = _parameters(cls, method)
    return [name for name in dict.fromkeys([*named, *parameters]) if name in fields and name in parameters]


def flags_of(cls: type[nn.Module], method: str) -> list[str]:
    """The mode flags among the parameters of a method, at most three."""
    found = []
    for name, parameter in _parameters(cls, method).items():
        annotated = "bool" in str(parameter.annotation)
        if name in FLAGS or annotated or isinstance(parameter.default, bool):
            found.append(name)
    return found[:3]


def _parameters(cls: type[nn.Module], method: str) -> dict[str, inspect.Parameter]:
    try:
        signature = inspect.signature(getattr(cls, method))
    except (AttributeError, TypeError, ValueError):
        return {}
    return dict(list(signature.parameters.items())[1:])


def values_of(cls: type[nn.Module], method: str, name: str) -> list[Any]:
    """Two values for a merged argument, by what its annotations say and its name."""
    field = cls.__dataclass_fields__[name]
    parameter = _parameters(cls, method)[name]
    said = " ".join(str(each) for each in (field.type, parameter.annotation))
    by_type: list[tuple[Callable[[str], bool], list[Any]]] = [
        (lambda text: "bool" in text or name in FLAGS, [True, False]),
        (lambda text: "float" in text or "rate" in name or "prob" in name, [0.25, 0.5]),
        (lambda text: "Callable" in text, [nn.relu, nn.tanh]),
        (lambda text: "int" in text, [2, 3]),
        (lambda text: "dtype" in text.lower(), [jnp.float32, jnp.bfloat16]),
        (lambda text: "str" in text, ["a", "b"]),
    ]
    literal = typing.get_args(field.type)
    strings = [value for value in literal if isinstance(value, str)]
    if len(strings) > 1:
        return strings[:2]
    return next((values for fits, values in by_type if fits(said)), [True, False])


def _masks(runs: Runs, cells: Sequence[Setting], results: Sequence[CellResult]) -> tuple[Mask, ...]:
    """What some forward runs drop, before and after."""
    found: list[Mask] = []
    for setting, result in zip(cells, results, strict=True):
        if setting.gradient or setting.phase == "init" or not setting.streams or result.verdict is Verdict.CHANGED:
            continue
        sides = [runs.trace(side, setting) for side in ("original", "fixed")]
        pictures = [_mask(runs, side) for side in sides]
        if all(picture is not None for picture in pictures) and any(1 in row for row in pictures[1] or ()):
            found.append(Mask(_words(setting), *(picture or () for picture in pictures)))
        if len(found) == _MASKS:
            break
    return tuple(found)


def _mask(runs: Runs, traced: Traced) -> tuple[tuple[int, ...], ...] | None:
    """1 where the first output is 0, as rows."""
    if traced.error is not None:
        return None
    try:
        import jax

        leaves = [np.asarray(leaf) for leaf in jax.tree_util.tree_leaves(runs.values(traced))]
    except Exception:  # noqa: BLE001  (a picture is no proof)
        return None
    leaf = next((leaf for leaf in leaves if leaf.ndim and leaf.dtype.kind in "fV" and leaf.size > 1), None)
    if leaf is None:
        return None
    rows = leaf.reshape(-1, leaf.shape[-1])[:_MASK_SIDE, :_MASK_SIDE]
    return tuple(tuple(int(value == 0) for value in row) for row in rows)


def _words(setting: Setting) -> str:
    parts = [
        f"{name}: {giving.way}"
        + (f" {giving.attribute!r}" if giving.way in {"attribute", "both"} else "")
        + (f" {giving.call!r}" if giving.way in {"call", "both"} else "")
        for name, giving in setting.giving.items()
    ]
    return " · ".join([*parts, *(f"{name}={value}" for name, value in setting.flags.items())])
