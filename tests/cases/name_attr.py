from flax import linen as nn


class Net(nn.Module):
    name: str | None = None

    @nn.compact
    def __call__(self, x, name: str | None = None):
        self.sow("intermediates", name or "y", x)
        return x
