import jax
from flax import linen as nn


class Embed(nn.Module):
    positions: int = 512

    @nn.compact
    def __call__(self, tokens, positions: jax.Array, train: bool = False):
        return nn.Embed(self.positions, 8)(tokens)
