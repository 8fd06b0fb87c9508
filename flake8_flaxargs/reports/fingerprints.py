"""What a finding is known by from one run to the next, also when lines above it come and go."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from .places import Root
from .records import Finding
from .severities import order


def fingerprints(findings: Sequence[Finding], root: Root) -> list[str]:
    """A fingerprint for each finding: 32 hexadecimal digits, no two alike.

    It is a hash of the code, the path as seen from ``root``, the text of the finding's first line without the space
    around it, and which finding with these three it is, counted from the top of the file. So it survives edits above
    the line, its indentation, and a checkout elsewhere; it changes with the line itself.
    """
    seen: Counter[tuple[str, str, str]] = Counter()
    found = [""] * len(findings)
    for index in sorted(range(len(findings)), key=lambda index: order(findings[index])):
        finding = findings[index]
        key = (finding.diagnostic.code, root.path(finding.path), finding.lines[0].strip() if finding.lines else "")
        seen[key] += 1
        parts = "\0".join((*key, str(seen[key])))
        found[index] = hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
    return found
