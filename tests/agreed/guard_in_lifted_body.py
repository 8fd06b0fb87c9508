"""``has_rng`` in a lifted body sees only the streams that are let in: this was flagged, and runs."""

import jax
import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    def setup(self):
        self.layer = nn.Dense(3)

    def step(self, x):
        if self.has_rng("noise"):
            x = x + jax.random.normal(self.make_rng("noise"), x.shape)
        return x

    def __call__(self, x):
        step = lambda module, carry: (carry[0] + 1, module.step(carry[1]))  # noqa: E731
        return nn.while_loop(lambda module, carry: carry[0] < 2, step, self, (0, x))[1]


def run(params, batch_stats, cache=None):
    return Net().apply({"params": params}, jnp.ones((2, 3)), rngs={"noise": jax.random.key(0)})
