from typing import TYPE_CHECKING

from flax.linen import Dropout, Module, compact

if TYPE_CHECKING:
    pass
ARG = "train"


class Net(Module):
    train: bool | None = None

    @compact
    def __call__(self, x, train: bool | None = None):  # want: JFX101
        return Dropout(0.5, deterministic=not train)(x)
