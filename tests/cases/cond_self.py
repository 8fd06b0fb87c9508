from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        x = nn.Dropout(0.5, deterministic=not train)(x)
        return nn.cond(x.sum() > 0, lambda m, y: y, lambda m, y: -y, self, x)
