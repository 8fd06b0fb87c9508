"""None stays None under ``nn.remat``, wherever it comes from: no tracer is asked here."""

import jax.numpy as jnp
from flax import linen as nn


class Part(nn.Module):
    @nn.remat
    @nn.compact
    def __call__(self, x, train=None):
        if train:
            x = x + 1
        return nn.LayerNorm()(x)


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, **kwargs):
        train = kwargs.get("train") if self.train is None else self.train
        return Part()(x, train)


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params}, jnp.ones((2, 3)))
