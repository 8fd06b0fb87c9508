from flax import linen as nn
from mycompany import defaults


class Net(nn.Module):
    train: bool | None = defaults.TRAIN

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(x)
