"""The fixture programs under ``fixtures/``: what they want flagged, and how they are run in real Flax."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from flake8_flaxargs.config import Config, on_by_default
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic

ROOT = Path(__file__).parents[2] / "fixtures"
_MARKER = re.compile(r"# want:(.*)$", re.MULTILINE)
_WANTED = re.compile(r'(JFX\d{3})(?: "([^"]*)")?')


class Fixture(NamedTuple):
    """A program: ``folder`` holds its files, ``main`` is the name of the one that is linted and run."""

    code: str
    name: str
    folder: Path
    files: tuple[str, ...]
    main: str

    @property
    def id(self) -> str:
        return f"{self.code}/{self.name}"

    @property
    def text(self) -> str:
        return (self.folder / self.main).read_text("utf-8")

    @property
    def flagged(self) -> bool:
        """Whether it shows a fault (else it is a near miss)."""
        return self.name.startswith("finding_")

    def write(self, folder: Path, text: str | bytes | None = None) -> Path:
        """Copy its files to a folder, with another text of the main one; the main file's path."""
        for name in self.files:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes((self.folder / name).read_bytes())
        main = folder / self.main
        if text is not None:
            main.write_bytes(text if isinstance(text, bytes) else text.encode())
        return main

    def linter(self) -> Linter:
        """A linter with the default rules and the one that the fixture is about."""
        return Linter(Config(cache_directory=None, enabled=lambda code: on_by_default(code) or code == self.code))


def fixtures() -> list[Fixture]:
    """All of them, by code and name."""
    found = []
    for path in sorted(ROOT.glob("JFX*/*")):
        if path.is_dir() and (path / "main.py").exists():
            files = tuple(sorted(file.relative_to(path).as_posix() for file in path.rglob("*.py")))
            found.append(Fixture(path.parent.name, path.name, path, files, "main.py"))
        elif path.suffix == ".py":
            found.append(Fixture(path.parent.name, path.stem, path.parent, (path.name,), path.name))
    return found


class Want(NamedTuple):
    """A finding that a marker asks for."""

    line: int
    code: str
    fragment: str


def wanted(text: str) -> list[Want]:
    """The markers of a program, by line."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        for marker in _MARKER.findall(line):
            found += [Want(number, code, fragment) for code, fragment in _WANTED.findall(marker)]
    return found


def compare(wants: list[Want], found: tuple[Diagnostic, ...]) -> list[str]:
    """What is missing and what is too much, in words; empty where the findings are those that are wanted."""
    left = list(found)
    problems = []
    for want in wants:
        for diagnostic in left:
            if (diagnostic.range.start.line, diagnostic.code) == want[:2] and want.fragment in diagnostic.message:
                left.remove(diagnostic)
                break
        else:
            problems.append(f"missing {want}")
    return problems + [f"not wanted: {item.range.start.line}: {item.code} {item.message}" for item in left]


@contextmanager
def imported(main: Path) -> Iterator[ModuleType]:
    """The program's module, imported from its folder; it and its neighbours are forgotten afterwards."""
    before = set(sys.modules)
    neighbours = {path.stem if path.is_file() else path.name for path in main.parent.iterdir()}
    importlib.invalidate_caches()
    sys.path.insert(0, str(main.parent))
    try:
        yield importlib.import_module(main.stem)
    finally:
        sys.path.remove(str(main.parent))
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in neighbours:
                del sys.modules[name]
