from flax import linen as nn
from steps import sample


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(3)(x))


class Head(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dense(3)(x)


def run(key, x):
    head, net = Head(), Net()
    sample(head, head.init(key, x, train=False)["params"], x)
    return sample(net, net.init(key, x, train=False)["params"], x)  # want: JFX201
