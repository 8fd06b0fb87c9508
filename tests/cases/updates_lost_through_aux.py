import jax
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.BatchNorm(use_running_average=not train)(nn.Dense(3)(x))


model = Net()


def unread(state, stats, x):
    def loss_fn(params):
        y, updates = model.apply(  # want: JFX304
            {"params": params, "batch_stats": stats}, x, train=True, mutable=["batch_stats"]
        )
        return y.mean(), updates

    (loss, updates), grads = jax.value_and_grad(loss_fn, has_aux=True)(state.params)
    return state.apply_gradients(grads=grads), loss


def kept(state, stats, x):
    def loss_fn(params):
        y, updates = model.apply({"params": params, "batch_stats": stats}, x, train=True, mutable=["batch_stats"])
        return y.mean(), updates

    (loss, updates), grads = jax.value_and_grad(loss_fn, has_aux=True)(state.params)
    return state.apply_gradients(grads=grads), updates, loss
