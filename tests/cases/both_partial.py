import functools

from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        return nn.Dropout(0.5, deterministic=not train)(x)


def build():
    return functools.partial(Net, train=True)


def use(x):
    return build()().apply({}, x, train=False)
