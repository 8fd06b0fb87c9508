"""Whole programs: the Modules, and the one run that is judged."""

from __future__ import annotations

from typing import NamedTuple

from .modules import Modules
from .vocabulary import Protocol, Scope, indented

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


class Program(NamedTuple):
    """A program.

    Attributes:
        text: its source.
        constructs: what it is made of, to count by.
        choices: those that made it.
    """

    text: str
    constructs: tuple[str, ...]
    choices: tuple[int, ...]


class Writer(Modules):
    """Writes a program."""

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
        return Program(text, tuple(c.constructs), tuple(c.made))

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
                variables = variables.replace("params}", "state.params}").replace("params,", "state.params,")
                lines.append(f"return state.apply_fn({variables}, X{arguments}{options})")
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
