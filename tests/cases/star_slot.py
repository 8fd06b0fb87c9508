from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    def _run(self, x, mask, train):
        del mask
        return nn.Dropout(0.5, deterministic=not (train or self.train))(x)

    @nn.compact
    def __call__(self, *inputs, train: bool | None = None):
        return self._run(*inputs, train)
