"""What a user may set for command and editor: ``[tool.flaxargs]`` of pyproject.toml, and options that overrule it.

flake8 has a way of its own to set the plugin (``frontends/flake8.py``); both end in one ``config.Config``.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

import msgspec
from pathspec import GitIgnoreSpec

from .config import Config, ConfigError
from .patterns import compiled
from .selection import FileIgnores, Selection, prefixes
from .shelf import default_directory
from .shim.records import Override
from .tables import record

FILE = "pyproject.toml"
OutputFormat: TypeAlias = Literal["concise", "full", "json", "jsonl", "sarif", "github", "gitlab", "junit"]
_TABLE = ("tool", "flaxargs")
# Folders that hold other people's code, or none.
_EXCLUDED = (
    ".bzr/", ".direnv/", ".eggs/", ".git/", ".hg/", ".ipynb_checkpoints/", ".mypy_cache/", ".nox/", ".pytest_cache/",
    ".ruff_cache/", ".svn/", ".tox/", ".venv/", "__pycache__/", "__pypackages__/", "build/", "dist/", "node_modules/",
    "site-packages/", "venv/",
)  # fmt: skip


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab", kw_only=True):
    """The keys of ``[tool.flaxargs]``, by the same names as the command's options.

    Attributes:
        select, extend_select, ignore: codes, prefixes of codes or names of rules.
        per_file_ignores: the same by pattern of files. Patterns, here and below, are those of a ``.gitignore``,
            relative to the folder of the configuration.
        methods: the methods whose unmerged arguments are looked at: ``call`` (``__call__``) or ``public``.
        flax_version: the Flax to check against, such as ``0.12``; the installed one, else the newest known.
        ignore_annotations: annotations of attributes that a framework resolves, as dotted names.
        include: the files of a folder that are checked.
        exclude, extend_exclude: those that are not.
        respect_gitignore: whether files that git ignores are left out.
        force_exclude: whether a file that is named on the command line is left out, too, where ``exclude`` says so.
        cache_dir: where facts and verdicts are kept, relative to the folder of the configuration.
        no_cache: keep nothing on disk.
        output_format: of ``check``'s report.
        unsafe_fixes: whether ``fix`` makes UNSAFE ones as well.
        jobs: how many processes; 0 for as many as there are cores.
        verify: by ``package.module:Class``, how ``verify`` makes and calls it.
    """

    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = {}
    methods: Literal["call", "public"] = "call"
    flax_version: str | None = None
    ignore_annotations: tuple[str, ...] = ("kontext.Key",)
    include: tuple[str, ...] = ("*.py", "*.ipynb", "*.md")
    exclude: tuple[str, ...] = _EXCLUDED
    extend_exclude: tuple[str, ...] = ()
    respect_gitignore: bool = True
    force_exclude: bool = False
    cache_dir: str | None = None
    no_cache: bool = False
    output_format: OutputFormat = "full"
    unsafe_fixes: bool = False
    jobs: Annotated[int, msgspec.Meta(ge=0)] = 0
    verify: dict[str, Override] = {}


class Configuration(NamedTuple):
    """Settings, and where they come from.

    Attributes:
        root: the folder that patterns and relative folders are meant from: that of the file, else the current one.
        file: the pyproject.toml; None where there is none.
    """

    settings: Settings
    root: str
    file: str | None = None

    @property
    def selection(self) -> Selection:
        """Which rules are on.

        Raises:
            ConfigError: an unknown selector.
        """
        chosen = self.settings.select
        if chosen is not None and not chosen:
            raise ConfigError("select is empty: nothing would be checked; name rules, or leave it out")
        return Selection(
            None if chosen is None else prefixes(chosen),
            prefixes(self.settings.extend_select),
            prefixes(self.settings.ignore),
        )

    @property
    def file_ignores(self) -> FileIgnores:
        """Which rules are off in which files.

        Raises:
            ConfigError: an unknown selector, or a pattern that is none.
        """
        try:
            return FileIgnores(self.settings.per_file_ignores)
        except ConfigError as error:
            raise ConfigError(f"per-file-ignores: {error}") from error

    @property
    def include(self) -> GitIgnoreSpec:
        """The files of a folder that are checked.

        Raises:
            ConfigError: a pattern that is none.
        """
        return _compiled({"include": self.settings.include})

    @property
    def exclude(self) -> GitIgnoreSpec:
        """The files and folders that are not.

        Raises:
            ConfigError: a pattern that is none.
        """
        return _compiled({"exclude": self.settings.exclude, "extend-exclude": self.settings.extend_exclude})

    @property
    def cache_directory(self) -> Path | None:
        """Where facts and verdicts are kept; None for nowhere."""
        if self.settings.no_cache:
            return None
        given = self.settings.cache_dir
        return Path(self.root, Path(given).expanduser()) if given else default_directory()

    def config(self) -> Config:
        """What the linter is set to.

        Raises:
            ConfigError: a setting cannot be used.
        """
        made = Config(
            methods=self.settings.methods,
            flax_version=self.settings.flax_version,
            cache_directory=self.cache_directory,
            ignore_annotations=self.settings.ignore_annotations,
            enabled=self.selection,
        )
        made.library_version()
        return made

    def check(self) -> None:
        """Look at every setting.

        Raises:
            ConfigError: one cannot be used.
        """
        self.config()
        _ = self.file_ignores, self.include, self.exclude


def configuration(
    paths: Sequence[str], file: str | None = None, isolated: bool = False, given: Mapping[str, Any] | None = None
) -> Configuration:
    """The settings for some paths.

    Args:
        paths: the nearest pyproject.toml above them all that has a table ``[tool.flaxargs]`` is read.
        file: another file to read instead.
        isolated: read none.
        given: settings that overrule the file's. ``select`` overrules the file's ``ignore`` and ``extend_select``, too;
            what is given as ``extend_select`` or ``per_file_ignores`` is added to the file's.

    Raises:
        ConfigError: a setting of the file, which the message names, or one that is given, cannot be used.
    """
    found = None if isolated else file or _nearest(paths)
    root = os.path.dirname(os.path.abspath(found)) if found else os.getcwd()
    settings = Settings()
    if found:
        settings = record(Settings, _table(found), found, _TABLE)
        try:
            Configuration(settings, root).check()
        except ConfigError as error:
            raise ConfigError(f"{found}: {error}") from error
    made = _overruled(settings, {key: value for key, value in (given or {}).items() if value is not None})
    Configuration(made, root).check()
    return Configuration(made, root, found)


def _overruled(settings: Settings, given: Mapping[str, Any]) -> Settings:
    changes = dict(given)
    if "select" in given:
        settings = msgspec.structs.replace(settings, ignore=(), extend_select=())
    if "extend_select" in given:
        changes["extend_select"] = (*settings.extend_select, *given["extend_select"])
    if "per_file_ignores" in given:
        changes["per_file_ignores"] = {**settings.per_file_ignores, **given["per_file_ignores"]}
    return msgspec.structs.replace(settings, **changes)


def _nearest(paths: Sequence[str]) -> str | None:
    """The pyproject.toml above all paths that speaks of this tool.

    Raises:
        ConfigError: one on the way cannot be read.
    """
    places = [os.path.abspath(path) for path in paths] or [os.getcwd()]
    try:
        folder = os.path.commonpath([place if os.path.isdir(place) else os.path.dirname(place) for place in places])
    except ValueError:  # different drives
        return None
    while True:
        candidate = os.path.join(folder, FILE)
        if os.path.isfile(candidate) and _table(candidate):
            return candidate
        if os.path.dirname(folder) == folder:
            return None
        folder = os.path.dirname(folder)


def _table(path: str) -> dict[str, Any]:
    """The table of this tool in a file.

    Raises:
        ConfigError: the file cannot be read, or its table is none.
    """
    try:
        found: Any = tomllib.loads(Path(path).read_bytes().decode())
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"cannot read {path}: {error}; correct it, or pass --isolated") from error
    for name in _TABLE:
        found = found.get(name, {}) if isinstance(found, dict) else found
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: tool.flaxargs is no table; write [tool.flaxargs]")
    return found


def _compiled(by_key: Mapping[str, Sequence[str]]) -> GitIgnoreSpec:
    for key, each in by_key.items():
        try:
            compiled(each)
        except ConfigError as error:
            raise ConfigError(f"{key}: {error}") from error
    return compiled(pattern for each in by_key.values() for pattern in each)
