"""One pass over a syntax tree -> facts: imports, classes, parameters, bodies; their places; through msgpack."""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flake8_flaxargs.facts import records as r
from flake8_flaxargs.facts.reader import DEPTHS, Depth, read
from flake8_flaxargs.facts.store import FactsStore
from flake8_flaxargs.source import Source, SourceError

both_depths = pytest.mark.parametrize("depth", DEPTHS)


def facts(text: str, depth: Depth = "full") -> r.FileFacts:
    return read(Source("main.py", textwrap.dedent(text)), depth)


def bound(text: str, scope: str = "", depth: Depth = "full") -> list[tuple[object, ...]]:
    """The bindings of a scope: name, kind, module, attribute and dots."""
    bindings = facts(text, depth).scopes.get(scope, ())
    return [(known.name, known.kind, known.module, known.attr, known.level) for known in bindings]


def only_class(text: str, depth: Depth = "full") -> r.ClassFacts:
    (found,) = facts(text, depth).classes
    return found


def only_function(text: str) -> r.FunctionFacts:
    (found,) = facts(text).functions
    return found


def value_of(text: str) -> r.Expression:
    """The record of an expression."""
    (statement,) = only_function(f"def f():\n    return {text}").body
    assert isinstance(statement, r.Return)
    assert statement.value is not None
    return statement.value


def spelled(node: r.Expression | None) -> object:
    """A record in short: names dotted, constants as they are, subscripts and calls with what they hold."""
    match node:
        case r.Name(id=name):
            return name
        case r.Attribute(value=value, attr=attr):
            return f"{spelled(value)}.{attr}"
        case r.Constant(value=value, exact=exact):
            return value if exact else "?"
        case r.Subscript(value=value, index=index):
            return f"{spelled(value)}[{spelled(index)}]"
        case r.Call(func=func, args=args, keywords=keywords):
            parts = [str(spelled(arg)) for arg in args]
            parts += [f"{keyword.name or '**'}={spelled(keyword.value)}" for keyword in keywords]
            return f"{spelled(func)}({', '.join(parts)})"
        case r.Starred(value=value):
            return f"*{spelled(value)}"
        case None:
            return None
    return type(node).__name__


def nodes(value: Any) -> Iterator[r.Node]:
    """All records below one."""
    if isinstance(value, msgspec.Struct):
        if isinstance(value, r.Node):
            yield value
        for name in value.__struct_fields__:
            yield from nodes(getattr(value, name))
    elif isinstance(value, tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from nodes(part)


# --- imports and other bindings --------------------------------------------------------------------------------------


@both_depths
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a", [("a", "import", "a", "", 0)]),
        ("import a.b.c", [("a", "import", "a", "", 0)]),
        ("import a.b.c as d", [("d", "import", "a.b.c", "", 0)]),
        ("import a, b.c as d", [("a", "import", "a", "", 0), ("d", "import", "b.c", "", 0)]),
        ("from a import b", [("b", "from", "a", "b", 0)]),
        ("from a.b import c as d", [("d", "from", "a.b", "c", 0)]),
        ("from a import (b,\n  c as d)", [("b", "from", "a", "b", 0), ("d", "from", "a", "c", 0)]),
        ("from a import *", [("*", "from", "a", "*", 0)]),
        ("from . import a", [("a", "from", "", "a", 1)]),
        ("from ...a.b import c", [("c", "from", "a.b", "c", 3)]),
        ("def f(): ...", [("f", "function", "f", "", 0)]),
        ("async def f(): ...", [("f", "function", "f", "", 0)]),
        ("class A: ...", [("A", "class", "A", "", 0)]),
        ("A = B = c", [("A", "assign", "", "", 0), ("B", "assign", "", "", 0)]),
        ("A: type = c", [("A", "assign", "", "", 0)]),
        ("A: type", []),
        ("A.b = c\nA[0] = c\nA += c", []),
    ],
)
def test_bindings_of_a_module(text: str, expected: list[tuple[object, ...]], depth: Depth) -> None:
    assert bound(text, depth=depth) == expected


@both_depths
@pytest.mark.parametrize(
    "text",
    [
        "if x:\n    import a",
        "if x: pass\nelif y:\n    import a",
        "if x: pass\nelse:\n    import a",
        "for x in y:\n    import a",
        "while x: pass\nelse:\n    import a",
        "with x:\n    import a",
        "try:\n    import a\nfinally: pass",
        "try: pass\nexcept E:\n    import a",
        "try: pass\nexcept* E:\n    import a",
        "try: pass\nexcept E: pass\nelse:\n    import a",
        "try: pass\nfinally:\n    import a",
        "match x:\n    case 1:\n        import a",
        "if x:\n    try:\n        with y:\n            import a\n    except E: pass",
    ],
)
def test_bindings_under_conditions(text: str, depth: Depth) -> None:
    assert bound(text, depth=depth) == [("a", "import", "a", "", 0)]


def test_what_stands_in_for_something_else_comes_before_it() -> None:
    text = "try:\n    from a import X\nexcept ImportError:\n    from b import X\nif t:\n    Y = a\nelse:\n    Y = b"
    assert [module or name for name, _, module, *_ in bound(text)] == ["b", "a", "Y", "Y"]
    assert [spelled(binding.value) for binding in facts(text).scopes[""][2:]] == ["b", "a"]


@both_depths
def test_bindings_of_functions_have_their_own_scope(depth: Depth) -> None:
    text = """
        import a
        def f():
            import b
            def g():
                import c
                class A: ...
            class B(b.B):
                def m(self):
                    D: type = b.D
                    class C(D): ...
        """
    known = facts(text, depth)
    names = {scope: [binding.name for binding in bindings] for scope, bindings in known.scopes.items() if bindings}
    assert names == {
        "": ["a", "f"],
        "f.<locals>": ["b", "g", "B"],
        "f.<locals>.g.<locals>": ["c", "A"],
        "f.<locals>.B.m.<locals>": ["D", "C"],
    }
    assert {known.qualname: known.scope for known in known.classes} == {
        "f.<locals>.g.<locals>.A": "f.<locals>.g.<locals>",
        "f.<locals>.B": "f.<locals>",
        "f.<locals>.B.m.<locals>.C": "f.<locals>.B.m.<locals>",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("__all__ = ['a', 'b']", ("a", "b")),
        ("__all__ = ('a',)", ("a",)),
        ("__all__ = []", ()),
        ("__all__: list[str] = ['a']", ("a",)),
        ("__all__ = ['a']\n__all__ += ['b']", ("a", "b")),
        ("__all__ = ['a']\n__all__ += b.__all__", None),
        ("__all__ = ['a']\n__all__.append('b')", None),
        ("__all__ = ['a'] + b.__all__", None),
        ("__all__ = [*b.__all__]", None),
        ("__all__ = ['a', b]", None),
        ("__all__ = ['\\ud800']", None),
        ("def f():\n    __all__ = ['a']", None),
    ],
)
def test_exports(text: str, expected: tuple[str, ...] | None) -> None:
    assert facts(text).exports == expected


# --- functions -------------------------------------------------------------------------------------------------------


def test_every_kind_of_parameter() -> None:
    function = only_function("def f(a, b=1, /, c: int = 2, *d: str, e, g: 'A' = None, **h): ...")
    assert [
        (known.name, known.kind, spelled(known.default), spelled(known.annotation)) for known in function.parameters
    ] == [
        ("a", "positional-only", None, None),
        ("b", "positional-only", 1, None),
        ("c", "positional", 2, "int"),
        ("d", "var-positional", None, "str"),
        ("e", "keyword-only", None, None),
        ("g", "keyword-only", None, "A"),
        ("h", "var-keyword", None, None),
    ]
    assert [known.default is None for known in function.parameters] == [True, False, False, True, True, False, True]


@pytest.mark.parametrize(
    ("body", "stub"),
    [
        ("...", True),
        ("pass", True),
        ("'Says what it does.'", True),
        ("'Doc.'\n    raise NotImplementedError", True),
        ("raise NotImplementedError('x')", True),
        ("return x", False),
        ("x", False),
        ("'Doc.'\n    y = 1", False),
    ],
)
def test_stubs(body: str, stub: bool) -> None:
    assert only_function(f"def f(x):\n    {body}").stub is stub


def test_function_starts_at_def_and_knows_its_end_and_decorators() -> None:
    function = only_function("@a.b\n@c(1, d=2)\nasync def f(\n    x,\n):\n    return (\n        x\n    )\n")
    assert (function.line, function.column, function.end_line) == (3, 0, 8)
    assert [spelled(decorator) for decorator in function.decorators] == ["a.b", "c(1, d=2)"]


def test_calls_keep_how_their_arguments_are_given() -> None:
    call = value_of("m.f(1, *a, b=None, **c)(d)")
    assert spelled(call) == "m.f(1, *a, b=None, **=c)(d)"


def test_nested_functions_stand_in_the_body_that_defines_them() -> None:
    function = only_function("def f():\n    def g(x):\n        return x\n    return g")
    local = function.body[0]
    assert isinstance(local, r.LocalFunction)
    assert local.function.qualname == "f.<locals>.g"
    assert [known.qualname for known in facts("def f():\n    def g(): ...").functions] == ["f"]


# --- classes ---------------------------------------------------------------------------------------------------------


@both_depths
def test_class_header(depth: Depth) -> None:
    known = only_class("@d\n@e.f(g=1)\nclass A(nn.Module, Generic[T], *rest, kw_only=True, **more): ...", depth)
    assert (known.name, known.qualname, known.scope, known.line, known.column) == ("A", "A", "", 3, 0)
    assert [spelled(base) for base in known.bases] == ["nn.Module", "Generic[T]", "*rest"]
    assert [(keyword.name, spelled(keyword.value)) for keyword in known.keywords] == [("kw_only", True), (None, "more")]
    assert [spelled(decorator) for decorator in known.decorators] == ["d", "e.f(g=1)"]


@both_depths
@pytest.mark.parametrize(
    ("body", "fields", "plain"),
    [
        ("a: int", [("a", "int", None)], []),
        ("a: int = 1", [("a", "int", 1)], []),
        ("a: int = None", [("a", "int", "None!")], []),
        ("a = 1", [], [("a", 1)]),
        ("a = b = 1", [], [("a", 1), ("b", 1)]),
        ("a: int = 1\na = 2", [("a", "int", 2)], []),
        ("a = 2\na: int", [("a", "int", 2)], []),
        ("a: int = 1\nb: int = 2\na: str", [("a", "str", 1), ("b", "int", 2)], []),
        ("a: int\ndef a(self): ...", [("a", "int", "Opaque")], []),
        ("a: int\nclass a: ...", [("a", "int", "Opaque")], []),
        ("a: 'Optional[int]' = None", [("a", "Optional[int]", "None!")], []),
        ("a: ' int '", [("a", "int", None)], []),
        ("a: 'not python('", [("a", "not python(", None)], []),
        ("a: 'C[\\'x\\']'", [("a", "C[x]", None)], []),
        ("a: int = field(default=3, init=False)", [("a", "int", "field(default=3, init=False)")], []),
        ("if x:\n    a: int = 1\nelse:\n    b: int", [("a", "int", 1), ("b", "int", None)], []),
        ("try:\n    a: int\nexcept E:\n    b: int", [("a", "int", None), ("b", "int", None)], []),
        ("for a in b:\n    c: int = 1", [("c", "int", 1)], []),
        ("self.a: int = 1\n(b): int = 2", [("b", "int", 2)], []),
        ("class B: ...", [], [("B", "Opaque")]),
    ],
)
def test_annotated_and_plain_names_of_a_class(
    body: str, fields: list[tuple[object, ...]], plain: list[tuple[object, ...]], depth: Depth
) -> None:
    known = facts(f"class A:\n{textwrap.indent(body, '    ')}", depth).classes[-1]
    assert [
        (
            field.name,
            spelled(field.annotation),
            "None!" if field.default and spelled(field.default) is None else spelled(field.default),
        )
        for field in known.fields
    ] == fields
    assert [(name, spelled(value)) for name, value in known.plain] == plain


def test_annotation_inside_a_method_is_no_field() -> None:
    known = only_class("class A:\n    def setup(self):\n        self.a: int = 1\n        b: int = 2")
    assert known.fields == ()


def test_methods_and_nested_classes() -> None:
    text = """
        class A:
            def m(self): ...
            class B(C):
                def n(self): ...
            async def o(self): ...
            @p
            def m(self): ...
        """
    inner, outer = facts(text).classes
    assert (inner.qualname, inner.scope) == ("A.B", "A")
    assert [method.qualname for method in outer.methods] == ["A.m", "A.o", "A.m"]
    assert [method.qualname for method in inner.methods] == ["A.B.n"]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="PEP 695 is Python 3.12's")
def test_type_parameters_of_python_3_12() -> None:
    known = only_class("class A[T: int](Base[T]):\n    def m[U](self, x: U) -> T: ...")
    assert [spelled(base) for base in known.bases] == ["Base[T]"]
    assert [parameter.name for parameter in known.methods[0].parameters] == ["self", "x"]


# --- places ----------------------------------------------------------------------------------------------------------


def test_columns_count_code_points() -> None:
    text = "def f():\n    'é'; é = 'ü€😀'; return g(é, 'ß', name=h)\n"
    statement = only_function(text).body[-1]
    assert isinstance(statement, r.Return)
    call = statement.value
    assert isinstance(call, r.Call)
    line = text.splitlines()[1]
    assert statement.column == line.index("return")
    assert call.column == line.index("g(")
    assert [arg.column for arg in call.args] == [line.index("(é") + 1, line.index("'ß'")]
    assert (call.keywords[0].column, call.keywords[0].value.column) == (line.index("name="), line.index("h)"))


def test_columns_after_a_form_feed_and_on_tabs() -> None:
    function = only_function("def f():\n\tif x:\n\t\treturn 'é', g()\n\x0c\n")
    branch = function.body[0]
    assert isinstance(branch, r.If)
    assert (branch.line, branch.column) == (2, 1)
    returned = branch.branches[0].body[0]
    assert isinstance(returned, r.Return)
    assert isinstance(returned.value, r.Display)
    assert returned.value.elements[1].column == 14


def test_string_annotation_stands_where_the_string_stands() -> None:
    field = only_class("class A:\n    ä: 'Optional[int]' = None").fields[0]
    assert {(node.line, node.column) for node in nodes(field.annotation)} == {(2, 7)}


@pytest.mark.parametrize("text", ["é = 1; f(\n  'ß',\n  x)", "def f():\n    '''é\nß'''; return g(x)"])
def test_every_place_is_that_of_ast(text: str) -> None:
    """In code points, each record's place is the place of some node of the tree."""
    lines = text.split("\n")
    places = {
        (node.lineno, len(lines[node.lineno - 1].encode()[: node.col_offset].decode()))
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.stmt | ast.expr | ast.arg | ast.keyword)
    }
    assert {(node.line, node.column) for node in nodes(facts(text))} <= places


# --- bodies that are long, deep or odd -------------------------------------------------------------------------------


@pytest.mark.parametrize("indent", ["", "    "])
@both_depths
def test_elif_chain_of_a_thousand(indent: str, depth: Depth) -> None:
    chain = "if x == 0: y = 0\n" + "".join(f"elif x == {n}: y = {n}\n" for n in range(1, 1000)) + "else: y = z\n"
    known = facts(f"def f(x):\n{textwrap.indent(chain, indent)}" if indent else chain, depth)
    if indent and depth == "full":
        statement = known.functions[0].body[0]
        assert isinstance(statement, r.If)
        assert len(statement.branches) == 1000
        assert len(statement.orelse) == 1
    elif not indent:
        assert len(known.scopes[""]) == 1001


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "+".join(["a"] * 900),
        "x = " + "(" * 80 + "a" + ")" * 80,
        "x = " + "not " * 300 + "a",
        "x = " + "a." * 300 + "b",
        "x = " + "f(" * 90 + ")" * 90,
        "x = " + "lambda: " * 150 + "a",
        "x = " + "a if b else " * 200 + "c",
        "".join(f"{' ' * depth}if x{depth}:\n" for depth in range(95)) + " " * 95 + "y = z",
        "".join(f"{' ' * depth}def f{depth}():\n" for depth in range(95)) + " " * 95 + "return z",
        "".join(f"{' ' * depth}class A{depth}:\n" for depth in range(95)) + " " * 95 + "z: int = 1",
    ],
    ids=["sum", "parentheses", "not", "attributes", "calls", "lambdas", "ternaries", "ifs", "functions", "classes"],
)
def test_deep_nesting_survives(text: str) -> None:
    for known in (facts(text), facts("def f():\n" + textwrap.indent(text, " "))):
        assert again(known) == known


def test_names_below_the_depth_limit_are_still_read() -> None:
    value = value_of("-(" * 90 + "g(self.train)" + ")" * 90)
    assert {node.attr for node in nodes(value) if isinstance(node, r.Attribute)} == {"train"}
    assert "g" in {node.id for node in nodes(value) if isinstance(node, r.Name)}


@pytest.mark.parametrize(
    ("text", "value", "exact"),
    [
        ("None", None, True),
        ("True", True, True),
        ("1", 1, True),
        ("-1", -1, True),
        ("1.0", 1.0, True),
        ("-0.5", -0.5, True),
        ("1e999", float("inf"), True),
        ("'text'", "text", True),
        ("''", "", True),
        (str(2**63 - 1), 2**63 - 1, True),
        (str(2**63), 0, False),
        ("9" * 400, 0, False),
        ("0x" + "f" * 5000, 0, False),
        ("'\\ud800'", 0, False),
        ("'x\\udfff'", 0, False),
        (repr("x" * 1000), 0, False),
        ("b'bytes'", 0, False),
        ("1j", 0, False),
        ("...", 0, False),
    ],
)
def test_constants(text: str, value: object, exact: bool) -> None:
    constant = value_of(text)
    assert isinstance(constant, r.Constant)
    assert (constant.value, type(constant.value), constant.exact) == (value, type(value), exact)


def test_smallest_integer_is_computed_not_wrapped() -> None:
    assert not any(isinstance(node, r.Constant) and node.value and node.exact for node in nodes(value_of(f"-{2**63}")))


@pytest.mark.parametrize(
    ("text", "message"),
    [("def f(:", "cannot parse main.py"), ("x = '\0'", "cannot parse main.py"), ("(" * 500, "cannot parse main.py")],
)
def test_what_cannot_be_parsed(text: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        facts(text)


@pytest.mark.parametrize("annotation", [r"'\d'", "'" + "(" * 190 + "'", "'\\ud800'", "'\\0'", "''", "'x y'", "'yield'"])
def test_string_annotations_that_are_no_types(annotation: str) -> None:
    field = only_class(f"class A:\n    a: {annotation}").fields[0]
    assert field.name == "a"
    assert again(facts(f"class A:\n    a: {annotation}")).classes[0].fields[0] == field


# --- through msgpack, and the two depths -----------------------------------------------------------------------------


def again(known: r.FileFacts) -> r.FileFacts:
    """The same facts, encoded and decoded."""
    return msgspec.msgpack.decode(msgspec.msgpack.encode(known), type=r.FileFacts)


ODD = """
    x = 0x{digits}; s = '\\ud800'; b = b'\\xff'; e = ...; c = 1j; i = 1e999; n = -1e999; t = '{text}'
    __all__ = ['\\udc80']
    def f(a=0x{digits}, b='\\ud800', *, c=b'', d=-{big}, **e) -> '\\ud800':
        return a[1:2, ...], {{**a, 'k': f'{{a!r:>{{b}}}}'}}, [*a], lambda x=1: (yield), (y := a), a @ b, a if b else c
    class A(B, key='\\ud800'):
        a: '\\ud800' = {big}
        b = '\\udfff'
    """.format(digits="f" * 3000, text="x" * 5000, big=2**70)


@both_depths
def test_odd_literals_survive_msgpack(depth: Depth) -> None:
    known = facts(ODD, depth)
    assert again(known) == known


def test_odd_literals_survive_the_cache(tmp_path: Path) -> None:
    source = Source("main.py", textwrap.dedent(ODD))
    first = FactsStore(tmp_path, "0.12").facts(source, "full")
    assert FactsStore(tmp_path, "0.12").facts(source, "full") == first == read(source, "full")
    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def flax_files() -> list[Path]:
    try:
        folder = Path(str(metadata.distribution("flax").locate_file("flax")))
    except metadata.PackageNotFoundError:
        return []
    return sorted(folder.rglob("*.py"))


@pytest.mark.skipif(not flax_files(), reason="Flax is not installed")
def test_facts_of_all_of_flax_survive_msgpack_and_depths_agree() -> None:
    files = flax_files()
    assert len(files) > 100
    for path in files:
        source = Source.from_file(path)
        full, outline = read(source, "full"), read(source, "outline")
        assert again(full) == full, path
        assert again(outline) == outline, path
        assert headers(outline) == headers(full), path
        assert outline.scopes[""] == full.scopes[""], path
        assert (outline.exports, outline.import_line) == (full.exports, full.import_line), path


def headers(known: r.FileFacts) -> list[tuple[object, ...]]:
    """What both depths tell of classes and functions."""
    found: list[tuple[object, ...]] = [(function.qualname, function.line) for function in known.functions]
    for each in sorted(known.classes, key=lambda each: each.line):
        methods = [
            (method.qualname, method.line, method.end_line, method.decorators, not method.body)
            for method in each.methods
        ]
        found.append((each.qualname, each.line, each.scope, each.bases, each.keywords, each.fields, each.plain))
        found.append(tuple(method[:4] for method in methods))
    return found


def test_outline_has_no_bodies_and_names_of_parameters_alone() -> None:
    known = facts("class A:\n    def m(self, a: int = 1, *b, c=2, **d): return a", "outline")
    (method,) = known.classes[0].methods
    assert method.body == ()
    assert [parameter.name for parameter in method.parameters] == ["self", "a", "c"]
    assert known.depth == "outline"
