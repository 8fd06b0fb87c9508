from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    def setup(self):
        self.flag = self.train

    def __call__(self, x, train: bool | None = None):
        flag = nn.merge_param("train", self.flag, train)
        return x if flag else -x
