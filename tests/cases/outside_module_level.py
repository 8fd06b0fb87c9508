import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    length: int = 16

    @nn.compact
    def __call__(self, x, length: int):
        return x[:length]


net = Net()
y = net.apply({}, jnp.ones(20), net.length)
