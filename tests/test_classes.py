"""Which classes are Modules, what they inherit, and whether all of it is known."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path

import pytest

from flake8_flaxargs.project.classes import ModuleClass
from flake8_flaxargs.project.names import ClassEntity
from flake8_flaxargs.project.project import Project
from flake8_flaxargs.source import Source

NN = "import flax.linen as nn\n"


def project_of(folder: Path, files: dict[str, str], installed: tuple[str, ...] = ()) -> Project:
    """A project of these files."""
    for name, text in {"setup.cfg": "", **files}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return Project("0.12", cache=None, installed=installed)


def known(project: Project, path: Path, name: str) -> ModuleClass:
    """The last class of that qualname in a file."""
    file = project.files.at(str(path))
    facts = project.files.facts(file, "outline")
    assert facts is not None
    found = [known for known in facts.classes if known.qualname == name]
    module = project.classes.of(ClassEntity(file, found[-1]))
    assert module.is_module == (module in project.modules_in(file))
    return module


def in_main(folder: Path, text: str, name: str, **files: str) -> ModuleClass:
    """A class of ``main.py``; other files by their name without suffix, ``__`` for a slash."""
    others = {f"{other.replace('__', '/')}.py": other_text for other, other_text in files.items()}
    return known(project_of(folder, {"main.py": text, **others}), folder / "main.py", name)


def lineage(module: ModuleClass) -> list[str]:
    """The names of a class and its bases in method resolution order, without Flax's own."""
    return [entity.facts.name for entity in module.lineage if not entity.file.of_flax]


@pytest.mark.parametrize(
    "text",
    [
        "class A(nn.Module): ...",
        "class Base(nn.Module): ...\nclass A(Base): ...",
        "class Mixin: ...\nclass A(Mixin, nn.Module): ...",
        "class A(nn.Module, kw_only=True): ...",
        "class A(nn.Dense): ...",
        "class A(nn.linear.Dense): ...",
        "Base = nn.Module\nclass A(Base): ...",
        "Conv = nn.Conv\nC = Conv\nclass A(C): ...",
        "from typing import Generic, TypeVar\nT = TypeVar('T')\nclass A(nn.Module, Generic[T]): ...",
        "from typing import Generic\nT = TypeVar('T')\nclass B(nn.Module, Generic[T]): ...\nclass A(B[int]): ...",
        "import abc\nclass A(nn.Module, abc.ABC): ...",
        "import dataclasses\n@dataclasses.dataclass\nclass A(nn.Module): ...",
        "@final\nclass A(nn.Module): ...",
        "if DEBUG:\n    class A(nn.Module): ...\nelse:\n    class A: ...",
        "class Outer:\n    class Inner(nn.Module): ...\nclass A(Outer.Inner): ...",
        "if nn:\n    Base = nn.Module\nelse:\n    Base = object\nclass A(Base): ...",
        "if nn:\n    Base = object\nelse:\n    Base = nn.Module\nclass A(Base): ...",
    ],
)
def test_modules_that_are_known_whole(tmp_path: Path, text: str) -> None:
    module = in_main(tmp_path, NN + text, "A")
    assert module.is_module
    assert module.complete


@pytest.mark.parametrize(
    "text",
    [
        "class A: ...",
        "class A(object): ...",
        "class A(dict): ...",
        "class A(Exception): ...",
        "from typing import NamedTuple\nclass A(NamedTuple): ...",
        "from typing import Protocol, TypeVar\nclass A(Protocol[TypeVar('T')]): ...",
        "class Module: ...\nclass A(Module): ...",
        "import enum\nclass A(enum.Enum): ...",
    ],
)
def test_classes_that_are_certainly_no_modules(tmp_path: Path, text: str) -> None:
    module = in_main(tmp_path, NN + text, "A")
    assert not module.is_module
    assert module.complete


@pytest.mark.parametrize(
    "base",
    [
        "make_base()",
        "functools.partial(nn.Module)",
        "nn.vmap(nn.Dense)",
        "type('Base', (nn.Module,), {})",
        "bases[0]()",
        "*bases",
        "Base if x else nn.Module",
        "unknown.Module",
        "torch.nn.Module",
        "Missing",
    ],
)
def test_base_that_cannot_be_followed(tmp_path: Path, base: str) -> None:
    text = f"{NN}import functools, torch, unknown\nclass A({base}): ...\nclass B(nn.Module, {base}): ..."
    project = project_of(tmp_path, {"main.py": text})
    alone = known(project, tmp_path / "main.py", "A")
    beside = known(project, tmp_path / "main.py", "B")
    assert (alone.is_module, alone.complete) == (False, False)
    assert (beside.is_module, beside.complete) == (True, False)


def test_partial_that_has_a_name_is_no_base(tmp_path: Path) -> None:
    text = f"{NN}from functools import partial\nDense = partial(nn.Dense, 3)\nclass A(Dense): ..."
    module = in_main(tmp_path, text, "A")
    assert (module.is_module, module.complete) == (False, False)


def test_what_descends_from_an_unknown_class_is_not_known_whole(tmp_path: Path) -> None:
    text = f"{NN}class A(nn.Module, make()): ...\nclass B(A): ...\nclass C(B): ..."
    module = in_main(tmp_path, text, "C")
    assert (module.is_module, module.complete) == (True, False)


def test_file_that_never_says_flax(tmp_path: Path) -> None:
    files = {"base.py": NN + "class Base(nn.Module): ...", "main.py": "from base import Base\nclass A(Base): ..."}
    project = project_of(tmp_path, files)
    (found,) = project.modules_in(project.files.at(str(tmp_path / "main.py")))
    assert found.entity.facts.name == "A"
    assert lineage(found) == ["A", "Base"]


@pytest.mark.parametrize(
    "text",
    [
        "from base import Base\nclass A (Base) : pass",
        "from base import(Base)\nclass A(\\\n    Base\\\n): pass",
        "from base import Base\nclass \\\n  A(Base): pass",
        "from base import Base\nclass\tA(Base): pass",
        "from base import Base\nclass A\\\n(Base): pass",
        "from base import Base;x = 1;B = Base\nclass A(B): pass",
        "from base import (  # the base (of all)\n    Base as B,  # ) here\n    Other,\n)\nclass A(B): pass",
        "from \\\n  base import \\\n  Base\nclass A(Base): pass",
        "from.base import Base\nclass A(Base): pass",
        "from . import base\nclass A(base.Base): pass",
        "from .import base\nclass A(base . Base): pass",
        "from . base import Base\nclass A(Base): pass",
        "import base\nclass A(base.Base, metaclass=type(base.Base)): pass",
        "import os, base as b\nclass A(b\n  .Base): pass",
        "import os; import base as b\nclass A(b.Base): pass",
        "if 1: import base\nclass A(base.Base): pass",
        "import base\nX = Y = base.Base\nclass A(X): pass",
        "import base\nX: type = base.Base\nclass A(X): pass",
        "import base\nX = (base.Base)\nclass A(X): pass",
        "import base\nX = (\n    base.Base\n)\nclass A(X): pass",
        "import base\nX = base.Base;\nclass A(X): pass",
        "import base\nX = \\\n    base.Base\nclass A(X): pass",
        "import base\nif 1: X = base.Base\nclass A(X): pass",
        "import base\nb = base\nX = b . Base  # the base\nclass A(X): pass",
        "import base\nX = b'' and base.Base or base.Base\nX = base.Base\nclass A(X): pass",
        "import base\ndef f(): X = base.Base; return X\nX = base.Base\nclass A(X): pass",
        "from base import *\nclass A(Base): pass",
        "from base import*\nclass A(Base): pass",
        "from base import Base\nclass A(# of all (:\n  Base): pass",
        "from base import Base\nclass A('x:' and object, Base, key='):'): pass",
        "from base import Base\nclass A(Base, key=(1)): pass",
        "from base import Base\nclass A(Generic[(T)], Base): pass",
        "from base import Base\nclass A(Base[int]): pass",
        "from base import Base as Bäse\nclass Ä(Bäse): pass\nclass A(Ä): pass",
        "from base import \ufb01x\nclass A(\ufb01x): pass",
        "import pkg.sub.base\nclass A(pkg.sub.base.Base): pass",
        "import pkg.sub\nfrom pkg.sub import base as b\nclass A(b.Base): pass",
        "from pkg import again\nclass A(again): pass",
        "from base import Base\nclass Base(Base): pass\nclass A(Base): pass",
        "import base\nclass Outer:\n    class Inner(base.Base): pass\nclass A(Outer.Inner): pass",
        "from base import Outer\nclass A(Outer.Inner): pass",
    ],
)
def test_no_way_to_write_it_hides_a_module(tmp_path: Path, text: str) -> None:
    base = NN + "class Base(nn.Module): ...\nclass Other: ...\nfix = Base\nclass Outer:\n    class Inner(Base): ..."
    files = {"pkg/__init__.py": "from .sub import X as again", "pkg/sub/__init__.py": "from .base import Base as X"}
    project = project_of(tmp_path, {"main.py": text, "base.py": base, "pkg/sub/base.py": base, **files})
    assert known(project, tmp_path / "main.py", "A").is_module


def test_class_in_a_function_of_a_file_that_never_says_flax(tmp_path: Path) -> None:
    text = "from base import Base\ndef f():\n    if x:\n        class A(Base): ...\n    return A"
    project = project_of(tmp_path, {"base.py": NN + "class Base(nn.Module): ...", "main.py": text})
    (found,) = project.modules_in(project.files.at(str(tmp_path / "main.py")))
    assert found.entity.facts.qualname == "f.<locals>.A"


def test_base_through_an_installed_package(tmp_path: Path) -> None:
    site = tmp_path / "site"
    project_of(site, {"lib/__init__.py": "from lib._src.base import *", "lib/_src/__init__.py": ""})
    project_of(site, {"lib/_src/base.py": "from flax import linen\nclass Layer(linen.Module):\n    size: int"})
    project = project_of(tmp_path / "p", {"main.py": "import lib\nclass A(lib.Layer): ..."}, installed=(str(site),))
    module = known(project, tmp_path / "p" / "main.py", "A")
    assert module.is_module
    assert list(project.classes.fields(module)) == ["size"]


def test_inherited_fields_come_from_other_files(tmp_path: Path) -> None:
    module_text = "from .a.base import Base as B\nclass Net(B):\n    depth: int = 2"
    files = {
        "pkg/__init__.py": "",
        "pkg/a/__init__.py": "",
        "pkg/a/base.py": "from flax import linen as nn\nclass Base(nn.Module):\n    train: bool\n    rate: float = 0.1",
        "pkg/net.py": module_text,
    }
    project = project_of(tmp_path, files)
    module = known(project, tmp_path / "pkg" / "net.py", "Net")
    fields = project.classes.fields(module)
    assert [(name, field.kind, field.owner.facts.name) for name, field in fields.items()] == [
        ("train", "required", "Base"),
        ("rate", "value", "Base"),
        ("depth", "value", "Net"),
    ]


# --- order -----------------------------------------------------------------------------------------------------------


def test_diamond_is_in_pythons_order(tmp_path: Path) -> None:
    text = "class A(nn.Module): ...\nclass B(A): ...\nclass C(A): ...\nclass D(B, C): ..."
    assert lineage(in_main(tmp_path, NN + text, "D")) == ["D", "B", "C", "A"]


def test_mixins_come_in_the_order_of_the_bases(tmp_path: Path) -> None:
    text = "class M: ...\nclass N(M): ...\nclass Base(nn.Module): ...\nclass A(N, Base, M): ..."
    assert lineage(in_main(tmp_path, NN + text, "A")) == ["A", "N", "Base", "M"]


def test_order_agrees_with_python_on_many_hierarchies(tmp_path: Path) -> None:
    """All ways to inherit of five classes, as Python itself orders them."""
    text, count = [], 0
    options = ["O", "A", "B", "A, B", "B, A", "C", "C, A", "C, B", "D", "D, B", "D, C", "E", "E, D", "E, C, B"]
    for of_c in ("A", "B", "A, B", "B, A", "O"):
        for of_d in ("A", "B", "C", "C, A", "C, B", "A, B", "B, A"):
            for of_e in options[:11]:
                lines = ["class O: ...", "class A(O): ...", "class B(O): ..."]
                lines += [f"class C({of_c}): ...", f"class D({of_d}): ...", f"class E({of_e}): ..."]
                name = f"f{count}"
                block = f"def {name}():\n" + textwrap.indent("\n".join([*lines, "return E"]), "    ")
                namespace: dict[str, object] = {}
                exec(block, namespace)
                make = namespace[name]
                assert callable(make)
                try:
                    order = [known.__name__ for known in make().__mro__[:-1]]
                except TypeError:
                    continue
                text.append((name, block, order))
                count += 1
    project = project_of(tmp_path, {"main.py": "\n".join(block for _, block, _ in text)})
    assert count > 200
    for name, _, order in text:
        assert lineage(known(project, tmp_path / "main.py", f"{name}.<locals>.E")) == order


def test_method_of_super_is_the_next_in_order(tmp_path: Path) -> None:
    text = """
        import flax.linen as nn
        class A(nn.Module):
            def __call__(self, x): ...
        class B(A): ...
        class C(A):
            def __call__(self, x, train): ...
        class D(B, C):
            def __call__(self, x): ...
        """
    module = in_main(tmp_path, text, "D")
    own = module.method("__call__")
    assert own is not None
    above = module.method("__call__", after=own[0])
    assert above is not None
    assert above[0].facts.name == "C"
    assert module.method("missing") is None


def test_flax_s_own_methods_are_inherited(tmp_path: Path) -> None:
    module = in_main(tmp_path, NN + "class A(nn.Dropout): ...", "A")
    found = module.method("__call__")
    assert found is not None
    assert found[0].facts.name == "Dropout"
    assert [parameter.name for parameter in found[1].facts.parameters] == ["self", "inputs", "deterministic", "rng"]
    assert module.method("apply") is not None


# --- names that come twice, circles ----------------------------------------------------------------------------------


def test_class_that_extends_what_it_replaces(tmp_path: Path) -> None:
    base = NN + "class Net(nn.Module):\n    a: int = 1"
    module = in_main(tmp_path, "from base import Net\nclass Net(Net):\n    b: int = 2", "Net", base=base)
    assert module.is_module
    assert module.complete
    assert lineage(module) == ["Net", "Net"]


def test_class_that_extends_an_earlier_one_of_its_name(tmp_path: Path) -> None:
    text = (
        NN + "class Net(nn.Module):\n    a: int = 1\nclass Net(Net):\n    b: int = 2\nclass Net(Net):\n    c: int = 3"
    )
    project = project_of(tmp_path, {"main.py": text})
    module = known(project, tmp_path / "main.py", "Net")
    assert list(project.classes.fields(module)) == ["a", "b", "c"]


def test_class_in_a_class_extends_the_modules_class_of_its_name(tmp_path: Path) -> None:
    text = NN + "class Net(nn.Module): ...\nclass Outer:\n    class Net(Net): ..."
    assert in_main(tmp_path, text, "Outer.Net").is_module


def test_every_class_of_a_name_is_looked_at(tmp_path: Path) -> None:
    text = (
        NN
        + "def f():\n    class A(nn.Module):\n        a: int\n    class A(nn.Module):\n        b: int\n    class A: ..."
    )
    project = project_of(tmp_path, {"main.py": text})
    modules = project.modules_in(project.files.at(str(tmp_path / "main.py")))
    assert [list(project.classes.fields(module)) for module in modules] == [["a"], ["b"]]


@pytest.mark.parametrize(
    "text",
    [
        "class A(A): ...",
        "class A(B): ...\nclass B(A): ...",
        "class B(C): ...\nclass C(A): ...\nclass A(B, nn.Module): ...",
        "import main\nclass A(main.A): ...",
        "from main import A\nclass A(A): ...",
        "from other import B\nclass A(B): ...",
        "class A(A.B): ...",
        "class A(A[int]): ...",
    ],
)
def test_class_that_inherits_in_a_circle(tmp_path: Path, text: str) -> None:
    project = project_of(tmp_path, {"main.py": NN + text, "other.py": "from main import A\nclass B(A): ..."})
    module = known(project, tmp_path / "main.py", "A")
    assert not module.complete
    assert project.classes.fields(module) == {}
    assert len(lineage(module)) == len({entity.key for entity in module.lineage if not entity.file.of_flax})


def test_circle_is_the_same_whoever_is_asked_first(tmp_path: Path) -> None:
    text = NN + "class A(B):\n    a: int\nclass B(A, nn.Module):\n    b: int"
    for order in (("A", "B"), ("B", "A")):
        project = project_of(tmp_path, {"main.py": text})
        modules = {name: known(project, tmp_path / "main.py", name) for name in order}
        assert all(not module.complete for module in modules.values()), order


def test_import_circle_between_files(tmp_path: Path) -> None:
    files = {
        "pkg/__init__.py": "from .a import A\nfrom .b import B",
        "pkg/a.py": "import flax.linen as nn\nfrom . import b\nclass A(nn.Module): ...",
        "pkg/b.py": "from .a import A\nfrom . import a\nclass B(A): ...\nclass C(a.A): ...",
    }
    project = project_of(tmp_path, files)
    assert known(project, tmp_path / "pkg" / "b.py", "B").is_module
    assert known(project, tmp_path / "pkg" / "b.py", "C").is_module


def test_base_imported_for_type_checking_alone(tmp_path: Path) -> None:
    text = """
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from base import Base
        else:
            Base = object
        class A(Base): ...
        """
    assert in_main(tmp_path, text, "A", base=NN + "class Base(nn.Module): ...").is_module


def test_long_line_of_descent(tmp_path: Path) -> None:
    lines = "\n".join(f"class C{index}(C{index - 1}):\n    f{index}: int = {index}" for index in range(1, 120))
    project = project_of(tmp_path, {"main.py": f"{NN}class C0(nn.Module): ...\n{lines}"})
    module = known(project, tmp_path / "main.py", "C119")
    assert module.is_module
    assert len(project.classes.fields(module)) == 119


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is Python 3.12's")
def test_type_parameters_of_python_3_12(tmp_path: Path) -> None:
    text = NN + "class Base[T](nn.Module):\n    size: int\nclass A[T: int](Base[T]): ..."
    module = in_main(tmp_path, text, "A")
    assert module.is_module
    assert module.complete


# --- texts that change -----------------------------------------------------------------------------------------------


def test_open_text_comes_before_the_file_on_disk(tmp_path: Path) -> None:
    project = project_of(tmp_path, {"main.py": NN + "class A: ..."})
    file = project.open(Source(str(tmp_path / "main.py"), NN + "class A(nn.Module): ..."))
    assert [module.entity.facts.name for module in project.modules_in(file)] == ["A"]


def test_edited_base_is_seen_by_the_classes_below_it(tmp_path: Path) -> None:
    project = project_of(
        tmp_path, {"base.py": "class Base: ...", "main.py": "from base import Base\nclass A(Base): ..."}
    )
    main = project.open(Source.from_file(tmp_path / "main.py"))
    assert project.modules_in(main) == []
    project.open(Source(str(tmp_path / "base.py"), NN + "class Base(nn.Module): ..."))
    assert len(project.modules_in(main)) == 1
