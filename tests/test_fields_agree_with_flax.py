"""The fields that ``Classes.fields`` reads off the text are those that the installed Flax makes of the real classes.

Small hierarchies of Modules and mixins are written to files, imported with Flax, and compared class by class. A
hierarchy that Flax refuses is repaired (attributes get defaults) or, where that does not help, left out and counted.
"""

from __future__ import annotations

import collections
import dataclasses
import importlib
import inspect
import itertools
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flake8_flaxargs.facts import records as r
from flake8_flaxargs.project.classes import Field
from flake8_flaxargs.project.names import ClassEntity
from flake8_flaxargs.project.project import Project

pytest.importorskip("flax")

HEADER = """\
import dataclasses
import typing
from dataclasses import InitVar, field, field as f
from typing import Any, ClassVar, ClassVar as CV
from flax import linen as nn
"""
NAMES = ("a", "b", "c", "d")
REQUIRED = ("{}: int", "{}: 'Any'", "{}: int = field()", "{}: int = dataclasses.field(init=True)")
WITH_DEFAULT = (
    "{}: int = 1",
    "{}: int = 0",
    "{}: Any = None",
    "{}: bool = False",
    "{}: int = dataclasses.field(default=2)",
    "{}: 'Any' = field(default=None)",
    "{}: Any = f(default_factory=list)",
    "{}: int = field(default=3, init=False)",
    "{}: int = field(default=4, kw_only=True)",
    "{}: int = field(default=5, kw_only=False)",
    "{}: int = 1\n{} = 2",
    "{} = 1\n{}: int",
    "{}: int = 1\n{}: Any",
    "{}: Any\ndef {}(self): ...",
)
KEYWORD_ONLY = ("{}: int = f(kw_only=True)", "{}: int = field(init=False)")
NO_FIELD = (
    "{}: ClassVar[int] = 6",
    "{}: typing.ClassVar[int]",
    "{}: CV[int] = 7",
    "{}: 'ClassVar[int]' = 8",
    "{}: InitVar[int] = 9",
    "{}: dataclasses.InitVar = 10",
    "{} = 11",
    "{} = None",
    "def {}(self): ...",
)
PLAIN_BODY = ("{}: int", "{}: int = 12", "{}: Any = None", "{} = 13", "{} = None", "def {}(self): ...")
OTHER = "..."
_number = itertools.count()


class Seen(NamedTuple):
    """What both sides say of a field; ``default`` is OTHER where it is no literal."""

    name: str
    has_default: bool
    default: object
    init: bool
    keyword_only: bool


@dataclasses.dataclass(frozen=True)
class Class:
    """A class that will be written: in which file, what it is, what it inherits, what its body says."""

    file: int
    kind: str
    bases: tuple[int, ...]
    keyword_only: bool
    body: tuple[str, ...]


@st.composite
def hierarchies(draw: st.DrawFn) -> tuple[Class, ...]:
    classes: list[Class] = []
    for _ in range(draw(st.integers(2, 5))):
        kind = draw(st.sampled_from(["module", "module", "module", "plain", "dataclass"]))
        earlier = [i for i, known in enumerate(classes) if kind == "module" or known.kind != "module"]
        bases = draw(st.lists(st.sampled_from(earlier), max_size=3, unique=True)) if earlier else []
        forms = PLAIN_BODY if kind == "plain" else (*REQUIRED[:1], *WITH_DEFAULT, *REQUIRED, *KEYWORD_ONLY, *NO_FIELD)
        lines = [
            draw(st.sampled_from(forms)).replace("{}", name)
            for name in draw(st.lists(st.sampled_from(NAMES), max_size=4, unique=True))
        ]
        if kind != "plain" and lines and draw(st.integers(0, 5)) == 0:
            lines.insert(draw(st.integers(0, len(lines))), "_: dataclasses.KW_ONLY")
        file = min(2, max((known.file for known in classes), default=0) + draw(st.integers(0, 1)))
        keyword_only = kind != "plain" and draw(st.integers(0, 4)) == 0
        classes.append(Class(file, kind, tuple(bases), keyword_only, tuple(lines)))
    return tuple(classes)


def text_of(classes: tuple[Class, ...], file: int, future: bool) -> str:
    """The text of one of the files."""
    lines = ["from __future__ import annotations"] if future else []
    lines += [HEADER]
    lines += [f"from . import m{other}" for other in range(file)]
    for index, made in enumerate(classes):
        if made.file != file:
            continue
        bases = [f"m{classes[base].file}.C{base}" if classes[base].file != file else f"C{base}" for base in made.bases]
        if made.kind == "module":
            bases += [] if any(is_module(classes, base) for base in made.bases) else ["nn.Module"]
            bases += ["kw_only=True"] if made.keyword_only else []
        if made.kind == "dataclass":
            lines.append(f"@dataclasses.dataclass(kw_only={made.keyword_only})")
        lines.append(f"class C{index}({', '.join(bases)}):")
        lines.append(textwrap.indent("\n".join(made.body) or "pass", "    "))
    text = "\n".join(lines) + "\n"
    return text.replace("'", "") if future else text  # to Python, an annotation that is quoted twice is just a string


def is_module(classes: tuple[Class, ...], index: int) -> bool:
    return classes[index].kind == "module"


def with_defaults(classes: tuple[Class, ...]) -> tuple[Class, ...]:
    """The same, with a default wherever one is missing, bases that Python can put in order, and fewer surprises."""

    def repaired(line: str) -> str:
        required = {form.replace("{}", name): name for form in (*REQUIRED, *PLAIN_BODY[:1]) for name in NAMES}
        return f"{required[line]}: int = 1" if line in required else line

    return tuple(
        dataclasses.replace(made, body=tuple(map(repaired, made.body)), bases=tuple(sorted(made.bases, reverse=True)))
        for made in classes
    )


def write(folder: Path, classes: tuple[Class, ...], future: bool) -> str:
    """Write the files as a package and return its name."""
    package = f"hierarchy_{next(_number)}"
    (folder / package).mkdir()
    (folder / package / "__init__.py").write_text("")
    for file in range(3):
        (folder / package / f"m{file}.py").write_text(text_of(classes, file, future))
    return package


def load(package: str) -> list[ModuleType] | None:
    """Really import the files; None where Flax or Python refuses a class."""
    try:
        return [importlib.import_module(f"{package}.m{file}") for file in range(3)]
    except (TypeError, ValueError):
        return None


def really(cls: type) -> list[Seen]:
    """The fields of a class as Flax made it, without its own ``parent`` and ``name``."""
    return [
        Seen(
            known.name,
            known.default is not dataclasses.MISSING or known.default_factory is not dataclasses.MISSING,
            known.default if isinstance(known.default, int | str | None) else OTHER,
            known.init,
            bool(known.kw_only),
        )
        for known in dataclasses.fields(cls)
        if known.name not in {"parent", "name"}
    ]


def as_read(fields: dict[str, Field]) -> list[Seen]:
    """The fields of a class as they are read off the text."""
    return [
        Seen(
            known.name,
            known.kind != "required",
            known.default.value if isinstance(known.default, r.Constant) and known.default.exact else OTHER,
            known.in_constructor,
            known.keyword_only,
        )
        for known in fields.values()
    ]


def read(project: Project, path: Path, name: str) -> dict[str, Field]:
    file = project.files.at(str(path))
    facts = project.files.facts(file, "outline")
    assert facts is not None
    (found,) = [known for known in facts.classes if known.name == name]
    module = project.classes.of(ClassEntity(file, found))
    assert module.is_module == (module in project.modules_in(file))
    return project.classes.fields(module)


def compare(project: Project, modules: list[ModuleType]) -> None:
    """Assert that both sides agree on every class of the files."""
    for module in modules:
        path = Path(str(module.__file__))
        for name, cls in vars(module).items():
            if not (isinstance(cls, type) and cls.__module__ == module.__name__ and dataclasses.is_dataclass(cls)):
                continue
            fields = read(project, path, name)
            assert as_read(fields) == really(cls), f"{name} of\n{path.read_text()}"
            positional = [
                parameter.name
                for parameter in inspect.signature(cls).parameters.values()
                if parameter.kind is parameter.POSITIONAL_OR_KEYWORD and parameter.name in fields
            ]
            assert positional == [
                known.name for known in fields.values() if known.in_constructor and not known.keyword_only
            ]


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Project]]:
    """A folder on ``sys.path``, and a project that reads it."""
    folder = tmp_path_factory.mktemp("hierarchies")
    (folder / "setup.cfg").write_text("")
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    yield folder, Project("0.12", cache=None, installed=())
    sys.dont_write_bytecode = writes_bytecode
    sys.path.remove(str(folder))
    for name in set(sys.modules) - before:
        if name.startswith(("hierarchy_", "example_")):
            del sys.modules[name]


def test_fields_of_random_hierarchies(workshop: tuple[Path, Project]) -> None:
    folder, project = workshop
    seen: collections.Counter[str] = collections.Counter()

    @settings(max_examples=400, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(hierarchies(), st.booleans())
    def agree(classes: tuple[Class, ...], future: bool) -> None:
        modules = load(write(folder, classes, future))
        if modules is None:
            seen["repaired"] += 1
            modules = load(write(folder, with_defaults(classes), future))
        if modules is None:
            seen["refused"] += 1
            return
        seen["compared"] += 1
        compare(project, modules)

    agree()
    assert seen["refused"] * 20 < seen["compared"]
    assert seen["repaired"] * 3 < seen["compared"]


EXAMPLES = {
    "the base that comes last gives its fields first": """
        class A(nn.Module):
            a: int = 1
            b: int = 1
        class B(A):
            b: int = 2
            c: int = 2
        class C(B):
            a: int = 3
            d: int = 3
        """,
    "an inherited field of the first base overrules the second's own": """
        class A(nn.Module):
            a: int = 1
        class B(A):
            a: int = 2
        class C(A):
            c: int = 3
        class D(C, B): ...
        class E(B, C): ...
        """,
    "a field of a dataclass reaches the Module through a plain class": """
        @dataclasses.dataclass
        class A:
            a: int = 1
        class B(A):
            b: int = 2
        class C(B, nn.Module):
            c: int = 3
        class D(nn.Module, B): ...
        """,
    "a plain mixin has no fields": """
        class Mixin:
            a: int = 1
        class A(Mixin, nn.Module):
            b: int
        """,
    "an annotation without value takes the attribute that is inherited": """
        class Mixin:
            a = 1
            def c(self): ...
        class A(Mixin, nn.Module):
            a: int
            b: int = 2
            c: Any
        class B(A):
            b: int
        class C(B):
            b = 5
        class D(C):
            b: int
        """,
    "a default factory is no inherited attribute": """
        class A(nn.Module):
            a: Any = field(default_factory=list)
        class B(A):
            a: Any
        """,
    "an attribute that hides a method of Module has that method for default": """
        class A(nn.Module):
            a: int
            init: Any
            variables: Any
        """,
    "a ClassVar or InitVar hides the inherited field": """
        class A(nn.Module):
            a: int = 1
            b: int = 2
        class B(A):
            a: ClassVar[int] = 3
            b: InitVar[int] = 4
        class C(B):
            c: int = 5
        class D(C):
            a: int = 6
        """,
    "an assignment overrides in the body that annotates, not below it": """
        class A(nn.Module):
            a: int = 1
            a = None
        class B(A):
            a = 3
        """,
    "what is reserved for Flax stays last whatever the class says": """
        class A(nn.Module):
            name: Optional[str] = "net"
            a: int = 1
        class B(A):
            name: str = "other"
            b: int = 2
        """,
    "kw_only holds for the class that says it": """
        class A(nn.Module, kw_only=True):
            a: int
            b: int = field(default=1, kw_only=False)
        class B(A):
            c: int = 3
            d: int = field(default=2, kw_only=True)
        class C(B, kw_only=False):
            a: int = 4
        """,
    "KW_ONLY holds for what follows": """
        class A(nn.Module):
            a: int
            _: dataclasses.KW_ONLY
            b: int
            c: int = 1
        """,
    "a field of a dataclass that is keyword-only stays so": """
        @dataclasses.dataclass(kw_only=True)
        class A:
            a: int
        class B(A, nn.Module):
            b: int
        """,
    "a redundant decorator changes nothing": """
        @dataclasses.dataclass
        class A(nn.Module):
            a: int
            b: int = 1
        @dataclasses.dataclass
        class B(A):
            c: Any = None
        class C(B):
            d: int = 2
        """,
    "fields under conditions": """
        class A(nn.Module):
            if typing.TYPE_CHECKING:
                pass
            else:
                a: int = 1
            try:
                b: int = 2
            except ImportError:
                pass
        """,
}


@pytest.mark.parametrize("text", EXAMPLES.values(), ids=[name.replace(" ", "_") for name in EXAMPLES])
def test_fields_of_example(workshop: tuple[Path, Project], text: str) -> None:
    folder, project = workshop
    name = f"example_{next(_number)}"
    (folder / f"{name}.py").write_text(HEADER + "from typing import Optional\n" + textwrap.dedent(text))
    importlib.invalidate_caches()
    compare(project, [importlib.import_module(name)])


def test_parent_and_name_come_last(workshop: tuple[Path, Project]) -> None:
    folder, _ = workshop
    package = write(
        folder,
        (Class(0, "module", (), False, ("a: int", "b: int = 1")), Class(0, "module", (0,), False, ("c: int = 2",))),
        False,
    )
    modules = load(package)
    assert modules is not None
    for cls in (modules[0].C0, modules[0].C1):
        assert [known.name for known in dataclasses.fields(cls)][-2:] == ["parent", "name"]


def test_keyword_only_fields_of_flax_itself(workshop: tuple[Path, Project]) -> None:
    folder, project = workshop
    path = folder / "example_keyword_only.py"
    path.write_text(
        HEADER
        + textwrap.dedent(
            """
            from flax.linen import kw_only_dataclasses
            class A(nn.Module):
                a: int = kw_only_dataclasses.field(default=None, kw_only=True)
                b: int = 1
            class B(A):
                c: int = 2
            """
        )
    )
    module = importlib.import_module("example_keyword_only")
    fields = read(project, path, "B")
    assert [name for name, known in fields.items() if not known.keyword_only] == ["b", "c"]
    assert fields["a"].keyword_only
    with pytest.raises(TypeError, match="takes 3 positional arguments"):
        module.B(1, 2, 3)
