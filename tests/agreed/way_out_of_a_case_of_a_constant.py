"""The same where the subject is a constant."""

import functools
from typing import Any, Callable

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

X = jnp.ones((2, 3))


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, det):
        match bool(False):
            case True:
                x = nn.Dropout(0.5, deterministic=det)(x)
                layers1 = [nn.Dropout(1), nn.Dropout(0.5)]
                for layer, flag2 in [(layer, det) for layer in layers1[1:]]:
                    x = layer(x, deterministic=flag2)
            case _:
                if det:
                    return x
                x = nn.Dropout(0.5, deterministic=None)(x)
        x = nn.RNN(nn.OptimizedLSTMCell(3))(x[None])[0]
        x = nn.BatchNorm()(x)
        return x


def run(params, batch_stats, cache=None):
    model = Net()
    variables = {"params": params, "batch_stats": batch_stats}
    return model.apply(variables, X, True)
