"""Files changed so that Python still parses them: damage that the deep parts of the linter get to see.

The changes are made in the text, by the places of ``ast``: comments and layout stay, as the concrete tree needs them.
"""

from __future__ import annotations

import ast
import keyword
import re
import textwrap
import warnings
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from flake8_flaxargs.source import Source, SourceError

_WORD = re.compile(r"\b[A-Za-z_]\w*\b")
_CONSTANTS = (
    *("None", "True", "False", "0", "1", "-1", "0.5", "...", "()", "[]", "{}", "x", "self"),
    *("'dropout'", "'params'", "'batch_stats'", "'train'", "b''"),
)
_ARGUMENTS = (
    "*args",
    "**kwargs",
    "*x, **x",
    "train=train",
    "train=True",
    "deterministic=None",
    "deterministic=not train",
    "use_running_average=True",
    "rngs={'dropout': key}",
    "rngs=key",
    "mutable=['batch_stats']",
    "mutable=True",
    "mutable=x",
    "method='setup'",
    "method=Net.__call__",
    "name='a'",
    "parent=None",
    "split_rngs={'params': True}",
    "variable_axes={'params': 0}",
    "static_argnums=(1,)",
    "in_axes=None",
    "length=3",
)
_AROUND_EXPRESSION = (
    "({0})",
    "(lambda: {0})()",
    "[{0} for x in {0}]",
    "({0} if {0} else {1})",
    "(y := {0})",
    "(yield {0})",
    "(await {0})",
    "f'{{{0}}}'",
    "({0})[{1}]",
    "not ({0})",
    "~({0})",
    "({0}) or ({1})",
    "({0}) is None",
    "({0}).apply({1}, {0})",
    "({0}).copy({1})",
    "({0}).{2}",
    "({0})({1})",
    "nn.remat({0})",
    "nn.scan({0}, {1})",
    "nn.vmap({0}, variable_axes={1}, split_rngs={1})",
    "jax.jit({0}, static_argnums={1})",
    "functools.partial({0}, {1})",
    "nn.merge_param('{2}', {0}, {1})",
    "nn.Sequential([{0}, {1}])",
    "super().__call__({0})",
    "getattr({0}, '{2}')",
    "(*{0}, {1})",
    "{{**{0}}}",
)
_AROUND_STATEMENT = (
    "if {1}:\n{0}",
    "if {1}:\n{0}\nelse:\n{0}",
    "for {2} in {1}:\n{0}\nelse:\n    pass",
    "while {1}:\n{0}",
    "try:\n{0}\nexcept {2} as e:\n{0}\nfinally:\n{0}",
    "with {1} as {2}:\n{0}",
    "match {1}:\n    case {2} if {2}:\n{0}\n    case [{2}, *_] | {{'a': {2}}}:\n{0}\n",
    "def {2}(self, x, train=None):\n{0}",
    "async def {2}(*x, **train):\n{0}",
    "class {2}(nn.Module):\n{0}",
    "class {2}({2}):\n{0}",
    "del {2}\n{3}",
    "global {2}\n{3}",
    "{2} = {1}\n{3}",
    "{2} += {1}\n{3}",
    "{3}\nreturn {1}",
    "{3}\nimport {2} as nn",
    "{3}\nfrom .{2} import *",
)
_DECORATORS = (
    *("nn.compact", "nn.nowrap", "nn.remat", "nn.jit", "jax.jit"),
    *("property", "staticmethod", "classmethod", "abc.abstractmethod", "x()"),
)


class Span(NamedTuple):
    """Where a node stands in the text, as indices of characters."""

    start: int
    end: int


class Program:
    """A text that Python parses, and what may be changed in it."""

    def __init__(self, text: str) -> None:
        """Raise ``SourceError`` where Python does not parse the text."""
        source = Source("program.py", text)
        self.text = source.text
        self._starts = [0]
        for line in source.lines:
            self._starts.append(self._starts[-1] + len(line))
        self._source = source
        nodes = list(ast.walk(source.tree))
        self.expressions = [self._span(node) for node in nodes if isinstance(node, ast.expr)]
        self.statements = [self._span(node) for node in nodes if isinstance(node, ast.stmt)]
        self.calls = [self._span(node) for node in nodes if isinstance(node, ast.Call)]
        self.constants = [self._span(node) for node in nodes if isinstance(node, ast.Constant)]
        self.functions = [self._span(node) for node in nodes if isinstance(node, ast.FunctionDef | ast.ClassDef)]
        # Names, and what else is spelt like them: words of strings and comments.
        self.words = [Span(*found.span()) for found in _WORD.finditer(self.text) if not keyword.iskeyword(found[0])]

    @property
    def usable(self) -> bool:
        """Whether there is a name and an expression, and so a statement, to change."""
        return bool(self.words and self.expressions)

    def _span(self, node: ast.expr | ast.stmt) -> Span:
        end_line, end_column = node.end_lineno or node.lineno, node.end_col_offset or 0
        return Span(self._index(node.lineno, node.col_offset), self._index(end_line, end_column))

    def _index(self, line: int, byte_column: int) -> int:
        return self._starts[line - 1] + self._source.column(line, byte_column)

    def at(self, span: Span) -> str:
        """The text of a span."""
        return self.text[span.start : span.end]

    def pick(self, chance: Random, spans: list[Span]) -> str:
        """The text of one of the spans; ``x`` where there is none."""
        return self.at(chance.choice(spans)) if spans else "x"

    def put(self, span: Span, new: str) -> str:
        """The text with another in the place of a span."""
        return self.text[: span.start] + new + self.text[span.end :]

    def margin(self, span: Span) -> str | None:
        """The whitespace before a span on its line; None where something else stands there."""
        before = self.text[self.text.rfind("\n", 0, span.start) + 1 : span.start]
        return before if not before.strip() else None


Change = Callable[[Random, Program, Program], str | None]


def replace_expression(chance: Random, program: Program, other: Program) -> str | None:
    """One expression stands where another stood."""
    donor = chance.choice((program, program, other))
    new = donor.pick(chance, donor.expressions)
    return program.put(chance.choice(program.expressions), f"({new})" if "\n" in new else new)


def swap_expressions(chance: Random, program: Program, other: Program) -> str | None:
    """Two expressions stand in each other's place."""
    one, two = sorted((chance.choice(program.expressions), chance.choice(program.expressions)))
    if one.end > two.start:
        return None
    text = program.text
    return text[: one.start] + program.at(two) + text[one.end : two.start] + program.at(one) + text[two.end :]


def wrap_expression(chance: Random, program: Program, other: Program) -> str | None:
    """An expression is called, negated, lifted, merged, taken apart."""
    span = chance.choice(program.expressions)
    donor = chance.choice((program, other))
    more, word = donor.pick(chance, donor.expressions), program.pick(chance, program.words)
    return program.put(span, chance.choice(_AROUND_EXPRESSION).format(program.at(span), more, word))


def replace_constant(chance: Random, program: Program, other: Program) -> str | None:
    """A literal, or any expression, becomes another literal."""
    spans = chance.choice((program.constants or program.expressions, program.expressions))
    return program.put(chance.choice(spans), chance.choice(_CONSTANTS))


def rename(chance: Random, program: Program, other: Program) -> str | None:
    """One name in one place becomes another name of either file."""
    donor = chance.choice((program, program, other))
    return program.put(chance.choice(program.words), donor.pick(chance, donor.words))


def rename_everywhere(chance: Random, program: Program, other: Program) -> str | None:
    """One name becomes another name of the file, wherever it stands."""
    old, new = program.pick(chance, program.words), program.pick(chance, program.words)
    return re.sub(rf"\b{old}\b", new, program.text)


def add_argument(chance: Random, program: Program, other: Program) -> str | None:
    """A call gets one argument more."""
    if not program.calls:
        return None
    call = program.at(span := chance.choice(program.calls))
    donor = chance.choice((program, other))
    new = chance.choice((*_ARGUMENTS, donor.pick(chance, donor.expressions)))
    comma = "" if call.rstrip(")").rstrip().endswith(("(", ",")) else ", "
    return program.put(span, f"{call[:-1]}{comma}{new})")


def drop_argument(chance: Random, program: Program, other: Program) -> str | None:
    """What stands between two commas, or a comma and a parenthesis, is gone."""
    commas = [found.start() for found in re.finditer(",", program.text)]
    if not commas:
        return None
    at = chance.choice(commas)
    end = re.compile(r"[,)\]}]").search(program.text, at + 1)
    return program.put(Span(at, end.start()), "") if end else None


def delete_statement(chance: Random, program: Program, other: Program) -> str | None:
    """A statement becomes ``pass``."""
    return program.put(chance.choice(program.statements), "pass")


def insert_statement(chance: Random, program: Program, other: Program) -> str | None:
    """A statement of either file stands before another, too."""
    donor = chance.choice((program, other))
    span, what = chance.choice(program.statements), chance.choice(donor.statements)
    margin = program.margin(span)
    if margin is None:
        return program.put(span, f"{donor.at(what)}; {program.at(span)}")
    text = textwrap.dedent((donor.margin(what) or "") + donor.at(what))
    text = textwrap.indent(text, margin).lstrip(" \t")
    return program.put(Span(span.start, span.start), f"{text}\n{margin}")


def swap_statements(chance: Random, program: Program, other: Program) -> str | None:
    """Two statements of equal depth stand in each other's place."""
    one = chance.choice(program.statements)
    margin = program.margin(one)
    same = [span for span in program.statements if program.margin(span) == margin]
    one, two = sorted((one, chance.choice(same)))
    if one.end > two.start:
        return None
    text = program.text
    return text[: one.start] + program.at(two) + text[one.end : two.start] + program.at(one) + text[two.end :]


def wrap_statement(chance: Random, program: Program, other: Program) -> str | None:
    """A statement stands under an ``if``, in a loop, in a function; or something comes before or after it."""
    span = chance.choice(program.statements)
    margin = program.margin(span)
    if margin is None:
        return None
    statement = textwrap.dedent(margin + program.at(span))
    word, condition = program.pick(chance, program.words), program.pick(chance, program.expressions)
    around = chance.choice(_AROUND_STATEMENT)
    text = around.format(textwrap.indent(statement, "    "), condition, word, statement)
    return program.put(span, textwrap.indent(text, margin).lstrip(" \t"))


def decorate(chance: Random, program: Program, other: Program) -> str | None:
    """A function or class gets a decorator more."""
    if not program.functions:
        return None
    span = chance.choice(program.functions)
    return program.put(Span(span.start, span.start), f"@{chance.choice(_DECORATORS)}\n{program.margin(span)}")


def lay_out(chance: Random, program: Program, other: Program) -> str | None:
    """Comments, line breaks and backslashes where a line may be broken; statements joined by semicolons."""
    places = [found.end() for found in re.finditer(r"[(\[{,=]", program.text)]
    if not places:
        return None
    text, at = program.text, chance.choice(places)
    breaks = (
        "  # a comment, with (\n",
        "\n\n",
        " \\\n",
        "\n\t",
        "  # é, \U0001d431\n    ",
        " \f",
        "\r\n",
        "\n  # noqa\n",
    )
    joined = re.sub(r"\n[ \t]+(?=\w+ = )", "; ", text, count=1)
    return joined if chance.random() < 0.1 else text[:at] + chance.choice(breaks) + text[at:]


CHANGES: tuple[Change, ...] = (
    replace_expression,
    swap_expressions,
    wrap_expression,
    replace_constant,
    rename,
    rename_everywhere,
    add_argument,
    drop_argument,
    delete_statement,
    insert_statement,
    swap_statements,
    wrap_statement,
    decorate,
    lay_out,
)
_TRIES = 12


def mutate(chance: Random, text: str, other: str, changes: int) -> str:
    """A program changed so many times, each time into one that Python parses; fewer where chance finds none.

    Args:
        chance: decides everything: equal states give equal programs.
        text: the program, newlines ``\\n``.
        other: another, which gives parts.
        changes: how many.

    Raises:
        SourceError: one of the two cannot be parsed.
    """
    program, donor = Program(text), Program(other)
    if not donor.usable:
        donor = program
    for _ in range(changes):
        if not program.usable:
            break
        for _ in range(_TRIES):
            changed = chance.choice(CHANGES)(chance, program, donor)
            if changed is None or changed == program.text:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    program = Program(changed)
            except SourceError:
                continue
            break
    return program.text
