"""The names of flags that switch training behaviour, and which way each points."""

from __future__ import annotations

# True means that layers are active.
ACTIVE = frozenset({"train", "training", "is_training", "is_train", "enable_dropout"})
# True means that they are not.
INACTIVE = frozenset(
    {"deterministic", "use_running_average", "eval", "is_eval", "eval_mode", "evaluation", "inference"}
)
FLAGS = ACTIVE | INACTIVE
