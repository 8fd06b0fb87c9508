"""The extension for VS Code: it is built with npm, and packaged by vsce."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "editors" / "vscode"


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The .vsix, built from a copy as a user would build it."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not there")
    made = tmp_path_factory.mktemp("vscode") / "extension"
    shutil.copytree(FOLDER, made, ignore=shutil.ignore_patterns("node_modules", "out", "*.vsix"))
    for command in ("npm ci --no-audit --no-fund", "npm run package"):
        done = subprocess.run(command, shell=True, cwd=made, capture_output=True, text=True, timeout=300)
        if done.returncode and ("ENOTFOUND" in done.stderr or "EAI_AGAIN" in done.stderr):
            pytest.skip("npm cannot reach its registry")
        assert done.returncode == 0, done.stdout + done.stderr
    return zipfile.ZipFile(made / "flaxargs.vsix")


@pytest.mark.xdist_group("installing")
def test_the_package_holds_what_vs_code_runs_and_no_more(package: zipfile.ZipFile) -> None:
    names = [name for name in package.namelist() if name.startswith("extension/")]
    manifest = json.loads(package.read("extension/package.json"))
    assert f"extension/{manifest['main'].removeprefix('./')}" in names
    assert not [name for name in names if "node_modules" in name or name.endswith(".ts")]
    assert {"extension/LICENSE.txt", "extension/readme.md"} <= set(names)


@pytest.mark.xdist_group("installing")
def test_the_built_program_is_whole(package: zipfile.ZipFile, tmp_path: Path) -> None:
    """VS Code itself cannot be had from a package registry; that the server answers editors is tested with others."""
    program = tmp_path / "extension.js"
    program.write_bytes(package.read("extension/out/extension.js"))
    assert subprocess.run(["node", "--check", program], capture_output=True).returncode == 0
    asked = 'process.stdout.write([...program.matchAll(/require\\("([^"]+)"\\)/g)].map((found) => found[1]).join())'
    script = f"const program = require('node:fs').readFileSync({str(program)!r}, 'utf8'); {asked}"
    needed = subprocess.run(["node", "-e", script], capture_output=True, text=True, check=True).stdout.split(",")
    assert "vscode" in needed
    assert not [name for name in needed if name.startswith("vscode-")]  # bundled: there is no node_modules


def test_every_setting_is_one_that_the_server_knows() -> None:
    manifest = json.loads((FOLDER / "package.json").read_text())
    keys = {key.removeprefix("flaxargs.") for key in manifest["contributes"]["configuration"]["properties"]}
    assert keys == {"command", "inlayHints", "select", "trace.server"}
