"""In ``nn.while_loop`` a collection that is broadcast cannot be written: that it raises was not seen."""

import jax.numpy as jnp
from flax import linen as nn

X = jnp.ones((2, 3))


class Net(nn.Module):
    def setup(self):
        self.norm = nn.BatchNorm()

    def __call__(self, x):
        x = self.norm(x, True)
        step = lambda module, carry: (carry[0] + 1, module.norm(carry[1], False))  # noqa: E731
        return nn.while_loop(lambda module, carry: carry[0] < 2, step, self, (0, x))[1]


def run(params, batch_stats, cache=None):
    variables = {"params": params, "batch_stats": batch_stats}
    return Net().apply(variables, X, mutable=["batch_stats"])
