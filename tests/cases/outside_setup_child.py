from flax import linen as nn


class Enc(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)


class Model(nn.Module):
    def setup(self):
        self.enc = Enc(train=True)

    def __call__(self, x):
        return self.enc(x, train=self.enc.train)
