from flax import linen as nn


class Net(nn.Module):
    deterministic: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        if train is not None:
            deterministic = nn.merge_param("deterministic", self.deterministic, not train)
        else:
            deterministic = self.deterministic
        return nn.Dropout(0.5, deterministic=deterministic)(x)
