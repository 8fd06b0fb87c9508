"""A function that gets the Module makes a variable and writes to it; the write was not seen."""

import jax.numpy as jnp
from flax import linen as nn


def count(module, x):
    steps = module.variable("cache", "steps", jnp.zeros, ())
    steps.value = steps.value + 1
    return x


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return count(self, nn.Dense(3)(x))


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params, "cache": cache}, jnp.ones((2, 3)))
