"""The shim tells wrong fixes from right ones: planted faults come back changed, equal Modules never do."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import pytest
from flax import linen as nn

from flake8_flaxargs.shim import assert_same_behaviour
from flake8_flaxargs.shim.records import CellResult, Verdict

X = ["float32[2,8]"]


class Ignoring(nn.Module):
    """JFX101: the attribute is never read."""

    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4)(x))


class Merging(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4)(x))


class ByHand(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = train if train is not None else self.train
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4)(x))


class Other(nn.Module):
    """Other names, an other order of what does not matter, the same sums."""

    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        flag = nn.merge_param("train", self.train, train)
        hidden = nn.Dense(features=4, name="Dense_0")(x)
        dropped = nn.Dropout(rate=0.5)(hidden, deterministic=not flag)
        return dropped


def verdicts(original: type[nn.Module], fixed: type[nn.Module], **given: object) -> dict[tuple[str, ...], set[str]]:
    """By way of giving the merged argument, the verdicts on its cells."""
    report = assert_same_behaviour(original, fixed, call=X, **given)  # type: ignore[arg-type]
    found: dict[tuple[str, ...], set[str]] = {}
    for result in report.cells:
        ways = tuple(each.way for each in result.cell.given)
        found.setdefault(ways, set()).add(result.verdict.value)
    return found


@pytest.mark.parametrize("original", [Ignoring, ByHand])
def test_a_merge_is_proved_cell_by_cell(original: type[nn.Module]) -> None:
    found = verdicts(original, Merging)
    assert found[("call",)] == {"identical"}
    assert found[("both",)] == {"contract"}
    assert found[("neither",)] == {"contract"}
    assert found[("attribute",)] <= {"mended", "identical"}
    assert ("mended" in found[("attribute",)]) == (original is Ignoring)


def test_the_matrix_is_whole() -> None:
    report = assert_same_behaviour(Ignoring, Merging, call=X)
    cells = [result.cell for result in report.cells]
    ways = {(one.way, one.attribute, one.call) for cell in cells for one in cell.given}
    assert ways == {
        *(("attribute", value, None) for value in ("True", "False")),
        *(("call", None, value) for value in ("True", "False")),
        *(("both", one, other) for one in ("True", "False") for other in ("True", "False")),
        ("neither", None, None),
    }
    runs = {(cell.phase, cell.streams, cell.gradient) for cell in cells}
    assert runs == {
        *(("init", streams, False) for streams in (("dropout",), ())),
        *(("apply", streams, gradient) for streams in (("dropout",), ()) for gradient in (True, False)),
    }
    assert len(cells) == len(ways) * len(runs)


def test_equal_jaxprs_are_proved_without_compiling() -> None:
    report = assert_same_behaviour(Merging, Other, call=X)
    assert report.compiled == 0
    assert {result.how for result in report.cells} <= {"jaxpr", "exception"}


@pytest.mark.parametrize("again", range(3))
def test_a_module_is_the_same_as_itself(again: int) -> None:
    assert set(verdicts(Merging, Merging)) == {("attribute",), ("call",), ("both",), ("neither",)}


# --- planted faults -------------------------------------------------------------------------------------------------


class Scaled(nn.Module):
    """An attribute with a default of its own, overruled at the call by hand."""

    scale: float = 2.0

    @nn.compact
    def __call__(self, x, scale: float | None = None):
        scale = self.scale if scale is None else scale
        return nn.Dense(4)(x) * scale


class SwappedOperands(nn.Module):
    scale: float = 2.0

    @nn.compact
    def __call__(self, x, scale: float | None = None):
        scale = scale if self.scale is None else self.scale
        return nn.Dense(4)(x) * scale


class DroppedArgument(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=True)(nn.Dense(4)(x))


class RenamedSubmodule(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4, name="hidden")(x))


class ChangedType(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4, dtype=jnp.bfloat16)(x))


class ParameterType(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4, param_dtype=jnp.bfloat16)(x).astype(jnp.float32))


class OtherStream(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train, rng_collection="noise")(nn.Dense(4)(x))


class OtherMask(Merging):
    """The same stream, from another scope: another mask."""

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train, name="elsewhere")(nn.Dense(4)(x))


class StoppedGradient(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return jax.lax.stop_gradient(nn.Dropout(0.5, deterministic=not train)(nn.Dense(4)(x)))


class Inverted(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=train)(nn.Dense(4)(x))


class OtherRate(Merging):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.4, deterministic=not train)(nn.Dense(4)(x))


class LastBit(Merging):
    """One unit in the last place."""

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(4)(x)) * jnp.float32(1 + 2**-23)


def changed(original: type[nn.Module], fixed: type[nn.Module], **given: object) -> str:
    with pytest.raises(AssertionError) as raised:
        assert_same_behaviour(original, fixed, call=X, **given)  # type: ignore[arg-type]
    return str(raised.value)


@pytest.mark.parametrize(
    ("original", "fixed", "said"),
    [
        (Scaled, SwappedOperands, "scale"),
        (Ignoring, DroppedArgument, "differs by"),
        (Merging, DroppedArgument, "differs by"),
        (Ignoring, RenamedSubmodule, "hidden"),
        (Ignoring, ChangedType, "bfloat16"),
        (Ignoring, ParameterType, "bfloat16"),
        (Ignoring, OtherStream, "noise"),
        (Ignoring, OtherMask, "differs by"),
        (Ignoring, StoppedGradient, "gradient"),
        (Ignoring, Inverted, "differs by"),
        (Ignoring, OtherRate, "differs by"),
        (Ignoring, LastBit, "differs by"),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_planted_fault_is_changed(original: type[nn.Module], fixed: type[nn.Module], said: str) -> None:
    assert said in changed(original, fixed)


def test_a_tolerance_lets_the_last_bit_pass_and_says_how_far_it_is() -> None:
    report = assert_same_behaviour(Merging, LastBit, call=X, tolerance=1e-5)
    near: list[CellResult] = [result for result in report.cells if result.verdict is Verdict.EQUAL]
    assert near
    assert 1 <= min(result.ulps or 0 for result in near if not result.cell.gradient) <= 2
    assert all(0 < (result.relative or 0) < 1e-5 for result in near)
    assert "differs by" in changed(Merging, OtherRate, tolerance=1e-5)


def test_the_same_sums_in_another_order_are_compared_by_value() -> None:
    class Doubled(nn.Module):
        @nn.compact
        def __call__(self, x):
            return nn.Dense(4)(x) * 2

    class Added(nn.Module):
        @nn.compact
        def __call__(self, x):
            y = nn.Dense(4)(x)
            return y + y

    report = assert_same_behaviour(Doubled, Added, call=X)
    assert {result.how for result in report.cells} == {"values"}
    assert {result.verdict for result in report.cells} == {Verdict.IDENTICAL}
    assert report.compiled <= 6


def test_what_cannot_be_run_is_no_proof() -> None:
    class Broken(nn.Module):
        @nn.compact
        def __call__(self, x):
            raise RuntimeError("never")

    with pytest.raises(ValueError, match=r"never|\[tool.flaxargs.verify"):
        assert_same_behaviour(Broken, Broken, call=X)


def test_a_platform_that_is_not_there_is_an_error() -> None:
    with pytest.raises(RuntimeError):
        assert_same_behaviour(Merging, Merging, call=X, platform="tpu")


def test_a_shape_that_is_none_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"float32\[2,8\]"):
        assert_same_behaviour(Merging, Merging, call=["2 by 8"])


def test_arrays_stand_for_themselves() -> None:
    class Plain(nn.Module):
        @nn.compact
        def __call__(self, x):
            return x * 2

    class ForOne(nn.Module):
        @nn.compact
        def __call__(self, x):
            return x + 1

    def differing(value: float) -> set[bool]:
        with pytest.raises(AssertionError) as raised:
            assert_same_behaviour(Plain, ForOne, call=[jnp.full((2, 3), value)])
        return {"gradient" in line for line in str(raised.value).splitlines()[1:]}

    assert differing(1.0) == {True}
    assert differing(2.0) == {True, False}


@pytest.mark.same_behaviour(Ignoring, Merging, call=X)
def test_the_mark_holds_a_refactoring(behaviour: object) -> None:
    assert getattr(behaviour, "proved") is True  # noqa: B009


@pytest.mark.same_behaviour(Merging, Other)
def test_the_mark_needs_no_fixture_and_inputs_are_found() -> None:
    pass


def test_the_check_against_the_cpu_allows_rounding_and_no_more() -> None:
    """Where there is no accelerator, the CPU is compared with itself, and with a Module that is a little off."""
    from flake8_flaxargs.shim.cross_checking import against_cpu
    from flake8_flaxargs.shim.execution import Runs
    from flake8_flaxargs.shim.matrix import settings
    from flake8_flaxargs.shim.synthesis import given

    made = given(Merging, "__call__", ["train"], [], {}, X)
    cells = list(settings({"train": [True, False]}, [], ["dropout"]))
    runs = Runs(made, "__call__", {"original": Merging, "fixed": Merging})
    runs.find_reference(cells)
    found = against_cpu(runs, cells, always=True)
    assert found is not None
    assert found[0] == 0
    assert 1e-6 < found[1] < 1e-4
