"""Jupyter notebooks (format 4): the code cells, with what only IPython understands put out of Python's way."""

from __future__ import annotations

import ast
import functools
import json
import re
import warnings
from collections.abc import Mapping
from typing import Any

from ..source import Source, SourceError
from .document import Document, DocumentError, Origin
from .joining import Piece, joined

# Cell magics whose body runs as Python in the notebook itself; the body of any other (%%bash, %%writefile) does not.
_RUN_AS_PYTHON = {"time", "timeit", "capture", "prun", "memit", "snakeviz", "matplotlib", "debug"}
_LINE_MAGIC = re.compile(r"\s*(?:[%!?]|.*[\w\])]\?{1,2}\s*$)")
_ASSIGNED = re.compile(r"(?P<target>\s*[\w.\[\]'\", *()]+?)\s*=\s*[%!].*")
# How Jupyter, VS Code, Colab and git filters lay notebooks out.
_INDENTS: tuple[int | str | None, ...] = (1, 2, 4, 0, "\t", None)


def open_notebook(path: str, data: bytes) -> Document:
    """The code cells of a notebook.

    Raises:
        SourceError: it is not in UTF-8.
        DocumentError: it is no notebook of format 4.
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"cannot decode {path}: {error}; notebooks are in UTF-8") from error
    notebook = _loaded(path, text)
    parts: list[Source] = []
    cells: list[int] = []
    pieces: list[Piece] = []
    for number, cell in enumerate(notebook["cells"], 1):
        if cell.get("cell_type") != "code" or not _is_python(notebook):
            continue
        source = Source(path, _text(cell))
        part = len(parts)
        parts.append(source)
        cells.append(number)
        pieces.append(_piece(source.text, part))
    programs, broken = joined(path, pieces)
    left_out = tuple(
        f"cell {cells[piece.origins[0].part]}, line {error.lineno or 1}: {error.msg}" for piece, error in broken
    )

    def encode(raws: Mapping[int, str]) -> bytes:
        return _saved(path, text, {cells[part] - 1: raw for part, raw in raws.items()})

    return Document(path, tuple(parts), programs, encode, tuple(cells), left_out)


def _loaded(path: str, text: str) -> dict[str, Any]:
    """The notebook in a text.

    Raises:
        DocumentError: it is none.
    """
    try:
        loaded = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise DocumentError(f"{path} is no notebook: {error}; restore it, or open and save it in Jupyter") from error
    notebook: dict[str, Any] = loaded if isinstance(loaded, dict) else {}
    version = notebook.get("nbformat")
    if version is not None and version != 4:
        raise DocumentError(
            f"{path} is a notebook of format {version}; convert it with `jupyter nbconvert --to notebook`"
        )
    cells = notebook.get("cells")
    if not isinstance(cells, list) or not all(_is_cell(cell) for cell in cells):
        raise DocumentError(
            f"{path} is no notebook: it has no list of cells; restore it, or open and save it in Jupyter"
        )
    return notebook


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, dict):
        return False
    source = cell.get("source", "")
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))


def _is_python(notebook: Mapping[str, Any]) -> bool:
    """Whether the kernel is one for Python, as far as the notebook says."""
    metadata = notebook.get("metadata")
    for key, name in (("language_info", "name"), ("kernelspec", "language")):
        found = metadata.get(key) if isinstance(metadata, dict) else None
        language = found.get(name) if isinstance(found, dict) else None
        if isinstance(language, str):
            return language.lower() in {"python", "ipython"}
    return True


def _text(cell: Mapping[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


def _piece(text: str, part: int) -> Piece:
    lines = text.split("\n")
    masked = _masked(lines)
    origins = [Origin(part, number, "", line == masked[number - 1]) for number, line in enumerate(lines, 1)]
    return Piece(masked, origins)


def _masked(lines: list[str]) -> list[str]:
    """The lines of a cell, what only IPython understands replaced by Python that says as little."""
    first = next((index for index, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        name = lines[first][2:].split()[0] if lines[first][2:].split() else ""
        if name not in _RUN_AS_PYTHON:
            return [""] * len(lines)
        lines = [*lines[:first], "", *lines[first + 1 :]]
    if _parses(lines):  # a line of a text that starts with % stays what it is
        return lines
    found: list[str] = []
    continued = False
    for line in lines:
        if continued:
            found.append("")
            continued = line.rstrip().endswith("\\")
        elif assigned := _ASSIGNED.fullmatch(line):
            found.append(f"{assigned['target']} = get_ipython()")
            continued = line.rstrip().endswith("\\")
        elif _LINE_MAGIC.match(line):
            found.append(line[: len(line) - len(line.lstrip())] + "pass")
            continued = line.rstrip().endswith("\\")
        else:
            found.append(line)
    return found


def _parses(lines: list[str]) -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _saved(path: str, text: str, raws: Mapping[int, str]) -> bytes:
    """The notebook's bytes with other texts for cells, laid out as it was.

    Raises:
        DocumentError: it is laid out in a way that would not be kept.
    """
    notebook = json.loads(text)
    end = text[len(text.rstrip()) :]
    newline = "\r\n" if "\r\n" in text else "\n"
    for indent in _INDENTS:
        for escaped in (False, True):
            layout = functools.partial(_laid_out, indent=indent, escaped=escaped, newline=newline, end=end)
            if layout(notebook) == text:
                for index, raw in raws.items():
                    cell = notebook["cells"][index]
                    cell["source"] = raw if isinstance(cell["source"], str) else raw.splitlines(keepends=True)
                return layout(notebook).encode()
    raise DocumentError(f"{path} is laid out in a way that saving would change; open and save it in Jupyter first")


def _laid_out(notebook: object, indent: int | str | None, escaped: bool, newline: str, end: str) -> str:
    """A notebook's text; inside JSON's strings no line ends."""
    return json.dumps(notebook, indent=indent, ensure_ascii=escaped).replace("\n", newline) + end
