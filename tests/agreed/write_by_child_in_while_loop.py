"""As ``write_in_while_loop``, by a Module that only the caller knows."""

import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    child: nn.Module

    def setup(self):
        self.layer = nn.Dense(3)

    def __call__(self, x):
        step = lambda module, carry: (carry[0] + 1, module.child(carry[1], False))  # noqa: E731
        return nn.while_loop(lambda module, carry: carry[0] < 2, step, self, (0, x))[1]


def run(params, batch_stats, cache=None):
    variables = {"params": params, "batch_stats": batch_stats}
    return Net(nn.BatchNorm()).apply(variables, jnp.ones((2, 3)), mutable=["batch_stats"])
