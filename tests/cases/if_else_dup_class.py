from flax import linen as nn

try:
    import foo

    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):
            train = nn.merge_param("train", self.train, train)
            return nn.Dropout(0.5, deterministic=not train)(x)
except ImportError:

    class Net(nn.Module):
        train: bool | None = None

        @nn.compact
        def __call__(self, x, train: bool | None = None):  # want: JFX101
            return nn.Dropout(0.5, deterministic=not train)(x)
