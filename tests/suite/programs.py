"""Random small Flax programs: a few Modules and one run of the last of them, which is what is judged.

A program is source text of one module with a function ``run(params, batch_stats)``. Whatever it is made of, every array
has the same shape, so that nothing fails but for what a contract is about: arguments that are merged, rng streams,
collections, flags that are traced.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from .choices import Choices

HEADER = """\
import functools
from typing import Any, Callable

import jax
import jax.numpy as jnp
import optax
from flax import linen as nn
from flax.training.train_state import TrainState

X = jnp.ones((2, 3))
"""
MODES = ("train", "deterministic", "training", "det")
RATES = ("0.5", "0.0", "1.0", "0", "0.1", "1")


class Program(NamedTuple):
    """A program.

    Attributes:
        text: its source.
        mode: the argument that a bound Module is called with, "" for none.
        constructs: what it is made of, to count by.
        choices: those that made it.
    """

    text: str
    mode: str
    constructs: tuple[str, ...]
    choices: tuple[int, ...]


class Field(NamedTuple):
    """An attribute of a Module; ``kind``: mode, rate, flag, count, stream, child, layer. ``default`` "" for none."""

    name: str
    kind: str
    default: str
    child: Protocol | None = None


class Argument(NamedTuple):
    """A parameter of ``__call__`` beside ``x`` that says the mode. ``default`` "" for none.

    ``by_position``: it must be given, and by position.
    """

    name: str
    default: str
    keyword_only: bool = False
    by_position: bool = False


@dataclass(frozen=True)
class Protocol:
    """How a layer is made and called: what a caller has to know of it.

    Attributes:
        name: the class.
        fields: what its constructor takes.
        argument: the mode that its ``__call__`` takes, if it does.
        by_row: whether it can be run on a single row, as in ``nn.vmap``.
        pair: whether it takes a carry and an input and returns two values, as in ``nn.scan``.
        methods: other methods that take ``x`` and the same argument.
    """

    name: str
    fields: tuple[Field, ...] = ()
    argument: Argument | None = None
    by_row: bool = True
    pair: bool = False
    methods: tuple[str, ...] = ()


DROPOUT = Protocol(
    "nn.Dropout", (Field("rate", "rate", ""), Field("deterministic", "mode", "None")), Argument("deterministic", "None")
)
BATCH_NORM = Protocol(
    "nn.BatchNorm", (Field("use_running_average", "mode", "None"),), Argument("use_running_average", "None")
)


@dataclass
class Scope:
    """What can be said at a place.

    Attributes:
        modes: expressions whose truth is a mode (True, False or None).
        rates, counts, streams: expressions of those.
        children: attributes that hold Modules.
        compact: whether layers can be made here.
        itself: whether there is a ``self``.
    """

    modes: list[str] = field(default_factory=list)
    rates: list[str] = field(default_factory=list)
    counts: list[str] = field(default_factory=list)
    streams: list[str] = field(default_factory=list)
    children: list[tuple[str, Protocol]] = field(default_factory=list)
    compact: bool = True
    itself: bool = True
    by_row: bool = False
    loops: int = 0

    def inner(self, **changes: object) -> Scope:
        copy = replace(self, modes=list(self.modes), rates=list(self.rates), children=list(self.children))
        return replace(copy, **changes)  # type: ignore[arg-type]


class Layer(NamedTuple):
    """A layer: what makes it, and its call, of ``{f}`` on ``{x}``; ``bare``: whether a call on ``x`` alone will do."""

    make: str
    call: str
    bare: bool = True


class Writer:
    """Writes one program.

    Args:
        choices: what decides.
    """

    def __init__(self, choices: Choices) -> None:
        self.c = choices
        self.known: list[Protocol] = []
        self.texts: list[str] = []
        self.functions: list[str] = []
        self._numbers = 0

    def fresh(self, stem: str) -> str:
        """A name that is new."""
        self._numbers += 1
        return f"{stem}{self._numbers}"

    # --- expressions -----------------------------------------------------------------------------------------------

    def mode(self, scope: Scope, depth: int = 0) -> str:
        """A mode: mostly what is at hand."""
        c = self.c
        names = scope.modes
        kind = c.weighed((3, "literal"), (9 if names else 0, "name"), (5 if names else 0, "not"), (1, "odd"))
        if kind == "literal" or depth > 2:
            return c.weighed((8, "True"), (8, "False"), (1, "None"))
        if kind == "name":
            return c.pick(names)
        if kind == "not":
            return f"not {c.pick(names)}"
        c.note("odd mode")
        one, two = self.mode(scope, depth + 1), self.mode(scope, depth + 1)
        odd = ["if", "and", "or", "bool", "not", "none", "is", "rate", "same", "int", "call", "walrus", "in", "len"]
        if scope.itself:
            odd += ["initializing", "has_rng"]
        match c.pick(odd):
            case "if":
                return f"({one} if {two} else {self.mode(scope, depth + 1)})"
            case "and":
                return f"({one} and {two})"
            case "or":
                return f"({one} or {two})"
            case "bool":
                return f"bool({one})"
            case "not":
                return f"(not ({one}))"
            case "none":
                return f"(({one}) is {c.pick(('None', 'not None'))})"
            case "is":
                return f"(({one}) {c.pick(('is', '==', '!='))} {c.pick(('True', 'False'))})"
            case "same":
                return f"(bool({one}) == bool({two}))"
            case "int":
                return f"(int(bool({one})) {c.pick(('> 0', '== 1', '!= 0', '< 1'))})"
            case "call":
                return f"(lambda flag: {c.pick(('flag', 'not flag', 'flag is None'))})({one})"
            case "walrus":
                return f"({self.fresh('flag')} := {one})"
            case "in":
                return f"(({one}) {c.pick(('in', 'not in'))} {c.pick(('(True,)', '(False, None)', '(None,)'))})"
            case "len":
                return f"(len([{one}] * {self.count(scope)}) {c.pick(('> 1', '== 0', '>= 2'))})"
            case "rate":
                return f"({self.rate(scope)} {c.pick(('>', '<=', '=='))} {c.pick(('0', '0.0', '0.5'))})"
            case "initializing":
                c.note("is_initializing")
                return c.pick(("self.is_initializing()", "(not self.is_initializing())"))
            case "has_rng":
                c.note("has_rng")
                return c.pick(("self.has_rng('dropout')", "(not self.has_rng('dropout'))"))
        raise AssertionError

    def rate(self, scope: Scope) -> str:
        """A rate."""
        if scope.rates and self.c.chance(40):
            return self.c.pick(scope.rates)
        return self.c.weighed((6, "0.5"), (1, "0.0"), (1, "1.0"), (1, "0"), (1, "0.1"), (1, "1"))

    def count(self, scope: Scope) -> str:
        """How often."""
        if scope.counts and self.c.chance(60):
            return self.c.pick(scope.counts)
        return self.c.weighed((2, "1"), (3, "2"), (1, "3"), (1, "0"))

    def stream(self, scope: Scope) -> str:
        """An rng stream."""
        if scope.streams and self.c.chance(60):
            return self.c.pick(scope.streams)
        return self.c.weighed((4, "'noise'"), (2, "'dropout'"), (1, "'params'"))

    # --- layers ----------------------------------------------------------------------------------------------------

    def once(self, protocol: Protocol) -> tuple[int, int]:
        """How often in a hundred times the constructor and the call are given a mode: mostly just one of them."""
        if protocol.argument is None or not any(item.kind == "mode" for item in protocol.fields):
            return 60, 60
        return self.c.weighed((9, (0, 100)), (9, (100, 0)), (1, (0, 0)), (1, (100, 100)))

    def given(self, scope: Scope, protocol: Protocol, often: int = 50, positional: bool = True) -> str:
        """What a constructor is given, in parentheses."""
        c = self.c
        parts = []
        for item in protocol.fields:
            if item.default and not c.chance(often if item.kind == "mode" else 50):
                positional = False
                continue
            value = self.value(scope, item)
            by_position = positional and protocol.name not in {"nn.Dropout"} and c.chance(30)
            if protocol.name == "nn.Dropout" and item.name == "rate":
                by_position = positional and not c.chance(20)
            positional = by_position
            parts.append(value if by_position else f"{item.name}={value}")
        return f"({', '.join(parts)})"

    def value(self, scope: Scope, item: Field) -> str:
        """What a field is given."""
        match item.kind:
            case "mode":
                return self.mode(scope)
            case "rate":
                return self.rate(scope)
            case "flag":
                return self.c.pick(("True", "False"))
            case "count":
                return self.count(scope)
            case "stream":
                return self.stream(scope)
            case "child":
                assert item.child is not None
                return item.child.name + self.given(scope, item.child)
            case "layer":
                assert item.child is not None
                return self.template(scope, item.child)
        raise AssertionError(item.kind)

    def arguments(self, scope: Scope, protocol: Protocol, often: int = 55) -> str:
        """What a call is given after ``x``, with a comma in front."""
        argument = protocol.argument
        if argument is None or (argument.default and not self.c.chance(often)):
            return ""
        value = self.mode(scope)
        if argument.by_position:
            return f", {value}"
        return f", {argument.name}={value}" if argument.keyword_only or self.c.chance(60) else f", {value}"

    def layer(self, scope: Scope, depth: int = 0) -> Layer:
        """Any layer."""
        c = self.c
        children = [child for child in self.known if child.by_row or not scope.by_row]
        kind = c.weighed(
            (6, "dropout"),
            (2, "dense"),
            (4, "batch_norm"),
            (0 if scope.by_row else 3, "attention"),
            (7 if children else 0, "child"),
            (2 if depth < 2 else 0, "sequential"),
            (2, "template"),
            (3 if children and not scope.by_row else 0, "lifted"),
            (1 if not scope.by_row else 0, "rnn"),
        )
        c.note(kind)
        match kind:
            case "dense":
                return Layer(c.pick(("nn.Dense(3)", "nn.LayerNorm()")), "{f}({x})")
            case "dropout":
                first, second = self.once(DROPOUT)
                made = self.given(scope, DROPOUT, first)
                if c.chance(10):
                    made = made[:-1] + f", rng_collection={self.stream(scope)})"
                given = self.arguments(scope, DROPOUT, second)
                if c.chance(3):
                    given += ", rng=jax.random.key(2)"
                return Layer(f"nn.Dropout{made}", f"{{f}}({{x}}{given})")
            case "batch_norm":
                first, second = self.once(BATCH_NORM)
                made = self.given(scope, BATCH_NORM, first)
                return Layer(f"nn.BatchNorm{made}", f"{{f}}({{x}}{self.arguments(scope, BATCH_NORM, second)})")
            case "attention":
                first, second = self.once(DROPOUT)
                made = "num_heads=1"
                if c.chance(80):
                    made += f", dropout_rate={self.rate(scope)}"
                if c.chance(first):
                    made += f", deterministic={self.mode(scope)}"
                name = c.pick(("MultiHeadDotProductAttention", "MultiHeadAttention"))
                call = f", deterministic={self.mode(scope)}" if c.chance(second) else ""
                return Layer(f"nn.{name}({made})", f"{{f}}({{x}}, {{x}}{call})", False)
            case "child":
                return self.child(scope, c.pick(children))
            case "sequential":
                return self.sequential(scope, depth)
            case "template":
                protocol = c.pick((DROPOUT, DROPOUT, BATCH_NORM, *[child for child in children if not child.pair]))
                first, second = self.once(protocol)
                made = f"{self.template(scope, protocol, first)}({self.overruled(scope, protocol, first)})"
                return Layer(made, f"{{f}}({{x}}{self.arguments(scope, protocol, second)})", optional(protocol))
            case "lifted":
                return self.lifted(scope, c.pick(children))
            case "rnn":
                return self.rnn(scope)
        raise AssertionError(kind)

    def child(self, scope: Scope, protocol: Protocol) -> Layer:
        """One of the program's own Modules."""
        first, second = self.once(protocol)
        made = protocol.name + self.given(scope, protocol, first)
        arguments = self.arguments(scope, protocol, second)
        if protocol.pair:
            return Layer(made, f"{{f}}({{x}}, None{arguments})[0]", False)
        if protocol.methods and self.c.chance(20):
            self.c.note("other method")
            return Layer(made, f"{{f}}.{self.c.pick(protocol.methods)}({{x}}{arguments})", optional(protocol))
        return Layer(made, f"{{f}}({{x}}{arguments})", optional(protocol))

    def template(self, scope: Scope, protocol: Protocol, often: int = 50) -> str:
        """``functools.partial`` of a class, all that must be given among it."""
        self.c.note("partial")
        made = self.given(scope, protocol, often, positional=False)[1:-1]
        text = f"functools.partial({', '.join(part for part in (protocol.name, made) if part)})"
        if self.c.chance(30):
            more = self.overruled(scope, protocol, often)
            text = f"functools.partial({', '.join(part for part in (text, more) if part)})"
        return text

    def overruled(self, scope: Scope, protocol: Protocol, often: int = 50) -> str:
        """Keywords that overrule those of a partial."""
        kinds = {"mode", "rate", "flag"} if often else {"rate", "flag"}
        changed = [item for item in protocol.fields if item.default and item.kind in kinds]
        if changed and self.c.chance(40):
            item = self.c.pick(changed)
            return f"{item.name}={self.value(scope, item)}"
        return ""

    def sequential(self, scope: Scope, depth: int) -> Layer:
        """``nn.Sequential``: only the first of its layers gets arguments."""
        parts = []
        for _ in range(1 + self.c.number(3)):
            kind = self.c.weighed((2, "function"), (4, "layer"))
            if kind == "function":
                parts.append(self.c.pick(("nn.relu", "lambda y: y + 1", "jnp.tanh")))
                continue
            for _ in range(5):
                layer = self.layer(scope, depth + 1)
                if layer.bare:
                    break
            else:
                continue
            parts.append(layer.make)
        return Layer(f"nn.Sequential([{', '.join(parts or ['nn.relu'])}])", "{f}({x})")

    def lifted(self, scope: Scope, protocol: Protocol) -> Layer:
        """A Module of the program's own under a lifted transform."""
        c = self.c
        kinds = ["remat", "jit", "map_variables"]
        if protocol.pair:
            kinds = ["scan"]
        elif protocol.by_row:
            kinds += ["vmap", "vmap"]
        kind = c.pick(kinds)
        c.note(f"nn.{kind}")
        split = c.pick(
            (
                "split_rngs={'params': True, 'dropout': True}",
                "split_rngs={'params': True}",
                "split_rngs={'params': False, 'dropout': False, 'noise': True}",
                "",
            )
        )
        axes = "variable_axes={'params': 0, 'batch_stats': 0}"
        made = self.given(scope, protocol)
        argument = protocol.argument
        extra = ""
        if argument is not None and not argument.keyword_only and (not argument.default or c.chance(40)):
            extra = f", {self.mode(scope)}"
        options: list[str] = []
        call = f"{{f}}({{x}}{extra})"
        match kind:
            case "remat":
                if extra and c.chance(70):
                    options = ["static_argnums=(2,)"]
            case "jit":
                if extra and c.chance(70):
                    options = ["static_argnums=(2,)"]
            case "map_variables":
                options = ["'params'", "trans_in_fn=lambda v: v"]
                if c.chance(60):
                    options.append("mutable=False")
            case "vmap":
                options = [axes, split, "in_axes=(0, None)" if extra else ""]
            case "scan":
                options = [axes, split, "length=2", "in_axes=(nn.broadcast, nn.broadcast)" if extra else ""]
                call = f"{{f}}({{x}}, None{extra})[0]"
        if not extra and argument is not None and (argument.keyword_only or not argument.default):
            return self.child(scope, protocol)
        return Layer(
            f"nn.{kind}({', '.join(part for part in (protocol.name, *options) if part)}){made}",
            call,
            kind != "scan" and not extra,
        )

    def rnn(self, scope: Scope) -> Layer:
        """``nn.RNN`` over one of Flax's cells."""
        if self.c.chance(60):
            return self.own_rnn(scope)
        cell = self.c.pick(("nn.SimpleCell(3)", "nn.GRUCell(3)", "nn.OptimizedLSTMCell(3)"))
        return Layer(f"nn.RNN({cell})", "{f}({x}[None])[0]", False)

    def own_rnn(self, scope: Scope) -> Layer:
        """``nn.RNN`` over a cell of the program's own."""
        c = self.c
        c.note("own cell")
        name = self.fresh("Cell")
        mode = Field("train", "mode", c.weighed((4, "None"), (1, "True"), (1, "False")))
        inner = Scope(modes=["self.train"] * 2, by_row=True, loops=1)
        body = indented(
            indented([f"x = {self.applied(inner)}", *(self.draw(inner) if c.chance(30) else []), "return carry, x"])
        )
        text = [
            f"class {name}(nn.Module):",
            f"    train: bool | None = {mode.default}",
            "    @nn.compact",
            "    def __call__(self, carry, x):",
            *body,
            "    @nn.nowrap",
            "    def initialize_carry(self, rng, input_shape):",
            "        return jnp.zeros(())",
            "    @property",
            "    def num_feature_axes(self):",
            "        return 1",
        ]
        self.functions.append("\n".join(text))
        protocol = Protocol(name, (mode,))
        split = c.pick(
            (
                "",
                "",
                ", split_rngs={'params': False, 'dropout': True}",
                ", split_rngs={'dropout': False, 'noise': True}",
                ", split_rngs={'params': True}",
            )
        )
        split += c.pick(("", "", ", variable_axes={'batch_stats': 0}", ", variable_carry='batch_stats'"))
        return Layer(f"nn.RNN({name}{self.given(scope, protocol, 60)}{split})", "{f}({x}[None])[0]", False)

    # --- statements ------------------------------------------------------------------------------------------------

    def body(self, scope: Scope, depth: int = 0, most: int = 3) -> list[str]:
        """Some statements on ``x``."""
        lines: list[str] = []
        for _ in range(1 + self.c.number(most)):
            lines += self.statement(scope, depth)
        return lines

    def statement(self, scope: Scope, depth: int) -> list[str]:
        c = self.c
        deep = depth >= 2
        kind = c.weighed(
            (10, "layer"),
            (2, "draw"),
            (0 if deep else 3, "if"),
            (0 if deep or scope.loops else 1, "early return"),
            (0 if deep or scope.loops else 2, "loop"),
            (2, "conditional expression"),
            (1 if not deep and not scope.loops else 0, "list of layers"),
            (1, "nested function"),
            (1 if not deep else 0, "nn.cond"),
            (1, "local mode"),
            (1 if not deep else 0, "helper function"),
            (1 if scope.modes else 0, "rebound mode"),
            (1 if not deep and not scope.loops else 0, "loop over modes"),
            (1 if not deep and not scope.loops else 0, "while"),
            (1 if not deep else 0, "match"),
            (1 if not deep else 0, "with"),
            (1 if not deep else 0, "try"),
            (1, "options"),
            (1 if not deep and not scope.loops else 0, "zip"),
            (1 if not deep and not scope.loops else 0, "reduce"),
            (1 if scope.compact and scope.itself and not scope.by_row else 0, "lifted function"),
            (1 if not scope.compact and scope.children else 0, "nn.while_loop"),
            (2 if scope.itself and not deep else 0, "variable"),
            (1 if not deep and scope.compact else 0, "factory"),
        )
        if kind != "layer":
            c.note(kind)
        match kind:
            case "layer":
                return [f"x = {self.applied(scope)}"]
            case "draw":
                return self.draw(scope)
            case "if":
                lines = [f"if {self.mode(scope)}:", *indented(self.body(scope.inner(), depth + 1, 2))]
                if c.chance(40):
                    lines += ["else:", *indented(self.body(scope.inner(), depth + 1, 2))]
                return lines
            case "early return":
                return [f"if {self.mode(scope)}:", "    return x"]
            case "loop":
                inner = scope.inner(loops=1)
                return [f"for _ in range({self.count(scope)}):", *indented(self.body(inner, depth + 1, 2))]
            case "conditional expression":
                return [f"x = {self.applied(scope)} if {self.mode(scope)} else {c.pick(('x', self.applied(scope)))}"]
            case "list of layers":
                return self.several(scope)
            case "nested function":
                name = self.fresh("inner")
                if c.chance(50):
                    return [f"{name} = lambda y: {self.applied(scope, 'y')}", f"x = {name}(x)"]
                mode = self.fresh("flag")
                inner = scope.inner(modes=[*scope.modes, mode])
                return [
                    f"def {name}(y, {mode}):",
                    f"    return {self.applied(inner, 'y')}",
                    f"x = {name}(x, {self.mode(scope)})",
                ]
            case "nn.cond":
                if scope.compact:
                    return [f"x = {self.applied(scope)}"]
                one, two = self.applied(scope), self.applied(scope)
                return [f"x = nn.cond(True, lambda self, x: {one}, lambda self, x: {two}, self, x)"]
            case "local mode":
                name = self.fresh("mode")
                lines = [f"{name} = {self.mode(scope)}"]
                scope.modes.append(name)
                return lines
            case "helper function":
                name, mode = self.fresh("helper"), self.fresh("flag")
                inner = scope.inner(modes=[mode], rates=[], counts=[], streams=[], children=[])
                lines = self.body(replace(inner, compact=scope.compact), depth + 1, 2)
                if not scope.compact:
                    lines = self.draw(Scope(modes=[mode], compact=False))
                default = c.pick(("", "=False", "=True"))
                head = f"def {name}(self, x, {mode}{default}):"
                self.functions.append("\n".join([head, *indented(lines), "    return x"]))
                value = "" if default and c.chance(50) else f", {self.mode(scope)}"
                return [f"x = {name}(self, x{value})"]
            case "rebound mode":
                name = c.pick(scope.modes)
                if not name.isidentifier():
                    name = self.fresh("mode")
                lines = [f"{name} = {self.mode(scope)}"]
                if depth == 0 or name in scope.modes:
                    scope.modes.append(name)
                return lines
            case "loop over modes":
                name = self.fresh("mode")
                inner = scope.inner(loops=1, modes=[*scope.modes, name])
                over = c.pick(("(True, False)", f"({self.mode(scope)}, {self.mode(scope)})", "()", "[False]"))
                if c.chance(30):
                    return [f"for {name}, _ in enumerate({over}):", *indented(self.body(inner, depth + 1, 2))]
                return [f"for {name} in {over}:", *indented(self.body(inner, depth + 1, 2))]
            case "while":
                name = self.fresh("i")
                inner = scope.inner(loops=1, modes=[*scope.modes, f"({name} > 0)"])
                body = indented([*self.body(inner, depth + 1, 2), f"{name} += 1"])
                return [f"{name} = 0", f"while {name} < {self.count(scope)}:", *body]
            case "match":
                lines = [f"match bool({self.mode(scope)}):", "    case True:"]
                lines += indented(indented(self.body(scope.inner(), depth + 1, 2)))
                if c.chance(50):
                    lines += ["    case _:", *indented(indented(self.body(scope.inner(), depth + 1, 2)))]
                return lines
            case "with":
                return ["with jax.named_scope('part'):", *indented(self.body(scope.inner(), depth + 1, 2))]
            case "try":
                return ["try:", *indented(self.body(scope.inner(), depth + 1, 2)), "finally:", "    x = x + 0"]
            case "options":
                return self.options(scope)
            case "zip":
                return self.zipped(scope)
            case "reduce":
                return self.reduced(scope)
            case "lifted function":
                return self.lifted_function(scope)
            case "nn.while_loop":
                split = c.pick(
                    (
                        "",
                        ", split_rngs={'dropout': True}",
                        ", split_rngs={'params': True}",
                        ", split_rngs={'dropout': False, 'noise': True}",
                    )
                )
                axes = c.pick(("", ", carry_variables='batch_stats'"))
                step = f"lambda self, carry: (carry[0] + 1, {self.applied(scope, 'carry[1]')})"
                return [f"x = nn.while_loop(lambda self, carry: carry[0] < 2, {step}, self, (0, x){axes}{split})[1]"]
            case "variable":
                return self.variable(scope)
            case "factory":
                return self.factory(scope)
        raise AssertionError(kind)

    def draw(self, scope: Scope) -> list[str]:
        """Draws from a stream by hand."""
        stream = self.stream(scope)
        line = f"x = x + jax.random.normal(self.make_rng({stream}), x.shape)"
        match self.c.weighed((2, "guard"), (3, "mode"), (2, "plain"), (1, "both")):
            case "guard":
                self.c.note("has_rng")
                return [f"if self.has_rng({stream}):", f"    {line}"]
            case "mode":
                return [f"if {self.mode(scope)}:", f"    {line}"]
            case "both":
                self.c.note("has_rng")
                return [f"if {self.mode(scope)} and self.has_rng({stream}):", f"    {line}"]
        return [line]

    def applied(self, scope: Scope, x: str = "x") -> str:
        """A layer, called."""
        if scope.children and (not scope.compact or self.c.chance(50)):
            name, protocol = self.c.pick(scope.children)
            if name.startswith("{") or protocol.name == "=":
                return name.format(x=x)
            return self.child(scope, replace(protocol, methods=())).call.format(f=name, x=x)
        if not scope.compact:
            return f"nn.relu({x})"
        layer = self.layer(scope)
        return layer.call.format(f=layer.make, x=x)

    def several(self, scope: Scope) -> list[str]:
        """Layers in a list or a dict, gone through."""
        if not scope.compact:
            return [f"x = {self.applied(scope)}"]
        one = self.layer(scope)
        name = self.fresh("layers")
        match self.c.pick(("comprehension", "append", "dict")):
            case "comprehension":
                made = f"{name} = [{one.make} for _ in range({self.count(scope)})]"
                return [made, f"for layer in {name}:", f"    x = {one.call.format(f='layer', x='x')}"]
            case "append":
                return [
                    f"{name} = []",
                    f"for _ in range({self.count(scope)}):",
                    f"    {name}.append({one.make})",
                    f"for layer in {name}:",
                    f"    x = {one.call.format(f='layer', x='x')}",
                ]
        other = self.layer(scope)
        return [
            f"{name} = {{'a': {one.make}, 'b': {other.make}}}",
            f"x = {one.call.format(f=name + '[' + repr('a') + ']', x='x')}",
            f"x = {other.call.format(f=name + '[' + repr('b') + ']', x='x')}",
        ]

    def options(self, scope: Scope) -> list[str]:
        """Keyword arguments in a dict of their own."""
        if not scope.compact:
            return [f"x = {self.applied(scope)}"]
        protocol = self.c.pick(
            (DROPOUT, BATCH_NORM, *[known for known in self.known if optional(known) and known.argument])
        )
        if scope.by_row and not protocol.by_row:
            protocol = DROPOUT
        assert protocol.argument is not None
        name, key = self.fresh("options"), protocol.argument.name
        made = protocol.name + self.given(scope, protocol, 10)
        kind = self.c.pick(("display", "dict", "item", "update", "conditional", "positional"))
        match kind:
            case "display":
                lines = [f"{name} = {{{key!r}: {self.mode(scope)}}}"]
            case "dict":
                lines = [f"{name} = dict({key}={self.mode(scope)})"]
            case "item":
                lines = [f"{name} = {{}}", f"{name}[{key!r}] = {self.mode(scope)}"]
            case "update":
                lines = [f"{name} = {{{key!r}: {self.mode(scope)}}}", f"{name}.update({key}={self.mode(scope)})"]
            case "conditional":
                lines = [f"{name} = {{}}", f"if {self.mode(scope)}:", f"    {name} = {{{key!r}: {self.mode(scope)}}}"]
            case _:
                if protocol.argument.keyword_only:
                    return [f"x = {made}(x, {key}={self.mode(scope)})"]
                return [f"{name} = (x, {self.mode(scope)})", f"x = {made}(*{name})"]
        return [*lines, f"x = {made}(x, **{name})"]

    def zipped(self, scope: Scope) -> list[str]:
        """Layers gone through beside flags."""
        if not scope.compact:
            return [f"x = {self.applied(scope)}"]
        name, flag = self.fresh("layers"), self.fresh("flag")
        one, two = self.given(scope, DROPOUT, 5), self.given(scope, DROPOUT, 5)
        made = f"{name} = [nn.Dropout{one}, nn.Dropout{two}]"
        over = self.c.pick(
            (
                f"zip({name}, ({self.mode(scope)}, {self.mode(scope)}))",
                f"zip({name}[::-1], ({self.mode(scope)}, {self.mode(scope)}))",
                f"[(layer, {self.mode(scope)}) for layer in {name}[1:]]",
                f"[({name}[i], i == 0) for i in range(2)]",
                f"[({name}[i], {self.mode(scope)}) for i in range(2) if i > 0]",
                f"zip(reversed({name}), [False, {self.mode(scope)}])",
            )
        )
        return [made, f"for layer, {flag} in {over}:", f"    x = layer(x, deterministic={flag})"]

    def reduced(self, scope: Scope) -> list[str]:
        """Layers run one after the other by ``functools.reduce``, or picked out of a list."""
        if not scope.compact:
            return [f"x = {self.applied(scope)}"]
        layers = [self.layer(scope) for _ in range(2)]
        name = self.fresh("layers")
        lines = [f"{name} = [{', '.join(layer.make for layer in layers)}]"]
        if all(layer.bare for layer in layers) and self.c.chance(50):
            return [*lines, f"x = functools.reduce(lambda y, layer: layer(y), {name}, x)"]
        if self.c.chance(50):
            names = [self.fresh("layer") for _ in layers]
            lines.append(f"{', '.join(names)} = {name}")
            return [
                *lines,
                *(f"x = {layer.call.format(f=one, x='x')}" for one, layer in zip(names, layers, strict=True)),
            ]
        lines[0] = f"{name} = []"
        for layer in layers:
            lines.append(
                self.c.pick(
                    (f"{name}.append({layer.make})", f"{name} += [{layer.make}]", f"{name}.extend([{layer.make}])")
                )
            )
        return [
            *lines,
            f"x = {layers[0].call.format(f=name + '[0]', x='x')}",
            f"x = {layers[1].call.format(f=name + '[-1]', x='x')}",
        ]

    def lifted_function(self, scope: Scope) -> list[str]:
        """A lifted transform of a function that gets the Module itself."""
        c = self.c
        inner = self.applied(scope.inner(by_row=True, children=[]), "y")
        split = c.pick(
            ("{'params': True, 'dropout': True}", "{'params': True}", "{}", "{'params': False, 'noise': True}")
        )
        kind = c.pick(("remat", "jit", "vmap", "checkpoint"))
        c.note(f"nn.{kind}")
        options = ""
        if kind == "vmap":
            # The Module's other parameters stay outside: they have no axis to go along.
            options = f", variable_axes={c.pick(('{}', '{True: None}'))}, split_rngs={split}, in_axes=0"
            first, second = self.once(DROPOUT)
            inner = f"nn.Dropout{self.given(scope, DROPOUT, first)}(y{self.arguments(scope, DROPOUT, second)})"
        name = self.fresh("part")
        if c.chance(50):
            return [f"x = nn.{kind}(lambda self, y: {inner}{options})(self, x)"]
        decorator = f"@functools.partial(nn.{kind}{options})" if options or c.chance(50) else f"@nn.{kind}"
        return [decorator, f"def {name}(self, y):", f"    return {inner}", f"x = {name}(self, x)"]

    def variable(self, scope: Scope) -> list[str]:
        """A variable of a collection of its own, perhaps written to."""
        name = self.fresh("cache")
        start = self.c.pick(
            ("jnp.zeros, ()", "lambda: jnp.zeros(())", "lambda: jax.random.normal(self.make_rng('noise'), ())")
        )
        if not scope.compact or scope.loops:
            return self.draw(scope)
        lines = [f"{name} = self.variable('cache', {name!r}, {start})"]
        match self.c.pick(("read", "write", "guard", "mode")):
            case "read":
                lines.append(f"x = x + {name}.value")
            case "write":
                lines.append(f"{name}.value = {name}.value + 1")
            case "guard":
                lines += ["if self.is_mutable_collection('cache'):", f"    {name}.value = {name}.value + 1"]
            case "mode":
                lines += [f"if {self.mode(scope)}:", f"    {name}.value += 1"]
        return lines

    def factory(self, scope: Scope) -> list[str]:
        """A function that makes layers."""
        c = self.c
        name, mode = self.fresh("make"), self.fresh("flag")
        rate = self.fresh("rate")
        inner = Scope(modes=[mode], rates=[rate], itself=False)
        protocol = c.pick((DROPOUT, BATCH_NORM))
        first, second = self.once(protocol)
        made = protocol.name + self.given(inner, protocol, first)
        head = f"def {name}({mode}{c.pick(('', '=True', '=None'))}, {rate}=0.5):"
        given = f"({self.mode(scope)})" if "=" not in head.split(",")[0] or c.chance(50) else "()"
        if c.chance(40):
            body = [
                f"if {self.mode(inner)}:",
                f"    return {protocol.name}{self.given(inner, protocol, first)}",
                f"return {made}",
            ]
        else:
            body = [f"return {made}"]
        self.functions.append("\n".join([head, *indented(body)]))
        return [f"x = {name}{given}(x{self.arguments(scope, protocol, second)})"]

    # --- Modules ---------------------------------------------------------------------------------------------------

    def module(self, last: bool) -> None:
        """One more Module."""
        c = self.c
        name = "Net" if last else f"Part{len(self.known)}"
        bases = [known for known in self.known if not known.pair]
        if bases and c.chance(12):
            self.inherited(name, c.pick(bases))
            return
        compact = not c.chance(35)
        pair = compact and not last and c.chance(15)
        by_row = not last and c.chance(50)
        c.note("compact" if compact else "setup")
        fields = self.fields()
        argument = self.argument()
        header = [f"class {name}(nn.Module):"]
        scope = Scope(compact=compact, by_row=by_row)
        for item in fields:
            types = {
                "mode": "bool | None",
                "rate": "float",
                "flag": "bool",
                "count": "int",
                "stream": "str",
                "child": "nn.Module",
                "layer": "Any",
            }
            header.append(f"    {item.name}: {types[item.kind]}" + (f" = {item.default}" if item.default else ""))
            match item.kind:
                case "mode" | "flag":
                    scope.modes.append(f"self.{item.name}")
                case "rate":
                    scope.rates.append(f"self.{item.name}")
                case "count":
                    scope.counts.append(f"self.{item.name}")
                case "stream":
                    scope.streams.append(f"self.{item.name}")
                case "child":
                    assert item.child is not None
                    scope.children.append((f"self.{item.name}", item.child))
                case "layer":
                    assert item.child is not None
                    if compact:
                        scope.children.append((f"self.{item.name}()", item.child))
        if c.chance(10):
            c.note("class attribute")
            header.append(f"    scale = {c.pick(RATES)}")
            scope.rates.append("self.scale")
        if c.chance(10):
            c.note("property")
            header += ["    @property", "    def on(self):", f"        return {self.mode(scope.inner())}"]
            scope.modes.append("self.on")
        if c.chance(6):
            c.note("post_init")
            mine = next((item.name for item in fields if item.kind == "mode" and item.default == "None"), None)
            if mine:
                header += [
                    "    def __post_init__(self):",
                    f"        if self.{mine} is None:",
                    f"            self.{mine} = {c.pick(('True', 'False'))}",
                    "        super().__post_init__()",
                ]
        if not compact:
            header += self.setup(scope)
        if argument:
            scope.modes += [argument.name] * 2
        lines: list[str] = []
        if argument:
            lines += self.merged(scope, fields, argument)
        signature = signed(argument)
        if argument and argument.default and not pair and c.chance(6):
            c.note("**kwargs")
            signature = "self, x, **kwargs"
            lines.insert(0, f"{argument.name} = kwargs.{c.pick(('get', 'pop'))}({argument.name!r}, {argument.default})")
            argument = argument._replace(keyword_only=True)
        if pair:
            signature = "self, x, _" + signature.removeprefix("self, x")
        decorators = ["    @nn.compact"] if compact else []
        if not pair and c.chance(8):
            c.note("decorated method")
            split = c.pick(
                ("{'params': True, 'dropout': True}", "{'params': True}", "{'params': False, 'noise': True}")
            )
            options = ["@nn.remat", "@nn.jit"]
            if argument is not None:
                if not argument.default and not argument.keyword_only and c.chance(70):
                    argument = argument._replace(by_position=True)
                    options = ["@functools.partial(nn.remat, static_argnums=(1,))"]
            elif by_row:
                options += [
                    f"@functools.partial(nn.vmap, variable_axes={{'params': 0, 'batch_stats': 0}}, split_rngs={split})"
                ] * 2
            decorators.insert(0, f"    {c.pick(options)}")
            by_row = by_row and "nn.vmap" not in decorators[0]
        methods: tuple[str, ...] = ()
        body = self.body(scope)
        extra: list[str] = []
        if not compact and not pair and c.chance(35):
            methods = ("encode",)
            extra = [f"    def encode({signed(argument)}):"]
            inner = Scope(
                modes=[
                    mode for mode in scope.modes if mode.startswith("self.") or (argument and mode == argument.name)
                ],
                rates=scope.rates,
                counts=scope.counts,
                streams=scope.streams,
                children=scope.children,
                compact=False,
            )
            extra += indented(indented([*self.body(inner), "return x"]))
            if c.chance(50):
                c.note("helper method")
                value = self.arguments(scope, Protocol("", argument=argument), 70) if argument else ""
                body.append(f"x = self.encode(x{value})")
        if pair:
            body = [line.replace("return x", "return x, None") for line in body]
        returned = "return x, None" if pair else "return x"
        text = [
            *header,
            *decorators,
            f"    def __call__({signature}):",
            *indented(indented([*lines, *body, returned])),
            *extra,
        ]
        self.finish(text)
        self.known.append(Protocol(name, fields, argument, by_row, pair, methods))

    def finish(self, text: list[str]) -> None:
        self.texts += [*self.functions, "\n".join(text)]
        self.functions = []

    def fields(self) -> tuple[Field, ...]:
        """Attributes, those without a default first."""
        c = self.c
        found: list[Field] = []
        if c.chance(60):
            found.append(Field(c.pick(MODES), "mode", c.weighed((5, "None"), (1, "False"), (1, "True"), (1, ""))))
        if c.chance(30):
            found.append(Field("rate", "rate", c.weighed((3, "0.5"), (2, "0.0"), (1, "1.0"), (2, ""))))
        if c.chance(20):
            found.append(Field("flag", "flag", c.pick(("True", "False", ""))))
        if c.chance(20):
            found.append(Field("n", "count", c.pick(("2", "0", "1", "3", ""))))
        if c.chance(10):
            found.append(Field("stream", "stream", c.pick(("'noise'", "'dropout'"))))
        if c.chance(15):
            c.note("child as attribute")
            child = c.pick((DROPOUT, BATCH_NORM, *[known for known in self.known if not known.pair and known.by_row]))
            found.append(Field("child", "child", "", child))
        if c.chance(10):
            c.note("template as attribute")
            child = c.pick((DROPOUT, BATCH_NORM, *[known for known in self.known if not known.pair and known.by_row]))
            found.append(Field("layer", "layer", "", child))
        return tuple(sorted(found, key=lambda item: bool(item.default)))

    def argument(self) -> Argument | None:
        """The mode that a call takes."""
        c = self.c
        if c.chance(25):
            return None
        name = c.pick(MODES)
        default = c.weighed((4, ""), (2, "False"), (2, "True"), (4, "None"))
        return Argument(name, default, c.chance(15))

    def merged(self, scope: Scope, fields: tuple[Field, ...], argument: Argument) -> list[str]:
        """An attribute and a parameter put together."""
        c = self.c
        own = [item.name for item in fields if item.kind == "mode"]
        if not own or not c.chance(60):
            return []
        mine, given = f"self.{own[0]}", argument.name
        kind = c.weighed((5, "merge_param"), (1, "is none"), (1, "if"), (1, "or"), (1, "is not none"))
        c.note(kind if kind == "merge_param" else "merged by hand")
        match kind:
            case "merge_param":
                pair = c.pick((f"{mine}, {given}", f"{given}, {mine}", f"a={mine}, b={given}", f"b={mine}, a={given}"))
                name = f"'{given}'" if not pair.startswith(("a=", "b=")) or c.chance(50) else f"name='{given}'"
                where = c.pick((given, given, "merged"))
                if where == "merged":
                    scope.modes.append("merged")
                return [
                    f"{where} = {c.pick(('nn.merge_param', 'nn.merge_param', 'nn.module.merge_param'))}({name}, {pair})"
                ]
            case "is none":
                return [f"if {given} is None:", f"    {given} = {mine}"]
            case "if":
                return [f"{given} = {mine} if {given} is None else {given}"]
            case "is not none":
                return [f"{given} = {given} if {given} is not None else {mine}"]
        return [f"{given} = {given} or {mine}"]

    def setup(self, scope: Scope) -> list[str]:
        """``setup``, and what it leaves for ``__call__``."""
        c = self.c
        inside = scope.inner(compact=True, children=[])
        lines = []
        for _ in range(1 + c.number(3)):
            name = self.fresh("sub")
            layer = self.layer(inside)
            match c.weighed((6, "plain"), (2, "list"), (1, "dict"), (1, "setattr"), (1, "branch")):
                case "plain":
                    lines.append(f"self.{name} = {layer.make}")
                    self.offer(scope, f"self.{name}", layer)
                case "list":
                    c.note("list in setup")
                    count = self.c.pick(("1", "2", "3"))
                    lines.append(f"self.{name} = [{layer.make} for _ in range({count})]")
                    self.offer(scope, f"self.{name}[{c.pick(('0', '-1'))}]", layer)
                case "dict":
                    c.note("dict in setup")
                    lines.append(f"self.{name} = {{'a': {layer.make}}}")
                    self.offer(scope, f"self.{name}['a']", layer)
                case "setattr":
                    c.note("setattr in setup")
                    lines += ["for i in range(2):", f"    setattr(self, f'{name}_{{i}}', {layer.make})"]
                    self.offer(scope, f"getattr(self, f'{name}_{{{{{c.pick(('0', '1'))}}}}}')", layer)
                case "branch":
                    c.note("branch in setup")
                    self.layer(inside)  # (drawn, so that later draws stay what they were)
                    lines += [
                        f"if {self.mode(inside)}:",
                        f"    self.{name} = {layer.make}",
                        "else:",
                        f"    self.{name} = {layer.make}",
                    ]
                    self.offer(scope, f"self.{name}", layer)
        return ["    def setup(self):", *indented(indented(lines))]

    def offer(self, scope: Scope, name: str, layer: Layer) -> None:
        """What setup has made can be called."""
        scope.children.append((layer.call.replace("{f}", name), Protocol("=")))

    def inherited(self, name: str, base: Protocol) -> None:
        """A Module that inherits from another of the program's own."""
        c = self.c
        c.note("inheritance")
        header = [f"class {name}({base.name}):"]
        fields = list(base.fields)
        own = [item for item in fields if item.default and item.kind in {"mode", "rate", "flag"}]
        if own and c.chance(50):
            item = c.pick(own)
            default = {"mode": ("None", "False", "True"), "rate": ("0.5", "0.0"), "flag": ("True", "False")}[item.kind]
            changed = item._replace(default=c.pick(default))
            types = {"mode": "bool | None", "rate": "float", "flag": "bool"}
            header.append(f"    {item.name}: {types[item.kind]} = {changed.default}")
            fields[fields.index(item)] = changed
        scope = Scope(modes=[f"self.{item.name}" for item in fields if item.kind == "mode"], compact=True)
        lines: list[str] = []
        argument = base.argument
        if c.chance(70):
            c.note("super().__call__")
            argument = self.argument() if c.chance(30) else base.argument
            if argument:
                scope.modes += [argument.name] * 2
            call = f"x = super().__call__(x{self.arguments(scope, base)})"
            lines = ["    @nn.compact", f"    def __call__({signed(argument)}):", f"        {call}"]
            lines += indented(
                indented([*(self.statement(replace(scope, by_row=base.by_row), 1) if c.chance(40) else []), "return x"])
            )
        self.finish([*header, *(lines or ["    pass"])])
        self.known.append(replace(base, name=name, fields=tuple(fields), argument=argument))

    # --- the run ---------------------------------------------------------------------------------------------------

    def program(self) -> Program:
        """The whole program."""
        c = self.c
        for _ in range(c.number(4)):
            self.module(last=False)
        self.module(last=True)
        net = self.known[-1]
        before, lines = self.run(net)
        parts = [
            HEADER,
            *self.texts,
            *before,
            "\n".join(["def run(params, batch_stats, cache=None):", *indented(lines)]),
        ]
        text = "\n\n".join(parts) + "\n"
        mode = "" if net.argument is None else "*" if net.argument.by_position else net.argument.name
        return Program(text, mode, tuple(c.constructs), tuple(c.made))

    def run(self, net: Protocol) -> tuple[list[str], list[str]]:
        """What is judged."""
        c = self.c
        lines = []
        scope = Scope(itself=False)
        if c.chance(60):
            lines.append(f"train = {c.pick(('True', 'False'))}")
            scope.modes = ["train", "train"]
        lines.append(f"model = {net.name}{self.given(scope, net)}")
        kind = c.weighed(
            (12, "apply"),
            (2, "method"),
            (2, "bind"),
            (2, "nn.apply"),
            (2, "partial"),
            (2, "TrainState"),
            (2, "jax.jit"),
            (2, "wrapper"),
        )
        if kind == "method" and not net.methods:
            kind = "apply"
        c.note(f"form: {kind}")
        arguments = self.arguments(scope, net, 60)
        rngs = self.rngs(scope, bare=kind not in {"bind"})
        mutable = self.mutable(scope) if kind not in {"jax.jit"} else ""
        variables = self.variables()
        lines.append(f"variables = {variables}")
        options = "".join(f", {part}" for part in (rngs, mutable) if part)
        before: list[str] = []
        match kind:
            case "apply":
                lines.append(f"return model.apply(variables, X{arguments}{options})")
            case "method":
                method = c.pick(("'encode'", f"{net.name}.encode", "model.encode"))
                lines.append(f"return model.apply(variables, X{arguments}{options}, method={method})")
            case "bind":
                lines.append(f"bound = model.bind(variables{options})")
                lines.append(f"return bound(X{arguments})")
            case "nn.apply":
                inner = f", {mutable}" if mutable else ""
                lines += ["def forward(module, x):", f"    return module(x{arguments})"]
                lines.append(f"return nn.apply(forward, model{inner})(variables, X{', ' + rngs if rngs else ''})")
            case "partial":
                first, second = options, ""
                if c.chance(50):
                    first, second = f", {rngs}" if rngs else "", f", {mutable}" if mutable else ""
                lines.append(f"step = functools.partial(model.apply{first})")
                lines.append(f"return step(variables, X{arguments}{second})")
            case "TrainState":
                lines.append("state = TrainState.create(apply_fn=model.apply, params=params, tx=optax.sgd(0.1))")
                carried = variables.replace("params}", "state.params}").replace("params,", "state.params,")
                lines.append(f"return state.apply_fn({carried}, X{arguments}{options})")
            case "jax.jit":
                static = ""
                if net.argument is not None and f"{net.argument.name}=" in arguments and c.chance(50):
                    static = f", static_argnames={net.argument.name!r}"
                elif net.argument is not None and arguments and "=" not in arguments and c.chance(50):
                    static = ", static_argnums=(2,)"
                match c.pick(("whole", "step", "flagged step")):
                    case "whole":
                        lines.append(f"return jax.jit(model.apply{static})(variables, X{arguments}{options})")
                    case "step":
                        lines += ["@jax.jit", "def step(variables, x):"]
                        lines.append(f"    return model.apply(variables, x{arguments}{options})")
                        lines.append("return step(variables, X)")
                    case "flagged step":
                        decorator = c.pick(
                            (
                                "@jax.jit",
                                "@functools.partial(jax.jit, static_argnames='flag')",
                                "@functools.partial(jax.jit, static_argnums=2)",
                            )
                        )
                        value = ", flag" if net.argument is not None else ""
                        if net.argument is not None and not net.argument.by_position:
                            value = f", {net.argument.name}=flag"
                        lines += [decorator, "def step(variables, x, flag):"]
                        lines.append(f"    return model.apply(variables, x{value}{options})")
                        lines.append(f"return step(variables, X, {self.mode(scope)})")
            case "wrapper":
                value = ""
                if net.argument is not None:
                    value = f", {c.pick(('flag', 'not flag'))}"
                    if not net.argument.by_position:
                        value = f", {net.argument.name}={value[2:]}"
                default = c.pick(("", "=False"))
                before.append(
                    "\n".join(
                        [
                            f"def forward(model, variables, x, flag{default}):",
                            f"    return model.apply(variables, x{value}{options.replace('train', 'flag')})",
                        ]
                    )
                )
                given = "" if default and c.chance(40) else f", {self.mode(scope)}"
                lines.append(f"return forward(model, variables, X{given})")
        return before, lines

    def rngs(self, scope: Scope, bare: bool) -> str:
        """The ``rngs`` of a run, "" for none."""
        c = self.c
        key = "jax.random.key(0)"
        flag = self.mode(scope)
        forms = [
            "",
            "",
            f"rngs={{'dropout': {key}}}",
            f"rngs={{'dropout': {key}}}",
            f"rngs={{'dropout': {key}, 'noise': {key}}}",
            f"rngs=dict(dropout={key})",
            f"rngs={{**{{'dropout': {key}}}, 'noise': {key}}}",
            f"rngs={{'params': {key}}}",
            f"rngs={{'drop_out': {key}}}",
            f"rngs={{'noise': {key}}}",
            "rngs={}",
            "rngs=None",
            f"rngs={{'dropout': {key}}} if {flag} else {{}}",
            f"rngs={{'dropout': {key}}} if {flag} else None",
        ]
        if bare:
            forms += [f"rngs={key}"]
        form = c.pick(forms)
        c.note(f"rngs: {form.replace(key, 'key').replace(flag, '...') if form else 'absent'}")
        return form

    def mutable(self, scope: Scope) -> str:
        """The ``mutable`` of a run, "" for none."""
        c = self.c
        form = c.weighed(
            (10, ""),
            (4, "mutable=['batch_stats']"),
            (1, "mutable=False"),
            (1, "mutable='batch_stats'"),
            (1, "mutable=('batch_stats', 'cache')"),
            (1, "mutable=[]"),
            (1, "mutable=['intermediates']"),
            (1, "mutable=nn.DenyList('params')"),
            (1, "mutable=['batch_stats'] if ... else False"),
            (1, "mutable=['batch_stats'] if ... else []"),
        )
        c.note(form or "mutable: absent")
        return form.replace("...", self.mode(scope)) if "..." in form else form

    def variables(self) -> str:
        """The variables of a run."""
        return self.c.weighed(
            (6, "{'params': params, 'batch_stats': batch_stats}"),
            (3, "{'params': params, 'batch_stats': batch_stats, 'cache': cache}"),
            (1, "{'params': params, **({'batch_stats': batch_stats} if True else {})}"),
            (1, "{'params': params}"),
            (1, "dict(params=params, batch_stats=batch_stats)"),
            (1, "{'batch_stats': batch_stats, **{'params': params}}"),
        )


def signed(argument: Argument | None) -> str:
    """The parameters of ``__call__``."""
    if argument is None:
        return "self, x"
    star = "*, " if argument.keyword_only else ""
    return f"self, x, {star}{argument.name}" + (f"={argument.default}" if argument.default else "")


def optional(protocol: Protocol) -> bool:
    """Whether it can be called without a mode."""
    return not protocol.pair and (protocol.argument is None or bool(protocol.argument.default))


def indented(lines: list[str]) -> list[str]:
    return textwrap.indent("\n".join(lines), "    ").splitlines()


def program(seed: int) -> Program:
    """The program of a seed."""
    return Writer(Choices(seed)).program()


def replayed(choices: Sequence[int]) -> Program:
    """The program that these choices make."""
    return Writer(Choices(0, choices)).program()
