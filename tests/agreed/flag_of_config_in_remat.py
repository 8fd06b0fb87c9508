"""A flag that stands in a dict, or on an object, is traced by ``nn.remat`` like any other argument."""

import jax.numpy as jnp
from flax import linen as nn


class Part(nn.Module):
    @nn.remat
    @nn.compact
    def __call__(self, x, deterministic):
        return nn.Dropout(0.5)(x, deterministic=deterministic)


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, modes):
        return Part()(x, modes["deterministic"])


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params}, jnp.ones((2, 3)), {"deterministic": True})
