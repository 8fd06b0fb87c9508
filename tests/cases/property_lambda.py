from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None
    is_training = property(lambda self: bool(self.train))

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        flag = self.is_training or bool(train)
        return nn.Dropout(0.5, deterministic=not flag)(x)
