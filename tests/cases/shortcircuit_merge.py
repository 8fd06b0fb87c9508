from flax import linen as nn


class Net(nn.Module):
    det: bool | None = None
    rate: float = 0.0

    @nn.compact
    def __call__(self, x, det: bool | None = None):
        if self.rate > 0 and not nn.merge_param("det", self.det, det):
            x = nn.Dropout(self.rate, deterministic=False)(x)
        elif det:
            x = x + 1
        return x
