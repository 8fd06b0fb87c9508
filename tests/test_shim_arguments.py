"""What ``assert_same_behaviour`` is given that it cannot use: the argument is named, and how it is written."""

from __future__ import annotations

import re
from typing import Any

import jax.numpy as jnp
import pytest
from flax import linen as nn

from flake8_flaxargs.shim import assert_same_behaviour


class Thing:
    def __init__(self, key):
        raise KeyError(key)


class Opaque(nn.Module):
    thing: Thing

    @nn.compact
    def __call__(self, x):
        return self.thing(x)


class Wide(nn.Module):
    features: int

    @nn.compact
    def __call__(self, x, train: bool = False):
        return nn.Dense(self.features)(x)


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(4)(x)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("float32[2,8]", "call= is one str, and no list of arguments; write call=['float32[2,8]']"),
        (jnp.ones((2, 8)), "and no list of arguments; write call=[...]"),
        (3, "call= is one int, and no list of arguments; write call=[...]"),
    ],
    ids=["text", "array", "number"],
)
def test_one_argument_is_no_list_of_them(call: Any, said: str) -> None:
    with pytest.raises(TypeError, match=re.escape(said)):
        assert_same_behaviour(Net, Net, call=call)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["float99[2,8]"], "call=: 'float99[2,8]' is no array: JAX has no such type"),
        ({"x": "float99[2,8]"}, "call=: 'float99[2,8]' is no array: JAX has no such type"),
        (["2 by 8"], "call=: '2 by 8' is no array; write its type and shape"),
        (["float32[]"], "with the arguments that are given it fails"),
    ],
    ids=str,
)
def test_what_is_wrong_is_the_argument_and_no_setting(call: Any, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        assert_same_behaviour(Net, Net, call=call)
    assert "tool.flaxargs" not in str(raised.value)
    assert "settings" not in str(raised.value)


@pytest.mark.parametrize(
    ("cls", "given", "said"),
    [
        (Wide, {"attributes": {"features": "a"}}, "what it takes: attributes={'features': 'a'}, call=['float32[2,"),
        (Wide, {"call": ["float32[]"]}, "what it takes: attributes={'features': 8}, call=['float32[2,"),
        (Opaque, {}, "what it takes: attributes={'thing': ...}, call=['float32[2,"),
    ],
    ids=["attributes", "call", "nothing"],
)
def test_what_to_give_is_said_as_python_writes_it(cls: type[nn.Module], given: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match="cannot run") as raised:
        assert_same_behaviour(cls, cls, **given)
    assert said in str(raised.value)
    assert "tool.flaxargs" not in str(raised.value)
