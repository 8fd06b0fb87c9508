"""JFX000."""

from __future__ import annotations

from collections.abc import Iterator

from .base import Candidate, Context, Rule


class FileNotChecked(Rule):
    """
    ## What it does
    Says that a file, or one statement of it, could not be checked, and why: it cannot be read, decoded or parsed,
    libcst cannot parse a statement that Python can, or flaxargs itself failed on it. (In flake8, a file that Python
    cannot parse is flake8's own E999 or E902 before any plugin sees it.)

    ## Why is this bad?
    Silence would look like a clean file. Everything that could be checked has been.

    ## Example
    ```python
    class Net(nn.Module):
        train: bool | None = None

        def __call__(self, x, train: bool | None = None):
            (y): int = 1  # Python takes the parentheses, libcst does not
            return x * y if train else x
    ```

    ## Use instead
    ```python
    class Net(nn.Module):
        train: bool | None = None

        def __call__(self, x, train: bool | None = None):
            train = nn.merge_param('train', self.train, train)
            y: int = 1
            return x * y if train else x
    ```

    ## Fix safety
    There is no fix.

    ## References
    - PEP 263
    """

    code = "JFX000"
    name = "file-not-checked"
    runtime = "silent"

    @classmethod
    def candidates(cls, context: Context) -> Iterator[Candidate]:
        """None: the linter itself reports it."""
        return iter(())
