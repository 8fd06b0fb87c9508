"""What the server tries out leaves no trace: other requests are about the texts that the editor shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lsprotocol import types

from flake8_flaxargs.frontends.language_server.actions import Client, actions, fix_all
from flake8_flaxargs.frontends.language_server.hints import hints
from flake8_flaxargs.frontends.language_server.hover import hover
from flake8_flaxargs.frontends.language_server.preferences import Preferences
from flake8_flaxargs.frontends.language_server.texts import Buffer, Part
from flake8_flaxargs.frontends.language_server.workspace import Project, Result, Workspace

NET = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(3)(x))


class Other(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(nn.Dense(3)(x))
"""
USE = """\
from net import Net


def loss(variables, x):
    return Net(train=True).apply(variables, x)
"""
CLIENT = Client("utf-16", versioned=True, resolves=False)
ALL = types.Range(types.Position(0, 0), types.Position(99, 0))


class Editor:
    """Two buffers, and the workspace that is told of them."""

    def __init__(self, folder: Path, net: str = NET) -> None:
        self.net, self.use = folder / "net.py", folder / "use.py"
        self.texts = {self.net: net, self.use: USE}
        for path in self.texts:
            path.touch()  # an import asks the disk for the file, and the editor for the text
        self.workspace = Workspace(Preferences({"no_cache": True}), lambda: [self.buffer(path) for path in self.texts])

    def buffer(self, path: Path) -> Buffer:
        return Buffer(path.as_uri(), str(path), "python", (Part(path.as_uri(), 1, self.texts[path]),))

    def asked(self, path: Path) -> tuple[Project, Result]:
        """What a request about a buffer is answered from."""
        return self.workspace.project(str(path)), self.workspace.check(self.buffer(path))

    def hover(self, path: Path, line: int, character: int) -> str:
        found = hover(*self.asked(path), 0, types.Position(line, character), CLIENT.encoding)
        assert found is not None and isinstance(found.contents, types.MarkupContent)
        return found.contents.value

    def said(self) -> list[object]:
        """What is shown of the Module: on its name here and there, on its call, and beside that."""
        shown = [self.hover(self.net, 3, 7), self.hover(self.use, 4, 12), self.hover(self.use, 4, 29)]
        return [*shown, [hint.label for hint in hints(*self.asked(self.use), ALL, CLIENT.encoding)]]

    def findings(self) -> list[object]:
        return [
            each.finding.diagnostic for path in self.texts for each in self.workspace.check(self.buffer(path)).shown
        ]


def fixes_all(editor: Editor) -> None:
    action = fix_all(*editor.asked(editor.net), CLIENT)
    assert action is not None and "merge_param" in repr(action.edit)


def offers(editor: Editor) -> None:
    params = types.CodeActionParams(
        types.TextDocumentIdentifier(editor.net.as_uri()), ALL, types.CodeActionContext(diagnostics=[])
    )
    assert len(list(actions(*editor.asked(editor.net), 0, params, CLIENT))) > 4


def types_in_one_class(editor: Editor) -> None:
    """And undoes it: in between, the file was cut down to what the key concerns."""
    editor.texts[editor.net] = NET[::-1].replace("3", "4", 1)[::-1]
    _, result = editor.asked(editor.net)
    assert not result.exact
    editor.texts[editor.net] = NET


TRIES = [fixes_all, offers, types_in_one_class]


@pytest.mark.parametrize("tried", TRIES)
def test_hover_and_hints_are_about_what_is_shown(tmp_path: Path, tried: Callable[[Editor], None]) -> None:
    wanted = Editor(tmp_path).said()
    assert "[Dropout at net.py:9]" in str(wanted[0]) and "merge" not in str(wanted)
    editor = Editor(tmp_path)
    findings = editor.findings()
    tried(editor)
    assert editor.said() == wanted
    tried(editor)  # what is remembered by now, too
    assert editor.said() == wanted
    assert editor.findings() == findings


def test_a_contract_is_not_that_of_a_cut(tmp_path: Path) -> None:
    """Right after a key, while the answer to it is still provisional."""
    editor = Editor(tmp_path)
    editor.findings()
    editor.texts[editor.net] = NET[::-1].replace("3", "4", 1)[::-1]
    project, result = editor.asked(editor.net)
    assert not result.exact
    assert project.text_of(str(editor.net)) == editor.texts[editor.net]
    assert editor.said() == Editor(tmp_path, editor.texts[editor.net]).said()
