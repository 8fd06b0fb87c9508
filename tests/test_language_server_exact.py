"""What the server says after many edits is what a fresh linter says of the same texts."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.editor_project import write
from flake8_flaxargs.checking import Checker, Job
from flake8_flaxargs.frontends.language_server.preferences import Preferences
from flake8_flaxargs.frontends.language_server.texts import Buffer, Part
from flake8_flaxargs.frontends.language_server.workspace import Result, Workspace
from flake8_flaxargs.settings import configuration

FIXTURES = Path(__file__).parents[1] / "fixtures"
# What may be typed: each turns a piece of a program into another that some rule has an opinion on.
SWAPS = [
    ("deterministic=not train", "deterministic=train"),
    ('rngs={"dropout": key}', "rngs={}"),
    ("nn.merge_param", "nn.merge_parameter"),
    ("train=train", "train=False"),
    ("self.rate", "self.rates"),
    ("return ", "return 0 or "),
    ("(x)", "(x"),
    ("nn.Dropout(", "nn.Dropout(0.1, "),
    ("self, x", "self, x, deterministic"),
    ("nn.Dense", "nn.BatchNorm"),
    ("train: bool | None = None", "train: bool = True"),
    ("\n", "\n\n"),
]


class Editor:
    """Buffers, and the workspace that is told of them."""

    def __init__(self, paths: list[Path]) -> None:
        self.texts = {path: path.read_text() for path in paths}
        self.workspace = Workspace(Preferences({"no_cache": True}), self.buffers)

    def buffers(self) -> list[Buffer]:
        return [self.buffer(path) for path in self.texts]

    def buffer(self, path: Path) -> Buffer:
        return Buffer(path.as_uri(), str(path), "python", (Part(path.as_uri(), 1, self.texts[path]),))

    def check(self, path: Path, exact: bool) -> Result:
        return self.workspace.check(self.buffer(path), exact)


def said(result: Result) -> list[tuple[object, ...]]:
    return [(each.finding.diagnostic, each.finding.lines) for each in result.shown]


def fresh(editor: Editor, path: Path) -> list[tuple[object, ...]]:
    """What a linter says that has seen nothing else but the other buffers."""
    found = configuration([str(path)], given={"no_cache": True})
    checker = Checker(Job(found.settings, found.root))
    for other in editor.texts:
        checker.linter.project.use(editor.buffer(other).document().parts[0])
    shown = checker.result(editor.buffer(path).document()).findings
    return [(each.diagnostic, each.lines) for each in shown]


def typed(text: str, chance: random.Random) -> str:
    old, new = chance.choice(SWAPS)
    places = [place for place in range(len(text)) if text.startswith(old, place)]
    if not places:
        return text
    place = chance.choice(places)
    return text[:place] + new + text[place + len(old) :]


def projects(folder: Path) -> Iterator[list[Path]]:
    """A generated project, and the fixtures of several files."""
    large = write(folder / "generated", 12)
    large.write_text("".join(large.read_text().splitlines(keepends=True)[:220]))
    yield [large, large.parent / "part0.py", large.parent / "part3.py"]
    for number, file in enumerate(sorted(FIXTURES.glob("JFX*/finding_*.py"))[::20]):
        place = folder / str(number) / file.name
        place.parent.mkdir()
        place.write_text(file.read_text())
        yield [place]
    for package in sorted(each for each in FIXTURES.glob("JFX*/finding_*") if each.is_dir())[::2]:
        target = folder / package.name
        target.mkdir()
        for file in package.rglob("*.py"):
            place = target / file.relative_to(package)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(file.read_text())
        yield sorted(target.rglob("*.py"))


@pytest.mark.parametrize("seed", range(3))
def test_many_edits(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    found = 0
    for paths in projects(tmp_path):
        editor = Editor(paths)
        saved = dict(editor.texts)
        for _ in range(6):
            for _ in range(3):
                path = chance.choice(paths)
                editor.texts[path] = typed(editor.texts[path], chance)
                editor.check(path, exact=False)
            for path in paths:
                wanted = fresh(editor, path)
                assert said(editor.check(path, exact=True)) == wanted, (path, editor.texts[path])
                found += len(wanted)
            if chance.random() < 0.5:
                editor.texts = dict(saved)
    assert found > 50


def test_a_key_inside_a_definition_is_answered_at_once_and_rightly(tmp_path: Path) -> None:
    """Where nothing else hangs on it, the provisional answer is the final one."""
    large = write(tmp_path / "generated", 12)
    editor = Editor([large])
    editor.check(large, exact=True)
    for old, new in (("train=True, rngs={", "train=True, rng={"), ("deterministic=not train", "deterministic=train")):
        text = editor.texts[large]
        place = text.index(old, len(text) // 2)
        editor.texts[large] = text[:place] + new + text[place + len(old) :]
        quick = editor.check(large, exact=False)
        assert not quick.exact
        assert said(quick) == said(editor.check(large, exact=True)) != []
