from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        if train is None:
            train = False
        return nn.Dropout(0.5, deterministic=not train)(x)
