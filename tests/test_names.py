"""What a name means: through imports in every form, re-exports, aliases, stars, circles, across files and packages."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from flake8_flaxargs.facts import records as r
from flake8_flaxargs.project.names import ClassEntity, ForeignEntity, FunctionEntity, ModuleEntity, ValueEntity
from flake8_flaxargs.project.project import Project

MODULE = "class flax.linen.module.Module"
DROPOUT = "class flax.linen.stochastic.Dropout"
MERGE_PARAM = "function flax.linen.module.merge_param"
Means = Callable[..., str]


def write(folder: Path, files: dict[str, str]) -> None:
    """Write the files of a tree; a path that ends with a slash is an empty folder."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")


def expression(text: str) -> r.Expression:
    """The record of a dotted name."""
    first, *rest = text.split(".")
    node: r.Expression = r.Name(1, 0, first)
    for attr in rest:
        node = r.Attribute(1, 0, node, attr)
    return node


@pytest.fixture
def means(tmp_path: Path) -> Means:
    """``means({path: text}, "main.py", "nn.Module", installed={path: text})``: what it is, in words."""

    def ask(
        files: dict[str, str], path: str, name: str, *, scope: str = "", installed: dict[str, str] | None = None
    ) -> str:
        root, site = tmp_path / "project", tmp_path / "site-packages"
        write(root, {"setup.cfg": "", **files})
        write(site, installed or {})
        project = Project("0.12", cache=None, installed=(str(site),))
        file = project.files.at(str(root / path))
        entity = project.names.resolve(file, scope, expression(name))
        match entity:
            case ClassEntity(where, facts):
                return f"class {where.name}.{facts.qualname}"
            case FunctionEntity(where, facts):
                return f"function {where.name}.{facts.qualname}"
            case ModuleEntity(place):
                return f"module {(place.file or place.folders[0]).removeprefix(f'{root}/')}"
            case ForeignEntity(dotted):
                return f"foreign {dotted}"
            case ValueEntity():
                return "value"
        return "unknown"

    return ask


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import flax", "flax.linen.Module"),
        ("import flax.linen", "flax.linen.Module"),
        ("import flax.linen.module", "flax.linen.Module"),
        ("import flax.linen as nn", "nn.Module"),
        ("import flax.linen.module as m", "m.Module"),
        ("import flax as f", "f.linen.module.Module"),
        ("from flax import linen", "linen.Module"),
        ("from flax import linen as nn", "nn.Module"),
        ("from flax.linen import Module", "Module"),
        ("from flax.linen import Module as M", "M"),
        ("from flax.linen import module", "module.Module"),
        ("from flax.linen.module import Module", "Module"),
        ("from flax.linen import *", "Module"),
        ("from flax import *", "linen.Module"),
        ("import flax.linen as nn\nM = nn.Module", "M"),
        ("import flax.linen as nn\nlinen = nn\nM = linen.Module\nN = M", "N"),
        ("import flax.linen as nn\nA = B = nn.Module", "A"),
        ("import flax.linen as nn\nM: type = nn.Module", "M"),
        ("if True:\n    with open('x'):\n        for _ in ():\n            import flax.linen as nn", "nn.Module"),
        ("match 1:\n    case 1:\n        import flax.linen as nn", "nn.Module"),
        ("while True:\n    try:\n        pass\n    finally:\n        import flax.linen as nn", "nn.Module"),
    ],
)
def test_import_forms(means: Means, text: str, name: str) -> None:
    assert means({"main.py": text}, "main.py", name) == MODULE


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import flax.linen as nn", "nn.merge_param"),
        ("import flax.linen as nn", "nn.module.merge_param"),
        ("import flax", "flax.linen.module.merge_param"),
        ("from flax.linen.module import merge_param", "merge_param"),
        ("from flax.linen import module", "module.merge_param"),
        ("from flax.linen import merge_param as merge", "merge"),
    ],
)
@pytest.mark.parametrize("version", ["0.8", "0.10", "0.12"])
def test_merge_param_in_every_spelling_and_version(tmp_path: Path, version: str, text: str, name: str) -> None:
    (tmp_path / "main.py").write_text(text)
    project = Project(version, cache=None, installed=())
    entity = project.names.resolve(project.files.at(str(tmp_path / "main.py")), "", expression(name))
    assert isinstance(entity, FunctionEntity)
    assert (entity.file.name, entity.facts.name) == ("flax.linen.module", "merge_param")


def test_nnx_and_other_parts_of_flax_are_not_linen(means: Means) -> None:
    assert means({"main.py": "from flax import nnx"}, "main.py", "nnx.Module") == "foreign flax.nnx.Module"


@pytest.mark.parametrize(
    "text",
    [
        "try:\n    import flax.linen as nn\nexcept ImportError:\n    nn = None",
        "try:\n    from jaxless import nn\nexcept ImportError:\n    from flax import linen as nn",
        "try:\n    from flax import linen as nn\nexcept ImportError:\n    from torch import nn",
        "try:\n    import flax.linen as nn\nexcept ImportError:\n    class nn:\n        class Module: ...",
        "import typing\nif typing.TYPE_CHECKING:\n    import flax.linen as nn",
        "from typing import TYPE_CHECKING as T\nif T:\n    from flax import linen as nn\nelse:\n    nn = object()",
        "import sys\nif sys.version_info < (3,):\n    import unknown as nn\nelse:\n    import flax.linen as nn",
    ],
    ids=["none instead", "fallback", "torch instead", "own class instead", "typing", "typing with else", "else"],
)
def test_optional_imports(means: Means, text: str) -> None:
    assert means({"main.py": text}, "main.py", "nn.Module") == MODULE


def test_own_fallback_of_an_optional_import(means: Means) -> None:
    files = {
        "compat.py": """
            try:
                from flax.linen import Module as Base
            except ImportError:
                class Base: ...
            """,
        "main.py": "from compat import Base",
    }
    assert means(files, "main.py", "Base") == MODULE


@pytest.mark.parametrize(
    "line", ["from pkg.layers import Layer", "from pkg import Layer", "from pkg import layers\nLayer = layers.Layer"]
)
def test_reexport_through_package(means: Means, line: str) -> None:
    files = {"pkg/__init__.py": "from .layers import Layer", "pkg/layers.py": "class Layer: ...", "main.py": line}
    assert means(files, "main.py", "Layer") == "class pkg.layers.Layer"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("from . import base", "base.Base"),
        ("from .base import Base", "Base"),
        ("from .. import sub", "sub.base.Base"),
        ("from ..sub.base import Base", "Base"),
        ("from ...pkg.sub.base import Base", "Base"),
        ("from .base import *", "Base"),
        ("from . import *", "Base"),
    ],
)
def test_relative_imports(means: Means, line: str, name: str) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/sub/__init__.py": "from .base import Base",
        "pkg/sub/base.py": "class Base: ...",
        "pkg/sub/main.py": line,
    }
    assert means(files, "pkg/sub/main.py", name) == "class pkg.sub.base.Base"


def test_relative_import_that_leads_nowhere(means: Means) -> None:
    files = {"pkg/__init__.py": "", "pkg/main.py": "from .missing import A\nfrom ........ import B"}
    assert means(files, "pkg/main.py", "A") == "unknown"
    assert means(files, "pkg/main.py", "B") == "unknown"


def test_long_dotted_import_under_another_name(means: Means) -> None:
    files = {"a/__init__.py": "", "a/b/__init__.py": "", "a/b/c.py": "class C: ...", "main.py": "import a.b.c as d"}
    assert means(files, "main.py", "d.C") == "class a.b.c.C"
    assert means(files, "main.py", "d") == "module a/b/c.py"


def test_src_layout_is_seen_from_tests(means: Means) -> None:
    files = {"src/pkg/__init__.py": "", "src/pkg/m.py": "class C: ...", "tests/test_m.py": "from pkg.m import C"}
    assert means(files, "tests/test_m.py", "C") == "class pkg.m.C"


def test_namespace_package(means: Means) -> None:
    files = {
        "ns/part/m.py": "class C: ...",
        "main.py": "import ns.part.m\nfrom ns import part\nfrom ns.part.m import C",
    }
    assert means(files, "main.py", "C") == "class m.C"
    assert means(files, "main.py", "part.m.C") == "class m.C"
    assert means(files, "main.py", "ns.part.m.C") == "class m.C"


def test_namespace_package_in_two_places(means: Means) -> None:
    files = {"ns/here.py": "class A: ...", "src/ns/there.py": "class B: ...", "main.py": "from ns import here, there"}
    assert means(files, "main.py", "here.A") == "class here.A"
    assert means(files, "main.py", "there.B") == "class there.B"


def test_regular_package_comes_before_namespace_package(means: Means) -> None:
    files = {"lib/x.txt": "", "src/lib/__init__.py": "class C: ...", "main.py": "from lib import C"}
    assert means(files, "main.py", "C") == "class lib.C"


def test_installed_package(means: Means) -> None:
    installed = {"lib/__init__.py": "from ._impl import *", "lib/_impl.py": "import flax.linen as nn\nBase = nn.Module"}
    assert means({"main.py": "import lib"}, "main.py", "lib.Base", installed=installed) == MODULE


def test_project_comes_before_installed_package(means: Means) -> None:
    files = {"lib.py": "class Mine: ...", "main.py": "from lib import Mine, Theirs"}
    installed = {"lib.py": "class Theirs: ..."}
    assert means(files, "main.py", "Mine", installed=installed) == "class lib.Mine"
    assert means(files, "main.py", "Theirs", installed=installed) == "foreign lib.Theirs"


def test_installed_flax_is_not_read(means: Means) -> None:
    installed = {"flax/__init__.py": "", "flax/linen/__init__.py": "class Module: ..."}
    assert means({"main.py": "import flax.linen as nn"}, "main.py", "nn.Module", installed=installed) == MODULE


@pytest.mark.parametrize("path", ["lib.pyi", "lib/__init__.pyi"])
def test_stub_file(means: Means, path: str) -> None:
    assert means({path: "class C: ...", "main.py": "from lib import C"}, "main.py", "C") == "class lib.C"


def test_source_comes_before_stub_file(means: Means) -> None:
    files = {"lib.py": "class C:\n    class Inner: ...", "lib.pyi": "class C: ...", "main.py": "from lib import C"}
    assert means(files, "main.py", "C.Inner") == "class lib.C.Inner"


def test_module_beside_the_script_shadows_the_standard_library(means: Means) -> None:
    files = {"queue.py": "class Base: ...", "main.py": "from queue import Base, Other\nimport sys"}
    assert means(files, "main.py", "Base") == "class queue.Base"
    assert means(files, "main.py", "Other") == "foreign queue.Other"
    assert means({**files, "sys.py": ""}, "main.py", "sys") == "foreign sys"


def test_module_in_a_package_does_not_shadow_the_standard_library(means: Means) -> None:
    files = {
        "pkg/__init__.py": "",
        "pkg/queue.py": "class Base: ...",
        "pkg/main.py": "import queue\nfrom .queue import Base",
    }
    assert means(files, "pkg/main.py", "queue") == "foreign queue"
    assert means(files, "pkg/main.py", "Base") == "class pkg.queue.Base"


def test_module_of_the_standard_librarys_name_does_not_import_itself(means: Means) -> None:
    assert means({"queue.py": "from queue import Queue"}, "queue.py", "Queue") == "foreign queue.Queue"


@pytest.mark.parametrize("init", [{}, {"examples/flax/__init__.py": ""}], ids=["folder", "package"])
@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("import flax.linen as nn", "nn.Module"),
        ("import flax", "flax.linen.Module"),
        ("from flax import linen as nn", "nn.Module"),
        ("from flax.linen import Module", "Module"),
        ("from flax.linen.module import *", "Module"),
    ],
)
def test_folder_named_flax_does_not_hide_flax(means: Means, init: dict[str, str], text: str, name: str) -> None:
    files = {**init, "examples/flax/train.py": text, "examples/flax/vision/run.py": text, "examples/other.py": text}
    for path in files:
        if path.endswith(".py") and "__init__" not in path:
            assert means(files, path, name) == MODULE, path


def test_own_modules_of_a_folder_named_flax(means: Means) -> None:
    files = {"flax/__init__.py": "", "flax/mine.py": "class Mine: ...", "main.py": "from flax import mine\nimport flax"}
    assert means(files, "main.py", "mine.Mine") == "class flax.mine.Mine"
    assert means(files, "main.py", "flax.linen.Dropout") == DROPOUT


# --- stars -----------------------------------------------------------------------------------------------------------


def test_star_import_honours_all(means: Means) -> None:
    files = {
        "lib.py": "__all__ = ['A', '_B']\nclass A: ...\nclass _B: ...\nclass C: ...",
        "main.py": "from lib import *",
    }
    assert [means(files, "main.py", name) for name in ("A", "_B", "C")] == ["class lib.A", "class lib._B", "unknown"]


def test_star_import_without_all_takes_public_names(means: Means) -> None:
    files = {"lib.py": "class A: ...\nclass _B: ...\nimport flax.linen as nn", "main.py": "from lib import *"}
    assert [means(files, "main.py", name) for name in ("A", "_B", "nn.Module")] == ["class lib.A", "unknown", MODULE]


@pytest.mark.parametrize(
    "exports",
    [
        "__all__ = ['A']\n__all__ += ['B']",
        "__all__ = ['A']\n__all__ += other.__all__",
        "__all__ = ['A'] + other.__all__",
        "__all__ = [*other.__all__, 'A']",
        "__all__ = ['A']\n__all__.append('B')",
        "__all__: list[str] = ['A', 'B']",
        "__all__ = ('A', 'B')",
        "__all__ = [name for name in dir()]",
    ],
)
def test_star_import_with_an_all_that_is_put_together(means: Means, exports: str) -> None:
    files = {"lib.py": f"import other\nclass A: ...\nclass B: ...\n{exports}", "main.py": "from lib import *"}
    assert [means(files, "main.py", name) for name in ("A", "B")] == ["class lib.A", "class lib.B"]


def test_star_import_gives_submodules_that_all_names(means: Means) -> None:
    files = {"lib/__init__.py": "__all__ = ['sub']", "lib/sub.py": "class A: ...", "main.py": "from lib import *"}
    assert means(files, "main.py", "sub.A") == "class lib.sub.A"


def test_of_two_star_imports_the_last_wins(means: Means) -> None:
    files = {"a.py": "class X: ...", "b.py": "class X: ...", "main.py": "from a import *\nfrom b import *"}
    assert means(files, "main.py", "X") == "class b.X"


def test_own_name_comes_before_star_import(means: Means) -> None:
    files = {"a.py": "class X: ...", "main.py": "from a import *\nclass X: ..."}
    assert means(files, "main.py", "X") == "class main.X"


def test_star_import_of_unknown_module_gives_nothing(means: Means) -> None:
    assert means({"main.py": "from nowhere import *"}, "main.py", "Base") == "unknown"


def test_star_imports_in_a_circle(means: Means) -> None:
    files = {
        "a.py": "from b import *\nfrom c import *\nclass A: ...",
        "b.py": "from a import *\nclass B: ...",
        "c.py": "from b import *\nclass C: ...",
        "main.py": "from a import *",
    }
    for name, where in [("A", "a"), ("B", "b"), ("C", "c")]:
        for path in files:
            assert means(files, path, name) == f"class {where}.{name}", f"{name} in {path}"
    assert means(files, "main.py", "D") == "unknown"


def test_star_imports_of_everything_by_everything_end_soon(means: Means) -> None:
    every = "".join(f"from m{number} import *\n" for number in range(30))
    files = {f"m{number}.py": every + f"class C{number}: ..." for number in range(30)}
    assert means(files, "m0.py", "C29") == "class m29.C29"
    assert means(files, "m0.py", "Missing") == "unknown"


# --- circles and chains ----------------------------------------------------------------------------------------------


def test_what_a_circle_gives_does_not_depend_on_who_asks_first(tmp_path: Path) -> None:
    write(tmp_path, {"a.py": "from c import X\nfrom b import X", "b.py": "from a import X", "c.py": "class X: ..."})
    for order in (("a", "b"), ("b", "a")):
        project = Project("0.12", cache=None, installed=())
        for name in order:
            entity = project.names.resolve(project.files.at(str(tmp_path / f"{name}.py")), "", expression("X"))
            assert isinstance(entity, ClassEntity), (order, name)


@pytest.mark.parametrize(
    "files",
    [
        {"main.py": "from main import X"},
        {"main.py": "from a import X", "a.py": "from main import X"},
        {"main.py": "import main\nX = main.X"},
        {"main.py": "X = X"},
        {"main.py": "X = Y\nY = X"},
        {"main.py": "from main import *"},
        {"main.py": "from pkg import X", "pkg/__init__.py": "from .sub import X", "pkg/sub.py": "from pkg import X"},
    ],
    ids=["itself", "two files", "attribute of itself", "self-assignment", "aliases", "star of itself", "package"],
)
def test_circle_that_defines_nothing(means: Means, files: dict[str, str]) -> None:
    assert means(files, "main.py", "X") in {"unknown", "foreign main.X", "foreign a.X", "foreign pkg.X"}


def test_chain_of_reexports(means: Means) -> None:
    files = {f"m{number}.py": f"from m{number + 1} import X as X" for number in range(12)}
    assert means({**files, "m12.py": "class X: ..."}, "m0.py", "X") == "class m12.X"


def test_endless_chain_does_not_hide_what_is_near(tmp_path: Path) -> None:
    count = 60
    write(tmp_path, {f"m{number}.py": f"from m{number + 1} import X" for number in range(count)})
    write(tmp_path, {f"m{count}.py": "class X: ..."})
    project = Project("0.12", cache=None, installed=())
    for number in (0, count - 1):
        entity = project.names.resolve(project.files.at(str(tmp_path / f"m{number}.py")), "", expression("X"))
    assert isinstance(entity, ClassEntity)


# --- scopes ----------------------------------------------------------------------------------------------------------


def test_import_inside_a_function(means: Means) -> None:
    files = {"main.py": "def f():\n    import flax.linen as nn\n    class A(nn.Module): ..."}
    assert means(files, "main.py", "nn.Module", scope="f.<locals>") == MODULE
    assert means(files, "main.py", "nn.Module") == "unknown"


def test_a_functions_own_name_hides_the_modules(means: Means) -> None:
    files = {
        "main.py": "import flax.linen as nn\nBase = nn.Module\ndef f():\n    Base = make()\n    class A(Base): ..."
    }
    assert means(files, "main.py", "Base") == MODULE
    assert means(files, "main.py", "Base", scope="f.<locals>") in {"value", "unknown"}


def test_a_functions_parameter_hides_the_modules_name(means: Means) -> None:
    files = {"main.py": "from flax.linen import Module\ndef f(Module, *, nn=1):\n    class A(Module): ..."}
    assert means(files, "main.py", "Module", scope="f.<locals>") == "unknown"


def test_names_of_enclosing_functions_are_seen_and_those_of_classes_are_not(means: Means) -> None:
    text = """
        class Base: ...
        def f():
            class Base: ...
            class Outer:
                class Base: ...
                class Inner(Base): ...
                def method(self):
                    class Deep(Base): ...
        """
    assert means({"main.py": text}, "main.py", "Base", scope="f.<locals>.Outer") == "class main.f.<locals>.Outer.Base"
    deep = "f.<locals>.Outer.method.<locals>"
    assert means({"main.py": text}, "main.py", "Base", scope=deep) == "class main.f.<locals>.Base"


def test_nested_class_by_attribute(means: Means) -> None:
    files = {"lib.py": "class Outer:\n    class Inner: ...", "main.py": "import lib\nfrom lib import Outer as O"}
    assert means(files, "main.py", "lib.Outer.Inner") == "class lib.Outer.Inner"
    assert means(files, "main.py", "O.Inner") == "class lib.Outer.Inner"


def test_of_overloads_the_implementation_is_meant(tmp_path: Path) -> None:
    text = (
        "from typing import overload\n@overload\ndef f(a: int): ...\n@overload\ndef f(a: str): ...\ndef f(a, b=1): pass"
    )
    (tmp_path / "main.py").write_text(text)
    project = Project("0.12", cache=None, installed=())
    entity = project.names.resolve(project.files.at(str(tmp_path / "main.py")), "", expression("f"))
    assert isinstance(entity, FunctionEntity)
    assert entity.facts.line == 6


def test_builtins_and_the_standard_library_are_known_as_such(means: Means) -> None:
    files = {"main.py": "import abc\nimport typing_extensions"}
    assert means(files, "main.py", "object") == "foreign builtins.object"
    assert ForeignEntity("builtins.object").standard
    assert means(files, "main.py", "abc.ABC") == "foreign abc.ABC"
    assert ForeignEntity("typing_extensions.Generic").standard
    assert not ForeignEntity("torch.nn.Module").standard


def test_file_that_cannot_be_parsed_means_nothing_and_harms_nobody(means: Means) -> None:
    files = {
        "broken.py": "class C(:",
        "bytes.py": "x = '\\x00'",
        "main.py": "from broken import C\nfrom flax import linen",
    }
    assert means(files, "main.py", "C") == "foreign broken.C"
    assert means(files, "main.py", "linen.Module") == MODULE


# --- never imported --------------------------------------------------------------------------------------------------


def test_linted_code_is_never_imported(tmp_path: Path, means: Means) -> None:
    trap = f"open({str(tmp_path / 'trap')!r}, 'w')\nraise SystemExit('imported')\n"
    body = trap + "import flax.linen as nn\nclass Base(nn.Module): ..."
    files = {
        "pkg/__init__.py": trap + "from .base import Base",
        "pkg/base.py": body,
        "main.py": trap + "import pkg, lib",
    }
    installed = {"lib/__init__.py": body, "sitecustomize.py": trap, "lib.pth": "import trap"}
    assert means(files, "main.py", "pkg.Base", installed=installed) == "class pkg.base.Base"
    assert means(files, "main.py", "lib.Base", installed=installed) == "class lib.Base"
    assert not (tmp_path / "trap").exists()
