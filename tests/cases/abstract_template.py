from flax import linen as nn


class Base(nn.Module):
    train: bool | None = None

    def body(self, x, train):
        raise NotImplementedError

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.LayerNorm()(self.body(x, train))
