"""Static checking of Flax Linen Modules: which arguments, rngs and collections a Module asks of its caller.

The layers, bottom to top: ``model``, ``source``, ``facts``, ``project``, ``contracts``, ``rules``, ``linter`` and
``fixing``, ``frontends``. An import goes down only; ``pyproject.toml`` holds the contract that checks it.
"""

__version__ = "0.1.0"
