from flax import linen as nn


class Net(nn.Module):
    width: int = 8

    @nn.compact
    def __call__(self, x, width: int = 8):
        print(f"{width:{self.width}}")
        return x
