"""``kwargs.pop`` gives what ``nn.remat`` makes a tracer: it was left as it was, and the layer that asks it passed."""

import jax.numpy as jnp
from flax import linen as nn


class Part(nn.Module):
    @nn.remat
    @nn.compact
    def __call__(self, x, train=None):
        return nn.BatchNorm()(x, train)


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, **kwargs):
        train = kwargs.pop("train", True)
        return Part()(x, train)


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params, "batch_stats": batch_stats}, jnp.ones((2, 3)))
