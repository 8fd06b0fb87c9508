from deco import merging
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @merging("train")
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)
