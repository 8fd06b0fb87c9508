"""``flaxargs verify``: prove fixes by running original and fixed side by side."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console

from ...checking import Checker, Job
from ...config import UNREADABLE
from ...discovery import find
from ...documents import DocumentError, kind_of, read_document
from ...fixing import FixError
from ...mending import mend
from ...model import Safety
from ...overrides import unheard
from ...reports import concise
from ...settings import Configuration
from ...shim.isolation import Limits, PlatformError
from ...shim.records import Report
from ...source import Source, SourceError
from ...verifying import Mendable, Terms, verify_all
from ...writing import WriteError, write_atomically
from . import options as o
from .running import checked

_WIDE = 160


@click.command(name="verify", short_help="Prove fixes by running both sides.")
@click.argument("paths", nargs=-1, type=str)
@click.option("--unsafe-fixes/--no-unsafe-fixes", default=None, help="Verify fixes that may change numbers, too.")
@o.options(o.RUNS)
@click.option(
    "--output-format", "as_", type=click.Choice(["text", "json"]), default="text", help="For people or programs."
)
@click.option("--html", metavar="FILE", help="Write a page with matrices, diffs and pictures of dropout masks, too.")
@o.options(o.SELECTION, o.CHECKING, o.FILES, o.RUNNING)
def command(paths: tuple[str, ...], **given: Any) -> None:
    """Run what fixes change, before and after, and say what is the same. Nothing is written. THIS RUNS YOUR CODE.

    Each Module that a fix changes is run in a child process, on the GPU or TPU where there is one: each way to give its
    merged arguments, train and eval, init and apply, with and without each rng stream, forward and gradient. Inputs
    are synthesised; where that fails, the report names the line to write into pyproject.toml.

    Exits with 0 if all that fixes change is proved, 1 if something differs or is not proved, 2 if it could not be run.

    \b
    Example:
      $ flaxargs verify net.py
      $ flaxargs verify --platform cpu --html report.html net.py
    """
    configuration, files, failed = mendable(paths or (".",), given)
    report = verified(configuration, files, given, masks=bool(given["html"]))
    show(report, given["as_"])
    if given["html"]:
        from ...reports import verify_html

        try:
            write_atomically(given["html"], verify_html.render(report).encode("utf-8", "backslashreplace"))
        except WriteError as error:
            o.fail(str(error))
    if not report.modules:
        o.tell("no fix changes a definition: there is nothing to run")
    sys.exit(o.TROUBLE if failed else o.CLEAN if all(module.proved for module in report.modules) else o.FINDINGS)


def mendable(paths: Sequence[str], given: dict[str, Any]) -> tuple[Configuration, list[Mendable], bool]:
    """The files that fixes change; what stands in the way is told, and whether anything does."""
    configuration = o.configured(paths, given)
    job = Job(configuration.settings, configuration.root, noqa=not given["disable_noqa"], all_rules=True)
    found = find(paths, configuration)
    failed = bool(found.troubles)
    for trouble in found.troubles:
        o.tell(trouble)
    safeties = (Safety.SAFE, Safety.UNSAFE) if configuration.settings.unsafe_fixes else (Safety.SAFE,)
    checker = Checker(job)
    files = []
    for result in checked(found.files, job):
        if result.trouble:
            o.tell(result.trouble)
            failed = True
        for finding in result.findings:
            if finding.diagnostic.code == UNREADABLE:
                o.tell(concise.render([finding]).rstrip())
                failed = True
        if not any(fix.safety in safeties for finding in result.findings for fix in finding.diagnostic.fixes):
            continue
        if kind_of(result.path) != "python":
            o.tell(f"{result.path}: only Python files can be run; its fixes are not verified")
            continue
        try:
            document, data = read_document(result.path)
            mended = mend(document, data, checker.judge, safeties)
        except (OSError, DocumentError, SourceError, FixError) as error:
            o.tell(str(error))
            failed = True
            continue
        if mended.data != data:
            original = Source.from_bytes(result.path, data)
            files.append(Mendable(result.path, original, Source.from_bytes(result.path, mended.data), mended.made))
    return configuration, files, failed


def verified(configuration: Configuration, files: Sequence[Mendable], given: dict[str, Any], masks: bool) -> Report:
    """What was proved; ends the program where nothing can be run."""
    cache = configuration.cache_directory
    terms = Terms(
        given["platform"],
        given["tolerance"],
        masks,
        dict(configuration.settings.verify),
        Limits(given["time_limit"], given["memory_limit"], str(cache / "xla") if cache else None),
    )
    for trouble in unheard(configuration, [file.path for file in files]):
        o.tell(trouble)
    if not files:
        return Report(())
    console = Console(stderr=True)
    try:
        with console.status("verifying") as status:
            return verify_all(
                files, configuration.config(), terms, told=lambda name: status.update(f"verifying {name}")
            )
    except PlatformError as error:
        o.fail(str(error))


def show(report: Report, as_: str) -> None:
    """Show a report on stdout."""
    if as_ == "json":
        from ...reports import verify_json

        sys.stdout.buffer.write(verify_json.render(report).encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
        return
    from ...reports import verify_text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)  # a log is no terminal of 80 columns
    for table in verify_text.tables(report):
        console.print(table)
