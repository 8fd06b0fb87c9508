"""``nn.while_loop`` makes no statistics; a layer that ran before the loop has made its own."""

import jax.numpy as jnp
from flax import linen as nn

X = jnp.ones((2, 3))


class Net(nn.Module):
    def setup(self):
        self.norm = nn.BatchNorm()

    def __call__(self, x):
        x = self.norm(x, True)
        return nn.while_loop(
            lambda self, carry: carry[0] < 2,
            lambda self, carry: (carry[0] + 1, self.norm(carry[1], True)),
            self,
            (0, x),
        )[1]


def run(params, batch_stats, cache=None):
    model = Net()
    return model.apply({"params": params}, X, mutable=["batch_stats"])
