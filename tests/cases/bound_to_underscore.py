from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        _ = nn.merge_param("train", self.train, train)  # want: JFX105
        return nn.Dropout(0.5, deterministic=not train)(x)
