from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train or False)  # want: JFX103
        return nn.Dropout(0.5, deterministic=not train)(x)
