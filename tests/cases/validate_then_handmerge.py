from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        nn.merge_param("train", self.train, train)  # exactly one must be given
        train = self.train if train is None else train  # want: JFX102
        return nn.Dropout(0.5, deterministic=not train)(x)
