"""The facts of Flax that ship with the linter: they are those of the real Flax, and need none installed."""

from __future__ import annotations

import dataclasses
import inspect
import subprocess
import sys
import textwrap
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flake8_flaxargs.facts import records as r
from flake8_flaxargs.facts.reader import DEPTHS
from flake8_flaxargs.project.classes import Field, ModuleClass
from flake8_flaxargs.project.library import FLAX_PATH, SUPPORTED, Library, supported_version
from flake8_flaxargs.project.library.write import facts_of
from flake8_flaxargs.project.names import ClassEntity, FunctionEntity
from flake8_flaxargs.project.project import Project

FIXTURES = Path(__file__).parent.parent / "fixtures"
INSTALLED = metadata.version("flax") if any(metadata.distributions(name="flax")) else ""
needs_flax = pytest.mark.skipif(not INSTALLED, reason="Flax is not installed")
every_version = pytest.mark.parametrize("version", SUPPORTED)


def module_named(project: Project, name: str) -> ModuleClass:
    """The class that ``flax.linen`` exports under a name."""
    place = project.files.library_module("flax.linen")
    assert place is not None
    file = project.files.located(place)
    assert file is not None
    entity = project.names.resolve(file, "", r.Name(1, 0, name))
    assert isinstance(entity, ClassEntity), name
    return project.classes.of(entity)


def exported_modules() -> list[str]:
    """The names under which ``flax.linen`` exports Modules."""
    if not INSTALLED:
        return []
    from flax import linen

    return sorted(
        name
        for name, value in vars(linen).items()
        if isinstance(value, type) and issubclass(value, linen.Module) and value is not linen.Module
    )


# --- the data --------------------------------------------------------------------------------------------------------


@needs_flax
def test_data_file_is_what_the_script_makes_of_the_installed_flax() -> None:
    library = Library(supported_version(INSTALLED))
    if library.release != INSTALLED:
        pytest.skip(f"Flax {INSTALLED} is installed, the data is of {library.release}")
    folder = Path(str(metadata.distribution("flax").locate_file("")))
    made = facts_of(folder, INSTALLED)
    assert sorted(FLAX_PATH + name for name in made.files) == sorted(library.paths())
    stale = [
        (name, depth)
        for name, depths in made.files.items()
        for depth in DEPTHS
        if msgspec.msgpack.decode(depths[depth], type=r.FileFacts) != library.facts(FLAX_PATH + name, depth)
    ]
    assert not stale, "write the data files anew"


@every_version
def test_every_file_of_the_data_can_be_read(version: str) -> None:
    library = Library(version)
    assert supported_version(library.release) == version
    for depth in DEPTHS:
        for path in library.paths():
            facts = library.facts(path, depth)
            assert facts is not None
            assert facts.depth == depth


@every_version
def test_depths_of_the_data(version: str) -> None:
    library = Library(version)
    assert library.facts("flax:flax/linen/missing.py", "full") is None
    for depth in DEPTHS:
        facts = library.facts("flax:flax/linen/stochastic.py", depth)
        assert facts is not None
        dropout = next(known for known in facts.classes if known.name == "Dropout")
        call = next(method for method in dropout.methods if method.name == "__call__")
        assert bool(call.body) == (depth == "full")


@every_version
def test_module_and_dropout_of_every_version(version: str) -> None:
    project = Project(version, cache=None, installed=())
    root = module_named(project, "Module")
    assert root.is_module
    assert root.complete
    assert root.entity.file.name == "flax.linen.module"
    dropout = module_named(project, "Dropout")
    assert dropout.is_module
    assert dropout.complete
    fields = project.classes.fields(dropout)
    assert [(name, field.kind) for name, field in fields.items()] == [
        ("rate", "required"),
        ("broadcast_dims", "value"),
        ("deterministic", "value"),
        ("rng_collection", "value"),
    ]
    assert isinstance(fields["deterministic"].default, r.Constant)
    assert fields["deterministic"].default.value is None


@every_version
def test_every_class_of_linen_is_known_whole(version: str) -> None:
    project = Project(version, cache=None, installed=())
    modules = 0
    for path in project.library.paths():
        if not path.startswith("flax:flax/linen/"):
            continue
        facts = project.library.facts(path, "outline")
        place = project.library.find(path.removeprefix(FLAX_PATH).removesuffix(".py").replace("/", "."))
        file = project.files.located(place) if place else None
        if facts is None or file is None:
            continue
        for known in facts.classes:
            module = project.classes.of(ClassEntity(file, known))
            assert module.complete or not module.is_module, (path, known.qualname)
            modules += module.is_module
    assert modules > 30


def test_unsupported_version_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no facts of Flax 0\.9: use one of 0\.8, 0\.10, 0\.12"):
        Library("0.9")


# --- the running Flax ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def project() -> Project:
    """A project that is linted against the installed Flax's version."""
    return Project(supported_version(INSTALLED or None), cache=None, installed=())


def without_own(cls: Any) -> list[dataclasses.Field[Any]]:
    return [field for field in dataclasses.fields(cls) if field.name not in {"parent", "name"}]


def is_required(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def is_none(field: Field) -> bool:
    return isinstance(field.default, r.Constant) and field.default.exact and field.default.value is None


@needs_flax
@pytest.mark.parametrize("name", exported_modules())
def test_fields_of_linens_modules(project: Project, name: str) -> None:
    from flax import linen

    module = module_named(project, name)
    assert module.is_module
    real = without_own(getattr(linen, name))
    fields = list(project.classes.fields(module).values())
    assert [field.name for field in fields] == [field.name for field in real]
    assert [field.kind == "required" for field in fields] == list(map(is_required, real))
    assert [is_none(field) for field in fields] == [field.default is None for field in real]
    assert [field.in_constructor for field in fields] == [field.init for field in real]


@needs_flax
@pytest.mark.parametrize("name", exported_modules())
def test_parameters_of_linens_modules(project: Project, name: str) -> None:
    from flax import linen

    found = module_named(project, name).method("__call__")
    real = getattr(linen, name).__call__
    assert found is not None
    if found[0].facts.name == "Module":  # its own is there for type checkers alone
        pytest.skip(f"{name} has no __call__")
    parameters = project.in_full(found[1]).facts.parameters
    kinds = {
        "positional-only": inspect.Parameter.POSITIONAL_ONLY,
        "positional": inspect.Parameter.POSITIONAL_OR_KEYWORD,
        "var-positional": inspect.Parameter.VAR_POSITIONAL,
        "keyword-only": inspect.Parameter.KEYWORD_ONLY,
        "var-keyword": inspect.Parameter.VAR_KEYWORD,
    }
    expected = inspect.signature(inspect.unwrap(real)).parameters.values()
    assert [(known.name, kinds[known.kind]) for known in parameters] == [(known.name, known.kind) for known in expected]
    assert [known.default is None for known in parameters] == [known.default is known.empty for known in expected]


@needs_flax
def test_linen_exports_as_many_modules_as_it_says() -> None:
    assert len(exported_modules()) > 30


@needs_flax
@pytest.mark.parametrize("spelling", ["flax.linen.merge_param", "flax.linen.module.merge_param"])
def test_merge_param_is_flax_s_own(project: Project, tmp_path: Path, spelling: str) -> None:
    import flax

    (tmp_path / "main.py").write_text("import flax")
    file = project.files.at(str(tmp_path / "main.py"))
    node: r.Expression = r.Name(1, 0, "flax")
    value: Any = flax
    for attr in spelling.split(".")[1:]:
        node = r.Attribute(1, 0, node, attr)
        value = getattr(value, attr)
    entity = project.names.resolve(file, "", node)
    assert isinstance(entity, FunctionEntity)
    assert (value.__module__, value.__qualname__) == (entity.file.name, entity.facts.qualname)
    assert [known.name for known in entity.facts.parameters] == list(inspect.signature(value).parameters)


# --- which version ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "supported"),
    [
        ("0.7.2", "0.8"),
        ("0.8", "0.8"),
        ("0.8.5", "0.8"),
        ("0.9.1", "0.8"),
        ("0.10", "0.10"),
        ("0.10.7", "0.10"),
        ("0.11", "0.10"),
        ("0.12.8", "0.12"),
        ("0.13", "0.12"),
        ("1.0", "0.12"),
        ("0.12.0rc1", "0.12"),
        ("0.13rc1", "0.12"),
        ("0.12.dev0+local", "0.12"),
    ],
)
def test_supported_version(asked: str, supported: str) -> None:
    assert supported_version(asked) == supported


@pytest.mark.parametrize("asked", ["abc", "", "1", "0.x", "v0.12", ".", "0..1", "-1.2", "0.12,0.10", "0_8.1", "0.8_5"])
def test_what_is_no_version_is_refused(asked: str) -> None:
    with pytest.raises(ValueError, match=r"is no version of Flax: write it as in '0\.12'"):
        supported_version(asked)


def test_version_of_the_installed_flax_and_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: {"flax": "0.10.2"}[name])
    assert supported_version(None) == "0.10"

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert supported_version(None) == "0.12"


# --- no Flax needed --------------------------------------------------------------------------------------------------

LINT = """
    import sys

    class Blocked:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] in {"flax", "jax", "jaxlib", "numpy"}:
                raise ImportError(f"{name} is blocked")

    if sys.argv[1] == "blocked":
        sys.meta_path.insert(0, Blocked())
    from flake8_flaxargs.config import Config
    from flake8_flaxargs.linter import Linter

    found = [
        diagnostic.code
        for path in sys.argv[2:]
        for diagnostic in Linter(Config(cache_directory=None)).lint_path(path)
    ]
    loaded = sorted({name.partition(".")[0] for name in sys.modules} & {"flax", "jax", "jaxlib", "numpy", "main"})
    print(*found, *loaded)
    """


@pytest.mark.parametrize("mode", ["blocked", "open"])
def test_linting_imports_neither_flax_nor_the_linted_code(mode: str) -> None:
    paths = [
        str(FIXTURES / "JFX101" / "finding_inherited_attribute" / "main.py"),
        str(FIXTURES / "JFX103" / "finding_both_defaults.py"),
    ]
    command = [sys.executable, "-c", textwrap.dedent(LINT), mode, *paths]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert set(result.stdout.split()) == {"JFX101", "JFX103"}, result.stdout
