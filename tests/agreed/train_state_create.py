"""``TrainState.create`` is a classmethod read from its class; the run behind ``state.apply_fn`` was not seen."""

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train):
        return nn.Dropout(0.5, deterministic=not train)(x)


def run(params, batch_stats):
    state = TrainState.create(apply_fn=Net().apply, params=params, tx=optax.sgd(0.1))
    return state.apply_fn({"params": state.params}, jnp.ones((2, 3)), True, rngs={"noise": jax.random.key(0)})
