"""How many candidates a second the shim's search runs on shapes: ``python -m benchmarks.synthesis``.

Measured with JAX 0.10 and Flax 0.12 on one of two shared cores, in CPU time, for a Module of two layers: 310 to 500 a
second are refused, which is what a search does; 90 a second are accepted (one is enough), 50 where a stream is found.
"""

from __future__ import annotations

import contextlib
import time
from typing import Any

import flax.linen as nn

from flake8_flaxargs.shim.abstract_runs import quick, run
from flake8_flaxargs.shim.input_shapes import Fixed
from flake8_flaxargs.shim.specs import Spec

NUMBER = 200


class Net(nn.Module):
    """Two layers, with dropout between them where there is a rate."""

    rate: float = 0.0
    wants: int = 8

    @nn.compact
    def __call__(self, x: Any, train: bool) -> Any:
        """Refuses, as other layers do, an input of another width."""
        kernel = self.param("kernel", nn.initializers.lecun_normal(), (self.wants, 8))
        x = nn.Dropout(self.rate, deterministic=not train)(nn.relu(x @ kernel))
        return nn.Dense(4)(x)


def rate(**attributes: Any) -> float:
    """Candidates per second of CPU time, each of another shape."""
    with quick():
        _run(attributes, 1)
        start = time.process_time()
        for size in range(2, 2 + NUMBER):
            _run(attributes, size)
        return NUMBER / (time.process_time() - start)


def _run(attributes: dict[str, Any], size: int) -> None:
    with contextlib.suppress(TypeError):
        run(Net, "__call__", attributes, {"x": Spec("float32", (size, 8)), "train": Fixed(True)})


def main() -> None:
    """Print the rates."""
    print(f"refused: {rate(wants=5):.0f} a second; accepted, by init and apply: {rate():.0f}; with dropout, ", end="")
    print(f"whose stream is found by a third run: {rate(rate=0.5):.0f}")


if __name__ == "__main__":
    main()
