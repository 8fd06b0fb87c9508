from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        def body(mdl, c):
            return nn.Dropout(0.5, deterministic=not train)(c)

        return nn.remat(body)(self, x)
