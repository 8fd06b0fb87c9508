"""What an attribute of a term is: a field, what ``setup`` or a constructor binds, a method, a member of a module."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from ...facts import records as r
from ...project.classes import ModuleClass
from ...project.fields import PYTREE_NODE
from ...project.files import File
from ...project.names import ClassEntity, FunctionEntity, ModuleEntity
from ...project.project import Project
from ...project.search import Located
from .. import terms as t
from ..conditions import MAYBE
from ..records import dotted, walk
from ..terms import UNKNOWN, Arguments, ClassKey, FunctionRef, Term, choose
from ..words import Words, says
from .objects import NO_FILE, Objects
from .stores import ANY, Store, Stores, bound_by

# Methods of arrays, texts and dicts: whoever has them is no Module, and they call none.
DATA_METHODS = frozenset(
    [
        "all",
        "any",
        "argmax",
        "argmin",
        "argsort",
        "astype",
        "at",
        "clip",
        "conj",
        "copy",
        "cumsum",
        "dot",
        "flatten",
        "item",
        "items",
        "keys",
        "max",
        "mean",
        "min",
        "ndim",
        "nonzero",
        "prod",
        "ravel",
        "real",
        "imag",
        "repeat",
        "reshape",
        "round",
        "shape",
        "dtype",
        "size",
        "sort",
        "squeeze",
        "std",
        "sum",
        "swapaxes",
        "T",
        "take",
        "tolist",
        "trace",
        "transpose",
        "values",
        "var",
        "view",
        "block_until_ready",
        "device",
        "get",
        "join",
        "format",
        "lower",
        "upper",
        "split",
        "strip",
        "startswith",
        "endswith",
    ]
)


# What only a caller knows.
_SYMBOLIC = {t.Param, t.Get, t.Item, t.Element, t.Lookup, t.Applied}
# What runs a Module from outside, in a text.
RUN_WORDS, RUN_PARTS = (".apply", "init_with_output", "lazy_init"), ("apply_fn", ".bind(", ".init(")


class Attributes(Objects):
    """The part of the engine that knows attributes."""

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self._resets: dict[ClassKey, frozenset[str]] = self._memory.fleeting()
        self._stores: dict[str, Stores] = self._memory.fleeting()
        self._words: dict[str, Words | None] = self._memory.fleeting()
        self._beyond: dict[tuple[str, str, str], bool] = self._memory.fleeting()
        self._stored: dict[tuple[str, str, str], list[Store]] = self._memory.fleeting()
        self._laters: dict[tuple[FunctionRef, ClassKey], dict[str, Term]] = self._memory.fleeting()
        self._attributes: dict[tuple[Term, str], Term] = self._memory.fleeting()

    def attribute(self, of: Term, name: str) -> Term:
        """``of.name``."""
        of = t.bare(of)
        if type(of) in _SYMBOLIC:
            return t.Get(of, name) if name not in DATA_METHODS else t.SOMETHING
        if type(of) is t.Instance or type(of) is t.Self or type(of) is t.ClassRef:
            key = (of, name)
            known = self._attributes.get(key)
            if known is None:
                self._attributes[key] = UNKNOWN  # in progress
                known = self._of_class(of, name) if isinstance(of, t.ClassRef) else self._of(of, name)
                self._attributes[key] = known
                if type(of) is t.Self and of.owner in self._setting_up:  # setup may bind it yet
                    del self._attributes[key]
            return known
        match of:
            case t.Choice(test=test, then=then, otherwise=otherwise):
                return choose(test, self.attribute(then, name), self.attribute(otherwise, name))
            case t.Super(of=itself, after=after):
                owner = _class_of(itself)
                found = self.method(owner, name, after) if owner else None
                return t.Bound(itself, found) if found else UNKNOWN
            case t.ForeignRef(dotted=dotted):
                return t.ForeignRef(f"{dotted}.{name}")
            case t.Attached(of=model):
                inner = self.attribute(model, name)
                return t.Bound(of, inner.function) if isinstance(inner, t.Bound) else inner
            case t.ModuleRef(file=file, folders=folders):
                return self._of_module(Located(file, folders), name)
            case t.Partial(func=func) if name == "func":
                return func
            case t.VariableRef(collection=collection) if name == "collection":
                return collection
            case t.Lifted(target=target) if isinstance(target, t.Instance | t.Self | t.ClassRef):
                found_term = self.attribute(target, name)
                lifted = isinstance(found_term, t.Bound) and found_term.function.qualname.endswith("__call__")
                return of if lifted else found_term
        return UNKNOWN

    def _of_module(self, place: Located, name: str) -> Term:
        importer = self.project.files.located(place) or NO_FILE
        return self.meaning(self.project.names.member(ModuleEntity(place), name, importer))

    def _of_class(self, of: t.ClassRef, name: str) -> Term:
        module = self.module_class(of.key)
        files = [] if module.is_module else [entity.file for entity in module.lineage if not entity.file.of_flax]
        if any(name in self.stores(file).others for file in files):  # Config.train = False
            return UNKNOWN
        found = self.method(of.key, name)
        if found is not None:
            return t.Bound(of, found) if self.is_classmethod(found) else found
        for entity in module.lineage:
            for facts in entity.facts.fields:
                if facts.name == name and facts.default is not None:
                    return self._evaluated(entity, facts.default)
            for bound, value in entity.facts.plain:
                if bound == name:
                    return self._evaluated(entity, value)
        return UNKNOWN

    def _of(self, of: t.Instance | t.Self, name: str) -> Term:
        module = self.module_class(of.owner)
        if module.is_module:
            found = self._held(of, module, name)
            return self._of_class(t.ClassRef(of.owner), name) if found is None else found
        if isinstance(of, t.Instance) and (of.get(t.CHANGED + name) or of.get(t.CHANGED + ANY)):
            return UNKNOWN
        if self._is_beyond(module, name):
            return UNKNOWN
        function = self.method(of.owner, name)
        if function is not None and self.is_property(function):  # it comes before what the object holds
            return self.result(t.Bound(of, function), Arguments())
        found = self._held(of, module, name)
        if found is None:
            found = self._of_class(t.ClassRef(of.owner), name) if module.complete else UNKNOWN
            if found == UNKNOWN:
                return self._bound_later(of, module, name)
        return self._at_any_time(of, module, name, found) if self._is_changed(module, name, found) else found

    def _at_any_time(self, of: t.Instance | t.Self, module: ModuleClass, name: str, first: Term) -> Term:
        """What an attribute may be after it was bound again: known where it is always of one class."""
        if not isinstance(first, t.Instance):
            return UNKNOWN
        for store in self._all_stores(module, name):
            if store.at_first:
                continue
            found = self._bound_at(of, module, store) if store.method and not store.in_place else None
            if not isinstance(found, t.Instance) or found.owner != first.owner:
                return UNKNOWN
        return t.Instance(first.owner, (("**", UNKNOWN),))

    def _is_beyond(self, module: ModuleClass, name: str) -> bool:
        """Whether an attribute goes its own ways: by a setter, by a name that each class mangles, hidden by another."""
        key = (*module.entity.key, name)
        if key not in self._beyond:
            self._beyond[key] = self._find_beyond(module, name)
        return self._beyond[key]

    def _find_beyond(self, module: ModuleClass, name: str) -> bool:
        own = [entity for entity in module.lineage if not entity.file.of_flax]
        if name.startswith("__") and not name.endswith("__") and len(own) > 1:
            return True
        hidden = False
        for entity in own:
            methods = [facts for facts in entity.facts.methods if facts.name == name]
            if methods and hidden:
                return True
            if any(dotted(node).endswith(".setter") for facts in methods for node in facts.decorators):
                return True
            hidden |= any(facts.name == name for facts in entity.facts.fields)
            hidden |= any(bound == name for bound, _ in entity.facts.plain)
        return False

    def _held(self, of: t.Instance | t.Self, module: ModuleClass, name: str) -> Term | None:
        """What a field is, what a constructor has bound, or a method; None for what the class itself holds."""
        constructed = not module.is_module and self._has_constructor(of.owner)
        if module.is_module or (self._is_dataclass(module) and not constructed):
            field = self._field(of, module, name)
            if field is not None:
                return field
        elif isinstance(of, t.Instance) and of.get(name) is not None and not constructed:
            return of.get(name)  # what ``replace`` has set
        bound = self._bound(of, name)
        if bound is not None:
            return bound
        if constructed and self._is_dataclass(module) and name in self.project.classes.fields(module):
            return UNKNOWN  # the constructor calls the one that ``dataclass`` has made
        function = self.method(of.owner, name)
        if name == "replace" and (function is None or function.path == "flax:flax/struct.py"):
            return t.Wrapped("replace", of, Arguments())  # flax.struct's, made by its decorator
        if function is None:
            return None
        if self.is_property(function):
            return self.result(t.Bound(of, function), Arguments())
        if self.is_static(function):
            return function
        return t.Bound(t.ClassRef(of.owner) if self.is_classmethod(function) else of, function)

    def stores(self, file: File) -> Stores:
        """Where a file binds or changes attributes."""
        known = self._stores.get(file.path)
        if known is None:
            known = self._stores[file.path] = Stores(self.project.files.facts(file, "full"), self.words(file))
        return known

    def words(self, file: File) -> Words | None:
        """The text of a file by its functions; None where there is none, as of Flax's own files."""
        if file.path not in self._words:
            facts, source = self.project.files.facts(file, "full"), self.project.files.source(file)
            self._words[file.path] = Words(source, facts) if facts is not None and source is not None else None
        return self._words[file.path]

    def _is_changed(self, module: ModuleClass, name: str, found: Term) -> bool:
        """Whether what an object holds at first may be replaced or changed later on.

        A state that is made of the one before it (``self.state = self.state.apply_gradients(...)``) keeps its function.
        """
        is_state = isinstance(found, t.Instance) and not self.module_class(found.owner).is_module
        return any(not (s.at_first or (is_state and s.keeps)) for s in self._all_stores(module, name))

    def _all_stores(self, module: ModuleClass, name: str) -> list[Store]:
        """The stores of an attribute in the files of a class and of what it extends."""
        key = (*module.entity.key, name)
        if key not in self._stored:
            self._stored[key] = list(self._find_stores(module, name))
        return self._stored[key]

    def _find_stores(self, module: ModuleClass, name: str) -> Iterator[Store]:
        files = {entity.file.path: entity.file for entity in module.lineage if not entity.file.of_flax}
        for file in files.values():
            stores = self.stores(file)
            lines = {m.line for entity in module.lineage if entity.file.path == file.path for m in entity.facts.methods}
            yield from bound_by([store for store in stores.own if store.method in lines], name)
            if name in stores.others or (ANY in stores.others and file.path == module.entity.file.path):
                yield Store(name, 0, in_place=True)

    def _has_constructor(self, owner: ClassKey) -> bool:
        """Whether a class says itself what becomes of its constructor's arguments; ``flax.struct`` has a stub alone."""
        found = self.method(owner, "__init__")
        return found is not None and not found.path.startswith("flax:")

    def _bound_later(self, of: t.Instance | t.Self, module: ModuleClass, name: str) -> Term:
        """What one other method binds an attribute to (``self.state = TrainState.create(...)`` in ``build``)."""
        binding = self._all_stores(module, name)
        if not binding:
            return self._declared(module, name)
        if len(binding) > 1 or not binding[0].method or binding[0].in_place:
            return UNKNOWN
        return self._bound_at(of, module, binding[0])

    def _bound_at(self, of: t.Instance | t.Self, module: ModuleClass, store: Store) -> Term:
        """What a method of the object's own binds an attribute to."""
        for entity in module.lineage:
            for facts in entity.facts.methods:
                if facts.line == store.method and store in self.stores(entity.file).own:
                    function = self.function_ref(FunctionEntity(entity.file, facts), entity)
                    found = self.bound_in(function, of.owner).get(store.name, UNKNOWN)
                    found = self.substitution({}, None).term(found)  # the method's own arguments are anybody's guess
                    return found if isinstance(of, t.Self) else self.substitution(None, of).term(found)
        return UNKNOWN

    def _declared(self, module: ModuleClass, name: str) -> Term:
        """An attribute that a class only declares, with its type."""
        for entity in module.lineage:
            for field in entity.facts.fields:
                if field.name == name and field.default is None and field.annotation is not None:
                    return self.annotated(entity.file, entity.facts.scope, field.annotation) or UNKNOWN
        return UNKNOWN

    def annotated(self, file: File, scope: str, annotation: r.Expression) -> t.Instance | t.ClassRef | None:
        """An object of the class that an annotation names: one of the project which none of its classes extends."""
        match annotation:
            case r.Subscript(value=r.Name(id="Optional") | r.Attribute(attr="Optional"), index=inner):
                return self.annotated(file, scope, inner)
            case r.Subscript(value=r.Name(id="type" | "Type") | r.Attribute(attr="Type"), index=inner):
                made = self.annotated(file, scope, inner)
                return t.ClassRef(made.owner) if isinstance(made, t.Instance) else None
            case r.Computed(operands=(one, other)):  # Net | None
                kinds = [part for part in (one, other) if not (isinstance(part, r.Constant) and part.value is None)]
                return self.annotated(file, scope, kinds[0]) if len(kinds) == 1 else None
            case r.Name() | r.Attribute():
                entity = self.project.names.resolve(file, scope, annotation)
                if not isinstance(entity, ClassEntity) or entity.file.of_flax:
                    return None
                module = self.project.classes.of(entity)
                told = module.is_module or self._may_run_modules(module)
                if told and not self.project.users.is_extended(module):
                    return t.Instance(self.key(entity), (("**", UNKNOWN),))
        return None

    def _may_run_modules(self, module: ModuleClass) -> bool:
        """Whether the text of a class, or of one that it extends, runs a Module: else its objects tell nothing."""
        for entity in module.lineage:
            source = self.project.files.source(entity.file)
            lines = source.lines[entity.facts.line - 1 : entity.facts.end_line] if source is not None else []
            if says("".join(lines), RUN_WORDS, RUN_PARTS):
                return True
        return False

    def _field(self, of: t.Instance | t.Self, module: ModuleClass, name: str) -> Term | None:
        """A dataclass field: what the constructor was given, else the default; None where it is no field."""
        field = self.project.classes.fields(module).get(name)
        if field is None:
            return None
        if name in self._reset(of.owner):
            return UNKNOWN
        if isinstance(of, t.Self):
            return t.Get(of, name)
        given = of.get(name)
        if given is not None:
            return given
        spread = of.get("**")
        default: Term = UNKNOWN
        if field.kind == "value" and field.default is not None:
            default = self._evaluated(field.owner, field.default)
        return default if spread is None else self.lookup(spread, t.const(name), default)

    def _reset(self, owner: ClassKey) -> frozenset[str]:
        """The fields that ``__post_init__`` overwrites, or that anything sets through ``object.__setattr__``."""
        known = self._resets.get(owner)
        if known is None:
            known = self._resets[owner] = self._find_resets(owner)
        return known

    def _find_resets(self, owner: ClassKey) -> frozenset[str]:
        found = self.method(owner, "__post_init__")
        if found is None or found.path == "flax:flax/linen/module.py":
            return frozenset()
        code = self.code_of(found)
        names: set[str] = set()
        for node in walk(code.body) if code else ():
            match node:
                case r.Assign(targets=targets):
                    names |= {part.attr for part in targets if isinstance(part, r.Attribute)}
                case r.Call(func=r.Attribute(attr="__setattr__") | r.Name(id="setattr"), args=args):
                    names |= {str(part.value) for part in args if isinstance(part, r.Constant)}
        return frozenset(names)

    def _bound(self, of: t.Instance | t.Self, name: str) -> Term | None:
        """What ``setup`` or ``__init__`` binds an attribute to."""
        fields, _ = self.setup_of(of.owner)
        term = fields.get(name)
        if term is None:
            term = next(
                (value for key, value in fields.items() if key.endswith("*") and name.startswith(key[:-1])), None
            )
        return term if term is None or isinstance(of, t.Self) else self.substitution(None, of).term(term)

    def made_with(self, of: t.Instance, name: str) -> Term:
        """What an object's constructor was given for a parameter of its ``__init__``, or the parameter's default."""
        given = of.get(name)
        if given is not None:
            return given
        found = self.method(of.owner, "__init__")
        code = self.code_of(found) if found is not None else None
        for parameter in code.parameters if code is not None else ():
            if parameter.name == name and parameter.default is not None and code is not None:
                default, spread = self.default(code, parameter.default), of.get("**")
                return default if spread is None else self.lookup(spread, t.const(name), default)
        return UNKNOWN

    def _is_dataclass(self, module: ModuleClass) -> bool:
        return any(
            decorated_class(entity.facts, "dataclass")
            or (entity.file.name, entity.facts.name) == PYTREE_NODE
            or any(dotted(base).rpartition(".")[2] == "NamedTuple" for base in entity.facts.bases)
            for entity in module.lineage
        )

    def _evaluated(self, entity: ClassEntity, node: r.Expression) -> Term:
        """A default or class attribute, in the file of its class."""
        if isinstance(node, r.Constant):
            return t.const(node.value) if node.exact else t.SOMETHING
        return self.evaluate(entity.file, entity.facts.scope, node)

    def like(self, of: Term, pattern: str) -> Term:
        """Any attribute whose name starts like ``pattern``, which ends with a star."""
        match of:
            case t.Choice(test=test, then=then, otherwise=otherwise):
                return choose(test, self.like(then, pattern), self.like(otherwise, pattern))
            case t.Self(owner=owner) | t.Instance(owner=owner):
                fields, _ = self.setup_of(owner)
                found = [term for name, term in fields.items() if name.startswith(pattern[:-1])]
                if not found:
                    return UNKNOWN
                term = functools.reduce(lambda one, other: choose(MAYBE, one, other), found)
                return term if isinstance(of, t.Self) else self.substitution(None, of).term(term)
        return UNKNOWN


def _class_of(term: Term) -> ClassKey | None:
    match term:
        case t.Self(owner=owner) | t.Instance(owner=owner):
            return owner
        case t.ClassRef(key=key):
            return key
    return None


def decorated_class(facts: r.ClassFacts, name: str) -> bool:
    """Whether a decorator's last name is ``name``."""
    for decorator in facts.decorators:
        node = decorator.func if isinstance(decorator, r.Call) else decorator
        if (isinstance(node, r.Name) and node.id == name) or (isinstance(node, r.Attribute) and node.attr == name):
            return True
    return False
