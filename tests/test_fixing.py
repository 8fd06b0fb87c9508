"""Edits -> new text: what no edit touches stays byte for byte; what cannot be applied changes nothing."""

from __future__ import annotations

import codecs
import random
from collections.abc import Iterable

import pytest

from flake8_flaxargs.config import Config
from flake8_flaxargs.fixing import FixError, apply, fix
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Safety
from flake8_flaxargs.source import Source

NET = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    def __call__(self, x, train: bool | None = None):
        return x * 2 if train else x
"""


def edit(line: int, start: int, end: int, text: str, end_line: int | None = None) -> Edit:
    """Replace from a column of a line to a column of the same or another line."""
    return Edit(Range(Position(line, start), Position(end_line or line, end)), text)


def one(*edits: Edit, safety: Safety = Safety.SAFE) -> Fix:
    return Fix("Change it", edits, safety, "a test")


def fixed(data: bytes, *fixes: Fix) -> bytes:
    """The bytes of a file after its fixes."""
    source, applied = apply(Source.from_bytes("x.py", data), fixes)
    assert applied == len(fixes)
    return source.encode(source.raw)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_inserted_lines_end_as_the_line_does_where_they_go(newline: str) -> None:
    data = "a = 1\nb = 2\nc = 3\n".replace("\n", newline).encode()
    expected = "a = 1\nnew = 1\nnewer = 2\nb = 2\nc = 3\n".replace("\n", newline).encode()
    assert fixed(data, one(edit(2, 0, 0, "new = 1\nnewer = 2\n"))) == expected


def test_lines_of_a_file_with_mixed_ends_keep_theirs() -> None:
    data = b"a = 1\r\nb = 2\nc = 3\rd = 4\r\n"
    assert fixed(data, one(edit(1, 4, 5, "9")), one(edit(3, 4, 5, "9"))) == b"a = 9\r\nb = 2\nc = 9\rd = 4\r\n"
    assert fixed(data, one(edit(2, 0, 0, "n = 0\n"))) == b"a = 1\r\nn = 0\nb = 2\nc = 3\rd = 4\r\n"
    assert fixed(data, one(edit(4, 0, 0, "n = 0\n"))) == b"a = 1\r\nb = 2\nc = 3\rn = 0\r\nd = 4\r\n"


@pytest.mark.parametrize("newline", [b"\n", b"\r\n"])
def test_a_last_line_without_newline_stays_so_unless_one_follows(newline: bytes) -> None:
    data = b"a = 1" + newline + b"b = 2"
    assert fixed(data, one(edit(2, 4, 5, "9"))) == b"a = 1" + newline + b"b = 9"
    assert fixed(data, one(edit(2, 0, 0, "n = 0\n"))).startswith(b"a = 1" + newline + b"n = 0")
    assert fixed(data, one(edit(2, 0, 0, "n = 0\n"))).endswith(b"\nb = 2")
    after = fixed(data, one(edit(3, 0, 0, "n = 0\n")))
    assert after == data + newline + b"n = 0" + newline


def test_encoding_mark_tabs_form_feeds_and_trailing_spaces_stay() -> None:
    data = b"# coding: latin-1\r\n\x0cif x:\t \r\n\ty = '\xe9'\t\r\n\r\n\tz = 1  \r\n"
    assert fixed(data, one(edit(3, 5, 8, "'\xe8'"))) == data.replace(b"\xe9", b"\xe8")
    marked = codecs.BOM_UTF8 + b"a = 1\r\n"
    assert fixed(marked, one(edit(1, 0, 0, "n = '\u7d42'\n"))) == codecs.BOM_UTF8 + "n = '終'\r\na = 1\r\n".encode()


def test_columns_of_edits_are_characters() -> None:
    data = "x = ['😀日', old, 'é']\r\n".encode()
    assert fixed(data, one(edit(1, 11, 14, "new"))) == data.replace(b"old", b"new")


def test_an_edit_over_lines_takes_the_line_ends_between() -> None:
    assert fixed(b"f(\r\n    a,\r\n    b,\r\n)\r\n", one(edit(1, 2, 0, "c", end_line=4))) == b"f(c)\r\n"
    assert fixed(b"a = 1\r\nb = 2\r\n", one(edit(1, 0, 0, "", end_line=2))) == b"b = 2\r\n"
    assert fixed(b"a = 1\r\nb = 2", one(edit(1, 0, 5, "", end_line=2))) == b""


def test_a_fix_that_overlaps_an_earlier_one_waits() -> None:
    source = Source("x.py", "value = 1\n")
    after, applied = apply(source, [one(edit(1, 0, 5, "name")), one(edit(1, 3, 9, "x")), one(edit(1, 8, 9, "2"))])
    assert (after.raw, applied) == ("name = 2\n", 2)


def test_a_fix_is_applied_as_a_whole_or_not_at_all() -> None:
    source = Source("x.py", "a = 1\nb = 2\n")
    after, applied = apply(source, [one(edit(1, 4, 5, "9")), one(edit(2, 4, 5, "8"), edit(1, 0, 5, "c = 3"))])
    assert (after.raw, applied) == ("a = 9\nb = 2\n", 1)


def test_two_fixes_share_the_import_that_both_need() -> None:
    needed = edit(1, 0, 0, "import a\n")
    source = Source("x.py", "b = 1\nc = 2\n")
    after, applied = apply(source, [one(needed, edit(1, 4, 5, "a")), one(needed, edit(2, 4, 5, "a"))])
    assert (after.raw, applied) == ("import a\nb = a\nc = a\n", 2)


def test_two_insertions_at_one_place_do_not_depend_on_chance() -> None:
    source = Source("x.py", "a = 1\n")
    after, applied = apply(source, [one(edit(1, 0, 0, "z = 1\n")), one(edit(1, 0, 0, "b = 1\n"))])
    assert (after.raw, applied) == ("z = 1\na = 1\n", 1)


def test_without_fixes_nothing_changes() -> None:
    data = codecs.BOM_UTF8 + "if a:\r\n\tb = 'é'\r\x0c\nc = 1".encode()
    source = Source.from_bytes("x.py", data)
    after, applied = apply(source, [])
    assert (after.encode(after.raw), applied) == (data, 0)


def test_random_edits_leave_every_other_byte_alone() -> None:
    """Numbers are replaced in texts of all line ends; a plain replacement in the bytes is the reference."""
    chance = random.Random(20240)
    for _ in range(100):
        lines = [f"v{index} = '{chance.choice(['é', '😀', 'a', '終'])}', {1000 + index}" for index in range(12)]
        ends = [chance.choice(["\n", "\r\n", "\r"]) for _ in lines]
        raw = "".join(map("".join, zip(lines, ends, strict=True)))
        raw = raw if chance.random() < 0.5 else raw.rstrip("\r\n")
        data = (codecs.BOM_UTF8 if chance.random() < 0.5 else b"") + raw.encode()
        chosen = chance.sample(range(12), 4)
        fixes = []
        expected = data
        for index in chosen:
            column = lines[index].index(str(1000 + index))
            fixes.append(one(edit(index + 1, column, column + 4, "(7)")))
            expected = expected.replace(str(1000 + index).encode(), b"(7)")
        assert fixed(data, *fixes) == expected


# --- refused -------------------------------------------------------------------------------------------------------


def test_a_result_that_python_cannot_parse_is_refused() -> None:
    with pytest.raises(FixError, match=r"^cannot fix x\.py: cannot parse .*; it is left as it was$"):
        apply(Source("x.py", "a = 1\n"), [one(edit(1, 4, 5, "("))])


def test_a_result_that_the_encoding_does_not_have_is_refused() -> None:
    source = Source.from_bytes("x.py", b"# coding: latin-1\na = 1\n")
    with pytest.raises(FixError, match=r"^cannot fix x\.py: 'latin-?1' codec .*; it is left as it was$"):
        apply(source, [one(edit(2, 4, 5, "'\u7d42'"))])


# --- to a fixed point ----------------------------------------------------------------------------------------------


def finding(*fixes: Fix) -> Diagnostic:
    return Diagnostic("JFX101", "a finding", Range(Position(1, 0), Position(1, 0)), (), fixes)


def test_fixes_that_had_to_wait_come_in_a_later_round() -> None:
    def lint(source: Source) -> Iterable[Diagnostic]:
        """Each wrong letter has a fix that takes the whole line."""
        for at, letter in enumerate(source.text):
            if letter == "a":
                yield finding(one(edit(1, 0, 4, f"{source.text[:at]}b{source.text[at + 1 : 4]}")))

    assert fix(Source("x.py", "aaaa\n"), lint).raw == "bbbb\n"


def test_fixes_that_never_end_are_refused() -> None:
    def lint(source: Source) -> Iterable[Diagnostic]:
        yield finding(one(edit(1, 0, 1, "b" if source.text[0] == "a" else "a")))

    with pytest.raises(FixError, match=r"^the fixes of x\.py do not come to an end; .*please report this$"):
        fix(Source("x.py", "a = 1\n"), lint)


def test_only_fixes_of_the_wanted_safety_are_applied() -> None:
    def lint(source: Source) -> Iterable[Diagnostic]:
        if source.text == "a = 1\n":
            shown = one(edit(1, 4, 5, "7"), safety=Safety.DISPLAY)
            yield finding(shown, one(edit(1, 4, 5, "8"), safety=Safety.UNSAFE))

    source = Source("x.py", "a = 1\n")
    assert fix(source, lint) is source
    assert fix(source, lint, (Safety.SAFE, Safety.UNSAFE)).raw == "a = 8\n"


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("final", [True, False])
@pytest.mark.parametrize("indent", ["    ", "\t"])
def test_a_real_fix_changes_its_own_lines_alone(newline: str, final: bool, indent: str) -> None:
    text = NET.replace("    ", indent) if final else NET.replace("    ", indent).rstrip("\n")
    data = codecs.BOM_UTF8 + text.replace("\n", newline).encode()
    lint = Linter(Config(cache_directory=None)).lint
    after = fix(Source.from_bytes("net.py", data), lint, (Safety.SAFE, Safety.UNSAFE))
    merge = f"{indent * 2}train = nn.merge_param('train', self.train, train){newline}".encode()
    at = data.index(f"{indent * 2}return".encode())
    assert after.encode(after.raw) == data[:at] + merge + data[at:]
    assert lint(after) == ()


REMATTED = """\
from flax import linen as nn


class Layer(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool = False):
        return nn.Dropout(0.5)(nn.Dense(3)(x), deterministic=not train)


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return {layer}()(x)
"""


@pytest.mark.parametrize(
    ("layer", "titles"), [("Layer", ["Hand `train` on"]), ("nn.remat(Layer)", []), ("nn.jit(Layer)", [])]
)
def test_a_flag_is_handed_on_only_where_nothing_traces_it(layer: str, titles: list[str]) -> None:
    found = Linter(Config(cache_directory=None)).lint(Source("net.py", REMATTED.format(layer=layer)))
    assert [entry.code for entry in found] == ["JFX109"]
    assert [offered.title for entry in found for offered in entry.fixes] == titles


TWO_NETS = """\
from flax import linen as nn


class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        train = nn.merge_param("train", self.train, train)
        return nn.Dropout(0.5, deterministic=not train)(x)


def run(variables, rngs, x):
    right = Net(train=False).apply(variables, x)
    {}
    return right, wrong
"""


@pytest.mark.parametrize(
    ("wrong", "mended"),
    [
        (
            "wrong = Net(train=True).apply(variables, x, train=True, rngs=rngs)",
            "wrong = Net().apply(variables, x, train=True, rngs=rngs)",
        ),
        (
            "net = Net(train=True)\n    wrong = net.apply(variables, x, train=True, rngs=rngs)",
            "net = Net()\n    wrong = net.apply(variables, x, train=True, rngs=rngs)",
        ),
    ],
)
def test_what_is_given_twice_is_dropped_of_the_constructor_that_gives_it(wrong: str, mended: str) -> None:
    linter = Linter(Config(cache_directory=None))
    after = fix(Source("net.py", TWO_NETS.format(wrong)), linter.lint, (Safety.UNSAFE,))
    assert after.text == TWO_NETS.format(mended)


def test_a_constructor_of_another_instance_of_the_class_is_left_alone() -> None:
    """The one at fault is made elsewhere."""
    made = "def make():\n    return Net(train=True)\n\n\ndef run("
    text = TWO_NETS.format("wrong = make().apply(variables, x, train=True)").replace("def run(", made)
    (found,) = Linter(Config(cache_directory=None)).lint(Source("net.py", text))
    assert (found.code, found.range.start.line, found.fixes) == ("JFX106", 19, ())


NESTED_JIT = """\
import functools
import jax
from flax import linen as nn


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return nn.Dropout(0.5, deterministic=not train)(x)


@jax.jit
def outer(variables, x):
    @jax.jit
    def inner(x, train: bool):
        return Net().apply(variables, x, train)

    return inner(x, False)
"""


def test_a_flag_is_made_static_where_the_function_that_takes_it_is_jitted() -> None:
    linter = Linter(Config(cache_directory=None))
    assert "JFX113" in [entry.code for entry in linter.lint(Source("net.py", NESTED_JIT))]
    after = fix(Source("net.py", NESTED_JIT), linter.lint)
    static = "    @functools.partial(jax.jit, static_argnames=('train',))\n    def inner"
    assert after.text == NESTED_JIT.replace("    @jax.jit\n    def inner", static)


MISNAMED = """\
from flax import linen as nn


class Child(nn.Module):
    deterministic: bool | None = None

    @nn.compact
    def __call__(self, x, deterministic: bool | None = None):
        deterministic = nn.merge_param("x", self.deterministic, deterministic)
        return nn.Dropout(0.5, deterministic=deterministic)(x)


class Net(nn.Module):
    @nn.compact
    def __call__(self, x, train: bool):
        return Child()(x)
"""


def test_what_a_merge_misnames_is_not_given_by_that_name() -> None:
    """``Child()(x, x=not train)`` would give ``x`` twice, and again with each round."""
    found = Linter(Config(cache_directory=None)).lint(Source("net.py", MISNAMED))
    assert [(entry.code, bool(entry.fixes)) for entry in found] == [("JFX104", True), ("JFX107", False)]
