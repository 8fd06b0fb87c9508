"""``nn.vmap`` keeps the collection from its body whatever the call gives: that it raises was not seen."""

import jax.numpy as jnp
from flax import linen as nn

X = jnp.ones((2, 3))


class Row(nn.Module):
    @nn.compact
    def __call__(self, x):
        steps = self.variable("cache", "steps", jnp.zeros, ())
        return x + steps.value


class Net(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.vmap(Row, variable_axes={"params": 0})()(x)


def run(params, batch_stats, cache=None):
    return Net().apply({"cache": cache}, X)
