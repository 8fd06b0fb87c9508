"""The same program, spelled otherwise: other import forms of Flax, other bytes. The findings must stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

IMPORT = "from flax import linen as nn"
# Marks a fixture that is about a spelling of its own.
OFF = "# matrix: off"
_USE = re.compile(r"\bnn\.(\w+)")


class Spelled(NamedTuple):
    """A program's main file as bytes, and the files that it needs beside it."""

    main: bytes
    beside: dict[str, str]


def _spelled(text: str, **beside: str) -> Spelled:
    return Spelled(text.encode(), {f"{name}.py": content for name, content in beside.items()})


def import_module_as(text: str) -> Spelled:
    return _spelled(text.replace(IMPORT, "import flax.linen as nn"))


def from_flax_import_linen(text: str) -> Spelled:
    return _spelled(_USE.sub(r"linen.\1", text.replace(IMPORT, "from flax import linen")))


def import_flax(text: str) -> Spelled:
    return _spelled(_USE.sub(r"flax.linen.\1", text.replace(IMPORT, "import flax")))


def from_linen_import_names(text: str) -> Spelled:
    """Each name for itself, all but Module under another name."""
    names = dict.fromkeys(_USE.findall(text))
    imports = ", ".join(name if name == "Module" else f"{name} as {name}_" for name in names)
    used = _USE.sub(lambda found: found[1] if found[1] == "Module" else f"{found[1]}_", text)
    return _spelled(used.replace(IMPORT, f"from flax.linen import {imports}"))


def re_exported(text: str) -> Spelled:
    """Linen comes through a module of the project's own."""
    return _spelled(text.replace(IMPORT, "from house_of_layers import nn"), house_of_layers=f"{IMPORT}\n")


def base_in_other_file(text: str) -> Spelled:
    """The classes inherit from one of the project's own; the file that holds it says what a Module is."""
    used = text.replace("(nn.Module", "(HouseModule").replace(IMPORT, f"{IMPORT}\nfrom house_base import HouseModule")
    return _spelled(used, house_base=f'{IMPORT}\n\n\nclass HouseModule(nn.Module):\n    """The house\'s Module."""\n')


def with_crlf(text: str) -> Spelled:
    return Spelled(text.replace("\n", "\r\n").encode(), {})


def with_tabs(text: str) -> Spelled:
    return _spelled(re.sub(r"^(?:    )+", lambda found: "\t" * (len(found[0]) // 4), text, flags=re.MULTILINE))


def with_byte_order_mark(text: str) -> Spelled:
    return Spelled(b"\xef\xbb\xbf" + text.encode(), {})


def with_latin_1(text: str) -> Spelled:
    return Spelled(f"# -*- coding: latin-1 -*-\n# \u00e9crit \u00e0 la main\n{text}".encode("latin-1"), {})


SPELLINGS: tuple[Callable[[str], Spelled], ...] = (
    import_module_as,
    from_flax_import_linen,
    import_flax,
    from_linen_import_names,
    re_exported,
    base_in_other_file,
    with_crlf,
    with_tabs,
    with_byte_order_mark,
    with_latin_1,
)
