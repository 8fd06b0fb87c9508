from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        return nn.Dropout(0.5, deterministic=not train)(x)


class Outer(nn.Module):
    def setup(self):
        self.net = Net()

    def __call__(self, x):
        return self.net(x)
