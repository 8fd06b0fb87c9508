import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        return nn.Dropout(0.5, deterministic=not train)(x)


net = Net(train=True)
y = net.apply({}, jnp.ones(3), train=False)
