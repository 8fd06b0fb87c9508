"""Findings to those who do not ask for them, and a word to those who do once a change elsewhere has altered them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from . import diagnostics as d
from .texts import Buffer

log = logging.getLogger("flaxargs.server")
Reports = Callable[[str, bool], Awaitable["list[tuple[str, int | None, list[types.Diagnostic]]]"]]
# Seconds without a key after which whole buffers, and others, are checked.
_REST = 0.5


class Publisher:
    """Pushes, or asks to pull again; never both.

    Args:
        server: the connection.
        reports: by URI of a buffer, the diagnostics of its parts: URI, version, diagnostics; provisional ones, or not.
        outdated: the buffers whose findings are provisional, or may have been altered by a change elsewhere.
    """

    def __init__(
        self, server: LanguageServer, reports: Reports, outdated: Callable[[], Awaitable[list[Buffer]]]
    ) -> None:
        self._server = server
        self._reports = reports
        self._outdated = outdated
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._said: dict[str, str] = {}
        self.pulled: dict[str, str] = {}  # by URI, the id of what was last pulled

    @property
    def pulls(self) -> bool:
        """Whether the client asks for findings itself."""
        documents = self._server.client_capabilities.text_document
        return documents is not None and documents.diagnostic is not None

    def changed(self, uri: str, delay: float) -> None:
        """A buffer has changed: say so to whoever has to know, once no key was struck for a while (seconds)."""
        if self.pulls:
            self._after("", _REST, self._refresh)
        else:
            self._after(uri, delay, lambda: self._push(uri, False))
            self._after("", delay + _REST, self._push_others)

    def all_changed(self) -> None:
        """Settings or files have changed."""
        if self.pulls:
            self._after("", 0, self._ask_again)
        else:
            self._after("", 0, self._push_others)

    def closed(self, uris: list[str]) -> None:
        """Nothing is to be seen in documents that are no longer open."""
        for uri in uris:
            self.pulled.pop(uri, None)
            timer = self._timers.pop(uri, None)
            if timer is not None:
                timer.cancel()
            if self._said.pop(uri, None) is not None:
                self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def _after(self, key: str, delay: float, work: Callable[[], Awaitable[None]]) -> None:
        timer = self._timers.pop(key, None)
        if timer is not None:
            timer.cancel()

        def begin() -> None:
            self._timers.pop(key, None)
            task = asyncio.ensure_future(_logged(work))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._timers[key] = asyncio.get_running_loop().call_later(delay, begin)

    async def _push(self, uri: str, exact: bool) -> None:
        for part, version, found in await self._reports(uri, exact):
            said = f"{version} {d.result_id(found)}"
            if self._said.get(part) != said:
                self._said[part] = said
                self._server.text_document_publish_diagnostics(types.PublishDiagnosticsParams(part, found, version))

    async def _push_others(self) -> None:
        for buffer in await self._outdated():
            await self._push(buffer.uri, True)

    async def _refresh(self) -> None:
        """Ask the client to pull again where a buffer's findings are no longer what it pulled."""
        altered = False
        for buffer in await self._outdated():
            for part, _, found in await self._reports(buffer.uri, True):
                altered |= part in self.pulled and self.pulled[part] != d.result_id(found)
        if altered:
            await self._ask_again()

    async def _ask_again(self) -> None:
        workspace = self._server.client_capabilities.workspace
        if workspace is None:
            return
        if workspace.diagnostics is not None and workspace.diagnostics.refresh_support:
            await self._server.workspace_diagnostic_refresh_async(None)
        if workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            await self._server.workspace_inlay_hint_refresh_async(None)


async def _logged(work: Callable[[], Awaitable[None]]) -> None:
    try:
        await work()
    except Exception:
        log.exception("could not say what has changed")
