from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    def setup(self):
        self.d = nn.Dense(3)
        nn.share_scope(self, self.d)

    def __call__(self, x, train: bool | None = None):  # want: JFX101
        return nn.Dropout(0.5, deterministic=not train)(self.d(x))
