import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(3)(x))


def train_step(state, x, key):
    def loss_fn(params):
        return state.apply_fn({"params": params}, x, train=True, rngs={"dropout": key}).mean()

    return state.apply_gradients(grads=jax.grad(loss_fn)(state.params))


def sample_step(state, x):
    return state.apply_fn({"params": state.params}, x, train=True)  # want: JFX201


def main():
    model = Net()
    x = jnp.ones((2, 8))
    params = model.init(jax.random.key(0), x, train=False)["params"]
    state = TrainState.create(apply_fn=model.apply, params=params, tx=optax.sgd(0.1))
    for step in range(3):
        state = train_step(state, x, jax.random.key(step))
    state = state.replace(step=0)
    return sample_step(state, x)
