"""The client's requests and notifications, each with the function that answers it."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.uris import from_fs_path, to_fs_path

from . import actions as a
from . import diagnostics as d
from .hints import hints
from .hover import hover
from .protocol import log

if TYPE_CHECKING:
    from .server import Server

On = Callable[..., None]


def wire(server: Server, on: On) -> None:
    """Register all answers.

    Args:
        server: who answers.
        on: registers a handler: name, handler, options, and what is answered where it fails.
    """
    on(types.INITIALIZE, server.begin)
    on(types.INITIALIZED, server.registered)
    _texts(server, on)
    _surroundings(server, on)
    _pulled(server, on)
    _asked(server, on)


def _texts(server: Server, on: On) -> None:
    def opened(params: Any) -> None:
        server.changed(params.text_document.uri)

    def notebook(params: Any) -> None:
        server.changed(params.notebook_document.uri)

    async def closed(params: types.DidCloseTextDocumentParams) -> None:
        uri = params.text_document.uri
        path = server.buffers.path(uri)
        server.publisher.closed([uri])
        await server.think(lambda: server.known.close(uri, path))
        server.publisher.all_changed()

    async def notebook_closed(params: types.DidCloseNotebookDocumentParams) -> None:
        uri = params.notebook_document.uri
        path = server.buffers.path(uri, ".ipynb")
        server.publisher.closed([cell.uri for cell in params.cell_text_documents])
        await server.think(lambda: server.known.close(uri, path))

    async def saved(params: types.DidSaveTextDocumentParams) -> None:
        path = server.buffers.path(params.text_document.uri)
        if os.path.basename(path) == "pyproject.toml":
            await server.think(server.known.restart)
            server.publisher.all_changed()

    on(types.TEXT_DOCUMENT_DID_OPEN, opened)
    on(types.TEXT_DOCUMENT_DID_CHANGE, opened)
    on(types.TEXT_DOCUMENT_DID_CLOSE, closed)
    on(types.TEXT_DOCUMENT_DID_SAVE, saved)
    on(types.NOTEBOOK_DOCUMENT_DID_OPEN, notebook)
    on(types.NOTEBOOK_DOCUMENT_DID_CHANGE, notebook)
    on(types.NOTEBOOK_DOCUMENT_DID_CLOSE, notebook_closed)


def _surroundings(server: Server, on: On) -> None:
    async def configured(params: types.DidChangeConfigurationParams) -> None:
        if params.settings:
            server.prefer(params.settings)
        else:
            await server.ask_settings()
        await server.think(lambda: None)
        server.publisher.all_changed()

    async def watched(params: types.DidChangeWatchedFilesParams) -> None:
        def look() -> bool:
            changed = False
            for change in params.changes:
                path = to_fs_path(change.uri)
                if path:
                    changed |= server.known.changed(path, change.type != types.FileChangeType.Changed)
            return changed

        if await server.think(look):
            server.publisher.all_changed()

    async def folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        await server.think(server.known.restart)
        server.publisher.all_changed()

    on(types.WORKSPACE_DID_CHANGE_CONFIGURATION, configured)
    on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched)
    on(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, folders)


def _pulled(server: Server, on: On) -> None:
    async def document(params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
        uri = params.text_document.uri
        found = {part: each for part, _, each in await server.reports(uri)}.get(uri, [])
        identity = server.publisher.pulled[uri] = d.result_id(found)
        if params.previous_result_id == identity:
            return types.RelatedUnchangedDocumentDiagnosticReport(identity)
        return types.RelatedFullDocumentDiagnosticReport(found, result_id=identity)

    async def workspace(params: types.WorkspaceDiagnosticParams) -> types.WorkspaceDiagnosticReport:
        before = {each.uri: each.value for each in params.previous_result_ids}
        reports: list[types.WorkspaceDocumentDiagnosticReport] = []
        held = await server.think(server.buffers.all)
        for buffer in held:
            for uri, version, found in await server.reports(buffer.uri):
                reports.append(_report(uri, version, found, before))
        paths = {buffer.path for buffer in held}
        folders = server.folders()
        for path in await server.think(lambda: list(server.known.files(folders))):
            uri = from_fs_path(path)
            if path in paths or uri is None:
                continue
            found = await server.think(lambda path=path: d.by_part(  # type: ignore[misc]
                server.known.check_file(path), server.encoding, lambda _: None
            )[0])  # fmt: skip
            if found or uri in before:
                reports.append(_report(uri, None, found, before))
        return types.WorkspaceDiagnosticReport(reports)

    options = types.DiagnosticOptions(inter_file_dependencies=True, workspace_diagnostics=True, identifier=d.SOURCE)
    nothing = lambda: types.RelatedFullDocumentDiagnosticReport([])  # noqa: E731
    on(types.TEXT_DOCUMENT_DIAGNOSTIC, document, options, nothing)
    on(types.WORKSPACE_DIAGNOSTIC, workspace, None, lambda: types.WorkspaceDiagnosticReport([]))


def _report(
    uri: str, version: int | None, found: list[types.Diagnostic], before: dict[str, str]
) -> types.WorkspaceDocumentDiagnosticReport:
    identity = d.result_id(found)
    if before.get(uri) == identity:
        return types.WorkspaceUnchangedDocumentDiagnosticReport(uri, identity, version)
    return types.WorkspaceFullDocumentDiagnosticReport(uri, found, version, result_id=identity)


def _asked(server: Server, on: On) -> None:
    async def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        client = server.client()
        found = await server.about(
            params.text_document.uri,
            lambda result, part: list(
                a.actions(server.known.project(result.buffer.path), result, part, params, client)
            ),
        )
        return found or []

    async def resolve(params: types.CodeAction) -> types.CodeAction:
        uri = params.data.get("uri") if isinstance(params.data, dict) else None
        if not isinstance(uri, str):
            return params
        client = server.client()
        found = await server.about(
            uri, lambda result, _: a.fix_all(server.known.project(result.buffer.path), result, client)
        )
        if found is not None:
            params.edit = found.edit
        return params

    async def hovered(params: types.HoverParams) -> types.Hover | None:
        return await server.about(
            params.text_document.uri,
            lambda result, part: hover(
                server.known.project(result.buffer.path), result, part, params.position, server.encoding
            ),
        )

    async def hinted(params: types.InlayHintParams) -> list[types.InlayHint]:
        if not server.known.configurations.preferences.inlay_hints:
            return []
        found = await server.about(
            params.text_document.uri,
            lambda result, _: hints(server.known.project(result.buffer.path), result, params.range, server.encoding),
        )
        return found or []

    on(
        types.TEXT_DOCUMENT_CODE_ACTION,
        code_action,
        types.CodeActionOptions(code_action_kinds=list(a.KINDS), resolve_provider=True),
        list,
    )
    on(types.CODE_ACTION_RESOLVE, resolve)
    on(types.TEXT_DOCUMENT_HOVER, hovered)
    on(types.TEXT_DOCUMENT_INLAY_HINT, hinted, types.InlayHintOptions(resolve_provider=False), list)

    def verify(*arguments: Any) -> None:
        if len(arguments) == 3 and all(isinstance(each, str) for each in arguments):
            server.background.verify(*arguments)
        else:
            log.error("%s wants a URI, the key of a finding and the title of a fix", a.VERIFY)

    server.command(a.VERIFY)(verify)
