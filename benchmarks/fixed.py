"""Files of a folder with their fixes made in memory: what verifications are measured on."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from flake8_flaxargs.checking import Checker, Job
from flake8_flaxargs.documents import open_document
from flake8_flaxargs.fixing import FixError
from flake8_flaxargs.mending import mend
from flake8_flaxargs.model import Safety
from flake8_flaxargs.settings import Settings
from flake8_flaxargs.source import Source, SourceError
from flake8_flaxargs.verifying import Mendable

ALL = (Safety.SAFE, Safety.UNSAFE)


def fixed_files(paths: Collection[Path], safeties: Collection[Safety] = ALL) -> Iterator[Mendable]:
    """The files that fixes of these safeties change; off-by-default rules count."""
    checker = Checker(Job(Settings(no_cache=True, select=("JFX",)), str(Path.cwd()), all_rules=True))
    for path in paths:
        data = path.read_bytes()
        try:
            document = open_document(str(path), data)
            mended = mend(document, data, checker.judge, safeties)
        except (SourceError, FixError):
            continue
        if mended.data != data:
            yield Mendable(str(path), document.parts[0], Source.from_bytes(str(path), mended.data), mended.made)
