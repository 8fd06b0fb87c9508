"""What is wrong with a setting is said in the words it was written in: the file, the table, the key, the way out."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from flake8_flaxargs.frontends.command import main
from tests.test_command_check import NET, write


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path.parent / "cache"))
    return tmp_path


def check(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["check", *arguments])


TOP = "pyproject.toml: [tool.flaxargs]: "
VERIFY = 'pyproject.toml: [tool.flaxargs.verify."x:Y"]: '


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (
            'select = "JFX1"',
            TOP + 'select must be a list of texts, and is the text "JFX1"; write select = ["JFX1"]',
        ),
        ('ignore = "JFX1, JFX2"', 'write ignore = ["JFX1", "JFX2"]'),
        ("select = 3", TOP + "select must be a list of texts, and is the number 3"),
        ('exclude = ["a", 3]', TOP + "exclude must be a list of texts, and is a list that holds the number 3"),
        ("flax-version = 0.12", TOP + "flax-version must be a text in quotes, and is a number; put it in quotes"),
        ("cache-dir = 2026-01-01", TOP + "cache-dir must be a text in quotes, and is a date or time"),
        ('methods = "all"', TOP + 'methods must be one of "call", "public", and is the text "all"'),
        ('output-format = "xml"', '"sarif", "github", "gitlab", "junit", and is the text "xml"'),
        ('no-cache = "yes"', TOP + 'no-cache must be true or false, and is the text "yes"'),
        ("jobs = -1", TOP + "jobs must be a whole number, not below 0, and is the number -1"),
        ("per-file-ignores = 3", "per-file-ignores must be a table, and is the number 3; write [tool.flaxargs.per-"),
        (
            'per-file-ignores = { "a.py" = "JFX1" }',
            'pyproject.toml: [tool.flaxargs.per-file-ignores]: "a.py" must be a list of texts, and is the text "JFX1"; '
            'write "a.py" = ["JFX1"]',
        ),
        ('verify."x:Y" = { attributs = {} }', VERIFY + "unknown key 'attributs'; did you mean 'attributes'?"),
        ('verify."x:Y" = { q = [] }', VERIFY + "unknown key 'q'; known are attributes, call, method, cases"),
        ('verify."x:Y" = { call = "f32[2]" }', VERIFY + "call must be a list of texts or a table, and is the text"),
        ('verify."x:Y" = "x"', '"x:Y" must be a table, and is the text "x"; write [tool.flaxargs.verify."x:Y"]'),
        ('flax-version = "new"', "pyproject.toml: flax-version: 'new' is no version of Flax"),
        ('select = ["nope"]', "pyproject.toml: no rule has the code or name 'nope'"),
    ],
)
def test_a_wrong_value_is_named_with_its_table_and_the_way_out(written: str, said: str) -> None:
    write({"net.py": NET, "pyproject.toml": f"[tool.flaxargs]\n{written}\n"})
    result = check("net.py")
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
    assert "`" not in result.stderr.partition("`flaxargs rules`")[0]  # no type of the machinery's


@pytest.mark.parametrize("option", [("--select", "nope"), ("--flax-version", "new"), ("--exclude", "[")], ids=str)
def test_what_an_option_says_is_not_blamed_on_the_file(option: tuple[str, str]) -> None:
    write({"net.py": NET, "pyproject.toml": "[tool.flaxargs]\nunsafe-fixes = true\n"})
    result = check(*option, "net.py")
    assert result.exit_code == 2
    assert repr(option[1]) in result.stderr
    assert "pyproject.toml" not in result.stderr


def test_all_keys_are_understood() -> None:
    write(
        {
            "net.py": NET,
            "pyproject.toml": """
[tool.flaxargs]
select = ["JFX1"]
flax-version = "0.12"
jobs = 1
[tool.flaxargs.per-file-ignores]
"tests/*" = ["JFX1"]
[tool.flaxargs.verify."net:Net"]
attributes = { features = 16, rate = 0.5, kinds = ["a", 1] }
call = { x = "float32[2,8]" }
[tool.flaxargs.verify."net:Other"]
call = ["float32[2,8]"]
""",
        }
    )
    result = check("--output-format", "concise")
    assert (result.exit_code, result.stdout.count("JFX101")) == (1, 1)


# --- patterns -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("[", "write '\\[' for the sign itself"),
        ("old[", "the bracket is not closed"),
        ("[z-a].py", "the bracket is not closed, or holds nothing"),
        ("#old", "it is a comment"),
        ("!", "write it as in a .gitignore"),
        ("old\\", "write it as in a .gitignore"),
    ],
)
@pytest.mark.parametrize("key", ["include", "exclude", "extend-exclude", "per-file-ignores"])
def test_a_pattern_that_matches_nothing_is_an_error(key: str, pattern: str, why: str) -> None:
    write({"net.py": NET})
    codes = ":JFX1" if key == "per-file-ignores" else ""
    given = check(f"--{key}", pattern + codes)
    value = f"{{ '{pattern}' = ['JFX1'] }}" if codes else f"['{pattern}']"
    write({"pyproject.toml": f"[tool.flaxargs]\n{key} = {value}\n"})
    for result in (given, check()):
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"{key}: {pattern!r} matches no file" in result.stderr
        assert why in result.stderr


def test_a_bracket_that_git_cannot_read_spoils_no_search() -> None:
    write({"net.py": NET, ".git/HEAD": "", ".gitignore": "[z-a]\n"})
    assert check().exit_code == 1


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("train.py", "'train.py' has no rules; write for instance 'train.py:JFX1'"),
        ("train.py:", "'train.py' has no rules; write for instance 'train.py:JFX1'"),
        ("JFX1", "'JFX1' has no pattern; write for instance 'tests/*:JFX1'"),
        ("apply-without-rng", "has no pattern; write for instance 'tests/*:apply-without-rng'"),
        ("a.py:JFX1 train.py:", "'train.py' has no rules"),
    ],
)
def test_files_without_rules_or_rules_without_files_are_told_apart(written: str, said: str) -> None:
    write({"train.py": NET})
    result = check("--per-file-ignores", written)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
