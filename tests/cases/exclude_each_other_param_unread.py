import jax
from flax import linen as nn


class Net(nn.Module):
    mask: bool = True

    @nn.compact
    def __call__(self, x, mask: jax.Array):
        return x * 2 if self.mask else x
