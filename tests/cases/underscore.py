from flax import linen as nn


class Net(nn.Module):
    train: bool = False

    @nn.compact
    def __call__(self, x, train: bool = False):
        _ = train  # uniform signature
        return nn.Dropout(0.5, deterministic=not self.train)(x)
