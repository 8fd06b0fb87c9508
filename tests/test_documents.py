"""Notebooks and Markdown: what is checked, where findings stand, and that nothing but the fix changes."""

from __future__ import annotations

import json

import nbformat
import pytest

from flake8_flaxargs.checking import Checker, FileResult, Job
from flake8_flaxargs.documents import DocumentError, open_document
from flake8_flaxargs.mending import mend
from flake8_flaxargs.model import Safety
from flake8_flaxargs.settings import Settings

NET = """class Net(nn.Module):
    train: bool | None = None

    @nn.compact
    def __call__(self, x, train: bool | None = None):
        return nn.Dropout(0.5, deterministic=not train)(x)
"""
MERGE = "        train = nn.merge_param('train', self.train, train)\n"
IMPORT = "from flax import linen as nn\n"


@pytest.fixture(scope="module")
def checker(tmp_path_factory: pytest.TempPathFactory) -> Checker:
    return Checker(Job(Settings(no_cache=True), str(tmp_path_factory.mktemp("project"))))


def notebook(*cells: str, **metadata: object) -> bytes:
    made = nbformat.v4.new_notebook(metadata=metadata)
    made.cells = [nbformat.v4.new_markdown_cell("# Title"), *map(nbformat.v4.new_code_cell, cells)]
    return (nbformat.writes(made) + "\n").encode()


def places(result: FileResult) -> list[tuple[str, int | None, int, int]]:
    return [
        (found.diagnostic.code, found.cell, found.diagnostic.range.start.line, found.diagnostic.range.start.column)
        for found in result.findings
    ]


def check(checker: Checker, path: str, data: bytes) -> list[tuple[str, int | None, int, int]]:
    return places(checker.check_text(path, data))


@pytest.mark.parametrize(
    "before",
    [
        "",
        "%matplotlib inline\n",
        "%load_ext autoreload\n%autoreload 2\n",
        "!pip install flax\n",
        "!pip install \\\n  flax\n",
        "files = !ls\n",
        "out = %sql select 1\n",
        "x?\n",
        "nn.Dense??\n",
        "?x\n",
        "if True:\n    !ls\n",
        "%%time\n",
        "%%capture out --no-stderr\n",
        'text = """\n%not a magic\n"""\n',
        "await run()\n",
    ],
    ids=repr,
)
def test_what_only_ipython_understands_hides_no_finding(checker: Checker, before: str) -> None:
    found = check(checker, "net.ipynb", notebook(IMPORT, before + NET))
    assert found == [("JFX101", 3, before.count("\n") + 5, 26)]


@pytest.mark.parametrize("magic", ["%%bash", "%%writefile net.py", "%%html", "%%javascript"])
def test_a_cell_that_does_not_run_as_python_here_is_not_checked(checker: Checker, magic: str) -> None:
    assert check(checker, "net.ipynb", notebook(IMPORT, f"{magic}\n{NET}")) == []


def test_a_notebook_for_another_language_is_not_checked(checker: Checker) -> None:
    assert (
        check(
            checker, "n.ipynb", notebook(IMPORT, NET, kernelspec={"name": "ir", "display_name": "R", "language": "R"})
        )
        == []
    )


def test_a_broken_cell_is_left_out_and_the_rest_checked(checker: Checker) -> None:
    result = checker.check_text("net.ipynb", notebook(IMPORT, "def (:", NET))
    assert places(result) == [("JFX101", 4, 5, 26)]
    assert [said.split(":")[0] for said in result.left_out] == ["cell 3, line 1"]


def test_messages_and_related_places_count_in_cells(checker: Checker) -> None:
    (finding,) = checker.check_text("net.ipynb", notebook(IMPORT + "import jax", "", NET)).findings
    assert "(cell 4, line 2)" in finding.diagnostic.message
    assert [(place.path, *place.position) for place in finding.diagnostic.related] == [("net.ipynb:cell 4", 2, 4)]
    assert finding.lines == ("    def __call__(self, x, train: bool | None = None):",)


def test_a_name_defined_anew_is_judged_by_its_own_definition(checker: Checker) -> None:
    """A tutorial's second version must not be mistaken for the first, nor the first for the second."""
    draws = (
        "class Net(nn.Module):\n    @nn.compact\n    def __call__(self, x):\n        return nn.Dropout(0.5)(x, False)\n"
    )
    plain = "class Net(nn.Module):\n    @nn.compact\n    def __call__(self, x):\n        return nn.Dense(2)(x)\n"
    run = "Net().apply({'params': {}}, 1)\n"
    assert check(checker, "net.ipynb", notebook(IMPORT, draws, run, plain, run)) == [("JFX201", 4, 1, 0)]
    assert check(checker, "net.ipynb", notebook(IMPORT, plain, run, draws, run)) == [("JFX201", 6, 1, 0)]


def test_noqa_counts_in_cells(checker: Checker) -> None:
    silenced = NET.replace("= None):", "= None):  # noqa: JFX101")
    assert check(checker, "net.ipynb", notebook(IMPORT, silenced)) == []


@pytest.mark.parametrize("indent", [1, 2, 4, "\t", None])
@pytest.mark.parametrize("escaped", [False, True])
@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_fix_changes_one_cell_of_a_notebook_and_nothing_else(
    checker: Checker, indent: int | str | None, escaped: bool, as_text: bool, newline: str
) -> None:
    content = json.loads(notebook(IMPORT, "%time x = 'ü'", NET))
    if as_text:
        for cell in content["cells"]:
            cell["source"] = "".join(cell["source"])
    text = json.dumps(content, indent=indent, ensure_ascii=escaped) + "\n"
    data = text.replace("\n", newline).encode()
    document = open_document("net.ipynb", data)
    mended = mend(document, data, checker.judge, [Safety.SAFE])
    cell = content["cells"][3]
    lines = NET.splitlines(keepends=True)
    fixed = [*lines[:5], MERGE, *lines[5:]]
    cell["source"] = "".join(fixed) if as_text else fixed
    expected = json.dumps(content, indent=indent, ensure_ascii=escaped) + "\n"
    assert mended.data.decode() == expected.replace("\n", newline)
    nbformat.validate(nbformat.reads(mended.data.decode(), 4))


def test_a_notebook_whose_layout_would_change_is_not_mended(checker: Checker) -> None:
    data = notebook(IMPORT, NET).replace(b'"nbformat": 4', b'"nbformat" :   4')
    document = open_document("net.ipynb", data)
    mended = mend(document, data, checker.judge, [Safety.SAFE])
    assert mended.data == data
    assert "open and save it in Jupyter" in mended.refused[0]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is no notebook"),
        (b"{", "is no notebook"),
        (b"[]", "no list of cells"),
        (b'{"cells": 3}', "no list of cells"),
        (b'{"cells": [3], "nbformat": 4}', "no list of cells"),
        (b'{"cells": [{"cell_type": "code", "source": [1]}], "nbformat": 4}', "no list of cells"),
        (b'{"worksheets": [], "nbformat": 3}', "format 3; convert it"),
        (b"[" * 100_000, "is no notebook"),
    ],
    ids=["empty", "cut", "list", "no-cells", "no-cell", "no-text", "format-3", "deep"],
)
def test_a_broken_notebook_is_told_with_the_way_out(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        open_document("net.ipynb", data)


def markdown(*blocks: str) -> bytes:
    return "\n".join(["# Title", "", *blocks, ""]).encode()


@pytest.mark.parametrize("info", ["python", "py", "python3", "Python", 'python title="net.py"', "{python}"])
@pytest.mark.parametrize("fence", ["```", "~~~~", "`````"])
def test_code_blocks_of_markdown_are_checked(checker: Checker, info: str, fence: str) -> None:
    data = markdown("text", f"{fence}{info}", IMPORT + NET + fence)
    assert check(checker, "net.md", data) == [("JFX101", None, 10, 26)]


@pytest.mark.parametrize("info", ["", "console", "pycon", "text", "pythonic"])
def test_other_blocks_are_not(checker: Checker, info: str) -> None:
    assert check(checker, "net.md", markdown(f"```{info}", IMPORT + NET + "```")) == []


def test_blocks_go_on_from_those_before(checker: Checker) -> None:
    data = markdown("```python", IMPORT + "```", "and", "```python", NET + "```")
    assert check(checker, "net.md", data) == [("JFX101", None, 12, 26)]


def test_a_block_in_a_block_is_text(checker: Checker) -> None:
    assert check(checker, "net.md", markdown("````markdown", "```python", IMPORT + NET + "```", "````")) == []


def test_sketches_and_sessions_are_left_out(checker: Checker) -> None:
    result = checker.check_text("n.md", markdown("```python", "net = Net(", "```", "```python", ">>> 1 +", "```"))
    assert result.findings == ()
    assert [said.split(":")[0] for said in result.left_out] == ["line 4"]


@pytest.mark.parametrize("indent", ["", "   ", "> ", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
def test_a_fix_keeps_the_indent_of_a_block(checker: Checker, indent: str, newline: str, bom: bytes) -> None:
    body = (IMPORT + "\n" + NET).splitlines(keepends=True)
    expected = [*body[:7], MERGE, *body[7:]]

    def text(lines: list[str]) -> bytes:
        block = ["```python\n", *lines, "```\n", "ü\n"]
        return bom + "".join(indent + line for line in ["- a list\n", *block]).replace("\n", newline).encode()

    data = text(body)
    mended = mend(open_document("net.md", data), data, checker.judge, [Safety.SAFE])
    assert mended.data == text(expected)
