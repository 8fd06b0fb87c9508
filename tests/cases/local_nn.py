import flax.linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        x = Drop(0.5)(x, not train)
        nn = 3
        return x * nn


class Drop(nn.Module):
    rate: float

    @nn.compact
    def __call__(self, x, det):
        return nn.Dropout(self.rate, deterministic=det)(x)
