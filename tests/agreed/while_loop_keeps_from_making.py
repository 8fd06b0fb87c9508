"""The same, for a layer of setup."""

import functools
from typing import Any, Callable

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

X = jnp.ones((2, 3))


class Part0(nn.Module):
    @nn.compact
    def __call__(self, x, det=None):
        x = nn.BatchNorm()(x, True)
        return x


class Net(nn.Module):
    train: bool | None = True

    def setup(self):
        self.sub1 = {"a": nn.BatchNorm(use_running_average=self.train)}
        self.sub2 = Part0()

    def __call__(self, x):
        x = nn.while_loop(
            lambda self, carry: carry[0] < 2, lambda self, carry: (carry[0] + 1, self.sub2(carry[1])), self, (0, x)
        )[1]
        return x


def run(params, batch_stats, cache=None):
    model = Net()
    variables = {"params": params}
    return model.apply(variables, X, rngs={"dropout": jax.random.key(0)}, mutable=["batch_stats"])
