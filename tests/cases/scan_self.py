from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        def body(mdl, c, _):
            return nn.Dropout(0.5, deterministic=not train)(c), None

        return nn.scan(body, variable_broadcast="params", split_rngs={"dropout": True}, length=3)(self, x, None)[0]
