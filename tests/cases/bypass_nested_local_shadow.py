from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        mode = nn.merge_param("train", self.train, train)

        def f(y):
            z = nn.Dropout(0.5, deterministic=not self.train)(y)  # want: JFX105
            mode = "x"
            return z if mode else y

        return f(x) if mode else f(x) + 1
