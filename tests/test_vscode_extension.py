"""The extension for VS Code: it is built with npm, packaged by vsce, and starts our server."""

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
def test_the_built_program_starts_the_server_and_says_what_to_install(package: zipfile.ZipFile, tmp_path: Path) -> None:
    """Run by node with a stand-in for the editor's own module, which nothing but VS Code has."""
    (tmp_path / "extension.js").write_bytes(package.read("extension/out/extension.js"))
    (tmp_path / "run.js").write_text(_HARNESS)
    done = subprocess.run(["node", "run.js"], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert "cannot start '/no/such/flaxargs server'" in done.stdout, done.stdout + done.stderr
    assert "flake8-flaxargs[lsp]" in done.stdout


def test_every_setting_is_one_that_the_server_knows() -> None:
    manifest = json.loads((FOLDER / "package.json").read_text())
    keys = {key.removeprefix("flaxargs.") for key in manifest["contributes"]["configuration"]["properties"]}
    assert keys == {"command", "inlayHints", "select", "trace.server"}


# Any property of the editor's API is an object that can be called and made; what matters here is what it is told.
_HARNESS = """
const Module = require("node:module");
function anything() {
  return new Proxy(function () {}, {
    get: (_, name) => (name === Symbol.toPrimitive ? () => "" : name === "then" ? undefined : anything()),
    apply: () => anything(),
    construct: () => anything(),
  });
}
const vscode = new Proxy({
  workspace: new Proxy({ getConfiguration: () => ({ get: () => ["/no/such/flaxargs", "server"] }) }, {
    get: (own, name) => own[name] ?? anything(),
  }),
  window: new Proxy({ showErrorMessage: (text) => { console.log(text); return Promise.resolve(); } }, {
    get: (own, name) => own[name] ?? anything(),
  }),
}, { get: (own, name) => own[name] ?? anything() });
const load = Module._load;
Module._load = (name, ...rest) => (name === "vscode" ? vscode : load(name, ...rest));
const extension = require("./extension.js");
extension.activate({ subscriptions: [] }).then(() => process.exit(0), (error) => { console.log(String(error)); process.exit(1); });
setTimeout(() => process.exit(2), 30000);
"""
