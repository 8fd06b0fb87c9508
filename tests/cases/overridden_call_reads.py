"""A base's ``__call__`` that the class overrides, and never calls, reads nothing for it: neither side is used here."""

from flax import linen as nn


class Base(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(x)


class Alone(Base):
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dense(3)(x)
