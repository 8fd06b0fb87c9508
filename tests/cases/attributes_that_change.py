"""What a constructor binds is not what a method finds: nothing here can be told, and all of it runs."""

import copy
import dataclasses
from typing import Any

import jax
from flax import linen as nn


class Net(nn.Module):
    train: bool = True

    @nn.compact
    def __call__(self, x):
        return nn.Dropout(0.5, deterministic=not self.train)(nn.Dense(4)(x))


class Plain(nn.Module):
    @nn.compact
    def __call__(self, x):
        return nn.Dense(4)(x)


class SetByMethod:
    def __init__(self, net):
        self.net = net
        self.key = None

    def seed(self, key):
        self.key = key
        return self

    def run(self, v, x):
        rngs = {"dropout": self.key} if self.key is not None else None
        return self.net.apply(v, x, rngs=rngs)


class SetInTheSameMethod:
    def __init__(self, net):
        self.net = net

    def run(self, v, x):
        self.net = self.net.clone(train=False)
        return self.net.apply(v, x)


class SetByCaller:
    def __init__(self, model):
        self.model = model

    def run(self, v, x):
        return self.model.apply(v, x)


@dataclasses.dataclass
class Config:
    train: bool = True


class FilledInPlace:
    def __init__(self, key):
        self.net_filled = Net()
        self.rngs = {}
        self.rngs["dropout"] = key

    def run(self, v, x):
        return self.net_filled.apply(v, x, rngs=self.rngs)


class SetByName:
    def build(self):
        self.named = Net()

    def use(self, net):
        setattr(self, "named", net)

    def run(self, v, x):
        return self.named.apply(v, x)


class WithSetter:
    def __init__(self, held):
        self.held = held

    @property
    def held(self):
        return self._held

    @held.setter
    def held(self, value):
        self._held = value.clone(train=False)

    def run(self, v, x):
        return self.held.apply(v, x)


class Template:
    def __init__(self):
        self.inner = Net()

    def rngs(self):
        return None

    def run(self, v, x):
        return self.inner.apply(v, x, rngs=self.rngs())


class Filled(Template):
    def rngs(self):
        return {"dropout": jax.random.key(0)}


class ToBeSet:
    shared: Any = Net()

    def run(self, v, x):
        return self.shared.apply(v, x)


GLOBAL = Net()


def set_global():
    global GLOBAL
    GLOBAL = Plain()


def run_global(v, x):
    return GLOBAL.apply(v, x)


def run_nonlocal(v, x):
    net = Net()

    def quieten():
        nonlocal net
        net = Plain()

    quieten()
    return net.apply(v, x)


def run_chosen(nets, v, x):
    for net in nets:
        if not net.train:
            break
    return net.apply(v, x)


def run_filtered(nets, v, x):
    return next(n for n in nets if not n.train).apply(v, x)


def run_narrowed(net, v, x):
    if isinstance(net, Net) and net.train:
        net = net.clone(train=False)
    return net.apply(v, x)


def main(v, x):
    set_global()
    SetByMethod(Net()).seed(jax.random.key(0)).run(v, x)
    SetInTheSameMethod(Net()).run(v, x)
    caller = copy.copy(SetByCaller(Net()))
    caller.model = Plain()
    caller.run(v, x)
    config = Config()
    config.train = False
    Net(train=config.train).apply(v, x)
    FilledInPlace(jax.random.key(0)).run(v, x)
    by_name = SetByName()
    by_name.build()
    by_name.use(Plain())
    by_name.run(v, x)
    WithSetter(Net()).run(v, x)
    Filled().run(v, x)
    shared = ToBeSet()
    shared.shared = Plain()
    shared.run(v, x)
    run_chosen([Net(train=False), Net()], v, x)
    run_filtered([Net(), Net(train=False)], v, x)
    run_narrowed(Net(), v, x)
    return run_global(v, x), run_nonlocal(v, x)


if __name__ == "__main__":
    x = jax.numpy.ones((2, 3))
    main(Net(train=False).init(jax.random.key(0), x), x)
