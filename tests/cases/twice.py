from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        x = nn.Dropout(0.5, deterministic=not (self.train if train is None else train))(x)  # want: JFX102
        train = self.train if train is None else train  # want: JFX102
        train = train if train is not None else self.train
        return nn.Dropout(0.5, deterministic=not train)(x)
