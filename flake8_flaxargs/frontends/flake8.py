"""The flake8 plugin.

flake8 guards only a plugin's constructor: an exception that leaves ``run`` loses the whole run's output. So nothing
leaves it; what goes wrong here becomes one JFX000 of the file. Everything but the options is imported when a file needs
it: flake8 loads all plugins at each start.
"""

from __future__ import annotations

import argparse
import ast
import functools
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import __version__

if TYPE_CHECKING:
    from flake8.options.manager import OptionManager

    from ..config import Config
    from ..linter import Linter

Found = tuple[int, int, str, type[Any]]
_UNEXPECTED = "JFX000"
_REASON_LIMIT = 200
_METHODS = ("call", "public")


class Flake8Plugin:
    """Checks one file.

    Args:
        tree: the file's syntax tree; asking for it makes this a plugin that runs once a file.
        lines: its lines as flake8 reads them, decoded, ending with ``\\n``.
        filename: as the user gave it, ``--stdin-display-name``, or ``stdin``.
    """

    name = "flake8-flaxargs"
    version = __version__
    _options: argparse.Namespace = argparse.Namespace()
    _made: Linter | None = None

    def __init__(self, tree: ast.Module, lines: list[str], filename: str) -> None:
        self._tree = tree
        self._lines = lines
        self._filename = filename

    @staticmethod
    def add_options(manager: OptionManager) -> None:
        """Declare the ``--flaxargs-*`` options, and the rules that are off by default."""
        manager.extend_default_ignore(["JFX9"])
        manager.add_option(
            "--flaxargs-methods",
            default="call",
            choices=_METHODS,
            parse_from_config=True,
            help="methods whose arguments should be merged: __call__ alone, or all public ones (default: %(default)s)",
        )
        manager.add_option(
            "--flaxargs-flax-version",
            default="",
            metavar="VERSION",
            parse_from_config=True,
            help="the Flax to check against, such as 0.12 (default: the installed one, else the newest known)",
        )
        manager.add_option(
            "--flaxargs-ignore-annotations",
            default="kontext.Key",
            metavar="NAMES",
            comma_separated_list=True,
            parse_from_config=True,
            help="annotations of attributes that a framework resolves, as dotted names (default: %(default)s)",
        )
        manager.add_option(
            "--flaxargs-cache-dir",
            default="",
            metavar="FOLDER",
            parse_from_config=True,
            help="where facts of files are kept (default: flaxargs in the platform's cache folder)",
        )
        manager.add_option(
            "--flaxargs-no-cache",
            action="store_true",
            default=False,
            parse_from_config=True,
            help="keep no facts on disk",
        )

    @classmethod
    def parse_options(cls, options: argparse.Namespace) -> None:
        """Keep the options; in a worker that was started afresh, flake8 calls this again."""
        cls._options = options
        cls._made = None
        if options.flaxargs_methods not in _METHODS:  # flake8 compares a config file's value with no choices
            raise SystemExit(
                f"flake8-flaxargs: flaxargs-methods: {options.flaxargs_methods!r} is not one of {', '.join(_METHODS)}"
            )
        if options.flaxargs_flax_version:
            from ..project.library import supported_version

            try:
                supported_version(options.flaxargs_flax_version)
            except ValueError as error:
                raise SystemExit(f"flake8-flaxargs: --flaxargs-flax-version: {error}") from None

    def run(self) -> Generator[Found, None, None]:
        """The findings of the file: line (1-based), column (0-based, code points), code and message."""
        try:
            found = self._lint()
        except Exception as error:  # noqa: BLE001  (see the module's docstring)
            text = f"flaxargs failed on this file ({_said(error)}); the file is unchecked: please report this"
            found = [(1, 0, f"{_UNEXPECTED} {text}")]
        for line, column, text in found:
            yield line, column, text, type(self)

    def _lint(self) -> list[tuple[int, int, str]]:
        from ..source import Source

        source = Source.from_lines(self._filename, self._lines, self._tree)
        return [
            (*diagnostic.range.start, f"{diagnostic.code} {diagnostic.message}")
            for diagnostic in self._linter().lint(source)
        ]

    @classmethod
    def _linter(cls) -> Linter:
        """The linter of this process: what it learns of one file serves the next."""
        if cls._made is None:
            from ..linter import Linter

            cls._made = Linter(_config(cls._options))
        return cls._made


def _said(error: Exception) -> str:
    """An exception in one short line, whatever it holds: the text of one that holds a syntax node may itself raise."""
    try:
        said = str(error)
    except Exception:  # noqa: BLE001
        said = ""
    return " ".join(f"{type(error).__name__}: {said[:_REASON_LIMIT]}".split())


def _config(options: argparse.Namespace) -> Config:
    from ..config import Config
    from ..shelf import default_directory

    directory = getattr(options, "flaxargs_cache_dir", "")
    cache = Path(directory).expanduser() if directory else default_directory()
    return Config(
        methods=getattr(options, "flaxargs_methods", "call"),
        flax_version=getattr(options, "flaxargs_flax_version", "") or None,
        cache_directory=None if getattr(options, "flaxargs_no_cache", False) else cache,
        ignore_annotations=tuple(getattr(options, "flaxargs_ignore_annotations", ("kontext.Key",))),
        enabled=_Decisions(options),
        fixes=False,  # flake8 has no way to apply them
    )


class _Decisions:
    """Which codes flake8 would show, so that a rule which is off costs nothing."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options

    @functools.cached_property
    def _decide(self) -> Callable[[str], Any]:
        from flake8.style_guide import DecisionEngine

        decide: Callable[[str], Any] = DecisionEngine(self._options).decision_for
        return decide

    @functools.cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    def __call__(self, code: str) -> bool:
        if code not in self._known:
            try:
                self._known[code] = self._decide(code).name == "Selected"
            except Exception:  # noqa: BLE001  (flake8's own filter still holds)
                self._known[code] = True
        return self._known[code]
