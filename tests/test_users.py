"""Who subclasses, imports or mentions a class: the reverse of an import, over the whole project."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

import pytest

from flake8_flaxargs.project.classes import ModuleClass
from flake8_flaxargs.project.names import ClassEntity
from flake8_flaxargs.project.project import Project

BASE = "import flax.linen as nn\nclass Base(nn.Module):\n    train: bool = False\n"


def project_of(folder: Path, files: dict[str, str], marker: str = "setup.cfg") -> Project:
    """A project of these files, with ``base.py``."""
    for name, text in {marker: "", "base.py": BASE, **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Project("0.12", cache=None, installed=())


def known(project: Project, path: Path, name: str = "Base") -> ModuleClass:
    file = project.files.at(str(path))
    facts = project.files.facts(file, "outline")
    assert facts is not None
    found = [known for known in facts.classes if known.qualname == name]
    return project.classes.of(ClassEntity(file, found[-1]))


def subclasses(folder: Path, files: dict[str, str], path: str = "base.py", name: str = "Base") -> set[str]:
    """The qualnames of the subclasses that the project finds."""
    project = project_of(folder, files)
    return {module.entity.facts.qualname for module in project.users.subclasses(known(project, folder / path, name))}


@pytest.mark.parametrize(
    "text",
    [
        "from base import Base\nclass A(Base): ...",
        "import base\nclass A(base.Base): ...",
        "import base as b\nclass A(b.Base): ...",
        "from base import Base as B\nclass A(B): ...",
        "from base import *\nclass A(Base): ...",
        "import base\nB = base.Base\nC = B\nclass A(C): ...",
        "from base import Base\nclass Mixin: ...\nclass A(Mixin, Base): ...",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from base import Base\nclass A(Base): ...",
        "from base import Base\nclass A(Base[int]): ...",
        "import base\n\n\nclass A(  # as in the paper (b):\n    base.Base\n):\n    pass\n",
        "from base import Base \\\n    as B\n\n\nclass A(B):\n    pass\n",
    ],
)
def test_subclass_in_another_file(tmp_path: Path, text: str) -> None:
    assert subclasses(tmp_path, {"deep/down/net.py": text}) == {"A"}


def test_subclasses_of_subclasses(tmp_path: Path) -> None:
    files = {
        "a.py": "from base import Base\nclass A(Base): ...\nclass Again(A): ...",
        "b.py": "import a\nclass B(a.A): ...",
        "c.py": "from b import B\ndef make():\n    class C(B): ...\n    return C",
    }
    assert subclasses(tmp_path, files) == {"A", "Again", "B", "make.<locals>.C"}


def test_subclass_in_the_same_file(tmp_path: Path) -> None:
    text = BASE + "class A(Base): ...\nclass Other(nn.Module): ...\ndef f():\n    class B(A): ..."
    assert subclasses(tmp_path, {"base.py": text}) == {"A", "f.<locals>.B"}


def test_subclass_through_a_package_that_renames(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from ._impl import Base as Backbone",
        "pkg/_impl.py": BASE,
        "net.py": "from pkg import Backbone\nclass A(Backbone): ...",
    }
    assert subclasses(tmp_path, files, "pkg/_impl.py") == {"A"}


def test_subclass_through_an_alias_of_another_file(tmp_path: Path) -> None:
    files = {"alias.py": "import base\nTrunk = base.Base", "net.py": "from alias import Trunk\nclass A(Trunk): ..."}
    assert subclasses(tmp_path, files) == {"A"}


def test_other_classes_of_the_same_name_do_not_count(tmp_path: Path) -> None:
    files = {
        "other.py": "import flax.linen as nn\nclass Base(nn.Module): ...\nclass A(Base): ...",
        "text.py": "'''Base'''\nclass B: ...\nclass C(Unknown): ...",
        "broken.py": "from base import Base\nclass D(Base:",
    }
    assert subclasses(tmp_path, files) == set()


def test_class_in_a_function_has_its_users_there(tmp_path: Path) -> None:
    text = "import flax.linen as nn\ndef f():\n    class Base(nn.Module): ...\n    class A(Base): ..."
    assert subclasses(tmp_path, {"base.py": text}, "base.py", "f.<locals>.Base") == {"f.<locals>.A"}


def test_class_that_replaces_the_one_it_extends(tmp_path: Path) -> None:
    files = {"net.py": "from base import Base\nclass Base(Base): ...\nclass A(Base): ..."}
    assert subclasses(tmp_path, files) == {"Base", "A"}


def test_circle_of_classes_ends(tmp_path: Path) -> None:
    text = "import flax.linen as nn\nclass Base(A, nn.Module): ...\nclass A(Base): ..."
    assert subclasses(tmp_path, {"base.py": text}) <= {"A", "Base"}


def test_folders_that_hold_no_source_of_the_project(tmp_path: Path) -> None:
    text = "from base import Base\nclass A(Base): ..."
    files = {
        "node_modules/a.py": text,
        ".hidden/a.py": text,
        "__pycache__/a.py": text,
        "env/pyvenv.cfg": "",
        "env/lib/a.py": text,
        "site-packages/a.py": text,
    }
    assert subclasses(tmp_path, files) == set()


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links")
def test_links_are_not_followed_in_a_circle(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert subclasses(tmp_path, {"net.py": "from base import Base\nclass A(Base): ..."}) == {"A"}


def test_src_and_tests_belong_to_one_project(tmp_path: Path) -> None:
    files = {
        "src/pkg/__init__.py": "",
        "src/pkg/base.py": BASE,
        "tests/test_net.py": "from pkg.base import Base\nclass A(Base): ...",
    }
    assert subclasses(tmp_path, files, "src/pkg/base.py") == {"A"}


@pytest.mark.parametrize("marker", ["setup.cfg", "pyproject.toml", ".git", "setup.py", "tox.ini"])
def test_the_search_ends_at_the_top_of_the_project(tmp_path: Path, marker: str) -> None:
    (tmp_path / "outside.py").write_text("from base import Base\nclass Outside(Base): ...")
    project = project_of(tmp_path / "p", {"net.py": "from base import Base\nclass A(Base): ..."}, marker)
    found = project.users.subclasses(known(project, tmp_path / "p" / "base.py"))
    assert [module.entity.facts.name for module in found] == ["A"]


def test_mentions_begin_with_the_file_itself(tmp_path: Path) -> None:
    project = project_of(tmp_path, {"a.py": "Base", "b.py": "Other", "c.txt": "Base", "d/e.py": "'Base'"})
    near = project.files.at(str(tmp_path / "base.py"))
    names = [Path(file.path).relative_to(tmp_path).as_posix() for file in project.users.mentioning("Base", near)]
    assert names[0] == "base.py"
    assert sorted(names[1:]) == ["a.py", "d/e.py"]


def test_searching_imports_nothing(tmp_path: Path) -> None:
    trap = f"open({str(tmp_path / 'trap')!r}, 'w')\n"
    files = {"net.py": trap + "from base import Base\nclass A(Base): ...", "base.py": trap + BASE}
    assert subclasses(tmp_path, files) == {"A"}
    assert not (tmp_path / "trap").exists()
