"""Layers, made and called."""

from __future__ import annotations

from dataclasses import replace

from .expressions import Expressions
from .vocabulary import BATCH_NORM, DROPOUT, Field, Layer, Protocol, Scope, indented, optional


class Layers(Expressions):
    """Writes layers."""

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
