"""Runs an original Module and its fixed form side by side in Flax, and says what is the same.

The only part that imports JAX or Flax, or runs the user's code: in a child process (``child``), or, for
``assert_same_behaviour``, in the process of the test that calls it. What the parent needs (``records``, ``isolation``,
``plan``) imports neither.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..extras import MissingExtra

if TYPE_CHECKING:
    from .asserting import assert_same_behaviour

__all__ = ["assert_same_behaviour"]

# By the extra `shim`; what these two need in turn they name themselves.
_BROUGHT = {"flax", "jax"}


def __getattr__(name: str) -> Any:
    """``assert_same_behaviour``, and JAX with it, only for whoever asks for it.

    Raises:
        MissingExtra: JAX or Flax is not there.
    """
    if name == "assert_same_behaviour":
        try:
            from .asserting import assert_same_behaviour
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] not in _BROUGHT:
                raise
            raise MissingExtra(name, error, "shim") from error
        return assert_same_behaviour
    raise AttributeError(name)
