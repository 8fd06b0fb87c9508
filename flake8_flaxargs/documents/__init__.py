"""Files as users have them -> programs: a Python file is one; the cells of a notebook and the code blocks of a Markdown
file join into one, and into another where they define a name anew.

Only front ends import this. A program is a ``source.Source``; ``Document`` leads its places and edits back to the file.
"""

from .document import Document, DocumentError, Program
from .opening import KINDS, Kind, kind_of, open_document, read_document

__all__ = ["KINDS", "Document", "DocumentError", "Kind", "Program", "kind_of", "open_document", "read_document"]
