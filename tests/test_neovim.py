"""Neovim's own client: opens a file, gets the diagnostics, applies the quick fix, saves, and the file is right."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_command_check import NET
from tests.test_command_fix import FIXED

pytestmark = pytest.mark.skipif(shutil.which("nvim") is None, reason="Neovim is not there (apt-get install neovim)")

# For Neovim from 0.7 on; what README shows needs 0.11.
SCRIPT = """
local server = vim.fn.json_decode(vim.env.SERVER)
local client = vim.lsp.start_client({ name = 'flaxargs', cmd = server, root_dir = vim.fn.getcwd() })
vim.lsp.buf_attach_client(0, client)
local function diagnostics() return vim.diagnostic.get(0) end
local said = vim.wait(60000, function() return #diagnostics() > 0 end, 50)
local found = {}
for _, each in ipairs(diagnostics()) do
  table.insert(found, { each.lnum, each.col, each.end_col, each.code, each.source, each.message })
end
local params = vim.lsp.util.make_range_params()
local first = diagnostics()[1]
params.range = first.user_data.lsp and { start = { line = first.lnum, character = first.col },
  ['end'] = { line = first.end_lnum, character = first.end_col } } or params.range
params.context = { diagnostics = { first.user_data.lsp and vim.tbl_extend('force', {
  range = params.range, message = first.message, code = first.code, source = first.source },
  first.user_data.lsp) }, only = { 'quickfix' } }
local titles = {}
local answers = vim.lsp.buf_request_sync(0, 'textDocument/codeAction', params, 30000)
for _, answer in pairs(answers) do
  for _, action in ipairs(answer.result or {}) do table.insert(titles, action.title) end
  local action = answer.result and answer.result[1]
  if action and not action.edit then
    local resolved = vim.lsp.buf_request_sync(0, 'codeAction/resolve', action, 30000)
    for _, each in pairs(resolved) do action = each.result or action end
  end
  if action and action.edit then vim.lsp.util.apply_workspace_edit(action.edit, 'utf-16') end
end
vim.wait(60000, function() return #diagnostics() == 0 end, 50)
vim.cmd('silent write')
local file = io.open('said.json', 'w')
file:write(vim.fn.json_encode({ said = said, found = found, titles = titles, left = #diagnostics() }))
file:close()
vim.cmd('qall!')
"""


def test_neovim_shows_a_finding_and_applies_its_fix(tmp_path: Path) -> None:
    (tmp_path / "net.py").write_text(NET)
    (tmp_path / "script.lua").write_text(SCRIPT)
    environment = {
        **os.environ,
        "SERVER": json.dumps([sys.executable, "-m", "flake8_flaxargs", "server"]),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        ["nvim", "--headless", "--clean", "-c", "luafile script.lua", "net.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
    )
    assert (tmp_path / "said.json").exists(), done.stderr
    said = json.loads((tmp_path / "said.json").read_text())
    ((line, column, end, code, source, message),) = said["found"]
    assert (line, column, end, code, source) == (7, 26, 31, "JFX101", "flaxargs")
    assert "never read" in message
    assert "Merge `train` with merge_param" in said["titles"][0]
    assert said["left"] == 0
    assert (tmp_path / "net.py").read_text() == FIXED
