"""``count.value += 1`` writes to the variable as ``count.value = ...`` does; it was not seen."""

import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        count = self.variable("cache", "count", jnp.zeros, ())
        count.value += 1
        return x


def run(params, batch_stats, cache=None):
    return Net().apply({"cache": cache}, jnp.ones((2, 3)))
