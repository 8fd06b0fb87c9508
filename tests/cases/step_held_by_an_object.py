import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(3)(x))


class Trainer:
    def __init__(self, key):
        model = Net()
        params = model.init(key, jnp.ones((2, 8)), train=False)["params"]
        self.state = TrainState.create(apply_fn=model.apply, params=params, tx=optax.sgd(0.1))
        self._step = jax.jit(self.step_fn)

    def step_fn(self, state, x):
        return state.apply_fn({"params": state.params}, x, train=True)  # want: JFX201

    def fit(self, x):
        return self._step(self.state, x)


def main():
    return Trainer(jax.random.key(0)).fit(jnp.ones((2, 8)))
