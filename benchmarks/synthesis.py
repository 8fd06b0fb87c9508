"""How many candidates a second the shim's search runs on shapes: ``python -m benchmarks.synthesis``.

Measured with JAX 0.10 and Flax 0.12 on one core of a shared machine, in CPU time, for a Module of two dense layers with
dropout: RATES.
"""

from __future__ import annotations

import time
from typing import Any

import flax.linen as nn

from flake8_flaxargs.shim.abstract_runs import quick, run
from flake8_flaxargs.shim.input_shapes import Fixed
from flake8_flaxargs.shim.specs import Spec

NUMBER = 200


class Net(nn.Module):
    """Two layers."""

    ends: bool = True

    @nn.compact
    def __call__(self, x: Any, train: bool) -> Any:
        """Fails at its end where it is asked to: all that a refused candidate costs at most."""
        x = nn.Dropout(0.5, deterministic=not train)(nn.relu(nn.Dense(8)(x)))
        x = nn.Dense(4)(x)
        if not self.ends:
            raise ValueError
        return x


def rate(ends: bool) -> float:
    """Candidates per second of CPU time, each of another shape."""
    with quick():
        _run(ends, 1)
        start = time.process_time()
        for size in range(2, 2 + NUMBER):
            _run(ends, size)
        return NUMBER / (time.process_time() - start)


def _run(ends: bool, size: int) -> None:
    try:
        run(Net, "__call__", {"ends": ends}, {"x": Spec("float32", (size, 8)), "train": Fixed(True)})
    except ValueError:
        if ends:
            raise


def main() -> None:
    """Print both rates."""
    print(f"refused in init: {rate(False):.0f} a second; accepted, with init, apply and its streams: {rate(True):.0f}")


if __name__ == "__main__":
    main()
