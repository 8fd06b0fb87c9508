"""``nn.RNN`` lets no statistics into its cell unless told to: that it raises was not seen."""

import jax.numpy as jnp
from flax import linen as nn

X = jnp.ones((2, 3))


class Cell(nn.Module):
    @nn.compact
    def __call__(self, carry, x):
        return carry, nn.BatchNorm()(x, True)

    @nn.nowrap
    def initialize_carry(self, rng, input_shape):
        return jnp.zeros(())

    @property
    def num_feature_axes(self):
        return 1


class Net(nn.Module):
    def setup(self):
        self.cells = nn.RNN(Cell())

    def __call__(self, x):
        return self.cells(x[None])[0]


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params, "batch_stats": batch_stats}, X)
