"""What comes after ``try`` runs only where its body has not returned: this was flagged, and runs."""

import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train):
        try:
            if train:
                return x
        finally:
            x = x + 0
        return nn.Dropout(0.5, deterministic=True)(x, True)


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params}, jnp.ones((2, 3)), True)
