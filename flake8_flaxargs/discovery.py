"""Paths a user names -> the files to check, in the order that they are reported in."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pathspec

from .settings import Configuration

_VENV = "pyvenv.cfg"


class Found(NamedTuple):
    """What paths led to.

    Attributes:
        files: as the user would name them.
        troubles: paths that lead nowhere, or folders that cannot be read: what, and why.
        empty: folders without a file to check.
    """

    files: tuple[str, ...]
    troubles: tuple[str, ...]
    empty: tuple[str, ...]


def find(paths: Sequence[str], configuration: Configuration) -> Found:
    """The files that paths name: files themselves, and what ``include`` takes of folders, sorted, each once.

    A file that is named is taken whatever it is called, and whether or not git ignores it.
    """
    search = _Search(configuration)
    files: dict[str, str] = {}
    empty = []
    for path in paths:
        if os.path.isdir(path):
            below = list(search.below(path))
            for file in below:
                files.setdefault(os.path.abspath(file), file)
            if not below:
                empty.append(path)
        elif not os.path.lexists(path):
            search.troubles.append(f"{path}: no such file or folder")
        elif not (configuration.settings.force_exclude and search.left_out(path)):
            files.setdefault(os.path.abspath(path), path)
    return Found(tuple(files.values()), tuple(search.troubles), tuple(empty))


def left_out(path: str, configuration: Configuration) -> bool:
    """Whether a file of this name would be left out of its folder by ``exclude`` or git."""
    return _Search(configuration).left_out(path)


def excluded(path: str, configuration: Configuration) -> bool:
    """Whether ``exclude`` leaves out a file at an absolute path. What git ignores may be open in an editor."""
    return _Search(configuration).excluded(path, False)


class _Search:
    def __init__(self, configuration: Configuration) -> None:
        self._root = configuration.root
        self._include = configuration.include
        self._exclude = configuration.exclude
        self._gitignored = configuration.settings.respect_gitignore
        self.troubles: list[str] = []

    def below(self, folder: str) -> Iterator[str]:
        """The files of a folder and the folders in it. Links to folders are not followed: they may lead in circles."""
        rules = list(_rules_above(os.path.abspath(folder))) if self._gitignored else []
        yield from self._walk(folder, rules)

    def _walk(self, folder: str, rules: list[_Rules]) -> Iterator[str]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self.troubles.append(f"{folder}: {error.strerror or error}")
            return
        here = os.path.abspath(folder)
        if self._gitignored and any(entry.name == ".gitignore" for entry in entries):
            rules = [*rules, *_rules_of(here, os.path.join(here, ".gitignore"))]
        for entry in entries:
            path = entry.name if folder == os.curdir else os.path.join(folder, entry.name)
            absolute = os.path.join(here, entry.name)
            is_folder = entry.is_dir(follow_symlinks=False)
            if self.excluded(absolute, is_folder) or _ignored(absolute, is_folder, rules):
                continue
            if is_folder:
                if not os.path.lexists(os.path.join(path, _VENV)):
                    yield from self._walk(path, rules)
            elif self._include.match_file(_relative(absolute, self._root)) and os.path.isfile(path):
                yield path

    def left_out(self, path: str) -> bool:
        """Whether a file that is named would be left out of its folder."""
        absolute = os.path.abspath(path)
        rules: list[_Rules] = []
        if self._gitignored:
            folder = os.path.dirname(absolute)
            rules = [*_rules_above(folder), *_rules_of(folder, os.path.join(folder, ".gitignore"))]
        return self.excluded(absolute, False) or _ignored(absolute, False, rules)

    def excluded(self, absolute: str, is_folder: bool) -> bool:
        """Whether ``exclude`` leaves a path out. Of what is outside the configuration's folder only the name counts."""
        return self._exclude.match_file(_relative(absolute, self._root) + ("/" if is_folder else ""))


class _Rules(NamedTuple):
    """A file of patterns for git, and the folder they are relative to."""

    folder: str
    spec: pathspec.GitIgnoreSpec


def _rules_above(folder: str) -> Iterator[_Rules]:
    """What git ignores by files above a folder, outermost first; nothing where there is no repository."""
    above = [folder]
    while not os.path.lexists(os.path.join(above[-1], ".git")):
        parent = os.path.dirname(above[-1])
        if parent == above[-1]:
            return
        above.append(parent)
    top = above[-1]
    home = os.environ.get("XDG_CONFIG_HOME") or os.path.join(os.path.expanduser("~"), ".config")
    yield from _rules_of(top, os.path.join(home, "git", "ignore"))
    yield from _rules_of(top, os.path.join(top, ".git", "info", "exclude"))
    for place in reversed(above[1:]):
        yield from _rules_of(place, os.path.join(place, ".gitignore"))


def _rules_of(folder: str, file: str) -> Iterator[_Rules]:
    try:
        with open(file, encoding="utf-8", errors="replace") as lines:
            yield _Rules(folder, pathspec.GitIgnoreSpec.from_lines(lines))
    except (OSError, ValueError, re.error):  # none there, or a pattern that git would not understand either
        return


def _ignored(absolute: str, is_folder: bool, rules: Sequence[_Rules]) -> bool:
    """Whether git ignores a path: of all that say something of it, the nearest file's last word counts."""
    for rule in reversed(rules):
        said = rule.spec.check_file(_relative(absolute, rule.folder) + ("/" if is_folder else "")).include
        if said is not None:
            return said
    return False


def _relative(absolute: str, folder: str) -> str:
    """A path from a folder on, with ``/``; the bare name where it is not below."""
    try:
        relative = os.path.relpath(absolute, folder)
    except ValueError:  # another drive
        relative = os.path.basename(absolute)
    if relative.startswith(os.pardir):
        relative = os.path.basename(absolute)
    return relative.replace(os.sep, "/")
