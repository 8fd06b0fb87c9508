"""JFX000."""

from __future__ import annotations

from collections.abc import Iterator

from .base import Candidate, Context, Rule


class FileNotChecked(Rule):
    """
    ## What it does
    Says that a file, or one statement of it, could not be checked, and why: it cannot be read or decoded, Python or
    libcst cannot parse it, or flaxargs itself failed on it.

    ## Why is this bad?
    Silence would look like a clean file. Everything that could be checked has been.

    ## Example
    ```python
    # -*- coding: no-such-encoding -*-
    ```

    ## Use instead
    ```python
    # -*- coding: utf-8 -*-
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
