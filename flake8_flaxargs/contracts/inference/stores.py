"""Where the text of a file binds or changes attributes: what a constructor has bound may be something else by then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ...facts import records as r
from ..records import root, statements, walk
from ..words import MODULE, Key, Words

# Methods that change a list, a dict or a set in place.
_CHANGES = {"append", "extend", "insert", "remove", "sort", "reverse", "__setitem__"}
_CHANGES |= {"update", "setdefault", "pop", "popitem", "clear", "add", "discard"}
_SETTERS = {"setattr", "delattr", "__setattr__", "__delattr__"}
# A text that says none of these calls nothing that changes an attribute.
_TELLING = (*(f".{name}" for name in sorted(_CHANGES)), "setattr", "delattr", "__dict__", "vars")
# An attribute whose name is worked out.
ANY = "*"


class Store(NamedTuple):
    """A statement that binds or changes an attribute.

    Attributes:
        name: of the attribute; ``ANY`` for one whose name is worked out.
        method: the line of the method that does it to its own object; 0 where it is anybody's object.
        at_first: whether that is a constructor, which binds it before anybody can see it.
        keeps: whether the new value is made of the old one, and so may be of the same kind.
        in_place: whether what the attribute holds is changed, not the attribute.
    """

    name: str
    method: int
    at_first: bool = False
    keeps: bool = False
    in_place: bool = False

    @property
    def binds_one(self) -> bool:
        """Whether a method binds one attribute of its own object anew."""
        return self.method != 0 and self.name != ANY and not self.in_place


class Stores:
    """The stores in a file.

    Args:
        facts: the file's facts, in full.
        words: its text; None where there is none, as of Flax's own files.
    """

    def __init__(self, facts: r.FileFacts | None, words: Words | None) -> None:
        self._facts = facts
        self._words = words
        # The functions whose calls may change something: all of them are looked through where there is no text.
        self._calling = self._words.functions((), _TELLING) if self._words is not None else None
        found: list[Store] = []
        for function in facts.functions if facts else ():
            found += self._in(function.body, (function.qualname, function.line), "", 0)
        for owner in facts.classes if facts else ():
            for method in owner.methods:
                itself = method.parameters[0].name if method.parameters else ""
                done = self._in(method.body, (method.qualname, method.line), itself, method.line)
                constructs = method.name in {"__init__", "__post_init__"}
                found += [store._replace(at_first=constructs and store.binds_one) for store in done]
        found += self._in(tuple(top.statement for top in facts.body) if facts else (), MODULE, "", 0)
        # What a method does to its own object, and what anybody does to any object.
        self.own = [store for store in found if store.method]
        self.others = frozenset(store.name for store in found if not store.method)
        self._filled: dict[str, bool] = {}

    def fills(self, name: str) -> bool:
        """Whether a function changes the list or dict that a name of the module means."""
        if name not in self._filled:
            within = self._words.functions([name]) if self._words is not None else None
            self._filled[name] = any(
                name in filled(function.body)
                for function in (self._facts.all_functions() if self._facts else ())
                if within is None or (function.qualname, function.line) in within
            )
        return self._filled[name]

    def _in(self, body: tuple[r.Statement, ...], key: Key, itself: str, line: int) -> Iterator[Store]:
        for statement in statements(body):
            match statement:
                case r.Assign(targets=targets, value=value):
                    for target in targets:
                        yield from _bound(target, value, itself, line)
                case r.AugAssign(target=target, value=value):
                    yield from (store._replace(in_place=True) for store in _bound(target, value, itself, line))
                case r.Loop(target=r.Node() as target, head=head):
                    yield from _bound(target, head, itself, line)
                case r.With(items=items):
                    for item in items:
                        if item.target is not None:
                            yield from _bound(item.target, item.context, itself, line)
                case r.Delete(targets=targets):
                    for target in targets:
                        yield from _bound(target, None, itself, line)
        if self._calling is not None and key not in self._calling:
            return
        for node in walk(body):
            match node:
                case r.Call():
                    yield from _called(node, itself, line)
                case r.Attribute(value=of, attr="__dict__"):
                    yield Store(ANY, line if _is(of, itself) else 0)


def filled(body: tuple[r.Statement, ...] | r.Expression) -> Iterator[str]:
    """The names of dicts and lists that code changes in place."""
    for node in walk(body):
        match node:
            case r.Assign(targets=targets) | r.Delete(targets=targets):
                yield from (_name_of(target) for target in targets if isinstance(target, r.Subscript))
            case r.AugAssign(target=target):
                yield _name_of(target)
            case r.Call(func=r.Attribute(value=of, attr=method)) if method in _CHANGES:
                yield _name_of(of)


def _name_of(node: r.Expression) -> str:
    """The name that an item, or an item of an item, is of; nothing where it is of something else."""
    of = root(node)
    return of.id if isinstance(of, r.Name) else ""


def _bound(target: r.Expression, value: r.Expression | None, itself: str, line: int) -> Iterator[Store]:
    match target:
        case r.Attribute(value=of, attr=name):
            own = _is(of, itself)
            keeps = own and value is not None and _mentions(value, itself, name)
            yield Store(name, line if own else 0, keeps=keeps)
        case r.Subscript(value=r.Attribute(value=of, attr=name)):
            yield Store(name, line if _is(of, itself) else 0, in_place=True)
        case r.Display(elements=elements):
            for element in elements:
                yield from _bound(element, value, itself, line)
        case r.Starred(value=inner):
            yield from _bound(inner, value, itself, line)


def _called(node: r.Call, itself: str, line: int) -> Iterator[Store]:
    match node.func:
        case r.Attribute(value=r.Attribute(value=of, attr=name), attr=method) if method in _CHANGES:
            yield Store(name, line if _is(of, itself) else 0, in_place=True)
        case r.Name(id=name) | r.Attribute(attr=name) if name in _SETTERS:
            own = any(_is(part, itself) for part in node.args) or _is_super(node.func)
            names = [
                part.value for part in node.args[:2] if isinstance(part, r.Constant) and isinstance(part.value, str)
            ]
            yield Store(str(names[0]) if names else ANY, line if own else 0)
        case r.Name(id="vars") if node.args:
            yield Store(ANY, line if _is(node.args[0], itself) else 0)


def _is(node: r.Expression, name: str) -> bool:
    return name != "" and isinstance(node, r.Name) and node.id == name


def _is_super(func: r.Expression) -> bool:
    match func:
        case r.Attribute(value=r.Call(func=r.Name(id="super"))):
            return True
    return False


def _mentions(value: r.Expression, itself: str, name: str) -> bool:
    """Whether an expression reads ``self.name``, and gives it no other function to apply."""
    reads = False
    for node in walk(value):
        match node:
            case r.Attribute(value=of, attr=attr) if attr == name and _is(of, itself):
                reads = True
            case r.Keyword(name="apply_fn"):
                return False
    return reads


def bound_by(stores: Iterable[Store], name: str) -> list[Store]:
    """The stores of one attribute, those of computed names among them."""
    return [store for store in stores if store.name in {name, ANY}]
