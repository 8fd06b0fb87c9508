import functools

from flax import linen as nn


def make(name):
    def deco(fn):
        @functools.wraps(fn)
        def wrapped(self, x, train=None):
            return fn(self, x, nn.merge_param(name, getattr(self, name), train))

        return wrapped

    return deco


merge_train = make("train")


class Net(nn.Module):
    train: bool | None = None

    @merge_train
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)
