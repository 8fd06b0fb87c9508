"""``python -m flake8_flaxargs.contracts path.py:Class.method``: the contract that is inferred, to be checked by eye."""

from __future__ import annotations

import sys

from ..project.library import supported_version
from ..project.names import ClassEntity, FunctionEntity
from ..project.project import Project
from ..source import Source, SourceError
from . import spoken
from .inference.engine import Engine


def main(asked: str) -> int:
    """Print a contract; 2 where there is nothing to print it of."""
    path, _, name = asked.rpartition(":")
    if not path or not name:
        print("usage: python -m flake8_flaxargs.contracts path.py:Class.method", file=sys.stderr)
        return 2
    try:
        source = Source.from_file(path)
        project = Project(supported_version(None))
        file = project.open(source)
        source.tree  # noqa: B018
    except SourceError as error:
        print(f"flaxargs: {error}", file=sys.stderr)
        return 2
    engine = Engine(project)
    facts = project.files.facts(file, "full")
    owners = {entity.qualname: ClassEntity(file, entity) for entity in facts.classes} if facts else {}
    head, _, method = name.rpartition(".")
    if name in owners:
        head, method = name, "__call__"
    if head in owners:
        key = engine.key(owners[head])
        found = engine.method(key, method)
        if found is None:
            print(f"flaxargs: {path}: class {head} has no method {method}", file=sys.stderr)
            return 2
        _, setup = engine.setup_of(key)
        lines = [*spoken.contract(setup), *spoken.contract(engine.contract(found, key))]
    else:
        functions = {function.qualname: function for function in (facts.functions if facts else ())}
        if name not in functions:
            known = ", ".join([*owners, *functions][:20])
            print(f"flaxargs: {path} has no class or function {name}; it has {known}", file=sys.stderr)
            return 2
        ref = engine.function_ref(FunctionEntity(file, functions[name]))
        lines = list(spoken.contract(engine.contract(ref, None)))
    print(f"{name} asks of its caller:")
    print("\n".join(f"  {line}" for line in lines) if lines else "  nothing")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
