from flax import linen as nn


class Net(nn.Module):
    rate: float = 0.1

    @nn.compact
    def __call__(self, x, rate: float = 0.2):
        class Block(nn.Module):
            @nn.compact
            def __call__(self, y):
                return y * rate

        return Block()(x) + self.rate
