"""The server: what the client may ask, and who answers. Wiring only."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import from_fs_path, to_fs_path

from ... import __version__
from . import actions as a
from . import diagnostics as d
from .background import Background
from .positions import Encoding
from .preferences import SECTION, Preferences, preferences
from .protocol import Protocol, guarded, log
from .publishing import Publisher
from .texts import Buffer, Buffers, Texts
from .workspace import Result, Workspace

Answer = TypeVar("Answer")
_NOTEBOOKS = types.NotebookDocumentSyncOptions(
    notebook_selector=[types.NotebookDocumentFilterWithCells(cells=[types.NotebookCellLanguage(language="python")])],
    save=True,
)
_WATCHED = ("**/*.py", "**/pyproject.toml", "**/.gitignore")


class Server(LanguageServer):
    """One client's server. The loop talks; one worker thread thinks, so that a request may be cancelled meanwhile."""

    def __init__(self) -> None:
        super().__init__("flaxargs", __version__, notebook_document_sync=_NOTEBOOKS, protocol_cls=Protocol)
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="flaxargs")
        self.buffers = Buffers(Texts(None), os.getcwd())
        self.known = Workspace(Preferences(), lambda: self.buffers.all())
        self.publisher = Publisher(self, self.reports, self.outdated)
        self.background = Background(self)
        self._handler = _ToClient(self)
        log.addHandler(self._handler)
        _wire(self)

    # --- life ------------------------------------------------------------------------------------------------------

    def begin(self, params: types.InitializeParams) -> None:
        """Take in what the client is and wants; all but dynamic registration works from here on."""
        given = self.workspace
        texts = Texts(
            given.root_uri, self._text_document_sync_kind, list(given.folders.values()), given.position_encoding
        )
        self.protocol._workspace = texts  # pygls has no other way to give it a store of one's own
        self.buffers = Buffers(texts, self.folders()[0] if self.folders() else os.getcwd())
        self.prefer(params.initialization_options)

    async def registered(self, params: types.InitializedParams) -> None:
        """Ask to be told of files and settings."""
        workspace = self.client_capabilities.workspace
        wanted = []
        watching = workspace.did_change_watched_files if workspace else None
        if watching is not None and watching.dynamic_registration:
            watchers = [types.FileSystemWatcher(glob) for glob in _WATCHED]
            options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
            wanted.append(types.Registration("files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options))
        configured = workspace.did_change_configuration if workspace else None
        if configured is not None and configured.dynamic_registration:
            section = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
            wanted.append(types.Registration("settings", types.WORKSPACE_DID_CHANGE_CONFIGURATION, section))
        if wanted:
            await self.client_register_capability_async(types.RegistrationParams(wanted))
        await self.ask_settings()

    async def ask_settings(self) -> None:
        """The client's settings, where it lets itself be asked."""
        workspace = self.client_capabilities.workspace
        if workspace is not None and workspace.configuration:
            wanted = types.ConfigurationParams([types.ConfigurationItem(section=SECTION)])
            said = await self.workspace_configuration_async(wanted)
            if said and said[0]:
                self.prefer(said[0])

    def prefer(self, said: object) -> None:
        """Use other settings."""
        chosen = preferences(said)
        for trouble in chosen.troubles:
            log.warning("%s", trouble)
        self._worker.submit(self.known.prefer, chosen)

    def folders(self) -> list[str]:
        """The folders of the workspace that are on disk."""
        uris = [folder.uri for folder in self.workspace.folders.values()]
        uris = uris or ([self.workspace.root_uri] if self.workspace.root_uri else [])
        return [path for uri in uris if (path := to_fs_path(uri))]

    def close(self) -> None:
        """The client has left."""
        log.removeHandler(self._handler)
        self._worker.shutdown(wait=False, cancel_futures=True)
        self.background.close()

    def report_server_error(self, error: Exception, source: Any) -> None:
        """To the log, not into the user's face."""
        log.error("%s: %s", getattr(source, "__name__", source), error)

    # --- what is asked ---------------------------------------------------------------------------------------------

    @property
    def encoding(self) -> Encoding:
        """What the client's columns count."""
        return str(getattr(self.workspace.position_encoding, "value", self.workspace.position_encoding) or "utf-16")

    def client(self) -> a.Client:
        """What the client counts in and takes."""
        workspace, documents = self.client_capabilities.workspace, self.client_capabilities.text_document
        edits = workspace.workspace_edit if workspace else None
        resolve = documents.code_action.resolve_support if documents and documents.code_action else None
        return a.Client(
            self.encoding, bool(edits and edits.document_changes), bool(resolve and "edit" in resolve.properties)
        )

    async def think(self, work: Callable[[], Answer]) -> Answer:
        """Have the worker do something; what is cancelled before it was begun is never done."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    async def about(self, uri: str, work: Callable[[Result, int], Answer], exact: bool = False) -> Answer | None:
        """What the worker has to say of a document, given the result of its buffer and which part it is."""

        def said() -> Answer | None:
            buffer = self.buffers.at(uri)
            if buffer is None:
                return None
            result = self.known.check(buffer, exact)
            for message in self.known.configurations.told():
                log.warning("%s", message)
            names = [part.uri for part in result.buffer.parts]
            return work(result, names.index(uri) if uri in names else 0)

        return await self.think(said)

    def told(self, result: Result) -> list[tuple[str, int | None, list[types.Diagnostic]]]:
        """The diagnostics of a buffer's parts."""
        found = d.by_part(result, self.encoding, self._lines_of)
        return [(part.uri, part.version, each) for part, each in zip(result.buffer.parts, found, strict=False)]

    def _lines_of(self, path: str) -> Sequence[str] | None:
        uri = from_fs_path(path)
        text = self.workspace.text_documents.get(uri or "")
        return text.lines if text is not None else None

    async def reports(self, uri: str, exact: bool = False) -> list[tuple[str, int | None, list[types.Diagnostic]]]:
        """The same, by the buffer's URI; none where it is no longer open."""
        return await self.about(uri, lambda result, _: self.told(result), exact) or []

    async def outdated(self) -> list[Buffer]:
        """The buffers whose findings may no longer be what they were."""
        return await self.think(lambda: self.known.outdated(self.buffers.all()))

    def changed(self, uri: str) -> None:
        """A document is open, or has another text."""
        buffer = self.buffers.at(uri)
        if buffer is not None:
            self.publisher.changed(buffer.uri, self.known.configurations.preferences.debounce / 1000)


class _ToClient(logging.Handler):
    """Shows warnings in the client's log."""

    def __init__(self, server: Server) -> None:
        super().__init__(logging.WARNING)
        self._server = server

    def emit(self, record: logging.LogRecord) -> None:
        kind = types.MessageType.Error if record.levelno >= logging.ERROR else types.MessageType.Warning
        try:
            self._server.window_log_message(types.LogMessageParams(kind, self.format(record)))
        except Exception:  # noqa: BLE001  (the client may be gone, or not there yet)
            return


def _wire(server: Server) -> None:
    """Tell pygls who answers what."""
    from . import answers

    def on(name: str, handler: Callable[..., Any], options: Any = None, default: Any = None) -> None:
        server.feature(name, options)(guarded(handler, default))

    answers.wire(server, on)
