"""What leaves room for None: a default, an annotation, an operand; and whether two annotations can mean one thing."""

from __future__ import annotations

from ..facts import records as r
from ..project.classes import Field
from ..project.files import File
from ..project.names import ClassEntity, ForeignEntity, FunctionEntity, ModuleEntity, ValueEntity
from ..project.project import Project

_OPTIONAL = {"Optional", "None", "Any", "object", "NoneType"}
_SCALARS = {"bool", "int", "float", "complex"}
_ARRAYS = {"Array", "ArrayLike", "ndarray", "Float", "Int", "Bool", "UInt", "Shaped", "Num", "DeviceArray", "Inexact"}
_TEXT = {"str", "bytes"}
# Libraries whose public names are never None.
_ARRAY_LIBRARIES = {"jax", "numpy", "flax", "optax"}
# Annotations that say nothing about how the type is spelled here: an alias, a TypeVar.
_WRAPPERS = {"Annotated", "Final", "Required", "InitVar", "ClassVar"}


def default_is_none(default: r.Expression | None) -> bool:
    """Whether a default is the literal None."""
    return isinstance(default, r.Constant) and default.exact and default.value is None


class Nullness:
    """Answers for one project.

    Args:
        project: where names lead.
    """

    def __init__(self, project: Project) -> None:
        self._project = project

    def default_excludes_none(self, file: File, scope: str, default: r.Expression) -> bool:
        """Whether a default is certainly something other than None."""
        match default:
            case r.Constant(value=value, exact=exact):
                return not exact or value is not None
            case r.Display() | r.DictDisplay() | r.Computed() | r.Not() | r.Compare() | r.Lambda() | r.Comprehension():
                return True
            case r.Name() | r.Attribute():
                entity = self._project.names.resolve(file, scope, default)
                match entity:
                    case FunctionEntity() | ClassEntity() | ModuleEntity():
                        return True
                    case ForeignEntity(dotted):  # jnp.float32, jax.nn.relu
                        return isinstance(default, r.Attribute) and dotted.partition(".")[0] in _ARRAY_LIBRARIES
                    case ValueEntity(owner, inner, r.Constant() as constant):
                        return self.default_excludes_none(owner, inner, constant)
            case r.IfExp(body=body, orelse=orelse):
                return self.default_excludes_none(file, scope, body) and self.default_excludes_none(file, scope, orelse)
        return False

    def field_excludes_none(self, field: Field) -> bool:
        """Whether an attribute can never be None: by its default, or, where it is required, by its annotation."""
        if field.kind == "required":
            return self.annotation_excludes_none(field.owner.file, field.owner.facts.scope, field.facts.annotation)
        if field.kind != "value" or field.default is None:
            return False
        return self.default_excludes_none(field.owner.file, field.owner.facts.scope, field.default)

    def annotation_excludes_none(self, file: File, scope: str, annotation: r.Expression | None) -> bool:
        """Whether an annotation certainly leaves no room for None: one of Python's own types, or an array."""
        if annotation is None:
            return False
        kinds = self.kinds(file, scope, annotation)
        return kinds is not None and bool(kinds) and "none" not in kinds

    def exclude_each_other(
        self,
        file: File,
        scope: str,
        left: r.Expression | None,
        other: File,
        other_scope: str,
        right: r.Expression | None,
    ) -> bool:
        """Whether two annotations have no value in common, None apart (``k: int`` and ``k: jax.Array``)."""
        if left is None or right is None:
            return False
        mine = self.kinds(file, scope, left)
        yours = self.kinds(other, other_scope, right)
        if mine is None or yours is None:
            return False
        mine, yours = mine - {"none"}, yours - {"none"}
        return bool(mine) and bool(yours) and not mine & yours

    def kinds(self, file: File, scope: str, annotation: r.Expression) -> frozenset[str] | None:
        """The kinds of value that an annotation admits; None where that is not known.

        ``bool``, ``int`` and ``float`` are one kind (``number``): Python takes one for the other.
        """
        match annotation:
            case r.Constant(value=None, exact=True):
                return frozenset({"none"})
            case r.Computed(operands=(left, right)):  # X | Y
                return _union(self.kinds(file, scope, left), self.kinds(file, scope, right))
            case r.Subscript(value=value, index=index):
                return self._subscript(file, scope, value, index)
            case r.Name(id=name) | r.Attribute(attr=name):
                return self._named(file, scope, annotation, name)
        return None

    def _subscript(self, file: File, scope: str, value: r.Expression, index: r.Expression) -> frozenset[str] | None:
        name = value.id if isinstance(value, r.Name) else value.attr if isinstance(value, r.Attribute) else ""
        elements = index.elements if isinstance(index, r.Display) else (index,)
        if name == "Optional":
            return _union(self.kinds(file, scope, index), frozenset({"none"}))
        if name == "Union":
            return _union(*(self.kinds(file, scope, element) for element in elements))
        if name == "Literal":
            return _union(*(_literal(element) for element in elements))
        if name in _WRAPPERS:
            return self.kinds(file, scope, elements[0]) if elements else None
        return self.kinds(file, scope, value)

    def _named(self, file: File, scope: str, annotation: r.Expression, name: str) -> frozenset[str] | None:
        if name in _OPTIONAL:
            return None
        entity = self._project.names.resolve(file, scope, annotation)
        if isinstance(entity, ForeignEntity):
            name = entity.dotted.rpartition(".")[2]
            if entity.standard:
                if name in _SCALARS:
                    return frozenset({"number"})
                if name in _TEXT:
                    return frozenset({"text"})
                if name in {"Any", "object", "TypeVar", "Optional"}:
                    return None
                return frozenset({_CONTAINERS.get(name, name)})
        if name in _ARRAYS and not isinstance(entity, ValueEntity):  # else an alias of the project's own
            return frozenset({"array"})
        if isinstance(entity, ClassEntity):
            # Another class's instance is no number, text or array; a subclass may be of both, so it is its own kind.
            return frozenset({"instance"})
        return None


_CONTAINERS = {
    "List": "sequence",
    "list": "sequence",
    "Tuple": "sequence",
    "tuple": "sequence",
    "Sequence": "sequence",
    "Dict": "mapping",
    "dict": "mapping",
    "Mapping": "mapping",
    "Callable": "callable",
}


def _literal(element: r.Expression) -> frozenset[str] | None:
    match element:
        case r.Constant(value=None, exact=True):
            return frozenset({"none"})
        case r.Constant(value=bool() | int() | float()):
            return frozenset({"number"})
        case r.Constant(value=str()):
            return frozenset({"text"})
    return None


def _union(*kinds: frozenset[str] | None) -> frozenset[str] | None:
    found: frozenset[str] = frozenset()
    for kind in kinds:
        if kind is None:
            return None
        found |= kind
    return found
