from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    def _drop(self, x):
        return nn.Dropout(0.5, deterministic=not self.train)(x)

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        x = nn.Dropout(0.1, deterministic=not self.train)(x)
        return self._drop(x)
