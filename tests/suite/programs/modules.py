"""Modules."""

from __future__ import annotations

from dataclasses import replace

from .statements import Statements
from .vocabulary import BATCH_NORM, DROPOUT, MODES, RATES, Argument, Field, Layer, Protocol, Scope, indented, signed


class Modules(Statements):
    """Writes classes."""

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
        vmapped = False
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
            vmapped = "nn.vmap" in decorators[0]
            by_row = by_row and not vmapped
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
        self.known.append(Protocol(name, fields, argument, by_row, pair, methods, vmapped))

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
            more = not base.vmapped and c.chance(40)
            further = self.statement(replace(scope, by_row=base.by_row), 1) if more else []
            lines += indented(indented([*further, "return x"]))
        self.finish([*header, *(lines or ["    pass"])])
        methods = base.methods if argument == base.argument else ()
        self.known.append(replace(base, name=name, fields=tuple(fields), argument=argument, methods=methods))
