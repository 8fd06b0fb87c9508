"""A ``return`` within ``case _`` was forgotten after the ``match``."""

import functools
from typing import Any, Callable

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

X = jnp.ones((2, 3))


def make4(flag5, rate6=0.5):
    return nn.Dropout(rate6, deterministic=(1 > 0))


class Net(nn.Module):
    det: bool | None = None
    scale = 0.5

    @nn.compact
    def __call__(self, x, det=True):
        match bool(not det):
            case True:
                det = True
            case _:
                if det:
                    return x
                layers1 = [nn.MultiHeadAttention(num_heads=1, dropout_rate=0.5), nn.RNN(nn.SimpleCell(3))]
                layer2, layer3 = layers1
                x = layer2(x, x, deterministic=det)
                x = layer3(x[None])[0]
        x = make4(True)(x, True)
        return x


def run(params, batch_stats, cache=None):
    model = Net()
    variables = {"params": params, "batch_stats": batch_stats}
    return model.apply(variables, X)
