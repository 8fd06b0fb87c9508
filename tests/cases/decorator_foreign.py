from flax import linen as nn
from mycompany_flax_utils import merge_args


class Net(nn.Module):
    train: bool | None = None

    @merge_args("train")
    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)
