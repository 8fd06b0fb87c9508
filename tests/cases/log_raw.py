from absl import logging
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        mode = nn.merge_param("train", self.train, train)
        logging.info("train: constructor %s, call %s", self.train, train)
        print(f"{self.train=} {train=}")
        return nn.Dropout(0.5, deterministic=not mode)(x)
