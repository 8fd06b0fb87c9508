import functools

from flax import linen as nn


class merged:
    def __init__(self, name):
        self.name = name

    def __call__(self, fn):
        name = self.name

        @functools.wraps(fn)
        def wrapped(mdl, x, train=None):
            return fn(mdl, x, nn.merge_param(name, getattr(mdl, name), train))

        return wrapped


class Net(nn.Module):
    train: bool | None = None

    @merged("train")
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)
