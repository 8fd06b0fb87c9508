"""What ``merge_param`` returns is a choice, of which ``nn.jit`` traces either side: it was taken to stay what it is."""

import jax.numpy as jnp
from flax import linen as nn


class Part(nn.Module):
    @nn.jit
    @nn.compact
    def __call__(self, x, train=None):
        return nn.BatchNorm(use_running_average=not train)(x)


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train=None):
        train = nn.merge_param("train", self.train, train)
        return Part()(x, train)


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params, "batch_stats": batch_stats}, jnp.ones((2, 3)), False)
