"""Files that nobody should write: each is said to be bad or passed over, as in plain flake8; the others are linted."""

from __future__ import annotations

import ast
import codecs
import random
import re
import sys
from pathlib import Path

import pytest

from flake8_flaxargs.config import Config
from flake8_flaxargs.frontends.flake8 import Flake8Plugin
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.source import Source

from .test_flake8 import AT, NET, Run, flake8, write

FIXTURES = Path(__file__).parents[1] / "fixtures"
SIGNATURE = "    def __call__(self, x, train: bool | None = None):"

# --- a project of bad files, linted in one run -----------------------------------------------------------------------

_CYCLE = NET.replace("from flax", "from {other} import Net as Other\nfrom flax")
_COOKIE = "# coding: {}\n" + NET.replace("self, x,", "self, {}: '{}',").replace("x * 2", "2").replace(
    "else x", "else 3"
)
_OWN_BASE = "class A(A):\n    train: int = 1\n    def __call__(self, train=1): return train\n"


def _with_cookie(encoding: str, name: str, text: str) -> bytes:
    return _COOKIE.format(encoding, name, text).encode(encoding)


# What flake8 must say of each file: position and code of each line. Where nothing follows, it says nothing.
BAD: dict[str, tuple[bytes | str, list[str]]] = {
    "syntax_error.py": ("from flax import linen as nn\nclass Net(nn.Module:\n", ["E999"]),
    "indentation.py": (NET.replace("        return", "  return"), ["E999"]),
    "nul.py": ("x = \0 1\n", ["E999"]),  # below the first line it ends flake8 itself, from Python 3.12 on
    "too_deep.py": (NET + "x = " + "(" * 1000 + ")" * 1000 + "\n", ["E999"]),
    "two_marks.py": (codecs.BOM_UTF8 * 2 + NET.encode(), [AT]),  # flake8 takes both off
    "utf16.py": (NET.encode("utf-16"), ["E999"]),
    "empty.py": ("", []),
    "newline.py": ("\n", []),
    "mark_alone.py": (codecs.BOM_UTF8, []),
    "comment.py": ("# flax", []),
    "unknown_cookie.py": ("# coding: no-such-codec\n" + NET, ["8:27: JFX101"]),  # Python would not run it
    "wrong_bytes.py": (NET.encode() + b"# \xff\xfe\n", [AT]),
    "mark.py": (codecs.BOM_UTF8 + NET.encode(), [AT]),
    "crlf.py": (NET.replace("\n", "\r\n"), [AT]),
    "cr.py": (NET.replace("\n", "\r"), [AT]),
    "mixed_ends.py": (NET.replace("\n", "\r\n", 3).replace("Module):\n", "Module):\r"), [AT]),
    "mark_and_crlf.py": (codecs.BOM_UTF8 + NET.replace("\n", "\r\n").encode(), [AT]),
    "no_newline.py": (NET.rstrip("\n"), [AT]),
    "form_feeds.py": (NET.replace("    def", "\f\n    def").replace("\n\nclass", "\n\f\nclass"), ["8:27: JFX101"]),
    "tabs.py": (NET.replace("    ", "\t"), ["7:24: JFX101"]),
    "latin_1.py": (_with_cookie("latin-1", "é", "ñÿ"), ["8:33: JFX101"]),
    "cp1251.py": (_with_cookie("cp1251", "икс", "ж"), ["8:34: JFX101"]),
    "shift_jis.py": (_with_cookie("shift_jis", "模型", "日本"), ["8:34: JFX101"]),
    "gb18030.py": (_with_cookie("gb18030", "模型", "😀"), ["8:33: JFX101"]),
    "cycle_a.py": (_CYCLE.format(other="cycle_b"), ["8:27: JFX101"]),
    "cycle_b.py": (_CYCLE.format(other="cycle_a"), ["8:27: JFX101"]),
    "star_a.py": ("from star_b import *\nclass A(B): pass\n", []),
    "star_b.py": ("from star_a import *\nclass B(A): pass\n", []),
    "imports_itself.py": ("from imports_itself import *\nimport imports_itself\n" + NET, ["9:27: JFX101"]),
    "own_base.py": (_OWN_BASE + NET, ["10:27: JFX101"]),
    "two_bases.py": ("class A(B): pass\nclass B(A): pass\nclass C(A, B): pass\n" + NET, ["10:27: JFX101"]),
    "no_order.py": (NET + "class A(nn.Module, Net): pass\nclass B(A, Net, A): pass\n", [AT]),
    "nested.py": (NET.replace("x * 2", "[" * 90 + "x" + "]" * 90), [AT]),
    "dangling.py": ("", ["E902"]),
    "loop.py": ("", ["E902"]),
    "folder.py": ("", []),
    "good.py": (NET, [AT]),
}


def make_bad_project(folder: Path) -> Path:
    """All files above, and what is no file at all."""
    special = {"dangling.py", "loop.py", "folder.py"}
    write(folder, {name: data for name, (data, _) in BAD.items() if name not in special})
    (folder / "dangling.py").symlink_to("nowhere.py")
    (folder / "loop.py").symlink_to("loop.py")
    (folder / "folder.py").mkdir()
    (folder / "around").symlink_to(folder)
    (folder / "sub").mkdir()
    (folder / "sub/up").symlink_to("..")
    return folder


@pytest.fixture(scope="module")
def bad_project(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """flake8's output over all of them."""
    folder = make_bad_project(tmp_path_factory.mktemp("bad"))
    return flake8(folder, "--isolated", "--select=JFX,E9", "--flaxargs-no-cache", "-j2", ".")


@pytest.mark.xdist_group(name="bad_project")
@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_is_said_to_be_bad_and_stops_no_other(bad_project: Run, name: str) -> None:
    lines = [line.removeprefix(f"./{name}:") for line in bad_project.lines if line.startswith(f"./{name}:")]
    expected = BAD[name][1]
    for line, wanted in zip(lines, expected, strict=True):
        place, code = line.split()[:2]
        assert wanted in (code, f"{place} {code}")


@pytest.mark.xdist_group(name="bad_project")
def test_bad_files_leave_no_traceback(bad_project: Run) -> None:
    assert bad_project.status == 1
    assert bad_project.errors == ""
    assert all(re.match(r"\./\w+\.py:\d+:\d+: (JFX101|E999|E902) ", line) for line in bad_project.lines)


def test_a_file_that_is_not_there_stops_no_other(tmp_path: Path) -> None:
    write(tmp_path, {"good.py": NET})
    run = flake8(tmp_path, "--isolated", "--select=JFX,E9", "--flaxargs-no-cache", "gone.py", "good.py")
    assert run.codes == ["E902", "JFX101"]
    assert (run.status, run.errors) == (1, "")


# --- what a good file imports --------------------------------------------------------------------------------------

HELPERS: dict[str, bytes | str] = {
    "syntax error": "class (:\n",
    "nul": "class Base: pass\nx = '\0'\n",
    "no utf-8": b"class Base: pass\n# \xff\n",
    "unknown cookie": "# coding: no-such-codec\nclass Base: pass\n",
    "cookie of no text": "# coding: hex\nclass Base: pass\n",
    "cookie that raises": "# coding: undefined\nclass Base: pass\n",
    "utf-16": "class Base: pass\n".encode("utf-16"),
    "empty": "",
    "deep operators": "class Base: x = 1" + " + 1" * 20_000 + "\n",
    "deep calls": "class Base: x = a" + ".b()" * 5_000 + "\n",
    "deep elifs": "if x:\n    pass\n" + "elif x:\n    pass\n" * 3_000 + "class Base: pass\n",
    "deep brackets": "class Base: x = " + "[" * 500 + "]" * 500 + "\n",
    "imports the importer": "from good import Other as Base\n",
    "itself": "from helper import Base\n",
    "alias of itself": "Base = Base\nBase = other\nother = Base\n",
    "long chain of bases": "class Base: pass\n" + "".join(f"class Base(Base, B{i}): pass\n" for i in range(300)),
}


@pytest.mark.parametrize("helper", [*HELPERS, "folder", "dangling", "loop", "absent", "vanished"])
def test_a_bad_import_is_no_fault_of_the_file_that_imports_it(tmp_path: Path, helper: str) -> None:
    text = NET.replace("from flax", "from helper import Base\nfrom flax") + "\n\nclass Other(Base):\n    pass\n"
    write(tmp_path, {"good.py": text, "setup.cfg": ""})
    path = tmp_path / "helper.py"
    linter = Linter(Config(cache_directory=None))
    match helper:
        case "folder":
            path.mkdir()
        case "dangling":
            path.symlink_to("nowhere.py")
        case "loop":
            path.symlink_to("helper.py")
        case "vanished":
            path.write_text("class Base: pass\n")
            assert linter.project.search.find("helper", str(tmp_path / "good.py")) is not None
            path.unlink()
        case "absent":
            pass
        case _:
            write(tmp_path, {"helper.py": HELPERS[helper]})
    found = linter.lint(Source.from_file(tmp_path / "good.py"))
    assert [(entry.code, entry.range.start) for entry in found] == [("JFX101", (8, 26))]


@pytest.mark.parametrize(
    ("files", "flagged"),
    [
        ({"flax/notes.txt": ""}, True),
        ({"flax/notes.py": "", "flax/linen.txt": ""}, True),
        ({"flax/__init__.py": ""}, True),  # what it lacks is looked for in Flax: it may only be a folder of examples
        ({"flax.py": ""}, False),  # a module lacks nothing: Python would look no further
        ({"flax/__init__.py": "from . import linen\n", "flax/linen.py": "class Module: pass\n"}, False),
        ({"flax/linen/__init__.py": "class Module: pass\n"}, True),  # Python takes an installed package first
        ({"flax/__init__.py": "import flax\nfrom flax import *\nfrom flax.linen import *\n"}, True),
        ({"flax/__init__.py": "class (:\n"}, True),
    ],
)
def test_a_folder_named_flax_shadows_flax_no_more_than_it_must(
    tmp_path: Path, files: dict[str, str | bytes], flagged: bool
) -> None:
    write(tmp_path, {"good.py": NET, "setup.cfg": "", **files})
    found = Linter(Config(cache_directory=None)).lint(Source.from_file(tmp_path / "good.py"))
    assert [entry.code for entry in found] == (["JFX101"] if flagged else [])


# --- size and depth ------------------------------------------------------------------------------------------------


def plugin_on(text: str) -> list[str]:
    """What the plugin yields for a text, as flake8 would print it."""
    tree = ast.parse(text)
    lines = text.splitlines(keepends=True)
    found = list(Flake8Plugin(tree, lines, "net.py").run())
    assert all(isinstance(entry, tuple) and "\n" not in entry[2] and len(entry[2]) < 500 for entry in found)
    return [f"{line}:{column + 1}: {text}" for line, column, text, _ in found]


def net_with(statements: str) -> str:
    """The Module with statements in its method."""
    body = "".join(f"        {line}\n" for line in statements.split("\n"))
    return NET.replace("        return", f"{body}        return")


def test_a_file_of_fifty_thousand_lines_is_linted() -> None:
    text = NET + "\n\ndef f(x):\n    return x\n" * 12_500
    assert text.count("\n") > 50_000
    ((found),) = plugin_on(text)
    assert found.startswith(f"{AT} ")


def test_a_method_of_two_thousand_lines_is_linted() -> None:
    ((found),) = plugin_on(net_with("\n".join(["y = x + 1"] * 2_000)))
    assert found.startswith(f"{AT} ")


SHALLOW = {
    "parentheses": "y = " + "(" * 90 + "x" + ")" * 90,
    "lists": "y = " + "[" * 90 + "x" + "]" * 90,
    "dicts": "y = " + "{1: " * 90 + "x" + "}" * 90,
    "calls in calls": "y = " + "f(" * 90 + "x" + ")" * 90,
    "slices": "y = " + "x[1:" * 90 + "x" + "]" * 90,
    "calls of calls": "y = x" + ".b()" * 60,
    "operators": "y = x" + " + x" * 200,
    "comparisons": "y = x" + " < x" * 1000,
    "minus": "y = " + "-" * 200 + "x",
    "ternaries": "y = " + "x if x else " * 100 + "x",
    "lambdas": "y = " + "lambda: " * 80 + "x",
    "comprehensions": "y = " + "[" * 70 + "x" + " for x in x]" * 70,
    "walruses": "y = " + "(z := " * 80 + "x" + ")" * 80,
    "elifs": "if x == 0:\n    y = 0" + "\nelif x == 1:\n    y = 1" * 200,
    "ifs": "\n".join(" " * depth + "if x:" for depth in range(90)) + "\n" + " " * 90 + "pass",
    "functions": "\n".join(" " * depth + f"def f{depth}(x):" for depth in range(90)) + "\n" + " " * 90 + "pass",
    "classes": "\n".join(" " * depth + f"class C{depth}(nn.Module):" for depth in range(90)) + "\n" + " " * 90 + "pass",
    "loops": "\n".join(" " * depth + "for a in x:" for depth in range(90)) + "\n" + " " * 90 + "pass",
    "loops over what is known": "\n".join(" " * depth + "for a in range(20):" for depth in range(19))
    + "\n"
    + " " * 19
    + "y = x",
    "loops that rebind": "\n".join(" " * depth + "while y:" for depth in range(19)) + "\n" + " " * 19 + "y = y + x",
    "contexts": "with " + ", ".join("x" for _ in range(1000)) + ":\n    pass",
    "targets": " = ".join(f"a{index}" for index in range(1000)) + " = x",
    "elements": "y = [" + "1, " * 5_000 + "]",
    "elements after a wide letter": "y = ['é', " + "x, " * 2_000 + "]",
    "decorators": "@x\n" * 500 + "def g(): pass",
    "cases": "match x:\n" + "    case 1:\n        pass\n" * 500,
    "patterns": "match x:\n    case " + " | ".join(map(str, range(500))) + ":\n        pass",
    "annotation in a string": 'y: "' + "(" * 190 + '" = x',
}
DEEP = {
    "lists": "y = " + "[" * 199 + "x" + "]" * 199,
    "calls in calls": "y = " + "f(" * 190 + "x" + ")" * 190,
    "calls of calls": "y = x" + ".b()" * 1000,
    "attributes": "y = x" + ".b" * 1000,
    "subscripts": "y = x" + "[0]" * 1000,
    "operators": "y = x" + " + x" * 1000,
    "powers": "y = x" + " ** x" * 1000,
    "conditions": "y = x" + " and x" * 1000,
    "nots": "y = " + "not " * 1000 + "x",
    "minus": "y = " + "-" * 1000 + "x",
    "ternaries": "y = " + "x if x else " * 1000 + "x",
    "lambdas": "y = " + "lambda: " * 1000 + "x",
    "elifs": "if x == 0:\n    y = 0" + "\nelif x == 1:\n    y = 1" * 1000,
    "strings": "y = " + "'a' " * 1000,
}


@pytest.mark.parametrize("kind", SHALLOW)
def test_nesting_that_people_may_write_hides_no_finding(kind: str) -> None:
    ((found),) = plugin_on(net_with(SHALLOW[kind]))
    assert found.startswith(f"{AT} ")


@pytest.mark.parametrize("kind", DEEP)
def test_nesting_beyond_pythons_recursion_is_said_to_be_unchecked(kind: str) -> None:
    """Plain flake8 itself ends there with most of these (pyflakes recurses, too)."""
    ((found),) = plugin_on(net_with(DEEP[kind]))
    unchecked = r"\d+:\d+: JFX000 (.*the file is unchecked|cannot check the statement)"
    assert found.startswith(f"{AT} ") or re.match(unchecked, found)


@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_elsewhere_in_the_file_hides_no_finding(kind: str) -> None:
    ((found),) = plugin_on(NET + "\n\ndef deep(x):\n    " + DEEP[kind].replace("\n", "\n    ") + "\n    return y\n")
    assert found.startswith(f"{AT} ")


LATTICE = "from flax import linen as nn\nclass A0(nn.Module): pass\nclass B0(nn.Module): pass\n" + "".join(
    f"class {name}{level}(A{level - 1}, B{level - 1}): pass\n" for level in range(1, 20) for name in "AB"
)


@pytest.mark.parametrize(
    "files",
    [
        {"good.py": NET + "\n\na = 1\n" + "a = b\nb = a\n" * 8 + "\n\nclass Other(a.Module):\n    pass\n"},
        {"bases.py": LATTICE, "good.py": "from bases import A19\n" + NET + "\n\nclass Other(A19):\n    pass\n"},
    ],
    ids=["aliases", "bases"],
)
def test_what_has_many_paths_is_followed_in_reasonable_time(tmp_path: Path, files: dict[str, str | bytes]) -> None:
    write(tmp_path, {"setup.cfg": "", **files})
    run = flake8(tmp_path, "--isolated", "--select=JFX", "--flaxargs-no-cache", "good.py", timeout=60)
    assert run.codes == ["JFX101"]


@pytest.mark.parametrize("kind", ["calls of calls", "elifs", "strings"])
def test_too_deep_a_method_leaves_the_other_methods_checked(kind: str) -> None:
    found = plugin_on(NET + net_with(DEEP[kind]).partition("\n")[2].replace("Net", "Deep"))
    assert [line.split()[1] for line in found] == ["JFX101", "JFX000"]


def test_deep_files_end_flake8_no_sooner_than_without_us(tmp_path: Path) -> None:
    """Depths at which pyflakes goes on: flake8 prints all that it has, whatever libcst makes of them."""
    kinds = {"a.py": "lists", "b.py": "calls in calls", "c.py": "strings"}
    write(tmp_path, {name: net_with(DEEP[kind]) for name, kind in kinds.items()} | {"good.py": NET})
    run = flake8(tmp_path, "--isolated", "--select=JFX,E9,F", "--flaxargs-no-cache", "-j1", ".")
    assert f"./good.py:{AT}" in "\n".join(run.lines)
    assert [line[2:6] for line in run.lines if "JFX000" in line] == ["a.py", "b.py", "c.py"]
    assert (run.status, run.errors) == (1, "")


# --- anything else -------------------------------------------------------------------------------------------------


def hundred_lines() -> str:
    """A Module file with most of what the rules look at."""
    names = ("JFX101/finding_signature_over_several_lines", "JFX102/finding_if_statement", "JFX105/finding_tuple")
    texts = [path.read_text("utf-8") for name in names for path in [FIXTURES / f"{name}.py"] if path.is_file()]
    lines = "\n".join(texts).splitlines(keepends=True)
    assert len(lines) > 60
    return "".join(lines[:100])


def test_every_prefix_of_a_file_is_linted_or_said_to_be_unchecked(tmp_path: Path) -> None:
    """As an editor sends it while someone types."""
    linter = Linter(Config(cache_directory=None))
    text = hundred_lines()
    counts: dict[str, int] = {}
    ends = {match.end() for match in re.finditer(r"\n", text)} | set(range(0, len(text) + 1, 17))
    for end in sorted(ends):
        found = linter.lint(Source(str(tmp_path / "net.py"), text[:end]))
        for entry in found:
            assert entry.code == "JFX000" or 1 <= entry.range.start.line <= text.count("\n") + 1
            counts[entry.code] = counts.get(entry.code, 0) + 1
    assert counts["JFX000"] > 20
    assert counts["JFX101"] > 5


def test_random_damage_to_files_raises_nothing(tmp_path: Path) -> None:
    chance = random.Random(101)
    linter = Linter(Config(cache_directory=None))
    files = sorted(FIXTURES.glob("JFX10[1-5]/finding_*.py"))[::6]
    assert len(files) >= 5
    codes = set()
    for index in range(300):
        data = bytearray(files[index % len(files)].read_bytes())
        for _ in range(chance.choice([1, 1, 2, 8])):
            data[chance.randrange(len(data))] = chance.choice([chance.randrange(256), *b" \t\n\r\f():,=\\\"'#\0"])
        path = tmp_path / "net.py"
        path.write_bytes(bytes(data))
        lines = data.decode("latin-1").splitlines(keepends=True)  # as flake8 does with bytes that are no utf-8
        codes |= {entry.code for entry in linter.lint(Source.from_lines(str(path), lines))}
    assert {"JFX000", "JFX101", "JFX103"} <= codes


@pytest.mark.skipif(sys.platform == "win32", reason="names of files are bytes elsewhere")
def test_odd_names_of_files_are_names(tmp_path: Path) -> None:
    names = ["with space.py", "ünï😀.py", "new\nline.py", "-dash.py", "two..dots.py", "class.py", "%s.py", "no.PY"]
    write(tmp_path, {"setup.cfg": "", **dict.fromkeys(names, NET)})
    run = flake8(tmp_path, "--isolated", "--select=JFX", "--flaxargs-no-cache", "-j1", ".")
    assert run.codes.count("JFX101") == len(names) - 1  # flake8 looks at *.py alone
    assert run.errors == ""


def test_a_message_about_an_expression_over_several_lines_takes_one(tmp_path: Path) -> None:
    merge = '"train",\n            (1,  # one, and\n             2), train'
    text = NET.replace("        return", f"        train = nn.merge_param({merge})\n        return")
    found = Linter(Config(cache_directory=None)).lint(Source(str(tmp_path / "net.py"), text))
    (message,) = (entry.message for entry in found if entry.code == "JFX103")
    assert "expression `(1, 2)` is always a value" in message
