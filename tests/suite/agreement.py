"""Compares what the contracts say of generated programs with what Flax does with them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from flake8_flaxargs.config import Config
from flake8_flaxargs.contracts.checks.verdict import Verdict, verdict
from flake8_flaxargs.contracts.effects import Entry, Invoke, Opaque
from flake8_flaxargs.contracts.inference.engine import Engine
from flake8_flaxargs.project.names import FunctionEntity
from flake8_flaxargs.project.project import Project

from .choices import shrunk
from .outcomes import Outcome, outcome
from .programs import Program, replayed

Kind = Literal["agrees", "other error", "unknown", "contradiction", "aside", "invalid"]


class Compared(NamedTuple):
    """A program, what is said of it, and what Flax does."""

    program: Program
    verdict: Verdict
    outcome: Outcome

    @property
    def kind(self) -> Kind:
        """How the two go together.

        ``other error``: it had to raise and does, but something that was not foreseen. ``invalid``: it fails in a way
        that no contract is about, so the generator should not have made it; ``aside``: JAX has its own reasons.
        """
        says, done = self.verdict.says, self.outcome
        if done.aside:
            return "aside"
        if done.error and not done.valid:
            return "agrees" if says == "raises" and done.error.startswith("Scope") else "invalid"
        if says == "unknown":
            return "unknown"
        if (says == "raises") != bool(done.error):
            return "contradiction"
        if done.error and done.error not in self.verdict.errors:
            return "other error"
        return "agrees"


class Judge:
    """Says what a program comes to; what it learns of Flax it keeps.

    Args:
        folder: where programs are said to be.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        config = Config()
        self._project = Project(config.library_version(), None, ())
        self._engine = Engine(self._project)
        self._count = 0

    def verdict(self, text: str) -> Verdict:
        """The verdict on the one run that a program's ``run`` does."""
        self._count += 1
        path = self._folder / f"program_{self._count}.py"
        path.write_text(text, "utf-8")
        engine, project = self._engine, self._project
        file = project.files.at(str(path))
        facts = project.files.facts(file, "full")
        assert facts is not None, text
        engine.begin()
        function = next(function for function in facts.functions if function.qualname == "run")
        contract = engine.contract(engine.function_ref(FunctionEntity(file, function)), None)
        entries = [effect for effect in contract.effects if isinstance(effect, Entry)]
        if len(entries) != 1:
            return Verdict("unknown", (), f"{len(entries)} runs are seen")
        unseen = [effect for effect in contract.effects if isinstance(effect, Opaque | Invoke)]
        found = verdict(engine, entries[0])
        if unseen and found.says == "passes":
            return Verdict("unknown", (), f"{type(unseen[0]).__name__} beside the run: {unseen[0].what}")
        return found


def compare(programs: Iterable[Program]) -> Iterator[Compared]:
    """Judge programs and run them."""
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(Path(folder))
        for program in programs:
            found = judge.verdict(program.text)
            yield Compared(program, found, outcome(program.text))


def smallest(compared: Compared, tries: int = 600) -> Compared:
    """A smaller program on which the verdict and Flax are at odds in the same way."""
    best = compared

    def still(choices: Sequence[int]) -> bool:
        nonlocal best
        (other,) = compare([replayed(choices)])
        same = (other.kind, other.verdict.says) == (compared.kind, compared.verdict.says)
        if same and other.outcome.error == compared.outcome.error and len(other.program.text) <= len(best.program.text):
            best = other
            return True
        return False

    shrunk(compared.program.choices, still, tries)
    return best


def shown(compared: Compared) -> str:
    """A program with what is said of it and what it does, as a file that can be kept."""
    said = f"says {compared.verdict.says}: {compared.verdict.why or 'nothing against it'}"
    done = f"does: {compared.outcome.error or 'runs'} {compared.outcome.message}".rstrip()
    return f'"""\n{said}\n{done}\n"""\n{compared.program.text}'
