"""What takes minutes, beside everything else: the proof of a fix, with progress in the client."""

from __future__ import annotations

import asyncio
import logging
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from lsprotocol import types

from .actions import chosen
from .verification import CannotVerify, verified

if TYPE_CHECKING:
    from .server import Server

log = logging.getLogger("flaxargs.server")
_TITLE = "Verifying a fix"


class Background:
    """One thing at a time, in a thread of its own.

    Args:
        server: the connection.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="flaxargs-verify")
        self._tasks: set[asyncio.Task[None]] = set()

    def close(self) -> None:
        """Begin nothing more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def verify(self, uri: str, key: str, title: str) -> None:
        """Begin to verify the fix of that title of a finding; the client is shown what it comes to."""
        task = asyncio.ensure_future(self._verify(uri, key, title))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _verify(self, uri: str, key: str, title: str) -> None:
        token = await self._begun()
        kind, said = types.MessageType.Info, ""
        try:
            said = await self._outcome(uri, key, title, token)
        except CannotVerify as error:
            kind, said = types.MessageType.Error, str(error)
        except asyncio.CancelledError:
            said = "cancelled: what has been begun ends by itself"
        except Exception as error:
            log.exception("cannot verify")
            kind, said = types.MessageType.Error, f"cannot verify: {type(error).__name__}: {error}"
        finally:
            if token is not None:
                self._server.work_done_progress.end(token, types.WorkDoneProgressEnd(message=said))
                self._server.work_done_progress.tokens.pop(token, None)
        self._server.window_show_message(types.ShowMessageParams(kind, f"flaxargs: {said}"))

    async def _begun(self) -> str | None:
        """The token of a progress that the client shows; None where it shows none."""
        window = self._server.client_capabilities.window
        if window is None or not window.work_done_progress:
            return None
        token = str(uuid.uuid4())
        await self._server.work_done_progress.create_async(token)
        self._server.work_done_progress.begin(token, types.WorkDoneProgressBegin(_TITLE, cancellable=True))
        return token

    async def _outcome(self, uri: str, key: str, title: str, token: str | None) -> str:
        found = await self._server.about(
            uri,
            lambda result, _: (result, chosen(result, key, title), self._server.known.project(result.buffer.path)),
        )
        if found is None or found[1] is None:
            raise CannotVerify("the text has changed since; ask for the quick fixes again")
        result, (shown, fix), project = found[0], found[1], found[2]
        loop = asyncio.get_running_loop()

        def told(name: str) -> None:
            if token is not None:
                report = types.WorkDoneProgressReport(message=name)
                loop.call_soon_threadsafe(self._server.work_done_progress.report, token, report)

        running = loop.run_in_executor(self._thread, lambda: verified(project.configuration, result, shown, fix, told))
        cancelled = self._server.work_done_progress.tokens.get(token) if token is not None else None
        if cancelled is None:
            return await running
        stopped = asyncio.wrap_future(cancelled)
        done, _ = await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if running not in done:
            running.cancel()
            raise asyncio.CancelledError
        return running.result()
