import jax
import jax.numpy as jnp
from flax import linen as nn


class Net(nn.Module):
    mask: jax.Array | None = None

    @nn.compact
    def __call__(self, x, mask: jax.Array | None = None):
        m = nn.merge_param("mask", self.mask, mask)
        if mask is not None and mask.ndim == 2:
            x = x[None]
        return jnp.where(m, x, 0.0)
