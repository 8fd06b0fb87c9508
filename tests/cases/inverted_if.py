from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        if train is not None:  # want: JFX102
            train = self.train
        return nn.Dropout(0.5, deterministic=not train)(x)
