from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        x = nn.Dropout(0.5, deterministic=not getattr(self, "train", None))(x)  # want: JFX105
        return x if train else -x
