"""JFX901."""

from __future__ import annotations

from collections.abc import Iterator

from .base import Candidate, Context, Rule
from .hand_rolled_merge import hand_merges


class CallOverridesDefault(Rule):
    """
    ## What it does
    Flags an attribute and a parameter of one name that are combined by hand, where a side has a default other than None
    or is required: the call overrides what the constructor said. Off by default.

    ## Why is this bad?
    It is legal and often meant ("both given" is its purpose), but a reader of the call does not see which value holds.
    Teams that want one place for each argument turn this rule on.

    ## Example
    ```python
    class Rnn(nn.Module):
        reverse: bool = False

        @nn.compact
        def __call__(self, x, reverse: bool | None = None):
            if reverse is None:
                reverse = self.reverse
            return x[::-1] if reverse else x
    ```

    ## Use instead
    ```python
    class Rnn(nn.Module):
        reverse: bool = False

        @nn.compact
        def __call__(self, x):
            return x[::-1] if self.reverse else x
    ```

    ## Fix safety
    There is no fix: which of the two places should go is the author's choice.

    ## References
    - Measured: A11
    """

    code = "JFX901"
    name = "call-overrides-default"
    default = False
    runtime = "silent"

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """Merges by hand where a default is something else than None."""
        return hand_merges(cls, context, of_defaults_none=False)
