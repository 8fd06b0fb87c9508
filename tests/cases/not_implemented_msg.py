from flax import linen as nn


class Base(nn.Module):
    train: bool | None = None

    def __call__(self, x, train: bool | None = None):
        name = type(self).__name__
        raise NotImplementedError(f"{name} called with {train}")
