"""``det not in (None,)`` asks no tracer for its truth."""

import functools
from typing import Any, Callable

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

X = jnp.ones((2, 3))


class Part0(nn.Module):
    det: bool | None

    @nn.compact
    def __call__(self, x, det=None):
        for _ in range(1):
            inner1 = lambda y: nn.Dropout(0.5)(y, deterministic=not det)
            x = inner1(x)
        x = nn.Dense(3)(x)
        inner2 = lambda y: nn.Dense(3)(y)
        x = inner2(x)
        return x


class Part1(nn.Module):
    @nn.compact
    def __call__(self, x, training):
        x = nn.Dropout(0.5, deterministic=training)(x)
        return x


class Part2(nn.Module):
    deterministic: bool | None = None
    n: int = 0

    @nn.compact
    def __call__(self, x, det):
        det = det or self.deterministic
        x = nn.Dropout(1)(x, deterministic=not det)
        return x


class Net(nn.Module):
    child: nn.Module
    layer: Any

    def setup(self):
        self.sub3 = nn.MultiHeadAttention(num_heads=1, dropout_rate=0.5)

    @functools.partial(nn.remat, static_argnums=(1,))
    def __call__(self, x, det):
        x = (
            self.sub3(x, x, deterministic=(not self.is_initializing()))
            if ((det) not in (None,))
            else self.sub3(x, x, deterministic=(not self.is_initializing()))
        )
        x = self.child(x, True)
        x = self.child(x, True)
        return x


def run(params, batch_stats, cache=None):
    model = Net(child=nn.Dropout(0.5), layer=functools.partial(nn.Dropout, rate=0.5))
    variables = {"params": params, "batch_stats": batch_stats}
    return model.apply(variables, X, True)
