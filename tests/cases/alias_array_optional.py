from typing import Optional

import jax.numpy as jnp
from flax import linen as nn

Array = Optional[jnp.ndarray]


class Net(nn.Module):
    mask: Array

    @nn.compact
    def __call__(self, x, mask: Array = None):
        mask = nn.merge_param("mask", self.mask, mask)
        return x * mask
