from flax import linen as nn


class Net(nn.Module):
    det: bool | None = None
    rate: float = 0.0

    @nn.compact
    def __call__(self, x, det: bool | None = None):
        d = nn.merge_param("det", self.det, det) if self.rate > 0 else bool(det)
        x = nn.Dropout(self.rate, deterministic=d)(x)
        return x
