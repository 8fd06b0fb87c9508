import jax
from flax import linen as nn


class Net(nn.Module):
    det: bool | None = None

    @nn.compact
    def __call__(self, x, det: bool | None = None):
        d = nn.merge_param("det", self.det, det)
        if isinstance(det, jax.core.Tracer):
            raise TypeError("static please")
        return nn.Dropout(0.5, deterministic=d)(x)
