"""HTML built as a tree, so that no text of a user's can become markup."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import TypeAlias

from .texts import printable

Node: TypeAlias = ET.Element | str

# An HTML parser would change or drop these; line ends and tabs are wanted.
_CONTROLS = re.compile("[^\n\t]+")


def element(tag: str, *children: Node | Iterable[Node], **attributes: str | int | None) -> ET.Element:
    """An element with its children in order; text is escaped when the page is written.

    Args:
        attributes: those that are None are left out. ``class_`` is ``class``, ``aria_label`` is ``aria-label``.
    """
    made = ET.Element(tag)
    for name, value in attributes.items():
        if value is not None:
            made.set(name.rstrip("_").replace("_", "-"), _shown(str(value)))
    for child in children:
        for node in (child,) if isinstance(child, str | ET.Element) else child:
            _append(made, node)
    return made


def page(root: ET.Element) -> str:
    """The document of an ``html`` element."""
    return f"<!DOCTYPE html>\n{ET.tostring(root, encoding='unicode', method='html')}\n"


def _append(parent: ET.Element, node: Node) -> None:
    match node:
        case ET.Element():
            parent.append(node)
        case str() if len(parent):
            parent[-1].tail = (parent[-1].tail or "") + _shown(node)
        case str():
            parent.text = (parent.text or "") + _shown(node)


def _shown(text: str) -> str:
    return _CONTROLS.sub(lambda found: printable(found[0]), text)
