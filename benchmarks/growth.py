"""Whether time grows with the lines that are linted, and memory does not.

``python -m benchmarks.growth`` copies the corpus several times over (each copy is a project of its own: nothing learnt
of one helps the next), lints copy after copy in one process with all default rules, and prints CPU time and peak memory
after each.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from .corpus import default_cache, ensure_corpus, flax_files, new_linter

_BOUND_MIB = 400
# A copy may cost this much more a line than the first one.
_SLACK = 1.25


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; 1 where memory or time grow beyond their bounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--cache", type=Path, default=default_cache(), help="where the corpus is (now %(default)s)")
    parser.add_argument("--copies", type=int, default=4, help="how often it is linted (four times are 1.1M lines)")
    options = parser.parse_args(arguments)
    corpus = ensure_corpus(options.cache)
    linter = new_linter(all_rules=False)
    spent, lines, first = 0.0, 0, 0.0
    print("| lines | CPU s | CPU ms a 1000 lines of this copy | peak MiB |\n| ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as temporary:
        for copy in range(options.copies):
            begin, before = spent, lines
            for folder in corpus.values():
                target = Path(temporary, str(copy), folder.name)
                shutil.copytree(folder, target)
                for path in flax_files(target):
                    lines += path.read_bytes().count(b"\n")
                    start = time.process_time()
                    linter.lint_path(path)
                    spent += time.process_time() - start
            rate = 1e6 * (spent - begin) / (lines - before)
            first = first or rate
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            print(f"| {lines} | {spent:.1f} | {rate:.1f} | {peak:.0f} |", flush=True)
    return 1 if peak > _BOUND_MIB or rate > _SLACK * first else 0


if __name__ == "__main__":
    sys.exit(main())
