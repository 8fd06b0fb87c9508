"""Who uses a class: the reverse of an import, found by searching the project's files for the class's name.

Asked only when a finding hangs on it, so that linting a file does not read the whole project.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ..facts.records import Attribute, Binding, Expression, Name, Subscript
from .classes import Classes, ModuleClass
from .files import File, Files
from .names import ClassEntity, ModuleEntity, Names
from .trees import Trees

# How long the header of a class may be.
_HEADER_LIMIT = 2000
# What stands behind a name that an import renames, and before one that an assignment gives another name.
_AS = re.compile(r"[\s\\]+as\b")
_ASSIGNED = re.compile(r"=[\s(]*(?:[\w.]+\s*,\s*)*[\w.]*")


class Users:
    """Searches the project around a class.

    Args:
        files: where facts come from.
        names: name resolution over them.
        classes: hierarchies over them.
        trees: the files of whole projects.
    """

    def __init__(self, files: Files, names: Names, classes: Classes, trees: Trees) -> None:
        self._files = files
        self._names = names
        self._classes = classes
        self._trees = trees
        self._noted: set[tuple[str, str]] = set()
        self._mentions: dict[tuple[str, str], tuple[File, ...]] = {}
        self._subclasses: dict[tuple[str, str], tuple[ModuleClass, ...]] = {}
        self._extended: dict[tuple[str, str], bool] = {}

    def mentioning(self, name: str, near: File) -> tuple[File, ...]:
        """The files of the project around ``near`` whose text holds ``name``; ``near`` itself comes first."""
        top = self._files.top(near)
        key = (top, name)
        if key not in self._mentions:
            self._mentions[key] = tuple(map(self._files.at, self._trees.holding(top, name.encode())))
        if (near.path, name) not in self._noted:
            self._noted.add((near.path, name))
            self._files.ledger.note(near.path, [file.path for file in self._mentions[key]], [("tree", top)])
        return (near, *(file for file in self._mentions[key] if file.path != near.path))

    def importing(self, entity: ClassEntity, asked: Callable[[File], bool] = lambda file: True) -> Iterator[File]:
        """The files of the project in which a name leads to the class: its own, and those that import it.

        Args:
            entity: the class.
            asked: which of them are wanted; the others are not parsed.
        """
        near = entity.file
        for file in self.mentioning(entity.facts.name, near):
            if asked(file) and (file.path == near.path or self._imports(file, entity)):
                yield file

    def _imports(self, file: File, entity: ClassEntity) -> bool:
        outline = self._files.facts(file, "outline")
        for scope, bindings in outline.scopes.items() if outline else ():
            for binding in bindings:
                if binding.kind not in {"import", "from"}:
                    continue
                found = self._names.resolve(file, scope, Name(1, 0, binding.name))
                if isinstance(found, ModuleEntity):
                    found = self._names.member(found, entity.facts.name, file)
                if isinstance(found, ClassEntity) and found.key == entity.key:
                    return True
        return False

    def subclasses(self, module: ModuleClass) -> tuple[ModuleClass, ...]:
        """The classes of the project that inherit from ``module``, directly or not."""
        key = module.entity.key
        if key not in self._subclasses:
            self._subclasses[key] = tuple(self._find_subclasses(module))
        return self._subclasses[key]

    def is_extended(self, module: ModuleClass) -> bool:
        """Whether any class of the project inherits from ``module``: the search ends at the first."""
        key = module.entity.key
        if key not in self._extended:
            known = self._subclasses.get(key)
            self._extended[key] = bool(known) if known is not None else any(True for _ in self._find_subclasses(module))
        return self._extended[key]

    def _find_subclasses(self, module: ModuleClass) -> Iterator[ModuleClass]:
        seen = {module.entity.key}
        pending = [module]
        while pending:
            base = pending.pop()
            local = "<locals>" in base.entity.facts.qualname
            near = base.entity.file
            names = [base.entity.facts.name]
            files = [near] if local or near.of_flax else self._naming(base.entity, names)
            for file in files:
                for known in self._extending(base, file, names, seen):
                    pending.append(known)
                    yield known

    def _extending(
        self, base: ModuleClass, file: File, names: list[str], seen: set[tuple[str, str]]
    ) -> Iterator[ModuleClass]:
        """The classes of a file that extend another, of which nothing has been seen yet."""
        outline = self._files.facts(file, "outline")
        for facts in outline.classes if outline else ():
            entity = ClassEntity(file, facts)
            if entity.key in seen or not any(_last_name(expression) in {None, *names} for expression in facts.bases):
                continue
            known = self._classes.of(entity)
            if any(other.key == base.entity.key for other in known.lineage[1:]):
                seen.add(entity.key)
                yield known

    def _naming(self, entity: ClassEntity, names: list[str]) -> Iterator[File]:
        """The files that may name a class: by its own name, or by one under which another of them passes it on.

        These names are added to ``names`` as they are found; once all are, the files come again.
        """
        found: dict[str, File] = {}
        for name in names:
            for file in self.mentioning(name, entity.file):
                source = self._files.source(file)
                if source is not None and file.path != entity.file.path and not _may_pass_on(source.text, name):
                    continue
                outline = self._files.facts(file, "outline")
                bindings = outline.scopes[""] if outline else ()
                passed_on = {binding.name for binding in bindings if _renames(binding, name)}
                names += sorted(passed_on.difference(names))
                if file.path not in found:
                    found[file.path] = file
                    yield file
        if len(names) > 1:
            yield from found.values()


def _last_name(base: Expression) -> str | None:
    """``Net`` of ``models.Net`` and of ``models.Net[T]``; None of what is no name."""
    match base:
        case Name(id=name) | Attribute(attr=name):
            return name
        case Subscript(value=value):
            return _last_name(value)
    return None


def _may_pass_on(text: str, name: str) -> bool:
    """Whether a text may extend what it calls ``name``, or give it another name; "no" is final.

    Most files that mention a class import and use it, and need not be parsed.
    """
    at = text.find(name)
    while at >= 0:
        header = text.rfind("class", max(at - _HEADER_LIMIT, 0), at)
        if header >= 0 and not _ends_header(text, header, at):
            return True
        after, equals = at + len(name), text.rfind("=", 0, at)
        assigned = equals >= 0 and _ASSIGNED.fullmatch(text, equals, at) and not text.startswith(("(", "."), after)
        if assigned or _AS.match(text, after):
            return True
        at = text.find(name, at + 1)
    return False


def _ends_header(text: str, start: int, end: int) -> bool:
    """Whether the header of a class ends between two places; what a comment says there ends nothing."""
    at = text.find("):", start, end)
    while at >= 0 and "#" in text[text.rfind("\n", 0, at) + 1 : at]:
        at = text.find("):", at + 1, end)
    return at >= 0


def _renames(binding: Binding, name: str) -> bool:
    """Whether a binding gives another name to what is called ``name`` elsewhere: ``import Net as N``, ``N = m.Net``."""
    match binding.value:
        case Name(id=last) | Attribute(attr=last):
            return last == name
    return binding.kind == "from" and binding.attr == name
