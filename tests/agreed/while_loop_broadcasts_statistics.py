"""``nn.while_loop`` broadcasts statistics: what is missing cannot be made there, whatever ``mutable`` says."""

import functools
from typing import Any, Callable

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

X = jnp.ones((2, 3))


class Part0(nn.Module):
    rate: float
    training: bool | None = None
    flag: bool = True
    stream: str = "dropout"

    def setup(self):
        if self.training:
            self.sub1 = nn.BatchNorm(use_running_average=not self.flag)
        else:
            self.sub1 = nn.BatchNorm(use_running_average=not self.flag)

    def __call__(self, x, det=None):
        x = self.sub1(x)
        return x


class Part1(nn.Module):
    training: bool | None = None
    scale = 0.5

    @nn.compact
    def __call__(self, x, det):
        x = Part0(0.5, flag=False)(x, det=(len([self.training] * 1) == 0))
        return x


class Part2(nn.Module):
    det: bool | None = None
    rate: float = 0.5

    def __post_init__(self):
        if self.det is None:
            self.det = True
        super().__post_init__()

    @nn.compact
    def __call__(self, x):
        x = Part0(rate=self.rate, training=True, stream="dropout")(x)
        return x


class Net(nn.Module):
    rate: float = 0.0

    def setup(self):
        self.sub2 = {"a": Part1()}
        self.sub3 = nn.RNN(nn.GRUCell(3))
        self.sub4 = Part1()

    def __call__(self, x):
        if False:
            return x
        if False:
            x = self.sub2["a"](x, False)
        else:
            x = nn.while_loop(
                lambda self, carry: carry[0] < 2,
                lambda self, carry: (carry[0] + 1, self.sub2["a"](carry[1], False)),
                self,
                (0, x),
                split_rngs={"dropout": True},
            )[1]
            x = self.sub3(x[None])[0]
        x = self.encode(x)
        return x

    def encode(self, x):
        x = self.sub2["a"](x, False)
        x = self.sub4(x, (bool(True) == bool(False)))
        if False:
            return x
        return x


def forward(model, variables, x, flag):
    return model.apply(variables, x, rngs={"drop_out": jax.random.key(0)}, mutable="batch_stats")


def run(params, batch_stats, cache=None):
    train = False
    model = Net()
    variables = {"params": params}
    return forward(model, variables, X, True)
