from flax import linen as nn


class Net(nn.Module):
    rate: float | None = -1.0

    def __post_init__(self):
        if self.rate is not None and self.rate < 0:
            self.rate = None
        super().__post_init__()

    @nn.compact
    def __call__(self, x, rate: float | None = None):
        rate = nn.merge_param("rate", self.rate, rate)
        return nn.Dropout(rate, deterministic=True)(x)
