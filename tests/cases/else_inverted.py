from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        if train is None:  # want: JFX102
            mode = train
        else:
            mode = self.train
        return nn.Dropout(0.5, deterministic=not mode)(x)
