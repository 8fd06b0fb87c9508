"""Ways to use layers that take several statements."""

from __future__ import annotations

from .layers import Layers
from .vocabulary import BATCH_NORM, DROPOUT, Scope, indented, optional


class Idioms(Layers):
    """Writes idioms."""

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
