from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        return nn.Dropout(0.5, deterministic=not train)(x)


class Sub(Net):
    @nn.compact
    def __call__(self, x):
        return super().__call__(x)


def f(x):
    return Sub().apply({}, x)
