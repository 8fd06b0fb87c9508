import jax
from flax import linen as nn

if jax.__version__ > "9":

    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):  # want: JFX101
            return nn.Dropout(0.5, deterministic=not train)(x)
else:

    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            train = nn.merge_param("train", self.train, train)
            return nn.Dropout(0.5, deterministic=not train)(x)
