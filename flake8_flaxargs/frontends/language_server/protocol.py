"""pygls's protocol, made to answer what it would leave unanswered, and to serve several clients over TCP."""

from __future__ import annotations

import asyncio
import inspect
import logging
import sys
from collections.abc import Callable
from threading import Event
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams, JsonRpcParseError
from pygls.io_ import run_async
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, lsp_method

log = logging.getLogger("flaxargs.server")
# The interface of this machine alone: whoever can speak to the server can have files read and Modules run.
LOOPBACK = "127.0.0.1"

# So many of the client's messages are remembered before those that are done with are let go of.
_FUTURES_HELD = 256


class Protocol(LanguageServerProtocol):
    """As pygls has it, but that nonsense gets an answer, and that ``exit`` ends the connection alone."""

    ended: Callable[[], None] | None = None

    def structure_message(self, data: dict[str, Any]) -> Any:
        """A message's record.

        Raises:
            JsonRpcException: it makes no sense; whoever asked has been told.
        """
        try:
            return super().structure_message(data)
        except JsonRpcException:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(data["id"], error=JsonRpcInvalidParams().to_response_error())
            raise

    def handle_message(self, message: Any) -> None:
        """Hand a message on; one that is none is answered as JSON-RPC says."""
        if getattr(message, "jsonrpc", None) is None:
            error = JsonRpcParseError("this is no JSON-RPC message").to_response_error()
            self._send_data({"jsonrpc": "2.0", "id": None, "error": self._converter.unstructure(error)})
            return
        super().handle_message(message)
        if len(self._request_futures) > _FUTURES_HELD:  # pygls lets go of requests alone, not of notifications
            for name in [name for name, future in self._request_futures.items() if future.done()]:
                del self._request_futures[name]

    @lsp_method(types.EXIT)
    def lsp_exit(self, *args: Any) -> None:  # type: ignore[override]
        """End: the process, or over TCP this connection alone."""
        if self.ended is not None:
            self.ended()
            return
        sys.exit(0 if self._shutdown else 1)


async def _connection(
    create: Callable[[], LanguageServer], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Serve one client until it leaves."""
    server = create()
    stop = Event()
    assert isinstance(server.protocol, Protocol)
    server.protocol.ended = stop.set
    server.protocol.set_writer(_Writer(writer))
    try:
        await run_async(stop, reader, server.protocol, log, server.report_server_error)
    except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
        log.info("a client left: %s", error)
    finally:
        writer.close()
        close = getattr(server, "close", None)
        if close is not None:
            close()


class _Writer:
    """Writes to a client that may have left."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    def write(self, data: bytes) -> None:
        if not self._writer.is_closing():
            self._writer.write(data)

    def close(self) -> None:
        self._writer.close()


def serve_tcp(create: Callable[[], LanguageServer], port: int, told: Callable[[int], None]) -> None:
    """Serve clients on the loopback interface until interrupted, each with a server of its own.

    Args:
        create: makes a server.
        port: 0 for any that is free.
        told: called with the port once clients can connect.

    Raises:
        OSError: the port is taken.
    """

    async def run() -> None:
        serving = await asyncio.start_server(lambda r, w: _connection(create, r, w), LOOPBACK, port)
        told(serving.sockets[0].getsockname()[1])
        async with serving:
            await serving.serve_forever()

    asyncio.run(run())


def guarded(handler: Callable[..., Any], default: Any = None) -> Callable[..., Any]:
    """A handler that never raises: what goes wrong is logged, and the client gets an empty answer."""
    if inspect.iscoroutinefunction(handler):

        async def safely_async(params: Any = None) -> Any:
            try:
                return await handler(params)
            except Exception:
                log.exception("%s failed", handler.__name__)
                return default() if callable(default) else default

        return safely_async

    def safely(params: Any = None) -> Any:
        try:
            return handler(params)
        except Exception:
            log.exception("%s failed", handler.__name__)
            return default() if callable(default) else default

    return safely
