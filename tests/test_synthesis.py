"""Constructor arguments and inputs that are made up: they run in Flax, and what cannot be made up is said."""

from __future__ import annotations

import inspect
import tomllib
from typing import Any

import flax.linen as nn
import jax
import jax.numpy as jnp
import msgspec
import pytest

from flake8_flaxargs.shim.abstract_runs import is_spec
from flake8_flaxargs.shim.constructor_values import fields
from flake8_flaxargs.shim.hints import hints
from flake8_flaxargs.shim.input_shapes import parameters
from flake8_flaxargs.shim.records import Hints, Override
from flake8_flaxargs.shim.specs import Spec
from flake8_flaxargs.shim.synthesis import (
    NotSynthesised,
    Synthesised,
    abstract,
    arguments,
    cases,
    concrete,
    synthesise,
)

from .suite import zoo
from .suite.fixtures import fixtures, imported

FLAGS = ("train", "training", "is_training", "deterministic", "use_running_average", "eval")
IMPOSSIBLE = (zoo.OddRank, zoo.Registered, zoo.Opaque)
FAULTY = (zoo.ReadsTheAttribute,)
ZOO = [
    cls
    for cls in vars(zoo).values()
    if isinstance(cls, type)
    and issubclass(cls, nn.Module)
    and cls.__module__ == zoo.__name__
    and cls not in (*IMPOSSIBLE, *FAULTY)
]


def found(
    cls: type[nn.Module], override: Override | None = None, said: Hints | None = None, method: str = "__call__"
) -> Synthesised:
    names = parameters(cls, method)
    merged = [name for name in names if name in fields(cls)]
    flags = [name for name in names if name in FLAGS and name not in merged]
    return synthesise(cls, method, merged, flags, override or Override(), said or Hints())


def written(cls: type, path: str = "zoo.py") -> Hints:
    return hints({path: inspect.getsource(zoo)}, path, cls.__name__, "__call__")


def run(cls: type[nn.Module], made: Synthesised, method: str = "__call__") -> Any:
    """In Flax, on real values."""
    module = cls(**made.attributes)
    given = {**made.call, **made.merged}
    call = jax.tree_util.tree_map(lambda leaf: concrete(leaf, 1) if is_spec(leaf) else leaf, given, is_leaf=is_spec)
    positional, named = arguments(cls, method, {**call, **made.static, **made.flags})
    variables = module.init(jax.random.key(0), *positional, method=method, **named)
    rngs = {name: jax.random.key(number) for number, name in enumerate(made.streams)}
    return module.apply(variables, *positional, rngs=rngs, mutable=True, method=method, **named)[0]


@pytest.mark.parametrize("cls", ZOO, ids=lambda cls: cls.__name__)
def test_module_is_made_and_called_without_set_up(cls: type[nn.Module]) -> None:
    output = run(cls, found(cls, said=written(cls)))
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree_util.tree_leaves(output))


def test_there_are_enough_modules() -> None:
    assert len(ZOO) >= 40


def test_axes_differ_in_size() -> None:
    made = found(zoo.TransformerEncoder)
    assert made.call["tokens"].shape == made.call["mask"].shape == (2, 6)
    assert made.attributes["d_model"] % made.attributes["num_heads"] == 0
    assert found(zoo.LeNet).call["x"].shape == (2, 16, 16, 3)


def test_words_are_below_the_number_of_embeddings() -> None:
    assert found(zoo.Bert).call["token_type_ids"].below == 2
    words = concrete(Spec("int32", (50,), 3), 0)
    assert set(words.tolist()) == {0, 1, 2}


def test_streams_are_those_that_are_drawn() -> None:
    assert found(zoo.SamplingVae).streams == ("dropout", "latent")
    assert found(zoo.Mlp).streams == ()


def test_layers_act() -> None:
    """A rate of 0 would make every fix of a mode look right."""
    made = found(zoo.DroppedMlp)
    assert made.attributes["rate"] > 0
    assert made.flags == {"train": True}
    assert made.streams == ("dropout",)


def test_merged_arguments_are_left_to_the_caller() -> None:
    made = found(zoo.Temperature)
    assert "temperature" not in {**made.attributes, **made.call, **made.static}
    assert isinstance(made.merged["temperature"], float)
    assert found(zoo.NormedNet).merged == {"use_running_average": False}


def test_merged_argument_that_only_the_constructor_takes() -> None:
    """As in code before the fix: the parameter is never read, and the attribute's None fails."""
    made = found(zoo.ReadsTheAttribute)
    assert made.merged == {"use_running_average": False}
    assert "use_running_average" not in made.attributes


def test_other_method() -> None:
    assert run(zoo.WithSetup, found(zoo.WithSetup, method="encode"), "encode").shape == (2, 8)


def test_nested_input_is_a_tree_of_specs() -> None:
    made = found(zoo.DictInput)
    assert made.call["batch"]["tokens"].dtype == "int32"
    assert isinstance(found(zoo.GraphNet).call["graph"], zoo.Graph)


def test_same_answer_every_time() -> None:
    assert found(zoo.Critic) == found(zoo.Critic)
    spec = Spec("float32", (2, 3))
    assert (concrete(spec, 3) == concrete(spec, 3)).all()
    assert (concrete(spec, 3) != concrete(spec, 4)).any()
    assert abstract(spec).shape == concrete(spec, 0).shape


def lines(error: NotSynthesised) -> Override:
    """The settings that a message tells to write, as TOML."""
    text = str(error).partition("pyproject.toml:\n")[2]
    (settings,) = tomllib.loads(text)["tool"]["flaxargs"]["verify"].values()
    return msgspec.convert(settings, Override)


@pytest.mark.parametrize(
    ("cls", "said", "filled"),
    [
        (zoo.OddRank, "x", {"call": ["float32[2,1,1,2,1,2,3]"]}),
        (zoo.Registered, "KeyError", {"attributes": {"key": "vit-tiny"}}),
        (zoo.Opaque, "thing", {"attributes": {"thing": f"{zoo.__name__}:WIDTH"}}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_what_cannot_be_made_up_is_said_with_the_line_to_write(
    cls: type[nn.Module], said: str, filled: dict[str, Any]
) -> None:
    with pytest.raises(NotSynthesised) as raised:
        found(cls, said=written(cls))
    message = str(raised.value)
    assert f'[tool.flaxargs.verify."{zoo.__name__}:{cls.__name__}"]' in message
    assert said in message
    told = lines(raised.value)
    for name in filled:
        assert getattr(told, name)
    run(cls, found(cls, Override(**filled)))


def test_settings_are_taken_as_they_are() -> None:
    made = found(zoo.Mlp, Override(attributes={"features": [3, 5]}, call=["float32[4,7]"]))
    assert made.attributes == {"features": (3, 5)}
    assert made.call == {"x": Spec("float32", (4, 7))}
    assert "settings" in made.origin
    named = found(zoo.Diffusion, Override(call={"x": "f32[1,4,4,2]", "t": "float32[1]", "class_labels": "int32[1]<3"}))
    assert named.call["class_labels"] == Spec("int32", (1,), 3)


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (Override(call=["float32[2,8"]), "float32[2,8]"),
        (Override(call=["float32[2,8]", "float32[2,8]"]), "there is no more to give than x"),
        (Override(call=["float32[]"]), "with the arguments of the settings it fails"),
        (Override(attributes={"feature": 3}), "unexpected keyword argument 'feature'"),
    ],
)
def test_settings_that_do_not_fit_are_refused(override: Override, said: str) -> None:
    with pytest.raises(NotSynthesised, match=r"cannot run .*zoo:Mlp") as raised:
        found(zoo.Mlp, override)
    assert said in str(raised.value)


def test_cases_of_a_factory() -> None:
    override = Override(cases=f"{zoo.__name__}:some_cases")
    first, second = cases(zoo.OddRank, "__call__", (), (), override)
    assert first.call == {"x": Spec("float32", (2, 1, 2, 1, 2, 1, 3))}
    assert second.static["x"].shape == (1, 1, 1, 1, 1, 1, 2)
    with pytest.raises(NotSynthesised, match="no_such"):
        found(zoo.OddRank, Override(cases=f"{zoo.__name__}:no_such"))


CALLS = """
import functools
from net import Net
WIDTH = 4 * 4
x = jnp.ones((1, 28, 28, 1))

def test_net(key):
    net = Net(WIDTH, rate=0.1)
    words = np.random.randint(0, 100, (2, 5))
    net.init(key, x, tokens=words, train=True)
    Net(features=[3, 4]).apply(v, jax.random.normal(key, (4, 10)), jnp.arange(10).reshape(2, -1), jnp.zeros(3, bool))
    functools.partial(Net, features=8)
    Other(7).init(key, jnp.ones((9, 9)))
    net.apply(v, jnp.ones(3), method=Net.encode)
"""
NET = '''
class Net(nn.Module):
    """Net."""

    def __call__(self, x: "Float[Array, '*b length d=3']", mask=None, tokens=None, train=False):
        """Does it (well).

        Args:
            x (jax.Array): the input.
            mask (optional): boolean mask of shape (batch, length).
            tokens (int): int32 ids, (batch, seq_len).
        """
'''


def test_hints_of_a_project() -> None:
    said = hints(
        {"net.py": NET, "test_net.py": CALLS, "broken.py": "Net(", "other.py": "class Net: ..."},
        "net.py",
        "Net",
        "__call__",
    )
    assert [values for _, values in said.attributes] == [{"0": 16, "rate": 0.1}, {"features": (3, 4)}, {"features": 8}]
    assert said.attributes[0][0] == "test_net.py:8"
    assert ("test_net.py:10", {"train": True}) in said.calls
    assert [shapes for _, shapes in said.shapes] == [
        {"x": "float32[b,length,3]"},
        {"0": "float32[4,10]", "1": "int32[2,5]<10", "2": "bool[3]"},
        {"0": "float32[1,28,28,1]", "tokens": "int32[2,5]<100"},
        {"mask": "bool[batch,length]", "tokens": "int32[batch,seq_len]"},
    ]
    encoding = hints({"net.py": NET, "test_net.py": CALLS}, "net.py", "Net", "encode")
    assert encoding.shapes == (("test_net.py:14", {"0": "float32[3]"}),)


def test_hints_decide() -> None:
    said = Hints(attributes=(("a.py:3", {"0": 5}),), shapes=(("b.py:7", {"0": "float32[1,400,9]"}),))
    made = found(zoo.DroppedMlp, said=said)
    assert made.attributes["hidden"] == 5
    assert made.call["x"] == Spec("float32", (2, 32, 9)), "as there, but a batch of two, and small"
    assert "a.py:3" in made.origin and "b.py:7" in made.origin


# What only runs as its own program has it run: a stub, under an interceptor, given by `**options` or by a default
# alone, or with the variables of another network.
NOT_MADE_UP = {
    "JFX101/near_stub_and_private_methods Backbone",
    "JFX107/near_given_by_interceptor Body",
    "JFX107/near_unknown_keywords Stage",
    "JFX109/near_teacher Distilled",
    "JFX113/near_bare_decorators Block",
    "JFX113/near_nn_jit_by_name Head",
}
# These raise whatever they are given: that is what their rule is about.
RAISE_ALWAYS = ("JFX103", "JFX104", "JFX106", "JFX107", "JFX111", "JFX113", "JFX114", "JFX203")


def test_modules_of_the_fixtures(capsys: pytest.CaptureFixture[str]) -> None:
    run_, raising, failed = [], [], []
    for fixture in fixtures():
        with imported(fixture.folder / fixture.main) as program:
            for name, cls in sorted(vars(program).items()):
                own = isinstance(cls, type) and issubclass(cls, nn.Module) and cls.__module__ == program.__name__
                if not own or "__call__" not in dir(cls):
                    continue
                said = hints({fixture.main: fixture.text}, fixture.main, name, "__call__")
                try:
                    run_.append(found(cls, said=said).tried)
                except NotSynthesised as error:
                    meant = fixture.flagged and fixture.code in RAISE_ALWAYS
                    (raising if meant else failed).append(f"{fixture.id} {name}: {error}".splitlines()[0])
    number = len(run_) + len(raising) + len(failed)
    with capsys.disabled():
        print(
            f"\n{len(run_)} of {number} Modules of the fixtures run, {sum(run_)} candidates; {len(raising)} more raise"
        )
        print("whatever they are given, which is their fault; not made up:", *failed, sep="\n  ")
    assert {" ".join(said.split()[:2]).rstrip(":") for said in failed} == NOT_MADE_UP, failed
    assert len(raising) <= 41, raising


class TwoLayers(nn.Module):
    """Takes none of the shapes that are tried, and says so at its very end."""

    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.Dense(4)(nn.relu(nn.Dense(8)(x)))
        assert x.ndim > 9
        return x


def test_search_is_bounded_and_says_what_it_tried() -> None:
    with pytest.raises(NotSynthesised, match=r"none of \d+ candidates runs; the likeliest fails with AssertionError"):
        found(TwoLayers)
