"""Terms, conditions and contracts in words, for messages and for whoever wants to see what is believed."""

from __future__ import annotations

import os

from . import conditions as c
from . import terms as t
from .conditions import Cond
from .effects import Draw, Dropped, Effect, Entry, Invoke, Merge, Opaque, Test, Update, Use
from .terms import Place, Term


def term(value: Term) -> str:
    """A term as Python would write it, as far as that is possible."""
    match value:
        case t.Const(value=constant):
            return repr(constant)
        case t.Param(name=name):
            return name.removeprefix(t.MADE_WITH)
        case t.Tracer(name=name):
            return name
        case t.Self():
            return "self"
        case t.Get(of=of, name=name):
            return f"{term(of)}.{name}"
        case t.Item(of=of, index=index):
            return f"{term(of)}[{term(index)}]"
        case t.Element(of=of):
            return f"any of {term(of)}"
        case t.Lookup(of=of, key=key):
            return f"{term(of)}[{term(key)}]"
        case t.Truthy(cond=held):
            return cond(held)
        case t.Choice(test=test, then=then, otherwise=otherwise):
            return f"({term(then)} if {cond(test)} else {term(otherwise)})"
        case t.Instance(owner=owner) | t.Self(owner=owner):
            return f"{_last(owner.name)}(...)"
        case t.ClassRef(key=key):
            return _last(key.name)
        case t.FunctionRef(qualname=qualname):
            return qualname
        case t.ForeignRef(dotted=dotted):
            return dotted
        case t.Applied(func=func):
            return f"{term(func)}(...)"
        case t.Bound(of=of, function=function):
            return f"{term(of)}.{function.qualname.rpartition('.')[2]}"
        case t.Items(elements=elements):
            return f"[{', '.join(map(term, elements))}]"
        case t.Mapping(entries=entries, rest=rest):
            inner = [f"{term(key)}: {term(item)}" for key, item in entries]
            return "{" + ", ".join(inner + (["..."] if rest is not None else [])) + "}"
        case t.Some(kind=kind):
            return kind or "something"
        case t.Lifted(transform=transform, target=target):
            return f"nn.{transform.qualname}({term(target)})"
    return "?"


def cond(value: Cond) -> str:
    """A condition as Python would write it."""
    match value:
        case c.Always(value=held):
            return "always" if held else "never"
        case c.Maybe():
            return "maybe"
        case c.Not(operand=c.Missing(of=of)):
            return f"{term(of)} is not None"
        case c.Not(operand=c.Equals(of=of, value=constant)):
            return f"{term(of)} != {term(constant)}"
        case c.Not(operand=c.Below(of=of, bound=bound, or_equal=or_equal)):
            return f"{term(of)} {'>' if or_equal else '>='} {bound}"
        case c.Not(operand=operand):
            return f"not {cond(operand)}"
        case c.Truth(of=of):
            return term(of)
        case c.Missing(of=of):
            return f"{term(of)} is None"
        case c.Equals(of=of, value=constant):
            return f"{term(of)} == {term(constant)}"
        case c.Below(of=of, bound=bound, or_equal=or_equal):
            return f"{term(of)} {'<=' if or_equal else '<'} {bound}"
        case c.State(kind=kind, name=name):
            return f"{kind} {name!r}" if name else kind
        case c.Both(operands=operands):
            return " and ".join(f"({cond(part)})" if isinstance(part, c.Either) else cond(part) for part in operands)
        case c.Either(operands=operands):
            return " or ".join(f"({cond(part)})" if isinstance(part, c.Both) else cond(part) for part in operands)
    return "?"


def place(value: Place) -> str:
    """``layers.py:12``."""
    return f"{os.path.basename(value.path)}:{value.line}"


def effect(value: Effect) -> str:
    """What is asked, when, by whom and where."""
    comma = "," * isinstance(value, Merge)  # the last part of an enumeration
    return f"{asked(value)}{comma} if {cond(value.cond)}  [{value.what} at {place(value.place)}]"


def asked(value: Effect) -> str:
    """What is asked: ``draws 'dropout'``."""
    match value:
        case Draw(stream=stream):
            served = [name for name, passes in value.served_by() if passes != c.NEVER]
            return f"draws {term(stream)}" + ("" if served else " (which a lifted transform keeps out)")
        case Update(collection=collection):
            return f"updates {term(collection)}"
        case Use(collection=collection):
            return f"needs {term(collection)}"
        case Merge(name=name, attribute=attribute, argument=argument):
            return f"wants {term(name)} once, of {term(attribute)} and {term(argument)}"
        case Test(test=test):
            return f"asks in Python for {cond(test)}"
        case Invoke(func=func):
            return f"calls {term(func)}"
        case Entry(how=how, model=model, method=method):
            return f"runs {term(model)}.{how} ({method or 'a function'})"
        case Dropped(names=names, transform=transform):
            return f"gives {', '.join(names)} to nn.{transform}, which drops it"
        case Opaque():
            return "runs what cannot be followed"
    return "does something"


def _last(name: str) -> str:
    return name.rpartition(":")[0].rpartition(".")[2]
