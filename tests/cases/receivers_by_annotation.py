"""A Module known by an annotation in each of its forms, and one that is run by lambdas alone."""

from __future__ import annotations
from typing import Optional
import jax
from flax import linen as nn


class Drops(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dropout(0.5)(x, deterministic=False)


def a(net: "Drops", x):
    return net.apply({}, x)  # want: JFX201 "'dropout'"


def b(net: Drops | None, x):
    return net.apply({}, x)  # want: JFX201 "'dropout'"


def c(net: Optional[Drops], x):
    return net.apply({}, x)  # want: JFX201 "'dropout'"


def d(net: type[Drops], x):
    return net().apply({}, x)  # want: JFX201 "'dropout'"


def e(net: Drops, x):
    net = nn.Dense(3)
    return net.apply({}, x)


predict = lambda v, x: Drops().apply(v, x)  # want: JFX201 "'dropout'"
model = Drops()
apply = jax.jit(model.apply)


def f(v, x):
    return apply(v, x)  # want: JFX201 "'dropout'"


def g(v, x):
    return jax.vmap(lambda y: model.apply(v, y))(x)  # want: JFX201 "'dropout'"


def h(v, x):
    step = jax.jit(lambda v, x: model.apply(v, x))  # want: JFX201 "'dropout'"
    return step(v, x)
