"""Fixes that hand a mode on: only to what takes the keyword, and the value that was merged. What comes out is run."""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from flake8_flaxargs.checking import Checker, Job
from flake8_flaxargs.documents import open_document
from flake8_flaxargs.mending import mend
from flake8_flaxargs.model import Diagnostic, Fix, Safety
from flake8_flaxargs.settings import Settings

HEAD = "from __future__ import annotations\n\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\n\n"
CHILD = """\
class Child(nn.Module):
    @nn.compact
    def __call__(self, x, train=False):
        return nn.Dropout(0.5)(x, deterministic=not train)


"""
CELL = """\
class Cell(nn.RNNCellBase):
    features: int

    @nn.compact
    def __call__(self, carry, x, train=False):
        return carry, nn.Dropout(0.5)(nn.Dense(self.features)(x), deterministic=not train)

    @nn.nowrap
    def initialize_carry(self, rng, shape):
        return jnp.zeros(shape)

    num_feature_axes = 1


"""
WRAPPER = """\
class Wrapper(nn.Module):
    layer: nn.Module

    @nn.compact
    def __call__(self, x, **kwargs):
        return self.layer(nn.Dense(4)(x))


"""


@pytest.fixture(autouse=True)
def no_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project of ``net.py`` is a folder of its own."""
    (tmp_path / "setup.cfg").write_text("")
    monkeypatch.chdir(tmp_path)


def checker() -> Checker:
    return Checker(Job(Settings(no_cache=True), str(Path.cwd())))


def found(text: str) -> list[Diagnostic]:
    return [judged.diagnostic for judged in checker().judge(open_document("net.py", text.encode()))]


def offered(text: str, code: str) -> list[Fix]:
    """The fixes of the findings of a rule, of which there must be some."""
    findings = [diagnostic for diagnostic in found(text) if diagnostic.code == code]
    assert findings
    return [one for diagnostic in findings for one in diagnostic.fixes]


def mended(text: str) -> tuple[str, list[str]]:
    """The text with all its fixes made, none of which may be refused, and its new lines."""
    data = text.encode()
    done = mend(open_document("net.py", data), data, checker().judge, [Safety.SAFE, Safety.UNSAFE])
    assert done.refused == ()
    after = done.data.decode()
    old = text.splitlines()
    return after, [line.strip() for line in after.splitlines() if line not in old]


def net(*body: str, signature: str = "self, x, train: bool", field: str = "", before: str = "") -> str:
    """A Module with one method."""
    lines = "".join(f"        {line}\n" for line in body)
    fields = f"    {field}\n\n" if field else ""
    return f"{HEAD}{before}class Net(nn.Module):\n{fields}    @nn.compact\n    def __call__({signature}):\n{lines}"


def runs(text: str) -> None:
    """That Flax runs ``Net`` in training."""
    space: dict[str, type] = {}
    exec(compile(text, "net.py", "exec"), space)
    key = jax.random.key(0)
    space["Net"]().init({"params": key, "dropout": key}, jnp.ones((2, 3, 4)), True)


# --- who takes the keyword -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "before"),
    [
        (["return nn.RNN(Cell(4), split_rngs={'params': False, 'dropout': True})(x)"], CELL),
        (["return nn.Sequential([nn.Dense(4), Child()])(x)"], CHILD),
        (["return Wrapper(Child())(x)"], CHILD + WRAPPER),
        (["return Wrapper(nn.Dropout(0.5))(x)"], WRAPPER),
        (["for layer in [nn.Dense(4), Child()]:", "    x = layer(x)", "return x"], CHILD),
        (["for layer in [jnp.sin, Child()]:", "    x = layer(x)", "return x"], CHILD),
        (["for layer in [lambda y: y, Child()]:", "    x = layer(x)", "return x"], CHILD),
    ],
)
def test_a_mode_is_not_handed_to_what_has_no_such_keyword(body: list[str], before: str) -> None:
    assert [one for finding in found(net(*body, before=before)) for one in finding.fixes] == []


def test_a_mode_is_handed_on_in_a_loop_over_layers_that_all_take_it() -> None:
    text = net("for layer in [Child(), Child()]:", "    x = layer(x)", "return x", before=CHILD)
    after, lines = mended(text)
    assert lines == ["x = layer(x, train=train)"]
    runs(after)


def test_a_jitted_method_is_handed_no_flag_that_it_would_trace() -> None:
    jitted = CHILD.replace("    @nn.compact", "    @nn.jit\n    @nn.compact")
    assert [one for finding in found(net("return Child()(x)", before=jitted)) for one in finding.fixes] == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            ["return nn.Sequential([nn.Dense(4), nn.BatchNorm(), nn.relu, nn.Dropout(0.1)])(x)"],
            [
                "return nn.Sequential([nn.Dense(4), nn.BatchNorm(use_running_average=not train), nn.relu, "
                "nn.Dropout(0.1, deterministic=not train)])(x)"
            ],
        ),
        (
            ["layers = [nn.Dense(4), nn.Dropout(0.1)]", "return nn.Sequential(layers)(x)"],
            ["layers = [nn.Dense(4), nn.Dropout(0.1, deterministic=not train)]"],
        ),
        (
            ["for layer in [nn.Dense(4), nn.Dropout(0.1)]:", "    x = layer(x)", "return x"],
            ["for layer in [nn.Dense(4), nn.Dropout(0.1, deterministic=not train)]:"],
        ),
        (
            ["for layer in [nn.Dropout(0.1), jnp.sin]:", "    x = layer(x)", "return x"],
            ["for layer in [nn.Dropout(0.1, deterministic=not train), jnp.sin]:"],
        ),
        (
            ["for layer in [nn.Dropout(0.1), nn.Dropout(0.2)]:", "    x = layer(x)", "return x"],
            ["x = layer(x, deterministic=not train)"],
        ),
    ],
)
def test_a_layer_among_others_is_told_where_it_is_made(body: list[str], expected: list[str]) -> None:
    after, lines = mended(net(*body))
    assert lines == expected
    assert found(after) == []
    runs(after)


@pytest.mark.parametrize(
    "call",
    ["return self.layers(x)", "for layer in self.layers.layers:\n            x = layer(x)\n        return x"],
)
def test_layers_that_setup_makes_do_not_see_the_flag(call: str) -> None:
    setup = "    def setup(self):\n        self.layers = nn.Sequential([nn.Dense(4), nn.Dropout(0.1)])\n"
    text = f"{HEAD}class Net(nn.Module):\n{setup}\n    def __call__(self, x, train: bool):\n        {call}\n"
    assert [one for finding in found(text) for one in finding.fixes] == []


def test_a_keyword_is_not_added_where_a_position_gives_it() -> None:
    after, lines = mended(net("return nn.Dropout(0.5)(x, None)"))
    assert lines == ["return nn.Dropout(0.5, deterministic=not train)(x, None)"]
    runs(after)


# --- which value -----------------------------------------------------------------------------------------------------

OPTIONAL = {"signature": "self, x, train: bool | None = None", "field": "train: bool | None = None"}
MERGE = "active = nn.merge_param('train', self.train, train)"


@pytest.mark.parametrize("layer", ["Child()(x)", "nn.Dropout(0.5)(x)"])
@pytest.mark.parametrize(
    "merge",
    [
        [MERGE],
        ["train = nn.merge_param('train', self.train, train)"],
        ["if train is None:", "    train = self.train"],
        ["active = self.train if train is None else train"],
    ],
)
def test_the_raw_flag_is_not_handed_on_in_front_of_its_merge(layer: str, merge: list[str]) -> None:
    names = "active" if "active" in merge[0] else "train"
    text = net(f"x = {layer}", *merge, f"return x if {names} else -x", before=CHILD, **OPTIONAL)
    code = "JFX109" if "Child" in layer else "JFX107"
    assert [one for finding in found(text) if finding.code == code for one in finding.fixes] == []


@pytest.mark.parametrize(
    ("layer", "expected"),
    [
        ("Child()(x)", "Child()(x, train=active)"),
        ("nn.Dropout(0.5)(x)", "nn.Dropout(0.5)(x, deterministic=not active)"),
    ],
)
def test_what_the_flag_was_merged_into_is_handed_on(layer: str, expected: str) -> None:
    text = net(MERGE, f"x = {layer}", "return x if active else -x", before=CHILD, **OPTIONAL)
    after, lines = mended(text)
    assert lines == [f"x = {expected}"]
    assert found(after) == []
    runs(after)


@pytest.mark.parametrize(
    "body",
    [
        ["inactive = not nn.merge_param('train', self.train, train)", "return Child()(x) if inactive else x"],
        [MERGE, "active = x.ndim > 2", "return Child()(x) if active else x"],
    ],
)
def test_what_does_not_hold_the_merged_flag_is_not_handed_on(body: list[str]) -> None:
    text = net(*body, before=CHILD, **OPTIONAL)
    assert [one for finding in found(text) if finding.code == "JFX109" for one in finding.fixes] == []


# --- a mode in another field's place ---------------------------------------------------------------------------------


@pytest.mark.parametrize("signature", ["self, x, deterministic", "self, x, deterministic: bool"])
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            ["return nn.Dropout(0.5, False)(x, deterministic=deterministic)"],
            ["return nn.Dropout(0.5)(x, deterministic=deterministic)"],
        ),
        (
            ["drop = nn.Dropout(0.5, True)", "return drop(drop(x, deterministic), deterministic)"],
            ["drop = nn.Dropout(0.5)"],
        ),
    ],
)
def test_a_misplaced_mode_is_dropped_where_the_call_gives_it(
    signature: str, body: list[str], expected: list[str]
) -> None:
    after, lines = mended(net(*body, signature=signature))
    assert lines == expected
    assert found(after) == []
    runs(after)


@pytest.mark.parametrize(
    "call",
    [
        "drop(drop(x), deterministic=deterministic)",
        "drop(x, deterministic=None)",
        "drop(x, **{'deterministic': deterministic})",
        "drop(x, **kwargs)",
    ],
)
def test_a_misplaced_mode_is_left_where_nobody_can_tell_whether_the_calls_give_it(call: str) -> None:
    text = net("drop = nn.Dropout(0.5, False)", f"return {call}", signature="self, x, deterministic, **kwargs")
    assert [one for one in offered(text, "JFX111") if "deterministic=" in one.edits[0].text] == []
