"""The reports for programs: valid by the schemas that others check them with, true to the findings, never broken."""

from __future__ import annotations

import functools
import itertools
import json
import os
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import junitparser
import msgspec
import pytest

from flake8_flaxargs import fixing
from flake8_flaxargs.config import Config
from flake8_flaxargs.linter import Linter
from flake8_flaxargs.model import Diagnostic, Edit, Fix, Position, Range, Related, Safety
from flake8_flaxargs.reports import github, gitlab, sarif
from flake8_flaxargs.reports.formats import FORMATS
from flake8_flaxargs.reports.records import Finding
from flake8_flaxargs.rules import RULES
from flake8_flaxargs.source import Source

from .suite.findings import HOSTILE, finding, fix, fixture_findings, hostile_findings, made, not_checked

ROOT = Path(__file__).parents[1]
SCHEMAS = Path(__file__).parent / "schemas"

by_format = pytest.mark.parametrize("name", FORMATS)


def everything() -> list[Finding]:
    """Findings of all kinds."""
    cells = [made("a.ipynb", cell=3, fixes=[fix("x = 1")]), made("a.ipynb", cell=4)]
    return [*fixture_findings(), *hostile_findings(), *cells, not_checked()]


def valid(document: Any, schema: str) -> None:
    text = json.loads((SCHEMAS / schema).read_text("utf-8"))
    jsonschema.Draft202012Validator(text, format_checker=jsonschema.FormatChecker()).validate(document)


def run_of(findings: Sequence[Finding], root: Path | None = None) -> dict[str, Any]:
    """The only run of the SARIF log of findings."""
    (run,) = json.loads(sarif.render(findings, root=root))["runs"]
    return dict(run)


# All of them


@by_format
def test_report_can_be_written_as_utf8_and_is_the_same_every_time(name: str) -> None:
    findings = everything()
    text = FORMATS[name](findings)
    assert text.encode("utf-8").endswith(b"\n")
    assert FORMATS[name](findings) == text


@by_format
def test_report_of_nothing_is_valid(name: str) -> None:
    text = FORMATS[name]([])
    match name:
        case "json" | "sarif" | "gitlab":
            json.loads(text)
        case "junit":
            ET.fromstring(text)
        case _:
            assert text == ""


@pytest.mark.parametrize("name", ["concise", "jsonl", "github"])
def test_formats_of_lines_have_one_line_a_finding_whatever_is_in_it(name: str) -> None:
    lines = FORMATS[name](hostile_findings()).replace("\r", "\n").removesuffix("\n").split("\n")
    assert len(lines) == len(HOSTILE)
    if name != "github":  # whose runner takes no other character for a line's end, and wants the path as it is
        assert len("\n".join(lines).splitlines()) == len(HOSTILE)


@pytest.mark.parametrize("name", ["concise", "github", "junit"])
def test_no_escape_sequence_reaches_a_terminal(name: str) -> None:
    assert not re.search(
        "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", FORMATS[name]([made(message="\x1b[31m\u202e\x85")])
    )


# concise


def test_concise_line_is_that_of_flake8() -> None:
    command = [sys.executable, "-m", "flake8", "--isolated", "--flaxargs-no-cache", "--select=JFX0,JFX1,JFX2,JFX3"]
    folder = "fixtures/JFX101"
    printed = subprocess.run([*command, folder], cwd=ROOT, capture_output=True, text=True, check=False).stdout
    ours = [
        msgspec.structs.replace(found, path=os.path.relpath(found.path, ROOT))
        for found in fixture_findings()
        if f"{folder}/" in found.path and not found.diagnostic.code.startswith("JFX9")
    ]
    lines = FORMATS["concise"](ours).replace(" [*]", "").splitlines()
    assert len(lines) > 5
    assert sorted(lines) == sorted(printed.splitlines())


@pytest.mark.parametrize(("safety", "mark"), [(Safety.SAFE, " [*]"), (Safety.UNSAFE, ""), (Safety.DISPLAY, "")])
def test_concise_marks_what_fix_would_mend(safety: Safety, mark: str) -> None:
    assert FORMATS["concise"]([made(fixes=[fix("x", safety)])]) == f"net.py:7:5: JFX101{mark} a message\n"


def test_concise_counts_in_the_cell_of_a_notebook() -> None:
    assert FORMATS["concise"]([made("net.ipynb", cell=3)]) == "net.ipynb:cell 3:7:5: JFX101 a message\n"


# JSON


def from_json(record: dict[str, Any]) -> Diagnostic:
    """The diagnostic that a record of the report was made of."""

    def position(place: dict[str, int]) -> Position:
        return Position(place["line"], place["column"] - 1)

    def text_range(place: dict[str, dict[str, int]]) -> Range:
        return Range(position(place["start"]), position(place["end"]))

    related = (Related(part["path"], position(part["position"]), part["message"]) for part in record["related"])
    fixes = (
        Fix(
            part["title"],
            tuple(Edit(text_range(edit["range"]), edit["text"]) for edit in part["edits"]),
            Safety(part["safety"]),
            part["reason"],
        )
        for part in record["fixes"]
    )
    place = text_range(record["range"])
    return Diagnostic(record["code"], record["message"], place, tuple(related), tuple(fixes))


def test_json_carries_the_whole_finding() -> None:
    findings = [*fixture_findings(), made("a.ipynb", cell=3)]
    report = json.loads(FORMATS["json"](findings))
    assert report["version"] == 1
    assert [from_json(record) for record in report["findings"]] == [found.diagnostic for found in findings]
    assert [(record["path"], record["cell"]) for record in report["findings"]] == [
        (found.path, found.cell) for found in findings
    ]
    names = {rule.code: rule.name for rule in RULES}
    assert all(record["name"] == names[record["code"]] for record in report["findings"])


def test_json_has_every_key_in_every_finding() -> None:
    keys = ["code", "name", "level", "message", "path", "cell", "range", "related", "fixes"]
    assert all(list(record) == keys for record in json.loads(FORMATS["json"](everything()))["findings"])


def test_json_is_read_by_a_parser_that_refuses_lone_surrogates() -> None:
    report = msgspec.json.decode(FORMATS["json"](hostile_findings()).encode())
    spelt = {text: text.replace("\udcff", r"\udcff").replace("\ud800", r"\ud800") for text in HOSTILE}
    assert [record["message"] for record in report["findings"]] == [spelt[text] for text in HOSTILE]


def test_jsonl_has_the_records_of_json() -> None:
    findings = everything()
    lines = FORMATS["jsonl"](findings).splitlines()
    assert list(map(json.loads, lines)) == json.loads(FORMATS["json"](findings))["findings"]


# SARIF


def sample() -> list[Finding]:
    """Two findings of each rule, and the rest of ``everything``: validating takes its time."""
    by_code = itertools.groupby(sorted(fixture_findings(), key=lambda found: found.diagnostic.code), code_of)
    return [*(found for _, group in by_code for found in itertools.islice(group, 2)), *everything()[-17:]]


def code_of(found: Finding) -> str:
    return found.diagnostic.code


@pytest.mark.parametrize("findings", [sample, list], ids=["findings", "none"])
def test_sarif_is_valid(findings: Any) -> None:
    valid(json.loads(sarif.render(findings())), "sarif-2.1.0.json")


def test_schema_of_sarif_refuses_what_is_wrong() -> None:
    log = json.loads(sarif.render([made()]))
    log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startColumn"] = 0
    with pytest.raises(jsonschema.ValidationError):
        valid(log, "sarif-2.1.0.json")


def test_sarif_describes_every_rule_within_the_limits_of_github() -> None:
    described = run_of([])["tool"]["driver"]["rules"]
    assert [(rule["id"], rule["name"]) for rule in described] == [(rule.code, rule.name) for rule in RULES]
    for rule, ours in zip(described, RULES, strict=True):
        short, full = rule["shortDescription"]["text"], rule["fullDescription"]["text"]
        assert 0 < len(short) <= len(full) <= 1024
        assert full.startswith(short)
        assert short.endswith(".")
        assert "## Use instead" in rule["help"]["markdown"]
        assert rule["defaultConfiguration"]["enabled"] is ours.default
    addresses = {rule["id"]: rule.get("helpUri") for rule in described}
    assert addresses["JFX201"].startswith("https://flax.readthedocs.io/")
    assert addresses["JFX101"] is None


def test_sarif_result_names_its_rule_by_index_too() -> None:
    run = run_of(fixture_findings())
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == list(map(code_of, fixture_findings()))


def test_sarif_region_cuts_out_what_was_found() -> None:
    """1-based, in code points, end exclusive."""
    assert run_of([])["columnKind"] == "unicodeCodePoints"
    lines = ['    s = "\U0001f600\u00e4"; y = nn.Dropout(0.5)(x)']
    place = Range(Position(1, lines[0].index("nn.")), Position(1, len(lines[0])))
    (result,) = run_of([finding("a.py", Diagnostic("JFX107", "m", place), lines)])["results"]
    region = result["locations"][0]["physicalLocation"]["region"]
    assert lines[0][region["startColumn"] - 1 : region["endColumn"] - 1] == "nn.Dropout(0.5)(x)"


def test_sarif_fix_does_to_a_file_what_fixing_does() -> None:
    tried = 0
    for found, result in zip(fixture_findings(), run_of(fixture_findings())["results"], strict=True):
        source = Source.from_file(found.path)
        offered = [fix for fix in found.diagnostic.fixes if fix.safety is not Safety.DISPLAY]
        assert len(offered) == len(result.get("fixes", []))
        for ours, theirs in zip(offered, result.get("fixes", []), strict=True):
            (change,) = theirs["artifactChanges"]
            assert urllib.parse.unquote(change["artifactLocation"]["uri"]) == os.path.relpath(found.path)
            assert replaced(source.text, change["replacements"]) == fixing.apply(source, [ours])[0].text
            tried += 1
    assert tried > 30


def replaced(text: str, replacements: Iterable[dict[str, Any]]) -> str:
    """What a reader of SARIF makes of a fix."""
    lines = text.splitlines(keepends=True)

    def offset(line: int, column: int) -> int:
        return sum(map(len, lines[: line - 1])) + column - 1

    edits = []
    for replacement in replacements:
        region = replacement["deletedRegion"]
        start, end = offset(region["startLine"], region["startColumn"]), offset(region["endLine"], region["endColumn"])
        edits.append((start, end, replacement["insertedContent"]["text"]))
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def test_sarif_offers_no_fix_that_is_for_show() -> None:
    (result,) = run_of([made(fixes=[fix("x", Safety.DISPLAY), fix("y", Safety.UNSAFE)])])["results"]
    assert [(offer["description"]["text"], offer["properties"]["safety"]) for offer in result["fixes"]] == [
        ("Write y", "unsafe")
    ]


def test_sarif_says_in_words_where_in_a_notebook() -> None:
    (result,) = run_of([made("a.ipynb", cell=3, fixes=[fix("x")])])["results"]
    assert result["message"]["text"] == "cell 3, line 7, column 5: a message"
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert result["relatedLocations"][0]["physicalLocation"]["region"] == {"startLine": 1}
    assert "fixes" not in result


def test_sarif_keeps_the_worst_of_more_findings_than_github_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sarif.RESULTS == 25_000
    monkeypatch.setattr(sarif, "RESULTS", 3)
    run = run_of([*(made(code="JFX902") for _ in range(3)), made("z.py", code="JFX106")])
    assert [result["ruleId"] for result in run["results"]] == ["JFX902", "JFX902", "JFX106"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"].startswith("1 more")


@pytest.mark.parametrize(
    ("code", "level", "severity"),
    [
        ("JFX000", "error", "major"),
        ("JFX106", "error", "major"),  # Flax raises
        ("JFX101", "warning", "minor"),  # Flax says nothing
        ("JFX902", "note", "info"),
        ("JFX907", "note", "info"),
    ],
)
def test_level_says_what_flax_does(code: str, level: str, severity: str) -> None:
    run = run_of([made(code=code)])
    assert run["results"][0]["level"] == level
    defaults = {rule["id"]: rule["defaultConfiguration"]["level"] for rule in run["tool"]["driver"]["rules"]}
    assert defaults[code] == level
    assert json.loads(FORMATS["json"]([made(code=code)]))["findings"][0]["level"] == level
    assert json.loads(gitlab.render([made(code=code)]))[0]["severity"] == severity


# Paths


@pytest.mark.parametrize(
    "name", ["a b#c?.py", "100%25.py", "c:d,e.py", "\u00e4\U0001f600.py", "back\\slash.py", "a\nb.py"]
)
def test_path_is_told_from_the_root(name: str, tmp_path: Path) -> None:
    found = made(str(tmp_path / "src" / name))
    (result,) = run_of([found], tmp_path)["results"]
    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uriBaseId"] == "%SRCROOT%"
    assert urllib.parse.urlsplit(location["uri"]).path == location["uri"]  # no scheme, no query, no fragment
    assert urllib.parse.unquote(location["uri"]) == f"src/{name}"
    assert json.loads(gitlab.render([found], root=tmp_path))[0]["location"]["path"] == f"src/{name}"
    assert command(github.render([found], root=tmp_path))["file"] == f"src/{name}"


def test_path_outside_of_the_root_stays_absolute(tmp_path: Path) -> None:
    found = made(str(tmp_path / "a b.py"))
    (result,) = run_of([found], tmp_path / "inner")["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert uri == {"uri": f"file://{urllib.parse.quote(tmp_path.as_posix())}/a%20b.py"}
    assert json.loads(gitlab.render([found], root=tmp_path / "inner"))[0]["location"]["path"] == found.path


def test_bytes_of_a_name_that_are_no_utf8_are_kept_in_the_uri(tmp_path: Path) -> None:
    (result,) = run_of([made(os.fsdecode(bytes(tmp_path) + b"/\xff.py"))], tmp_path)["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "%FF.py"


def test_relative_path_counts_from_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert json.loads(gitlab.render([made("../a.py")], root=tmp_path))[0]["location"]["path"] == "a.py"
    assert json.loads(gitlab.render([made("./a.py")]))[0]["location"]["path"] == "a.py"


def test_symbolic_links_are_followed_within_the_root(tmp_path: Path) -> None:
    """A link to the root itself is how a checkout often looks; a file linked from outside keeps its name."""
    (tmp_path / "checkout" / "real").mkdir(parents=True)
    (tmp_path / "checkout" / "link").symlink_to("real")
    (tmp_path / "root").symlink_to("checkout")
    (tmp_path / "outside.py").write_text("")
    (tmp_path / "checkout" / "linked.py").symlink_to(tmp_path / "outside.py")
    findings = [made(str(tmp_path / "root" / name)) for name in ("link/a.py", "linked.py")]
    for root in ("root", "checkout"):
        paths = [issue["location"]["path"] for issue in json.loads(gitlab.render(findings, root=tmp_path / root))]
        assert paths[0] == "real/a.py"
    assert json.loads(gitlab.render(findings, root=tmp_path / "root"))[1]["location"]["path"] == "linked.py"


# Fingerprints


def fingerprints(findings: Sequence[Finding], root: Path | None = None) -> list[str]:
    found = [issue["fingerprint"] for issue in json.loads(gitlab.render(findings, root=root))]
    assert found == [result["partialFingerprints"]["flaxargsLine/v1"] for result in run_of(findings, root)["results"]]
    return found


def linted(path: Path, text: str) -> list[Finding]:
    source = Source(str(path), text)
    found = Linter(Config(cache_directory=None, enabled=lambda code: True)).lint(source)
    return [finding(str(path), diagnostic, source.lines) for diagnostic in found]


def test_fingerprint_survives_edits_above_and_a_checkout_elsewhere(tmp_path: Path) -> None:
    text = (ROOT / "fixtures/JFX106/finding_einsum.py").read_text("utf-8")
    before = fingerprints(linted(tmp_path / "one/net.py", text), tmp_path / "one")
    after = fingerprints(linted(tmp_path / "two/net.py", f"import os\n\n{text}"), tmp_path / "two")
    assert before
    assert before == after


def test_fingerprints_of_all_findings_differ_and_do_not_hang_on_their_order() -> None:
    findings = everything()
    found = fingerprints(findings)
    assert len(set(found)) == len(findings)
    assert fingerprints(findings[::-1]) == found[::-1]


def test_fingerprint_survives_indentation() -> None:
    assert fingerprints([made(line="y = f(x)")]) == fingerprints([made(line="    y = f(x)  ")])


def test_fingerprint_changes_with_code_file_and_line() -> None:
    findings = [made(), made(code="JFX102"), made("other.py"), made(line="another: bool")]
    assert len(set(itertools.chain.from_iterable(fingerprints([found]) for found in findings))) == len(findings)


# GitHub


def command(line: str) -> dict[str, str]:
    """A workflow command as GitHub's runner reads it: its properties, and ``""`` and ``"message"``."""
    head, text = line.rstrip("\n").removeprefix("::").split("::", 1)
    kind, properties = head.split(" ", 1)
    read = dict(part.split("=", 1) for part in properties.split(","))
    escapes = {"%0D": "\r", "%0A": "\n", "%3A": ":", "%2C": ",", "%25": "%"}
    unescape = functools.partial(re.sub, "|".join(escapes), lambda found: escapes[found[0]])
    return {"": kind, "message": unescape(text)} | {name: unescape(value) for name, value in read.items()}


@pytest.mark.parametrize("text", [text for text in HOSTILE if "\ud800" not in text and "\0" not in text])
def test_github_reads_back_the_path(text: str) -> None:
    read = command(github.render([made(text)]))
    assert (read["file"], read["line"], read["col"], read["endColumn"]) == (text, "7", "5", "10")
    assert read["title"] == "JFX101 attribute-not-merged"


def test_github_message_reads_by_itself_in_the_log() -> None:
    read = command(github.render([made(message="50% of\nit")]))
    assert read["message"] == r"net.py:7:5: JFX101 50% of\nit"


def test_github_gets_the_worst_first() -> None:
    codes = ["JFX902", "JFX101", "JFX106", "JFX000"]
    kinds = [command(line)[""] for line in github.render([made(code=code) for code in codes]).splitlines()]
    assert kinds == ["error", "error", "warning", "notice"]


def test_github_gets_no_columns_of_several_lines_and_of_a_notebook() -> None:
    several = command(github.render([made(place=Range(Position(7, 4), Position(9, 1)))]))
    assert (several["line"], several["endLine"]) == ("7", "9")
    assert not {"col", "endColumn"} & set(several)
    notebook = command(github.render([made("a.ipynb", cell=2)]))
    assert notebook["line"] == "1"
    assert not {"endLine", "col", "endColumn"} & set(notebook)
    assert notebook["message"] == "a.ipynb:cell 2:7:5: JFX101 a message"


# GitLab


def test_gitlab_report_is_valid() -> None:
    issues = json.loads(gitlab.render(everything()))
    assert len(issues) == len(everything())
    for issue in issues:
        # What GitLab's documentation of code quality reports asks of each.
        assert all(isinstance(issue[key], str) and issue[key] for key in ("description", "check_name", "fingerprint"))
        assert not issue["location"]["path"].startswith("./")
        assert issue["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert issue["location"]["lines"]["begin"] >= 1


# JUnit


def test_junit_report_is_valid() -> None:
    """As a reader of such reports takes it."""
    read = junitparser.JUnitXml.fromstring(FORMATS["junit"](everything()).encode())
    cases = [case for suite in read for case in suite]
    assert len(cases) == len(everything())
    assert all(case.result and case.classname and case.name for case in cases)


def test_junit_has_a_suite_a_file_and_counts_what_is_in_it() -> None:
    root = ET.fromstring(FORMATS["junit"](everything()))
    assert len(root) == len({found.path for found in everything()})
    for element in (root, *root):
        assert int(element.attrib["tests"]) == len(element.findall(".//testcase"))
        assert int(element.attrib["failures"]) == len(element.findall(".//failure"))
        assert int(element.attrib["errors"]) == len(element.findall(".//error"))
    codes = Counter(code_of(found) for found in everything())
    assert Counter(found.attrib["type"] for found in root.iter() if found.tag in {"failure", "error"}) == codes


def test_junit_without_findings_is_a_test_that_passed() -> None:
    root = ET.fromstring(FORMATS["junit"]([]))
    assert root.attrib["tests"] == "1"
    assert [len(test) for test in root.iter("testcase")] == [0]
