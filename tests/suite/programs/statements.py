"""Statements on ``x``."""

from __future__ import annotations

from dataclasses import replace

from .idioms import Idioms
from .vocabulary import Scope, indented


class Statements(Idioms):
    """Writes bodies of functions."""

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
