"""Reports of a verification: what stands in the terminal, in JSON, and on the page, which Chromium opens."""

from __future__ import annotations

import io
import json
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import msgspec
import pytest
from rich.console import Console

from flake8_flaxargs.reports import verify_diff, verify_html, verify_json, verify_text
from flake8_flaxargs.shim.records import (
    Cell,
    CellResult,
    Device,
    Given,
    Mask,
    ModuleReport,
    Outcome,
    Report,
    Verdict,
)

from .suite import verifications as made

# In words


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        (
            Cell((Given("train", "both", "True", "False"),), (), "apply", ("dropout",), True),
            "train: attribute True, call False · apply · rngs dropout · gradient",
        ),
        (
            Cell((Given("train", "neither"),), (("mask", True),), "init"),
            "train: not given · mask=True · init · rngs params",
        ),
        (Cell((), (), "init", ("dropout", "noise")), "init · rngs params, dropout, noise"),
        (Cell((Given("rate", "call", None, "0.5\n"),)), "rate: call 0.5\\n · apply · no rngs"),
    ],
)
def test_cell_is_told_on_one_line(cell: Cell, words: str) -> None:
    assert verify_text.cell_words(cell) == words


# In the terminal


def shown(report: Report, width: int = 160) -> str:
    """What the terminal shows."""
    stream = io.StringIO()
    console = Console(file=stream, width=width, color_system=None, force_terminal=False)
    for block in verify_text.tables(report):
        console.print(block)
    return stream.getvalue()


def test_terminal_shows_each_module_with_its_verdict_and_work() -> None:
    lines = shown(msgspec.structs.replace(made.report(), modules=made.report().modules[:5])).splitlines()
    (row,) = [line for line in lines if line.lstrip().startswith("models.net:Decoder")]
    for part in (
        "contract",
        "34 identical, 10 equal, 20 contract, 8 mended",
        "3 ulps",
        "72/11",
        "4.02 s",
        "NVIDIA H200",
    ):
        assert part in row
    assert "1 changed, 2 not proved, 1 contract, 1 proved in 1 min 15 s; gpu: NVIDIA H200 (2 devices)" in lines[-2]
    assert "flax 0.10.6" in "".join(lines[-2:])


def test_terminal_says_what_to_write_for_a_module_without_shapes() -> None:
    text = shown(made.report())
    assert '\n  [tool.flaxargs.verify."models.vit:Patches"]' in text
    assert '\n  call = ["float32[2,32,32,3]"]' in text


def test_terminal_shows_the_end_of_a_traceback_alone() -> None:
    text = shown(made.report())
    assert "TypeError: dot_general requires equal dims" in text and "return [step](x)" in text
    assert "... 34 lines before" in text and "line 12, in step" not in text


def test_terminal_tells_a_difference_once_and_counts_its_cells() -> None:
    text = shown(msgspec.structs.replace(made.report(), modules=(made.changed(),)))
    assert text.count("another tree: no longer") == 1
    assert "in train: attribute True · mask=False · apply · rngs dropout · gradient: largest error inf ulps" in text
    assert "and 21 more cells" in text
    assert "float32[2,16,8]" in text and "float32[2,16,9]" in text


def test_proved_modules_need_no_words_beside_their_line() -> None:
    assert shown(Report((made.proved(),))).count("models.net:Encoder") == 1


@pytest.mark.parametrize("width", [20, 80, 300])
def test_hostile_texts_neither_control_the_terminal_nor_read_as_markup(width: int) -> None:
    text = shown(made.report(), width)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202e\ud800-\udfff]", text)
    if width == 300:
        assert r"\x1b[31mred\x1b[0m" in text and "[brackets]" in text


def test_terminal_takes_a_report_of_nothing() -> None:
    assert shown(Report(())).strip() == "0 Modules in 0.00 s; no device: nothing ran"


# In JSON


def test_json_has_every_field_of_every_record() -> None:
    document = json.loads(verify_json.render(made.report()))
    module = document["modules"][2]
    cell = module["cells"][0]
    for record, found in (
        (Report, document),
        (Device, document["device"]),
        (ModuleReport, module),
        (CellResult, cell),
        (Cell, cell["cell"]),
        (Given, cell["cell"]["given"][0]),
        (Outcome, cell["original"]),
        (Mask, module["masks"][0]),
    ):
        assert {field.name for field in msgspec.structs.fields(record)} <= set(found), record


def test_json_is_true_to_the_report() -> None:
    report = made.report()
    document = json.loads(verify_json.render(report))
    assert [module["verdict"] for module in document["modules"]] == [module.verdict for module in report.modules]
    assert document["summary"] == {"changed": 2, "not proved": 2, "contract": 1, "proved": 1}
    assert document["modules"][3]["problem"] == report.modules[3].problem
    assert document["modules"][0]["masks"][0]["fixed"] == [list(row) for row in report.modules[0].masks[0].fixed]
    assert document["diffs"][0] == {"path": "models/net.py", "lines": list(made.DIFF)}


def test_json_has_no_number_that_json_lacks() -> None:
    def refuse(name: str) -> None:
        raise AssertionError(name)

    cells = json.loads(verify_json.render(made.report()), parse_constant=refuse)["modules"][2]["cells"]
    errors = {(cell["ulps"], cell["relative"]) for cell in cells if cell["verdict"] == "changed"}
    assert errors == {("inf", "nan")}


def test_json_is_utf8_and_the_same_every_time() -> None:
    text = verify_json.render(made.report())
    assert text.encode("utf-8").endswith(b"}\n")
    assert verify_json.render(made.report()) == text


def test_reports_need_no_jax() -> None:
    names = ", ".join(("verify_text", "verify_json", "verify_html"))
    program = f"import sys; from flake8_flaxargs.reports import {names}; sys.exit('jax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# Parts of the page


def test_module_is_shown_its_own_hunks_and_those_above_all_classes() -> None:
    diff = verify_diff.split(made.DIFF)
    modules = [made.proved("m:First", 12), made.proved("m:Second", 70)]
    first, second = ([hunk.first for hunk in verify_diff.of_module(diff.hunks, each, modules)] for each in modules)
    assert first == [1, 12]
    assert second == [1, 80]


class Texts(HTMLParser):
    """Names of elements, and all text and attributes, as a parser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]
        self.texts += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_hostile_texts_stay_texts() -> None:
    page = verify_html.render(made.report())
    parser = Texts()
    parser.feed(page)
    assert not parser.tags & {"script", "tag"}
    assert page.encode("utf-8")
    every = "\n".join(parser.texts)
    assert "<script>document.title = 'hacked'</script>" in every
    assert r"lone \udcff surrogate" in every and r"\x1b[31mred" in every and "emoji \U0001f469" in every


def test_page_takes_a_report_of_nothing() -> None:
    assert "There was no Module to verify." in verify_html.render(Report(()))


def test_page_of_many_modules_stays_small() -> None:
    """With 500 Modules of 72 cells: so much a cell that the whole stays below what a browser opens at once."""
    sizes = [len(verify_html.render(made.many(modules))) for modules in (10, 110)]
    cells = len(made.cells())
    assert (sizes[1] - sizes[0]) / (100 * cells) < 500


# In a browser


class Browser:
    """A headless Chromium, and what it complained of and asked for."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def open(self, page: str, folder: Path, scheme: str = "light", width: int = 1280) -> None:
        """Show a page from a file, as a user does."""
        path = folder / "report.html"
        path.write_text(page, "utf-8")
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        self.driver.set_window_size(width, 1400)
        self.complaints(), self.requests()
        self.address = path.as_uri()
        self.driver.get(self.address)

    def ask(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self.driver.execute_script(f"return {expression}")

    def complaints(self) -> list[str]:
        """What stands in the console."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self) -> list[str]:
        """Addresses that were asked for; data within the page left out."""
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        sent = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        return [address for address in sent if not address.startswith("data:")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        pytest.skip(
            "needs Chromium and its chromedriver on the PATH; on Debian: apt-get install chromium chromium-driver"
        )
    webdriver = pytest.importorskip("selenium.webdriver", reason="needs selenium: pip install -e '.[dev]'")
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(chromedriver))
    yield Browser(driver)
    driver.quit()


in_chromium = pytest.mark.xdist_group("chromium")


@in_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_loads_without_complaint_and_asks_for_nothing(browser: Browser, scheme: str, tmp_path: Path) -> None:
    browser.open(verify_html.render(made.report()), tmp_path, scheme)
    assert browser.ask("document.readyState") == "complete"
    assert browser.ask("document.title").startswith("flaxargs verify: 6 Modules: 2 changed")
    assert browser.complaints() == []
    assert browser.requests() == [browser.address]
    assert browser.driver.save_screenshot(str(tmp_path / f"{scheme}.png"))


@in_chromium
def test_page_has_every_cell_and_every_picture(browser: Browser, tmp_path: Path) -> None:
    report = made.report()
    browser.open(verify_html.render(report), tmp_path)
    results = [result for module in report.modules for result in module.cells]
    for verdict in Verdict:
        count = sum(result.verdict is verdict for result in results)
        assert browser.ask(f"document.querySelectorAll('.matrix .cell.{verdict}').length") == count, verdict
    drawn = "Array.from(document.images, image => [image.naturalWidth, image.naturalHeight, image.alt])"
    pictures = browser.ask(drawn)
    # Before and after of four Modules, five masks; one is empty, three pairs differ and one differs in size.
    assert len(pictures) == 9 + 3
    assert all((width, height) == (24, 16) and alt for width, height, alt in pictures)
    assert browser.ask("document.querySelectorAll('svg.histogram').length") == 4
    assert browser.ask("document.querySelectorAll('.histogram .inexact').length") > 5


@in_chromium
def test_picture_has_a_pixel_an_element(browser: Browser, tmp_path: Path) -> None:
    """As Chromium decodes it: drawn where an element is dropped, else transparent."""
    module = made.proved()
    browser.open(verify_html.render(Report((module,))), tmp_path)
    rows = browser.ask(_PIXELS)
    assert [[int(alpha > 0) for alpha in row] for row in rows] == [list(row) for row in module.masks[0].original]


@in_chromium
def test_cell_names_its_row_its_column_and_its_reason(browser: Browser, tmp_path: Path) -> None:
    browser.open(verify_html.render(Report((made.changed(),))), tmp_path)
    title = browser.ask("document.querySelector('.matrix tbody tr:nth-child(10) td:last-child .cell').title")
    assert "train: attribute True, call False · mask=True · apply · rngs dropout · gradient" in title
    assert "changed by values on the device" in title and "another tree" in title
    heads = browser.ask(
        "Array.from(document.querySelectorAll('.matrix tbody tr:nth-child(10) th'), th => th.innerText)"
    )
    assert heads == ["attribute True, call False", "True"]


@in_chromium
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(browser: Browser, scheme: str, tmp_path: Path) -> None:
    """By the contrast of WCAG 2.2, 1.4.3: at least 4.5 to 1."""
    browser.open(verify_html.render(made.report()), tmp_path, scheme)
    selectors = [
        "body",
        ".faint",
        "th",
        "dt",
        "pre.problem",
        ".diff .new",
        ".diff .gone",
        ".diff .place",
        ".histogram text",
    ]
    selectors += [f".matrix .cell.{verdict}" for verdict in Verdict]
    selectors += [f".module.{verdict} .badge" for verdict in ("changed", "not-proved", "contract", "proved")]
    for selector in selectors:
        front, behind = browser.ask(_COLOURS % json.dumps(selector))
        assert _contrast(front, behind) >= 4.5, (selector, front, behind)


@in_chromium
def test_page_stays_within_a_narrow_window(browser: Browser, tmp_path: Path) -> None:
    browser.open(verify_html.render(made.report()), tmp_path, width=520)
    assert browser.ask("document.documentElement.scrollWidth <= window.innerWidth")


@in_chromium
def test_large_report_is_folded_and_can_be_filtered(browser: Browser, tmp_path: Path) -> None:
    browser.open(verify_html.render(made.many(120)), tmp_path)
    assert browser.complaints() == []
    visible = "Array.from(document.querySelectorAll('.module')).filter(each => each.checkVisibility()).length"
    opened = "document.querySelectorAll('.module[open] h2').length"
    assert (browser.ask(visible), browser.ask(opened)) == (120, 1)
    assert browser.ask("document.querySelector('.module h2').innerText") == "models.attention:CrossAttention"
    browser.driver.find_element("id", "show-proved").click()
    assert browser.ask(visible) == 1


_PIXELS = """(() => {
  const image = document.images[0], canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return Array.from({ length: canvas.height }, (_, y) =>
    Array.from({ length: canvas.width }, (_, x) => data[4 * (y * canvas.width + x) + 3]));
})()"""

_COLOURS = """(() => {
  const element = document.querySelector(%s), style = getComputedStyle(element);
  let behind = element;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const front = element instanceof SVGElement ? style.fill : style.color;
  return [front, getComputedStyle(behind).backgroundColor].map(text => text.match(/\\d+/g).slice(0, 3).map(Number));
})()"""


def _contrast(one: list[int], other: list[int]) -> float:
    """Source: WCAG 2.2, definitions of relative luminance and contrast ratio."""

    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else math.pow((value + 0.055) / 1.055, 2.4)

    def luminance(colour: list[int]) -> float:
        red, green, blue = (linear(part / 255) for part in colour)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
