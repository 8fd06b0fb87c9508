from flax import linen as nn


def _mode(self, train):
    return nn.merge_param("train", self.train, train)


class Net(nn.Module):
    train: bool | None = None
    _mode = _mode

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = self._mode(train)
        return nn.Dropout(0.5, deterministic=not train)(x)
