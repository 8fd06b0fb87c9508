"""JUnit XML: findings as tests that failed, for the many systems that show those.

Source: ``junit-10.xsd`` of Jenkins' xUnit plugin, which knows no line of a test: the place stands in the test's name.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from itertools import groupby

from ..config import UNREADABLE
from .concise import concise
from .places import column, line
from .records import Finding
from .severities import order
from .texts import printable

_DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'


def render(findings: Sequence[Finding]) -> str:
    """A test suite a file, by path, and in it a failed test a finding; an error where a file was not checked.

    Lines and columns in names are 1-based. Without findings there is one test that passed: Jenkins takes a report
    without any for a broken build. Characters that XML 1.0 forbids are escaped as in ``concise``.
    """
    root = ET.Element("testsuites", {"name": "flaxargs", **_counts(findings)})
    for path, group in groupby(sorted(findings, key=order), lambda finding: finding.path):
        of_file = list(group)
        suite = ET.SubElement(root, "testsuite", {"name": printable(path), **_counts(of_file)})
        for finding in of_file:
            _add_test(suite, finding)
    if not findings:
        suite = ET.SubElement(root, "testsuite", name="flaxargs", tests="1", failures="0", errors="0")
        ET.SubElement(suite, "testcase", name="no findings", classname="flaxargs")
        root.set("tests", "1")
    ET.indent(root)
    return f"{_DECLARATION}{ET.tostring(root, encoding='unicode')}\n"


def _add_test(suite: ET.Element, finding: Finding) -> None:
    diagnostic = finding.diagnostic
    start = diagnostic.range.start
    cell = "" if finding.cell is None else f"cell {finding.cell}, "
    name = f"{diagnostic.code} {cell}line {line(start)}, column {column(start)}"
    test = ET.SubElement(suite, "testcase", name=name, classname=printable(finding.path))
    kind = "error" if diagnostic.code == UNREADABLE else "failure"
    failure = ET.SubElement(test, kind, type=diagnostic.code, message=printable(diagnostic.message))
    failure.text = "\n".join(
        (
            concise(finding),
            *(
                f"{printable(related.path)}:{line(related.position)}:{column(related.position)}: "
                f"{printable(related.message)}"
                for related in diagnostic.related
            ),
        )
    )


def _counts(findings: Sequence[Finding]) -> dict[str, str]:
    errors = sum(finding.diagnostic.code == UNREADABLE for finding in findings)
    return {"tests": str(len(findings)), "failures": str(len(findings) - errors), "errors": str(errors)}
