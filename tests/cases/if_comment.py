from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        # the call wins
        if train is None:  # want: JFX102
            train = self.train  # else the constructor's
        # then
        return nn.Dropout(0.5, deterministic=not train)(x)
