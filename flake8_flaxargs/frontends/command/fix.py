"""``flaxargs fix``: mend what can be mended."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import click
import msgspec
from rich.console import Console
from rich.syntax import Syntax

from ...checking import Checker, FileResult, Job
from ...config import UNREADABLE
from ...discovery import find
from ...documents import Document, DocumentError, open_document, read_document
from ...fixing import FixError
from ...mending import Mended, definition_at, mend, unified_diff
from ...model import Fix, Safety
from ...reports import concise
from ...reports.records import Finding
from ...source import SourceError
from ...writing import WriteError, write_atomically
from . import options as o
from .check import FORMATS, nothing_in, report, status, summary
from .running import checked
from .streams import say


@click.command(name="fix", short_help="Make the fixes that are safe.")
@click.argument("paths", nargs=-1, type=str)
@click.option("--unsafe-fixes/--no-unsafe-fixes", default=None, help="Make fixes that may change numbers, too.")
@click.option("--diff", is_flag=True, help="Show what would change; write nothing.")
@click.option("--verify", is_flag=True, help="Write only what running it before and after has proved. RUNS YOUR CODE.")
@click.option("--interactive", "-i", is_flag=True, help="Ask for each fix: y(es), n(o), a(ll), q(uit).")
@click.option("--exit-zero", is_flag=True, help="Exit with 0 although findings are left, or files would change.")
@click.option("--quiet", "-q", is_flag=True, help="Do not show what is left, only what was done.")
@click.option("--output-format", type=click.Choice(FORMATS), help="How to show what is left (default: full).")
@o.options(o.RUNS, o.SELECTION, o.CHECKING)
@click.option("--stdin-filename", default="stdin.py", metavar="NAME", help="What '-' is called, and taken for.")
@o.options(o.FILES, o.RUNNING)
def command(paths: tuple[str, ...], **given: Any) -> None:
    """Make the fixes that are SAFE: no run that worked before gives anything else. Then report what is left.

    With '-', which stands alone, the mended text goes to stdout, and what is left to stderr. Exits with 0 if nothing is
    left to find, 1 if something is (with --diff: if something would change), 2 if something could not be done.

    \b
    Example:
      $ flaxargs fix --diff net.py
      $ flaxargs fix --unsafe-fixes --select JFX101 net.py
    """
    paths = paths or (".",)
    configuration = o.configured(paths, given)
    _refuse_contradictions(paths, given)
    job = Job(configuration.settings, configuration.root, noqa=not given["disable_noqa"])
    if "-" in paths:
        sys.exit(_fix_stdin(job, given))
    found = find(paths, configuration)
    for trouble in found.troubles:
        o.tell(trouble)
    for folder in found.empty:
        o.tell(nothing_in(folder, configuration.settings.include))
    results = checked(found.files, job)
    proved = _proved(paths, given, results) if given["verify"] else None
    fixer = _Fixer(job, given["diff"], given["interactive"], proved)
    for result in results:
        if fixer.may_fix(result):
            fixer.fix(result.path)
        elif result.trouble:
            o.tell(result.trouble)
    failed = bool(found.troubles) or fixer.failed or any(result.trouble for result in results)
    if given["diff"]:
        unread = [finding for result in results for finding in result.findings if finding.diagnostic.code == UNREADABLE]
        for finding in unread:
            o.tell(concise.render([finding]).rstrip())
        o.tell(f"would make {fixer.told()}" if fixer.changed else "nothing would change")
        some = (fixer.changed or unread) and not given["exit_zero"]
        sys.exit(o.TROUBLE if failed else o.FINDINGS if some else o.CLEAN)
    if fixer.changed:  # a mended class may change what is found elsewhere
        results = checked(found.files, job)
    left = [finding for result in results for finding in result.findings]
    if not given["quiet"]:
        report(left, configuration.settings.output_format, None)
    o.tell(f"{fixer.told()}; {summary(results)}")
    sys.exit(o.TROUBLE if failed else status(results, given["exit_zero"]))


def _refuse_contradictions(paths: Sequence[str], given: dict[str, Any]) -> None:
    """End the program where options, or paths, cannot all be followed. A setting of the file asks for nothing here."""
    if "-" in paths and set(paths) != {"-"}:
        o.fail("the mended text of '-' goes to stdout, files are mended in place; mend '-' by itself")
    if given["interactive"] and "-" in paths:
        o.fail("--interactive asks on stdin, which '-' is read from; name a file")
    if given["interactive"] and given["diff"]:
        o.fail("--diff shows all that would change, --interactive asks for each; leave one of them out")
    if given["verify"] and "-" in paths:
        o.fail("--verify imports what it runs; name a file")
    if given["output_format"] is None:
        return
    way_out = "leave --output-format out; `flaxargs check` reports findings in any format"
    if given["diff"]:
        o.fail(f"--diff shows a patch, which has no --output-format; {way_out}")
    if "-" in paths:
        o.fail(f"the mended text of '-' goes to stdout, where a report would spoil it; {way_out}")


def _proved(paths: Sequence[str], given: dict[str, Any], results: Sequence[FileResult]) -> dict[str, dict[str, str]]:
    """The definitions, by path, whose fixes were run and proved; the report is shown."""
    from ...verifying import proved_definitions
    from .verify import mendable, show, verified

    named = [result.path for result in results if result.findings]
    if not named:
        return {}
    configuration, files, _ = mendable(named, {**given, "force_exclude": False})
    report = verified(configuration, files, given, masks=False)
    show(report, "text")
    return proved_definitions(report)


def _fix_stdin(job: Job, given: dict[str, Any]) -> int:
    """Mend stdin onto stdout; findings that are left go to stderr. What cannot be mended comes out as it went in."""
    data = sys.stdin.buffer.read()
    fixer = _Fixer(job, given["diff"], False)
    try:
        document = open_document(given["stdin_filename"], data)
        mended = fixer.mended(document, data)
    except (DocumentError, SourceError, FixError) as error:
        o.tell(str(error))
        mended = None
    if given["diff"]:
        if mended is not None:
            fixer.show(given["stdin_filename"], data, mended)
        some = mended is not None and mended.data != data and not given["exit_zero"]
        return o.TROUBLE if mended is None else o.FINDINGS if some else o.CLEAN
    sys.stdout.buffer.write(mended.data if mended else data)
    sys.stdout.buffer.flush()
    if mended is None:
        return o.TROUBLE
    left = fixer.checker.result(mended.document)
    for finding in left.findings if not given["quiet"] else ():
        o.tell(concise.render([finding]).rstrip())
    return status([left], given["exit_zero"])


class _Fixer:
    """Mends files, one after another.

    Attributes:
        changed: how many files were mended, or would be.
        failed: whether something could not be done.
    """

    def __init__(
        self, job: Job, diff: bool, interactive: bool, proved: dict[str, dict[str, str]] | None = None
    ) -> None:
        self.checker = Checker(msgspec.structs.replace(job, all_rules=True))
        self._safeties = (Safety.SAFE, Safety.UNSAFE) if job.settings.unsafe_fixes else (Safety.SAFE,)
        self._diff = diff
        self._ask = interactive
        self._proved = proved
        self._quit = False
        self._made = 0
        self.changed = 0
        self.failed = False
        self._console = Console(highlight=False, soft_wrap=True)

    def may_fix(self, result: FileResult) -> bool:
        """Whether a file has a fix to be made."""
        return not self._quit and any(
            fix.safety in self._safeties for finding in result.findings for fix in finding.diagnostic.fixes
        )

    def fix(self, path: str) -> None:
        """Mend a file, or show how it would be."""
        try:
            document, data = read_document(path)
            mended = self.mended(document, data)
            if mended.data == data:
                return
            if self._diff:
                self.show(path, data, mended)
            else:
                write_atomically(path, mended.data, expected=data)
        except (OSError, DocumentError, SourceError, FixError, WriteError) as error:
            o.tell(str(error))
            self.failed = True
            return
        self.changed += 1
        self._made += len(mended.made)

    def mended(self, document: Document, data: bytes) -> Mended:
        """The document with its fixes.

        Raises:
            FixError: the fixes do not come to an end.
        """
        choose = self._chosen if self._ask or self._proved is not None else None
        mended = mend(document, data, self.checker.judge, self._safeties, choose)
        for reason in mended.refused:
            o.tell(f"not mended: {reason}")
        return mended

    def show(self, path: str, before: bytes, mended: Mended) -> None:
        """The diff of a file."""
        encoding = mended.document.parts[0].encoding if mended.document.parts else "utf-8"
        self._show(list(unified_diff(path, before, mended.data, encoding)))

    def _show(self, lines: Sequence[str]) -> None:
        text = "\n".join(lines)
        if self._console.is_terminal:
            self._console.print(Syntax(text, "diff", theme="ansi_dark", background_color="default", word_wrap=False))
        else:
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace") + b"\n")

    def _chosen(self, finding: Finding, fix: Fix, before: bytes, after: bytes) -> bool:
        """Whether to make a fix: only where its definition is proved, and the user, if asked, says so."""
        if self._proved is not None:
            around = definition_at(before, finding.diagnostic.range.start.line)
            verdict = self._proved.get(finding.path, {}).get(around or "")
            if verdict is None or (verdict == "contract" and fix.safety is not Safety.SAFE):
                return False
        if self._quit or not self._ask:
            return not self._quit
        start = finding.diagnostic.range.start
        code, message = finding.diagnostic.code, finding.diagnostic.message
        say(f"\n{finding.path}:{start.line}:{start.column + 1}: {code} {message}")
        say(f"{fix.title} [{fix.safety}: {fix.reason}]" if fix.reason else f"{fix.title} [{fix.safety}]")
        self._show(list(unified_diff(finding.path, before, after)))
        default = "y" if fix.safety is Safety.SAFE else "n"
        try:
            answer = click.prompt("make this fix?", type=click.Choice(["y", "n", "a", "q"]), default=default)
        except click.Abort:  # the end of the answers; what was said so far holds
            answer = "q"
        self._quit = answer == "q"
        if answer == "a":
            self._ask = False
        return answer in {"y", "a"}

    def told(self) -> str:
        """What was done, in words."""
        fixes = "1 fix" if self._made == 1 else f"{self._made} fixes"
        return f"{fixes} in {self.changed} file{'' if self.changed == 1 else 's'}" if self._made else "nothing mended"
