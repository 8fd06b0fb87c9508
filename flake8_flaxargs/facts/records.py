"""The facts of one file: imports, classes, functions and their bodies as small records that can be cached.

The body records are a reduced Python syntax: what decides how a value flows (names, attributes, calls, conditions,
branches) is kept apart; what does not (arithmetic, subscripts) keeps only its operands. Positions are 1-based lines
and 0-based code-point columns, and always those of the node's first character.
"""

from __future__ import annotations

from typing import Literal

import msgspec


class Node(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A piece of a body: where it starts."""

    line: int
    column: int


# --- expressions ---------------------------------------------------------------------------------------------------


class Name(Node, frozen=True, tag="n"):
    """A name that is read, or bound where it stands in a target."""

    id: str


class Attribute(Node, frozen=True, tag="a"):
    value: Expression
    attr: str


class Constant(Node, frozen=True, tag="c"):
    """A literal. ``exact`` is False where the value is not kept (bytes, complex, ``...``, huge numbers, long text):
    it is then a value that is not None and of which nothing else is known."""

    value: bool | int | float | str | None
    exact: bool = True


class Keyword(Node, frozen=True):
    """``name=value`` of a call or class statement; ``name`` is None for ``**value``."""

    name: str | None
    value: Expression


class Call(Node, frozen=True, tag="k"):
    func: Expression
    args: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]


class BoolOp(Node, frozen=True, tag="b"):
    operator: Literal["and", "or"]
    values: tuple[Expression, ...]


class Not(Node, frozen=True, tag="!"):
    operand: Expression


class Compare(Node, frozen=True, tag="<"):
    """``left op comparators[0] op ...``; operators as Python writes them (``is not``, ``==``)."""

    left: Expression
    operators: tuple[str, ...]
    comparators: tuple[Expression, ...]


class IfExp(Node, frozen=True, tag="?"):
    test: Expression
    body: Expression
    orelse: Expression


class Walrus(Node, frozen=True, tag=":"):
    name: str
    value: Expression


class Display(Node, frozen=True, tag="d"):
    """A tuple, list or set display."""

    kind: Literal["tuple", "list", "set"]
    elements: tuple[Expression, ...]


class DictDisplay(Node, frozen=True, tag="D"):
    """A dict display; a key is None for ``**value``."""

    keys: tuple[Expression | None, ...]
    values: tuple[Expression, ...]


class Subscript(Node, frozen=True, tag="s"):
    value: Expression
    index: Expression


class Slice(Node, frozen=True, tag=".."):
    """``lower:upper:step`` of a subscript."""

    lower: Expression | None
    upper: Expression | None
    step: Expression | None


class Starred(Node, frozen=True, tag="*"):
    value: Expression


class Lambda(Node, frozen=True, tag="l"):
    parameters: tuple[Parameter, ...]
    body: Expression


class Generator(Node, frozen=True):
    """One ``for target in iterable if conditions`` of a comprehension."""

    target: Expression
    iterable: Expression
    conditions: tuple[Expression, ...]


class Comprehension(Node, frozen=True, tag="o"):
    """``elements`` is one expression, or key and value of a dict comprehension."""

    kind: Literal["list", "set", "dict", "generator"]
    elements: tuple[Expression, ...]
    generators: tuple[Generator, ...]


class Computed(Node, frozen=True, tag="+"):
    """Arithmetic, an f-string: a value made of ``operands`` that is never None.

    ``operator`` is ``~`` for what Python's ``not`` is often mistaken for, ``f`` for an f-string, whose literal pieces
    are among the operands; "" for all others.
    """

    operands: tuple[Expression, ...]
    operator: Literal["", "~", "f"] = ""


class Opaque(Node, frozen=True, tag="_"):
    """Anything else (``await``, ``yield``, slices, what is nested too deep).

    It reads ``operands``, no more is known.
    """

    operands: tuple[Expression, ...]


Expression = (
    Name
    | Attribute
    | Constant
    | Call
    | BoolOp
    | Not
    | Compare
    | IfExp
    | Walrus
    | Display
    | DictDisplay
    | Subscript
    | Slice
    | Starred
    | Lambda
    | Comprehension
    | Computed
    | Opaque
)


# --- statements ----------------------------------------------------------------------------------------------------


class Assign(Node, frozen=True, tag="="):
    """``targets[0] = ... = value``, also annotated."""

    targets: tuple[Expression, ...]
    value: Expression


class AugAssign(Node, frozen=True, tag="+="):
    target: Expression
    value: Expression


class ExpressionStatement(Node, frozen=True, tag="e"):
    value: Expression


class Return(Node, frozen=True, tag="r"):
    value: Expression | None


class Raise(Node, frozen=True, tag="R"):
    operands: tuple[Expression, ...]


class Assert(Node, frozen=True, tag="A"):
    test: Expression
    message: Expression | None


class Delete(Node, frozen=True, tag="del"):
    targets: tuple[Expression, ...]


class Branch(Node, frozen=True):
    """One ``if``/``elif`` or ``case``: its condition (None for an irrefutable case) and its body."""

    test: Expression | None
    body: tuple[Statement, ...]


class If(Node, frozen=True, tag="if"):
    """``if`` with its whole chain of ``elif``; a chain is flat however long it is."""

    branches: tuple[Branch, ...]
    orelse: tuple[Statement, ...]


class Loop(Node, frozen=True, tag="for"):
    """``for target in head`` or, where ``target`` is None, ``while head``."""

    target: Expression | None
    head: Expression
    body: tuple[Statement, ...]
    orelse: tuple[Statement, ...]


class WithItem(Node, frozen=True):
    context: Expression
    target: Expression | None


class With(Node, frozen=True, tag="with"):
    items: tuple[WithItem, ...]
    body: tuple[Statement, ...]


class Try(Node, frozen=True, tag="try"):
    body: tuple[Statement, ...]
    handlers: tuple[tuple[Statement, ...], ...]
    orelse: tuple[Statement, ...]
    final: tuple[Statement, ...]


class Match(Node, frozen=True, tag="match"):
    """``captures`` are the names that any of the patterns binds."""

    subject: Expression
    captures: tuple[str, ...]
    branches: tuple[Branch, ...]


class Jump(Node, frozen=True, tag="j"):
    kind: Literal["break", "continue"]


class LocalFunction(Node, frozen=True, tag="def"):
    function: FunctionFacts


class LocalBindings(Node, frozen=True, tag="imp"):
    """Imports and class statements inside a function: the names that they bind, and what a class's body reads."""

    names: tuple[str, ...]
    reads: tuple[Expression, ...] = ()


Statement = (
    Assign
    | AugAssign
    | ExpressionStatement
    | Return
    | Raise
    | Assert
    | Delete
    | If
    | Loop
    | With
    | Try
    | Match
    | Jump
    | LocalFunction
    | LocalBindings
)


# --- definitions ---------------------------------------------------------------------------------------------------


class Parameter(Node, frozen=True):
    name: str
    kind: Literal["positional-only", "positional", "var-positional", "keyword-only", "var-keyword"]
    default: Expression | None
    annotation: Expression | None


class FunctionFacts(Node, frozen=True):
    """A function or method.

    Attributes:
        line, column: of ``def`` (or ``async``), not of a decorator.
        end_line: the last line, 1-based, inclusive.
        name: its own name.
        qualname: dotted path from the module, ``<locals>`` as in ``__qualname__``.
        parameters: in an outline their names alone, without ``*args`` and ``**kwargs``.
        body: empty in an outline, and for a stub.
        stub: the body does nothing but state its docstring, ``...``, ``pass`` or ``raise``.
        returns: the annotation of what it returns; None in an outline.
    """

    end_line: int
    name: str
    qualname: str
    parameters: tuple[Parameter, ...]
    decorators: tuple[Expression, ...]
    body: tuple[Statement, ...]
    stub: bool
    returns: Expression | None = None


class FieldFacts(Node, frozen=True):
    """An annotated name of a class body, in order: what ``dataclasses`` makes a field of, unless it is a ClassVar."""

    name: str
    annotation: Expression
    default: Expression | None


class ClassFacts(Node, frozen=True):
    """A class statement.

    Attributes:
        line, column: of ``class``, not of a decorator.
        scope: the qualname of the scope that holds it ("" for the module).
        fields: annotated names, each with its last annotation, and as default the last value that the body binds it to.
        plain: the other names that the body binds by assignment or as a class, with their last value.
    """

    end_line: int
    name: str
    qualname: str
    scope: str
    bases: tuple[Expression, ...]
    keywords: tuple[Keyword, ...]
    decorators: tuple[Expression, ...]
    fields: tuple[FieldFacts, ...]
    plain: tuple[tuple[str, Expression], ...]
    methods: tuple[FunctionFacts, ...]


class Binding(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """How a scope binds a name.

    ``kind`` and what the other fields hold:

    - ``import``: the module ``module`` itself (``import a.b`` binds ``a``; ``import a.b as c`` binds ``a.b``).
    - ``from``: ``attr`` of ``module``, ``level`` dots before it. ``name`` is ``*`` for a star import.
    - ``class``, ``function``: ``module`` is the qualname.
    - ``assign``: ``value``, None where it is not an expression that can be followed.

    ``typing_only`` marks what is bound under ``if TYPE_CHECKING:``, which does not run.
    """

    name: str
    kind: Literal["import", "from", "class", "function", "assign"]
    module: str = ""
    attr: str = ""
    level: int = 0
    value: Expression | None = None
    typing_only: bool = False


class TopStatement(Node, frozen=True):
    """A statement of a module that is no definition and no import, with its last line."""

    end_line: int
    statement: Statement


class FileFacts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What one file says.

    Attributes:
        depth: ``outline`` holds module-level bindings and class headers; ``full`` holds all bodies and scopes.
        scopes: bindings of each scope by qualname, in order ("" is the module).
        classes, functions: by order of appearance; functions are the module's own, methods are in their class,
            nested functions in the body that defines them.
        exports: ``__all__`` where it is a plain list of strings.
        import_line: the 1-based line below which a new module-level import may stand (0: at the top).
        body: what the module runs besides definitions and imports, in order; empty in an outline.
    """

    depth: Literal["outline", "full"]
    scopes: dict[str, tuple[Binding, ...]]
    classes: tuple[ClassFacts, ...]
    functions: tuple[FunctionFacts, ...]
    exports: tuple[str, ...] | None
    import_line: int
    body: tuple[TopStatement, ...] = ()

    def all_functions(self) -> list[FunctionFacts]:
        """The module's functions and the methods of all classes."""
        return [*self.functions, *(method for owner in self.classes for method in owner.methods)]
