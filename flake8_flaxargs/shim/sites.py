"""A function around an ``apply``, run before and after its fix."""

from __future__ import annotations

import importlib
import inspect
import itertools
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import flax.linen as nn
import jax
import msgspec

from .canonical import canonical
from .comparison import compare, histogram, structural
from .execution import Traced
from .probing import Application, Probe, is_key, probe, required
from .records import Cell, CellResult, Hints, ModuleReport, Override, Target, Verdict
from .specs import Spec
from .synthesis import NotSynthesised, abstract, concrete, synthesise
from .verification import FLAGS, flags_of, merged_of

_SEED = 17
_GUESSES = 200


def verify_site(original: types.ModuleType, fixed: types.ModuleType, target: Target, tolerance: float) -> ModuleReport:
    """What became of a function at the top level of a file, called with and without each of its mode flags."""
    start = time.perf_counter()
    name = target.name.rpartition(":")[2]
    before, after = getattr(original, name, None), getattr(fixed, name, None)
    base = ModuleReport(target.name, target.path, target.line, name)
    try:
        if not callable(before) or not callable(after) or isinstance(before, type):
            raise NotSynthesised(f"{name} is no function that can be called by itself; {_way_out(target)}")
        cases = list(_cases(before, after, target))
    except NotSynthesised as error:
        return msgspec.structs.replace(base, problem=str(error), seconds=time.perf_counter() - start)
    leaves: list[float] = []
    results = [_judged(before, after, arguments, target, tolerance, leaves) for arguments in cases]
    problem = None
    if all(result.original.error and result.fixed.error for result in results):
        said = f"{results[0].fixed.error}: {results[0].fixed.message[:200]}" if results else "nothing ran"
        problem = f"no run of {name} gave a value ({said}); {_way_out(target)}"
    return msgspec.structs.replace(
        base,
        call=tuple((key, _shown(value)) for key, value in cases[0].items()) if cases else (),
        origin="the first apply of the function",
        cells=tuple(results),
        problem=problem,
        traced=2 * len(cases),
        histogram=histogram(leaves),
        seconds=time.perf_counter() - start,
    )


def _way_out(target: Target) -> str:
    return f'give its arguments under [tool.flaxargs.verify."{target.name}"]: cases = "module:function"'


def _cases(before: Callable[..., Any], after: Callable[..., Any], target: Target) -> Iterator[dict[str, Any]]:
    """The arguments to call with, by name; arrays as ``Spec`` or as they are.

    Raises:
        NotSynthesised: they cannot be found out.
    """
    if target.override.cases:
        module, _, function = target.override.cases.partition(":")
        for arguments in getattr(importlib.import_module(module), function)():
            yield dict(inspect.signature(before).bind(*arguments).arguments)
        return
    application, _ = probe(after)
    if application is None:
        application, _ = probe(before)
    if application is None:
        raise NotSynthesised(f"{before.__name__} was not seen to apply a Module; {_way_out(target)}")
    found = _arguments(after, application, target)
    flags = [name for name in required(before) if name in FLAGS]
    for chosen in itertools.product([True, False], repeat=len(flags)):
        yield {**found, **dict(zip(flags, chosen, strict=True))}


def _arguments(function: Callable[..., Any], application: Application, target: Target) -> dict[str, Any]:
    """What each parameter is, by where it went in the ``apply``."""
    module, method = application.module, application.method
    cls = type(module)
    fields = {name: getattr(module, name) for name in cls.__dataclass_fields__ if name not in {"parent", "name"}}
    merged = merged_of(cls, method, ())
    flags = [flag for flag in flags_of(cls, method) if flag not in merged]
    made = synthesise(cls, method, merged, flags, Override(attributes=fields, method=method), Hints())
    known: dict[str, Any] = {}
    unknown: list[str] = []
    for name, value in application.inputs.items():
        if isinstance(value, Probe) and not value.path and name in made.call:
            known[value.origin] = made.call[name]
    variables = _variables(module, made.call, {**made.static, **_settled(application, merged, flags)}, method)
    _bind(application.variables, variables, known)
    for name, parameter in required(function).items():
        if name in known or name in FLAGS:
            continue
        if is_key(name):
            known[name] = Spec("uint32", (2,), 1000)
        elif name == "rngs":
            known[name] = {stream: Spec("uint32", (2,), 1000) for stream in made.streams or ("dropout",)}
        elif "bool" in str(parameter.annotation):
            known[name] = True
        else:
            unknown.append(name)
    return _completed(function, known, unknown, made.call, target)


def _completed(
    function: Callable[..., Any], known: dict[str, Any], unknown: list[str], inputs: dict[str, Any], target: Target
) -> dict[str, Any]:
    """Arguments for parameters that never reach the Module, labels for instance: the first shapes that run.

    Raises:
        NotSynthesised: none does.
    """
    if not unknown:
        return known
    leaves = jax.tree_util.tree_leaves(inputs, is_leaf=lambda leaf: isinstance(leaf, Spec))
    batch = next((leaf.shape[:1] for leaf in leaves if isinstance(leaf, Spec) and leaf.shape), (2,))
    sizes = [batch, (), *((*batch, size) for size in (1, 2, 4, 8, 10)), *(leaf.shape for leaf in leaves)]
    guesses = [Spec(dtype, size, 2 if dtype == "int32" else None) for size in sizes for dtype in ("float32", "int32")]
    for chosen in itertools.islice(itertools.product(guesses, repeat=len(unknown)), _GUESSES):
        arguments = {**known, **dict(zip(unknown, chosen, strict=True))}
        if _traced(function, arguments).error is None:
            return arguments
    names = ", ".join(f"`{name}`" for name in unknown)
    raise NotSynthesised(f"nobody knows what {names} of {function.__name__} is; {_way_out(target)}")


def _settled(application: Application, merged: list[str], flags: list[str]) -> dict[str, Any]:
    """Values for the flags with which ``init`` is run."""
    given = {name: value for name, value in application.inputs.items() if isinstance(value, bool)}
    return {**dict.fromkeys(flags, True), **{name: value for name, value in given.items() if name in {*merged, *flags}}}


def _variables(module: nn.Module, inputs: Any, static: dict[str, Any], method: str) -> Any:
    """The abstract variables of a Module.

    Raises:
        NotSynthesised: ``init`` does not work.
    """
    shapes = jax.tree_util.tree_map(abstract, inputs, is_leaf=lambda leaf: isinstance(leaf, Spec))
    keys = {stream: jax.ShapeDtypeStruct((2,), "uint32") for stream in ("params", "dropout")}

    def init(keys: Any, inputs: Any) -> Any:
        return module.init(keys, **inputs, **static, method=method)

    try:
        return jax.eval_shape(init, keys, shapes)
    except Exception as error:
        raise NotSynthesised(f"init of {type(module).__name__} raised {type(error).__name__}: {error}") from error


def _bind(shape: Any, variables: Any, known: dict[str, Any]) -> None:
    """Say of the probes in what a Module is applied to which part of its variables they are."""
    match shape:
        case Probe(origin=origin, path=()):
            known[origin] = variables
        case Probe(origin=origin, path=path):
            holder = known.setdefault(origin, types.SimpleNamespace())
            for name in path[:-1]:
                holder = holder.__dict__.setdefault(name, types.SimpleNamespace())
            setattr(holder, path[-1], variables)
        case dict():
            for name, part in shape.items():
                if name in variables:
                    _bind(part, variables[name], known)


def _judged(
    before: Callable[..., Any],
    after: Callable[..., Any],
    arguments: dict[str, Any],
    target: Target,
    tolerance: float,
    leaves: list[float],
) -> CellResult:
    original, fixed = _traced(before, arguments), _traced(after, arguments)
    flags = tuple((name, value) for name, value in arguments.items() if isinstance(value, bool))

    def made(
        verdict: Verdict, how: str, ulps: float | None = None, far: float | None = None, why: str = ""
    ) -> CellResult:
        cell = Cell((), flags, "apply", (), False)
        return CellResult(cell, verdict, original.outcome, fixed.outcome, how, ulps, far, why)  # type: ignore[arg-type]

    if original.said is not None and original.said == fixed.said:
        return made(Verdict.IDENTICAL, "exception")
    if original.said is not None and fixed.said is None and original.said[0] in target.errors:
        return made(Verdict.MENDED, "exception")
    if original.said is not None or fixed.said is not None:
        return made(Verdict.CHANGED, "exception", why=f"{original.said or 'a value'} became {fixed.said or 'a value'}")
    if original.key == fixed.key:
        return made(Verdict.IDENTICAL, "jaxpr", 0.0, 0.0)
    differs = structural(original.result, fixed.result)
    if differs:
        return made(Verdict.CHANGED, "jaxpr", why=differs)
    difference = compare(_value(before, arguments), _value(after, arguments))
    leaves += difference.leaves
    if difference.same or difference.relative <= tolerance:
        verdict = Verdict.IDENTICAL if difference.same else Verdict.EQUAL
        return made(verdict, "values", difference.ulps, difference.relative)
    why = f"{difference.where or 'the result'} differs by {difference.relative:.3g} of its largest magnitude"
    return made(Verdict.CHANGED, "values", difference.ulps, difference.relative, why)


def _traced(function: Callable[..., Any], arguments: dict[str, Any]) -> Traced:
    leaves, rebuilt = _split(arguments)
    shapes = [
        abstract(leaf) if isinstance(leaf, Spec) else jax.ShapeDtypeStruct(leaf.shape, leaf.dtype) for leaf in leaves
    ]

    def run(values: list[Any]) -> Any:
        return function(**rebuilt(values))

    try:
        closed, result = jax.make_jaxpr(run, return_shape=True)(shapes)
    except Exception as error:  # noqa: BLE001  (what the user's code raises is what is compared)
        return Traced(error=error)
    return Traced(canonical(closed, jax.tree_util.tree_structure(result)), run, (shapes,), result)


def _value(function: Callable[..., Any], arguments: dict[str, Any]) -> Any:
    leaves, rebuilt = _split(arguments)
    values = [concrete(_spec(leaf), _SEED + index) for index, leaf in enumerate(leaves)]
    return jax.device_get(jax.jit(lambda given: function(**rebuilt(given)))(values))


def _spec(leaf: Any) -> Spec:
    return leaf if isinstance(leaf, Spec) else Spec(str(leaf.dtype), tuple(leaf.shape))


def _split(arguments: dict[str, Any]) -> tuple[list[Any], Callable[[list[Any]], dict[str, Any]]]:
    """The arrays among arguments, and how the arguments are made of others. Namespaces are opened."""
    plain = {name: _opened(value) for name, value in arguments.items()}
    leaves, tree = jax.tree_util.tree_flatten(plain, is_leaf=lambda leaf: isinstance(leaf, Spec))
    arrays = [index for index, leaf in enumerate(leaves) if isinstance(leaf, Spec) or hasattr(leaf, "dtype")]

    def rebuilt(values: list[Any]) -> dict[str, Any]:
        merged = list(leaves)
        for index, value in zip(arrays, values, strict=True):
            merged[index] = value
        made: dict[str, Any] = jax.tree_util.tree_unflatten(tree, merged)
        return {name: _closed(value, arguments[name]) for name, value in made.items()}

    return [leaves[index] for index in arrays], rebuilt


def _opened(value: Any) -> Any:
    if isinstance(value, types.SimpleNamespace):
        return {name: _opened(part) for name, part in vars(value).items()}
    return value


def _closed(value: Any, like: Any) -> Any:
    if isinstance(like, types.SimpleNamespace):
        return types.SimpleNamespace(**{name: _closed(value[name], part) for name, part in vars(like).items()})
    return value


def _shown(value: Any) -> str:
    if isinstance(value, Spec | bool):
        return str(value)
    leaves = jax.tree_util.tree_leaves(_opened(value))
    return f"{len(leaves)} arrays"
