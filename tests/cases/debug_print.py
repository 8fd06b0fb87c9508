import jax
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        mode = nn.merge_param("train", self.train, train)
        jax.debug.print("{} {}", self.train, mode)
        import logging

        logging.getLogger(__name__).debug("%s", train)
        logging.debug("call gave %r", train)
        import warnings

        warnings.warn(f"{train}")
        return nn.Dropout(0.5, deterministic=not mode)(x)
