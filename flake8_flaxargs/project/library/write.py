"""Writes the data files of Flax's own facts.

    python -m flake8_flaxargs.project.library.write 0.12.8 path/to/site-packages
    python -m flake8_flaxargs.project.library.write 0.8.5

The folder is one that holds ``flax/``; without it the release's wheel is downloaded with pip. Nothing is imported.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import msgspec

from ...facts.reader import DEPTHS, read
from ...source import Source
from . import Data, supported_version

# What Linen code can reach: Linen, the functional core under it, the containers and trainers around it.
PARTS = (
    "__init__.py",
    "core",
    "linen",
    "struct.py",
    "training/__init__.py",
    "training/train_state.py",
    "traverse_util.py",
    "version.py",
)


def facts_of(folder: Path, release: str) -> Data:
    """The facts of the Flax below ``folder``.

    Raises:
        SourceError: one of its files cannot be read.
        FileNotFoundError: there is no Flax in the folder.
    """
    package = folder / "flax"
    if not package.is_dir():
        raise FileNotFoundError(f"no flax/ in {folder}")
    paths = sorted(
        path
        for part in PARTS
        for path in ((package / part).rglob("*.py") if (package / part).is_dir() else [package / part])
    )
    return Data(
        release,
        {
            path.relative_to(folder).as_posix(): {
                depth: msgspec.Raw(msgspec.msgpack.encode(read(Source.from_file(path), depth))) for depth in DEPTHS
            }
            for path in paths
            if path.exists()
        },
    )


def main(release: str, folder: str | None = None) -> None:
    """Write the data file that holds for ``release``."""
    with tempfile.TemporaryDirectory() as temporary:
        if folder is None:
            command = ["download", "-q", "--no-deps", "--only-binary=:all:", "-d", temporary, f"flax=={release}"]
            subprocess.run([sys.executable, "-m", "pip", *command, "--ignore-requires-python"], check=True)
            (wheel,) = Path(temporary).glob("*.whl")
            zipfile.ZipFile(wheel).extractall(temporary)
        data = facts_of(Path(folder or temporary), release)
    target = Path(__file__).with_name(f"flax-{supported_version(release)}.msgpack")
    target.write_bytes(msgspec.msgpack.encode(data))
    print(f"{target.name}: {len(data.files)} files of flax {release}, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
