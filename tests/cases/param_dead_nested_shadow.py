from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        def drop(y, train):
            return nn.Dropout(train, deterministic=not self.train)(y)

        return drop(x, 0.5)
