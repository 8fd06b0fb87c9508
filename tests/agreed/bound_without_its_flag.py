"""A bound Module is called without its flag, so ``nn.jit`` traces none: it runs, and this suite said it raises.

The parameters were looked for with flags that this call does not give.
"""

import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    @nn.jit
    @nn.compact
    def __call__(self, x, train=None):
        if train:
            x = nn.Dropout(0.5, deterministic=False)(x)
        return nn.Dense(3)(x)


def run(params, batch_stats, cache=None):
    return Net().bind({"params": params})(jnp.ones((2, 3)))
