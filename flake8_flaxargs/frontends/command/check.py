"""``flaxargs check``: report findings."""

from __future__ import annotations

import json
import sys
import typing
from collections import Counter
from collections.abc import Sequence
from typing import Any

import click
from rich.console import Console

from ...checking import Checker, FileResult, Job
from ...discovery import find, left_out
from ...model import Safety
from ...reports.records import Finding
from ...settings import OutputFormat
from ...writing import WriteError, write_atomically
from . import options as o
from .running import checked
from .streams import say

FORMATS = typing.get_args(OutputFormat)
# Those that people read: a line that sums up comes after.
_FOR_PEOPLE = ("concise", "full")


@click.command(name="check", short_help="Report findings.")
@click.argument("paths", nargs=-1, type=str)
@o.options(o.SELECTION, o.CHECKING)
@click.option("--output-format", type=click.Choice(FORMATS), help="How to report (default: full).")
@click.option("--output-file", "-o", metavar="FILE", help="Write the report there, whole, not to the terminal.")
@click.option("--statistics", is_flag=True, help="Count findings by rule, in place of showing them.")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 in spite of findings.")
@click.option("--stdin-filename", default="stdin.py", metavar="NAME", help="What '-' is called, and taken for.")
@o.options(o.FILES, o.RUNNING)
def command(paths: tuple[str, ...], **given: Any) -> None:
    """Check Python files, notebooks and the code blocks of Markdown files; folders are searched, '-' is stdin.

    Exits with 0 if there is nothing to find, 1 if there is (JFX000 among it: a file that is no Python),
    2 if a file could not be read.

    \b
    Example:
      $ flaxargs check net.py
      $ flaxargs check --select JFX2,attribute-not-merged --output-format concise .
      $ flaxargs check --output-format sarif --output-file flaxargs.sarif .
    """
    results, configuration = results_of(paths or (".",), given)
    findings = [finding for result in results for finding in result.findings]
    if given["statistics"]:
        text = statistics(findings, configuration.settings.output_format)
        _written(given["output_file"], text) if given["output_file"] else say(text, nl=False)
    else:
        report(findings, configuration.settings.output_format, given["output_file"])
    if configuration.settings.output_format in _FOR_PEOPLE:
        o.tell(summary(results))
    sys.exit(status(results, given["exit_zero"]))


def results_of(paths: Sequence[str], given: dict[str, Any]) -> tuple[list[FileResult], Any]:
    """What paths come to; what stands in the way of it is told."""
    configuration = o.configured(paths, given)
    job = Job(configuration.settings, configuration.root, noqa=not given["disable_noqa"])
    named = [path for path in paths if path != "-"]
    found = find(named, configuration)
    results = [FileResult("", trouble=trouble) for trouble in found.troubles]
    for folder in found.empty:
        o.tell(nothing_in(folder, configuration.settings.include))
    name = given["stdin_filename"]
    if "-" in paths and not (configuration.settings.force_exclude and left_out(name, configuration)):
        results.append(Checker(job).check_text(name, sys.stdin.buffer.read()))
    results += checked(found.files, job)
    for result in results:
        if result.trouble:
            o.tell(result.trouble)
    return results, configuration


def nothing_in(folder: str, include: Sequence[str]) -> str:
    """Why nothing of a folder was checked."""
    return f"{folder}: no file to check there: none is {' or '.join(include)}, or `exclude` or git leaves them out"


def report(findings: Sequence[Finding], output_format: str, output_file: str | None) -> None:
    """Show findings, or write them to a file; ends the program where that cannot be done."""
    if output_format == "full":
        from ...reports import full

        if output_file is None or output_file == "-":
            console = Console(soft_wrap=True, highlight=False)
            for block in full.blocks(findings):
                console.print(block, end="")
            return
        _written(output_file, full.render(findings))
        return
    from ...reports.formats import FORMATS as RENDER

    text = RENDER[output_format](findings)
    if output_file in {None, "-"} and output_format in _FOR_PEOPLE:
        say(text, nl=False)
    elif output_file in {None, "-"}:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    else:
        _written(str(output_file), text)


def _written(path: str, text: str) -> None:
    try:
        write_atomically(path, text.encode("utf-8", "backslashreplace"))
    except WriteError as error:
        o.fail(str(error))


def status(results: Sequence[FileResult], exit_zero: bool) -> int:
    """0 clean, 1 findings, 2 something could not be checked."""
    if any(result.trouble for result in results):
        return o.TROUBLE
    return o.FINDINGS if any(result.findings for result in results) and not exit_zero else o.CLEAN


def summary(results: Sequence[FileResult]) -> str:
    """One line on what was found, and what can be done about it."""
    files = sum(not result.trouble for result in results)
    findings = [finding for result in results for finding in result.findings]
    if not findings:
        parts = [f"nothing found in {_counted(files, 'file')}"]
    else:
        with_some = sum(bool(result.findings) for result in results)
        parts = [f"{_counted(len(findings), 'finding')} in {with_some} of {_counted(files, 'file')}"]
        safeties = Counter(
            finding.diagnostic.fixes[0].safety for finding in findings if finding.diagnostic.fixes
        )  # the preferred one
        safe, unsafe = safeties[Safety.SAFE], safeties[Safety.UNSAFE]
        if safe:
            more = f", {unsafe} more with --unsafe-fixes" if unsafe else ""
            parts.append(f"{safe} can be mended with `flaxargs fix`{more}")
        elif unsafe:
            parts.append(f"{unsafe} can be mended with `flaxargs fix --unsafe-fixes`")
    if silenced := sum(result.silenced for result in results):
        parts.append(f"{silenced} kept silent by noqa")
    if left_out := sum(len(result.left_out) for result in results):
        parts.append(f"{_counted(left_out, 'block')} left out that Python cannot parse")
    if troubles := sum(bool(result.trouble) for result in results):
        parts.append(f"{troubles} could not be checked")
    return "; ".join(parts)


def statistics(findings: Sequence[Finding], output_format: str) -> str:
    """Findings by rule, most frequent first; for people, or as JSON."""
    from ...rules import RULES

    names = {rule.code: rule.name for rule in RULES}
    counts = Counter(finding.diagnostic.code for finding in findings)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    if output_format == "json":
        records = [{"code": code, "name": names.get(code), "count": count} for code, count in ordered]
        return json.dumps(records, indent=2) + "\n"
    if output_format not in _FOR_PEOPLE:
        o.fail(f"--statistics has no form for --output-format {output_format}; use full, concise or json")
    return "".join(f"{count:>6}  {code}  {names.get(code, '')}\n" for code, count in ordered)


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
