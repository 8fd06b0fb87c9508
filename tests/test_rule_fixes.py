"""Fixes in spellings that once broke them: the changed lines, the safety, and that the result is silent and stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from flake8_flaxargs.config import Config
from flake8_flaxargs.fixing import FixError, apply, fix
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Safety
from flake8_flaxargs.source import Source

HEAD = "import functools\nimport jax\nimport jax.numpy as jnp\nfrom flax import linen as nn\n\n\n"
LAYER = "nn.Dropout(0.5)(x, deterministic=not train)"
MERGE = "train = nn.merge_param('train', self.train, train)"


@pytest.fixture(autouse=True)
def no_other_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The project of ``net.py`` is a folder of its own."""
    (tmp_path / "setup.cfg").write_text("")
    monkeypatch.chdir(tmp_path)


def linted(text: str, path: str = "net.py") -> tuple[Diagnostic, ...]:
    return Linter(Config(cache_directory=None)).lint(Source(path, text))


def offered(text: str, code: str) -> list[Fix]:
    """The fixes of the findings of a rule, of which there must be some."""
    found = [diagnostic for diagnostic in linted(text) if diagnostic.code == code]
    assert found
    return [one for diagnostic in found for one in diagnostic.fixes]


def new_lines(text: str, code: str, safety: Safety) -> list[str]:
    """The lines that the fixes of a file bring, which must be of one safety, silence the rule and not come again."""
    assert {one.safety for one in offered(text, code)} == {safety}
    lint = Linter(Config(cache_directory=None)).lint
    wanted = (Safety.SAFE,) if safety is Safety.SAFE else (Safety.SAFE, Safety.UNSAFE)
    source = Source("net.py", text)
    after = fix(source, lint, wanted)
    assert not {found.code for found in lint(after)} - {found.code for found in lint(source)}
    assert code not in {found.code for found in lint(after)}
    assert fix(after, lint, wanted).raw == after.raw
    old = text.splitlines()
    return [line.strip() for line in after.text.splitlines() if line not in old]


def net(
    *body: str, signature: str = "self, x, train: bool | None = None", field: str = "train: bool | None = None"
) -> str:
    """A Module with a merged argument."""
    lines = "".join(f"        {line}\n" for line in body)
    return f"{HEAD}class Net(nn.Module):\n    {field}\n\n    @nn.compact\n    def __call__({signature}):\n{lines}"


def step(*body: str, model: str = "Net", signature: str = "params, x, key", head: str = HEAD) -> str:
    """A function that runs a Module: ``Net`` draws, ``Norm`` updates."""
    layers = (
        f"class Net(nn.Module):\n    @nn.compact\n    def __call__(self, x, train: bool):\n        return {LAYER}\n\n\n"
        if model == "Net"
        else "class Norm(nn.Module):\n    @nn.compact\n    def __call__(self, x, train: bool):\n"
        "        return nn.BatchNorm(use_running_average=not train)(x)\n\n\n"
    )
    return f"{head}{layers}def step({signature}):\n" + "".join(f"    {line}\n" for line in body)


# --- how the file spells Flax, and where a new import goes -----------------------------------------------------------

BARE = """\
from flax.linen import Module


class Net(Module):
    train: bool | None = None

    def __call__(self, x, train=None):
        return x * 2 if train else x
"""


@pytest.mark.parametrize(
    ("text", "above", "call"),
    [
        (BARE, "from flax.linen import Module", "nn.merge_param"),
        (BARE + "\n\nimport os\n", "from flax.linen import Module", "nn.merge_param"),
        ('"""Doc."""\nfrom __future__ import annotations\n' + BARE, "from flax.linen import Module", "nn.merge_param"),
        (
            '"""Doc."""\nfrom __future__ import annotations\ntry:\n    from flax.linen import Module\n'
            "except ImportError:\n    raise\n" + BARE.partition("\n")[2],
            "from __future__ import annotations",
            "nn.merge_param",
        ),
        (
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from flax import linen as nn\n" + BARE,
            "from flax.linen import Module",
            "linen.merge_param",
        ),
    ],
    ids=["names", "late import", "future", "optional import", "for types alone"],
)
def test_new_import_stands_below_the_ones_that_come_first(text: str, above: str, call: str) -> None:
    after = fix(Source("net.py", text), Linter(Config(cache_directory=None)).lint).text.splitlines()
    imported = f"from flax import linen{'' if call.startswith('linen') else ' as nn'}"
    assert after[after.index(above) + 1] == imported
    assert any(f"train = {call}('train', self.train, train)" in line for line in after)


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (BARE.replace("import Module", "import *"), "merge_param"),
        (
            BARE.replace("from flax.linen import Module", "import flax\nnn = flax.linen\nModule = nn.Module"),
            "nn.merge_param",
        ),
    ],
    ids=["star import", "alias"],
)
def test_a_file_that_has_merge_param_by_any_way_needs_no_import(text: str, call: str) -> None:
    assert new_lines(text, "JFX101", Safety.SAFE) == [f"train = {call}('train', self.train, train)"]


def test_a_class_in_a_function_sees_the_names_of_the_function() -> None:
    inner = BARE.partition("\n\n\n")[2].replace("\n", "\n    ").replace("(Module)", "(nn.Module)")
    local = f"def make():\n    from flax import linen as nn\n    {inner}\n    return Net\n"
    assert (
        f"{'':12}{MERGE}" in fix(Source("net.py", local), Linter(Config(cache_directory=None)).lint, tuple(Safety)).text
    )
    shadowed = f"from flax import linen as nn\nM = nn.Module\ndef make(nn):\n    {inner.replace('nn.Module', 'M')}\n"
    after = fix(Source("net.py", shadowed), Linter(Config(cache_directory=None)).lint, tuple(Safety)).text
    assert "from flax import linen\n" in after
    assert "train = linen.merge_param(" in after


# --- merges ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("return x if train else -x", f"{MERGE}; return x if train else -x"),
        ("'Doc.'; return x if train else -x", f"'Doc.'; {MERGE}; return x if train else -x"),
    ],
)
def test_merge_goes_into_a_method_of_one_line(line: str, expected: str) -> None:
    text = (
        f"{HEAD}class Net(nn.Module):\n    train: bool | None = None\n    def __call__(self, x, train=None): {line}\n"
    )
    assert new_lines(text, "JFX101", Safety.SAFE) == [f"def __call__(self, x, train=None): {expected}"]


def test_merge_goes_behind_a_docstring_that_shares_its_line() -> None:
    text = net('"""Doc."""; y = x', "return y if train else -y")
    assert new_lines(text, "JFX101", Safety.SAFE) == [f'"""Doc."""; {MERGE}; y = x']


def test_a_parameter_that_was_ignored_is_unsafe_to_merge() -> None:
    text = net("return x if self.train else -x")
    assert new_lines(text, "JFX101", Safety.UNSAFE) == [MERGE, "return x if train else -x"]


def test_comments_of_a_merge_by_hand_keep_lines_of_their_own() -> None:
    text = net("if train is None:  # one", "    # two", "    train = self.train  # three", f"return {LAYER}")
    assert new_lines(text, "JFX102", Safety.SAFE) == ["# one", "# two", f"{MERGE}  # three"]


def test_a_merge_in_an_expression_moves_up_where_the_raw_value_is_read_once_more() -> None:
    hand = "nn.Dropout(0.5)(x, deterministic=not (train if train is not None else self.train))"
    text = net(f"y = {hand}", "return y if train else x")
    assert new_lines(text, "JFX102", Safety.UNSAFE) == [MERGE, "y = nn.Dropout(0.5)(x, deterministic=not (train))"]


RATE = "self, x, rate: float | None = None"
RATE_FIELD = "rate: float | None = None"
MERGED_RATE = "nn.merge_param('rate', self.rate, rate)"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["rate = rate or self.rate or 0.1"], f"rate = {MERGED_RATE} or 0.1"),
        (["rate = rate or (self.rate or 0.1)"], f"rate = {MERGED_RATE}"),
        (["rate = rate or self.rate or cfg.rate"], f"rate = {MERGED_RATE} or cfg.rate"),
        (["rate = rate if rate is not None else self.rate if self.rate is not None else 0.1"], f"rate = {MERGED_RATE}"),
        (["rate = (0.1 if self.rate is None else self.rate) if rate is None else rate"], f"rate = {MERGED_RATE}"),
        (["rate = rate if rate is not None else self.rate or 0.1"], f"rate = {MERGED_RATE}"),
        (["if rate is None:", "    rate = self.rate or 0.1"], f"rate = {MERGED_RATE}"),
        (["rate = rate or self.rate", "if rate is None:", "    rate = 0.1"], f"rate = {MERGED_RATE}"),
    ],
)
def test_a_default_behind_a_merge_by_hand_is_told(lines: list[str], expected: str) -> None:
    text = net(*lines, "return nn.Dropout(rate)(x)", signature=RATE, field=RATE_FIELD)
    (found,) = (diagnostic for diagnostic in linted(text) if diagnostic.code == "JFX102")
    assert "None goes on" not in found.message
    assert found.fixes[0].reason == "`rate` has a default for where neither is given: merging raises there"
    assert new_lines(text, "JFX102", Safety.UNSAFE) == [expected]


def test_none_goes_on_where_no_default_stands_behind_a_merge_by_hand() -> None:
    text = net("rate = rate or self.rate", "return nn.Dropout(rate)(x)", signature=RATE, field=RATE_FIELD)
    (found,) = (diagnostic for diagnostic in linted(text) if diagnostic.code == "JFX102")
    assert "and None goes on where neither is" in found.message


@pytest.mark.parametrize(
    ("name", "annotation", "lost"),
    [
        ("rate", ": float | None", "0"),
        ("train", ": bool | None", "False"),
        ("rate", ": 'float | None'", "0"),
        ("train", "", "False"),
        ("mix", "", "0 or False"),
    ],
)
def test_what_a_test_on_truth_loses_is_told_by_its_type(name: str, annotation: str, lost: str) -> None:
    # an attribute needs an annotation to be one
    text = net(
        f"{name} = {name} or self.{name}",
        f"return x * {name}",
        signature=f"self, x, {name}{annotation} = None",
        field=f"{name}{annotation or ': object'} = None",
    )
    (found,) = offered(text, "JFX102")
    assert f"an explicit {lost} was lost, and now counts" in found.reason


HAND = net("if train is None:", "    train = self.train", f"return {LAYER}")


@pytest.mark.parametrize(
    ("use", "reason"),
    [
        ("def f(v, x):\n    return Net().apply(v, x, train=True)", ""),
        ("def f(v, x):\n    net = Net(train=True)\n    return net.init(v, x), net.apply(v, x)", ""),
        ("class Out(nn.Module):\n    def setup(self):\n        self.inner_net = Net()\n\n"
         "    def __call__(self, x, train: bool):\n        return self.inner_net(x, train)", ""),
        ('__all__ = ["Net"]\n\n\ndef f(net: Net) -> "Net":\n    """Net."""\n    return net', ""),
        ("def f(x):\n    return Net(train=True)(x, train=False)", "both of construction and call at net.py:18"),
        ("def f(v, x):\n    net = Net()\n    return net.apply(v, x)", "neither of construction and call at net.py:19"),
        ("def f(x):\n    return Net()(x, train=None)", "neither of construction and call at net.py:18"),
        ("def f(x, train=None):\n    return Net()(x, train)", "whether `train` is given at net.py:18 cannot be told"),
        ("def f(x, **given):\n    return Net()(x, **given)", "whether `train` is given at net.py:18 cannot be told"),
        ("def f():\n    return Net(train=True)", "the instance made at net.py:18 is called, and with what, is not"),
        ("net = Net(train=True)", "the instance made at net.py:17 is called, and with what, is not followed"),
        ("N = Net\nMODELS = [\n    N\n]", "used in a way that is not followed at net.py:19"),
        ("MODELS = dict(\n    net=\n    Net\n)", "used in a way that is not followed at net.py:19"),
        ('import sys\nnet = getattr(sys.modules[__name__], "Net")', "used in a way that is not followed at net.py:18"),
    ],
)  # fmt: skip
def test_a_merge_is_safe_only_where_each_use_gives_the_argument_once(use: str, reason: str) -> None:
    (found,) = offered(f"{HAND}\n\n{use}\n", "JFX102")
    assert found.safety is (Safety.UNSAFE if reason else Safety.SAFE), found.reason
    assert reason in found.reason


def test_a_use_in_another_file_counts_also_by_another_name(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(HAND)
    lint = Linter(Config(cache_directory=None)).lint_path
    assert lint(tmp_path / "net.py")[0].fixes[0].safety is Safety.SAFE
    (tmp_path / "use.py").write_text("from net import Net as N\n\n\ndef f(x):\n    return N()(x)\n")
    (found,) = Linter(Config(cache_directory=None)).lint_path(tmp_path / "net.py")
    assert (found.fixes[0].safety, "use.py:5" in found.fixes[0].reason) == (Safety.UNSAFE, True)


def test_a_class_that_calls_itself_may_give_neither() -> None:
    text = HAND + "\n    def twice(self, x):\n        return self(self(x))\n"
    assert offered(text, "JFX102")[0].safety is Safety.UNSAFE


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        ("bool or int", "(bool or int) | None"),
        ("(bool if True else int)", "((bool if True else int) | None)"),
        ('"bool"', '"bool | None"'),
        ("bool", "bool | None"),
    ],
)
def test_none_joins_an_annotation_as_a_whole(annotation: str, expected: str) -> None:
    text = net(MERGE, f"return {LAYER}", field=f"train: {annotation} = False")
    assert new_lines(text, "JFX103", Safety.UNSAFE) == [f"train: {expected} = None"]


def test_a_thrown_away_result_in_parentheses_is_bound_outside_of_them() -> None:
    text = net("(nn.merge_param('train', self.train, train))", f"return {LAYER}")
    assert new_lines(text, "JFX105", Safety.SAFE) == ["train = (nn.merge_param('train', self.train, train))"]


def test_an_augmented_assignment_past_a_merge_is_left_alone() -> None:
    text = net("t = nn.merge_param('train', self.train, train)", "train |= t", "return x")
    assert offered(text, "JFX105") == []


# --- arguments and modes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signature", "call", "expected"),
    [
        ("self, x, train", "nn.Dropout(0.5)(x, deterministic=None)", "nn.Dropout(0.5)(x, deterministic=not train)"),
        ("self, x", "nn.BatchNorm()(x)", "nn.BatchNorm()(x, use_running_average=not self.training)"),
    ],
)
def test_a_mode_given_nowhere_takes_the_flag_in_scope(signature: str, call: str, expected: str) -> None:
    text = net("y = self.training", f"return {call}", signature=signature, field="training: bool")
    assert new_lines(text, "JFX107", Safety.UNSAFE) == [f"return {expected}"]


@pytest.mark.parametrize("code", ["JFX107", "JFX109"])
def test_a_keyword_is_not_added_to_what_a_transform_has_lifted(code: str) -> None:
    layer = "nn.Dropout" if code == "JFX107" else "Block"
    block = (
        "class Block(nn.Module):\n    rate: float\n\n    @nn.compact\n    def __call__(self, x, train: bool = False):\n"
        "        return nn.Dropout(0.5, deterministic=not train)(x)\n\n\n"
    )
    body = (f"lifted = nn.vmap({layer}, variable_axes={{'params': 0}}, split_rngs={{'dropout': True}})",
            "return lifted(0.5)(x)")  # fmt: skip
    text = net(*body, signature="self, x, train: bool", field="width: int = 1").replace(
        "class Net", block + "class Net"
    )
    assert offered(text, code) == []


def test_an_argument_that_is_no_mode_gets_no_mode() -> None:
    scaled = (
        "class Scaled(nn.Module):\n    scale: float | None = None\n\n    def __call__(self, x, scale=None):\n"
        "        return x * nn.merge_param('scale', self.scale, scale)\n\n\n"
    )
    text = net("return Scaled()(x)", signature="self, x, train: bool", field="width: int = 1")
    assert offered(text.replace("class Net", scaled + "class Net"), "JFX107") == []


def test_the_keyword_goes_before_the_parentheses_of_its_value() -> None:
    text = net("return nn.Dropout(0.5, (not train))(x)", signature="self, x, train: bool", field="width: int = 1")
    assert new_lines(text, "JFX111", Safety.UNSAFE) == ["return nn.Dropout(0.5, deterministic=(not train))(x)"]


RUN = "return Net().apply(params, x, train, rngs={'dropout': key})"


@pytest.mark.parametrize(
    ("decorator", "head", "expected"),
    [
        ("@jax.jit", HEAD, ["@functools.partial(jax.jit, static_argnames=('train',))"]),
        ("@jax.pmap", HEAD, ["@functools.partial(jax.pmap, static_broadcasted_argnums=(3,))"]),
        ("@jax.checkpoint", HEAD, ["@functools.partial(jax.checkpoint, static_argnums=(3,))"]),
        ("@fast", HEAD + "from jax import jit as fast\n", ["@functools.partial(fast, static_argnames=('train',))"]),
        ("@functools.partial(jax.jit, static_argnums=1)", HEAD, ["@functools.partial(jax.jit, static_argnums=(1, 3))"]),
        (
            "@jax.jit",
            HEAD.replace("import functools", "if False:\n    functools = None"),
            ["from functools import partial", "@partial(jax.jit, static_argnames=('train',))"],
        ),
    ],
)
def test_a_traced_flag_becomes_static(decorator: str, head: str, expected: list[str]) -> None:
    text = step(RUN, signature="params, x, key, train", head=head).replace("def step", f"{decorator}\ndef step")
    assert new_lines(text, "JFX113", Safety.SAFE) == expected


@pytest.mark.parametrize(
    ("decorator", "said"),
    [
        ("@jax.jit", "is traced by `jax.jit` and asked for by Python in `Net` (line 10): make it static"),
        ("@jax.pmap", "is traced by `jax.pmap` and"),
        ("@functools.partial(jax.pmap, axis_name='i')", "is traced by `jax.pmap` and"),
        ("@jax.checkpoint", "is traced by `jax.checkpoint` and"),
        ("@jax.remat", "is traced by `jax.remat` and"),
        (
            "@functools.partial(jax.shard_map, mesh=None, in_specs=None, out_specs=None)",
            "is traced by `jax.shard_map` and asked for by Python in `Net` (line 10): give it before, with",
        ),
    ],
)
def test_the_transform_that_traces_a_flag_is_named(decorator: str, said: str) -> None:
    text = step(RUN, signature="params, x, key, train").replace("def step", f"{decorator}\ndef step")
    (found,) = (diagnostic for diagnostic in linted(text) if diagnostic.code == "JFX113")
    assert said in found.message


def test_a_traced_flag_of_a_nested_function_becomes_static() -> None:
    text = step("@jax.jit", "def inner(params, x, key, train):", f"    {RUN}", "return inner", signature="")
    assert new_lines(text, "JFX113", Safety.SAFE) == ["@functools.partial(jax.jit, static_argnames=('train',))"]


# --- keys ------------------------------------------------------------------------------------------------------------

APPLY = "return Net().apply({'params': params}, x, train=True)"


@pytest.mark.parametrize(
    "line",
    [
        "key, sub = jax.random.split(key)",
        "[key, sub] = jax.random.split(key)",
        "sub = jax.random.split(key)[1]",
        "sub = jax.random.fold_in(key, 1)",
    ],
)
def test_a_key_that_was_split_off_is_given(line: str) -> None:
    assert new_lines(step(line, APPLY), "JFX201", Safety.UNSAFE) == [f"{APPLY[:-1]}, rngs={{'dropout': sub}})"]


@pytest.mark.parametrize(
    ("parameter", "line", "key"),
    [
        ("key", "", "key"),
        ("rng", "", "rng"),
        ("key: jax.Array", "", "key"),
        ("prng_key: 'jax.random.PRNGKey'", "", "prng_key"),
        ("dropout_rng", "", "dropout_rng"),
        ("*, train_key", "", "train_key"),
        ("seed", "key = jax.random.key(seed)", "key"),
        ("seed", "rng = jax.random.PRNGKey(seed)", "rng"),
        ("seed", "first, second = jax.random.split(jax.random.key(seed))", "first"),
        ("key", "self.key = x.key(key=1)", "key"),
    ],
)
def test_a_key_that_nothing_else_uses_is_given(parameter: str, line: str, key: str) -> None:
    text = step(*([line] if line else []), APPLY, signature=f"params, x, {parameter}")
    assert new_lines(text, "JFX201", Safety.UNSAFE) == [f"{APPLY[:-1]}, rngs={{'dropout': {key}}})"]


def test_a_key_of_the_module_is_given_to_a_call_of_the_module() -> None:
    lines = "key = jax.random.key(0)\nparams, x = {}, jnp.ones(3)\ny = Net().apply(params, x, train=True)\n"
    given = "y = Net().apply(params, x, train=True, rngs={'dropout': key})"
    assert new_lines(f"{step('return x')}\n\n{lines}".replace("x, key)", "x)"), "JFX201", Safety.UNSAFE) == [given]


def test_no_key_is_offered_to_two_calls() -> None:
    twice = ("y = Net().apply(params, x, train=True)", "return y, Net().apply(params, x, train=True)")
    split = step("first, second = jax.random.split(key)", *twice)
    assert new_lines(split, "JFX201", Safety.UNSAFE) == [
        "y = Net().apply(params, x, train=True, rngs={'dropout': first})",
        "return y, Net().apply(params, x, train=True, rngs={'dropout': second})",
    ]
    assert [one.safety for one in offered(step(*twice), "JFX201")] == [Safety.UNSAFE, Safety.DISPLAY]


USED = "`key` may be used elsewhere, too"
NONE = "no name here surely holds a key"


@pytest.mark.parametrize(
    ("signature", "lines", "shown", "reason"),
    [
        ("params, x, key", ["sub = jax.random.split(key, 3)", APPLY], "jax.random.fold_in(key, 1)", USED),
        ("params, x, key", ["x += jax.random.normal(key, x.shape)", APPLY], "jax.random.fold_in(key, 1)", USED),
        ("params, x", ["a, sub = jnp.split(x, 2)", APPLY], "jax.random.key(0)", NONE),
        ("params, x", ["a, sub = 'a b'.split()", APPLY], "jax.random.key(0)", NONE),
        ("params, x, key=None", [APPLY], "jax.random.key(0)", NONE),
        ("params, x, key: str", [APPLY], "jax.random.key(0)", NONE),
        ("params, x, key: jax.Array | None", [APPLY], "jax.random.key(0)", NONE),
        ("params, x, init_key", [APPLY], "jax.random.key(0)", NONE),
        ("params, x, rngs", [APPLY], "jax.random.key(0)", NONE),
        ("params, x", ["if x.ndim:", "    key = jax.random.PRNGKey(1)", APPLY], "jax.random.PRNGKey(0)", NONE),
        (
            "params, x, key",
            ["def inner():", "    key2, sub = jax.random.split(key)", APPLY],
            "jax.random.fold_in(key, 1)",
            USED,
        ),
        (
            "params, xs, key",
            ["for x in xs:", f"    {APPLY}"],
            "jax.random.fold_in(key, 1)",
            "`key` is the same in each pass of the loop",
        ),
    ],
)
def test_what_may_be_no_fresh_key_is_not_given(signature: str, lines: list[str], shown: str, reason: str) -> None:
    text = step(*lines, signature=signature)
    (found,) = offered(text, "JFX201")
    assert (found.safety, reason in found.reason) == (Safety.DISPLAY, True), found.reason
    after, _ = apply(Source("net.py", text), [found])
    assert f"rngs={{'dropout': {shown}}})" in after.text
    assert "JFX201" not in {diagnostic.code for diagnostic in linted(after.text)}


def test_a_key_that_is_shown_brings_the_import_that_it_needs() -> None:
    text = step(
        APPLY, signature="params, x", head=HEAD.replace("import jax\n", "").replace("import jax.numpy as jnp\n", "")
    )
    after, _ = apply(Source("net.py", text), offered(text, "JFX201"))
    assert "import jax\n" in after.text
    other = text.replace("import functools", "from jax import random as r")
    assert offered(other, "JFX201")[0].edits[0].text.endswith("r.key(0)}")


def test_a_bound_module_gets_its_key_where_it_is_bound() -> None:
    text = step("key, sub = jax.random.split(key)", "net = Net().bind({'params': params})", "return net(x, train=True)")
    expected = "net = Net().bind({'params': params}, rngs={'dropout': sub})"
    assert new_lines(text, "JFX201", Safety.UNSAFE) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "return Net(name='drop_out').apply(params, x, train=True, rngs={'drop_out': key})",
            "return Net(name='drop_out').apply(params, x, train=True, rngs={'dropout': key})",
        ),
        (
            "y = x['drop_out']; return Net().apply(params, x, train=True, rngs=dict(drop_out=key))",
            "y = x['drop_out']; return Net().apply(params, x, train=True, rngs=dict(dropout=key))",
        ),
    ],
)
def test_a_stream_is_renamed_in_rngs_and_nowhere_else(line: str, expected: str) -> None:
    assert new_lines(step(line), "JFX204", Safety.SAFE) == [expected]


def test_a_stream_in_a_dict_that_others_read_is_only_shown() -> None:
    lines = (
        "rngs = {'drop_out': key}",
        "y = Net().apply(params, x, train=True, rngs=rngs)",
        "return y, rngs['drop_out']",
    )
    (found,) = offered(step(*lines), "JFX204")
    assert found.safety is Safety.DISPLAY
    after, _ = apply(Source("net.py", step(*lines)), [found])
    assert "rngs={**rngs, 'dropout': rngs['drop_out']})" in after.text
    assert "JFX204" not in {diagnostic.code for diagnostic in linted(after.text)}


def test_a_stream_that_a_params_key_served_is_unsafe_to_split() -> None:
    text = HEAD + (
        "class Net(nn.Module):\n    @nn.compact\n    def __call__(self, x):\n"
        "        lifted = nn.vmap(nn.Dropout, variable_axes={}, split_rngs={'params': True})\n"
        "        return lifted(0.5, deterministic=False)(x)\n\n\n"
        "def step(x, key):\n    return Net().apply({}, x, rngs={RNGS})\n"
    )
    served = text.replace("RNGS", "'params': key, 'dropout': key")
    assert {one.safety for one in offered(served, "JFX203")} == {Safety.UNSAFE}
    assert {one.safety for one in offered(text.replace("RNGS", "'dropout': key"), "JFX203")} == {Safety.SAFE}


# --- collections -----------------------------------------------------------------------------------------------------

UPDATE = "Norm().apply(params, x, train=True"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ([f"y = {UPDATE})", "return y"], f"y, updates = {UPDATE}, mutable=['batch_stats'])"),
        ([f"y = {UPDATE}, mutable=False)", "return y"], f"y, updates = {UPDATE}, mutable=['batch_stats'])"),
        (["updates = 1", f"y = {UPDATE})", "return updates"], f"y, updates_2 = {UPDATE}, mutable=['batch_stats'])"),
        ([f"y, s = {UPDATE}, mutable='seen')", "return y"], f"y, s = {UPDATE}, mutable=['seen', 'batch_stats'])"),
        ([f"y, s = {UPDATE}, mutable=['batchstats'])", "return y"], f"y, s = {UPDATE}, mutable=['batch_stats'])"),
    ],
)
def test_a_collection_is_let_through_and_taken(lines: list[str], expected: str) -> None:
    assert new_lines(step(*lines, model="Norm"), "JFX301", Safety.UNSAFE) == [expected]


def test_a_result_that_is_not_bound_is_only_shown_how() -> None:
    text = step(f"return {UPDATE}).mean()", model="Norm")
    (found,) = offered(text, "JFX301")
    assert found.safety is Safety.DISPLAY
    after, _ = apply(Source("net.py", text), [found])
    assert f"return {UPDATE}, mutable=['batch_stats'])[0].mean()" in after.text


PAIR = f"{UPDATE}, mutable=['batch_stats'])"


@pytest.mark.parametrize(
    ("use", "safety"),
    [("y.mean()", Safety.SAFE), ("y - x", Safety.SAFE), ("y + x", Safety.UNSAFE), ("2 * y", Safety.UNSAFE)],
)
def test_a_pair_is_safe_to_unpack_where_no_tuple_bears_its_use(use: str, safety: Safety) -> None:
    text = step(f"y = {PAIR}", f"z = {use}", "return z", model="Norm")
    assert new_lines(text, "JFX303", safety) == [f"y, updates = {PAIR}"]


@pytest.mark.parametrize("use", ["jax.lax.stop_gradient(y)", "jax.lax.pmean(y, 'i')", "optax.global_norm(y)"])
def test_what_takes_whole_trees_shows_no_array(use: str) -> None:
    text = step(f"y = {PAIR}", f"z = {use}", "return z", model="Norm", head="import optax\n" + HEAD)
    assert "JFX303" not in {found.code for found in linted(text)}


def test_a_name_of_the_module_is_not_overwritten() -> None:
    text = (
        step("return 0", model="Norm")
        + f"\n\nparams, x, updates = {{}}, jnp.ones(2), 3\ny = {PAIR}\nprint(y.sum(), updates)\n"
    )
    assert [line for line in new_lines(text, "JFX303", Safety.SAFE) if "=" in line] == [f"y, updates_2 = {PAIR}"]


# --- lifted calls ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("transform", "options", "expected"),
    [
        ("vmap", "in_axes=0", "in_axes=(0, None)"),
        ("vmap", "in_axes=(0,)", "in_axes=(0, None,)"),
        ("vmap", "in_axes=(0, None)", "in_axes=(0, None)"),
        ("vmap", "out_axes=0", "out_axes=0, in_axes=(0, None)"),
        ("scan", "length=3", "length=3, in_axes=(nn.broadcast,)"),
    ],
)
def test_a_dropped_keyword_is_shown_by_position(transform: str, options: str, expected: str) -> None:
    block = (
        "class Block(nn.Module):\n    @nn.compact\n    def __call__(self, x, train: bool = False):\n"
        "        return nn.Dropout(0.5, deterministic=not train)(x)\n\n\n"
    )
    body = (f"lifted = nn.{transform}(Block, {options})", "return lifted()(x, train=train)")
    text = net(*body, signature="self, x, train: bool", field="width: int = 1")
    text = text.replace("class Net", block + "class Net")
    (found,) = offered(text, "JFX114")
    assert found.safety is Safety.DISPLAY
    after, _ = apply(Source("net.py", text), [found])
    assert f"nn.{transform}(Block, {expected})" in after.text
    assert "return lifted()(x, train)" in after.text


# --- refused ---------------------------------------------------------------------------------------------------------


def test_a_result_that_parses_but_does_not_compile_is_refused() -> None:
    place = Position(1, 0)
    wrong = Fix("Import", (Edit(Range(place, place), "import a\n"),), Safety.SAFE, "a test")
    with pytest.raises(FixError, match=r"from __future__ imports must occur at the beginning"):
        apply(Source("net.py", "from __future__ import annotations\n"), [wrong])


def test_a_statement_that_libcst_takes_for_wrong_does_not_end_the_run() -> None:
    text = net("t = not(train if train is not None else self.train)", "return nn.Dropout(0.5, deterministic=t)(x)")
    assert [found.code for found in linted(text)] == ["JFX000"]


def test_a_form_feed_before_a_statement_is_no_part_of_its_indent() -> None:
    """Python starts to count columns anew after it, so a copy of it would stand for less."""
    head = "from flax import linen as nn\n\n\nclass Net(nn.Module):\n    train: bool | None = None\n\n    @nn.compact\n"
    method = "    def __call__(self, x, train: bool | None = None):\n        '''What it does.'''\n"
    text = f"{head}{method}\x0c        x = nn.Dense(2)(x)\n        return nn.Dropout(0.5, deterministic=not train)(x)\n"
    source = Source("net.py", text)
    linter = Linter(Config(cache_directory=None))
    fixed = fix(source, linter.lint, (Safety.SAFE,))
    merge = "        train = nn.merge_param('train', self.train, train)\n"
    assert fixed.raw == text.replace("\x0c", merge + "\x0c")


def test_a_form_feed_before_a_statement_of_the_module_counts_as_a_column() -> None:
    """libcst drops it there, and counts columns as if it were not."""
    head = f"import jax\nfrom flax import linen as nn\n\n\n{net('return nn.Dropout(0.5, deterministic=not train)(x)')}"
    step_text = "def step(variables, x, train):\n    return Net().apply(variables, x, train)\n\n\n"
    text = f"{head}\n\n{step_text}\x0cfast = jax.pmap(step)\n"
    (found,) = offered(text, "JFX113")
    assert apply(Source("net.py", text), [found])[0].raw == text.replace(
        "jax.pmap(step)", "jax.pmap(step, static_broadcasted_argnums=(2,))"
    )


def test_a_flag_that_one_of_two_transforms_knows_already_is_left_to_the_author() -> None:
    decorators = "@functools.partial(jax.jit, static_argnames=('train',))\n@jax.jit\n"
    head = f"import functools\n\nimport jax\nfrom flax import linen as nn\n\n\n{net('return x')}\n\n"
    text = f"{head}{decorators}def step(x, train):\n    return x if train else -x\n"
    assert any(found.code == "JFX113" for found in linted(text))
    assert offered(text, "JFX113") == []


def test_a_position_is_made_static_at_the_transform_alone() -> None:
    """A decorator's call may be of anything that hands the transform on."""
    layer = "return nn.Dropout(0.5)(x, deterministic=deterministic)"
    text = net(layer, signature="self, x, deterministic: bool = True")
    text = text.replace("@nn.compact\n", "@nn.compact\n    @nn.merge_param('rate', nn.remat, None)\n")
    assert offered(text, "JFX113") == []
