"""From HTTP to a session: uvicorn parses the request and shakes hands, Starlette routes and authorises, then the
transport goes to a protocol of our own and nothing of uvicorn's or Starlette's stays behind.

This leans on uvicorn's internals: `tests/edge/test_handshake.py` holds the contract, and the minor version is pinned.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, cast

from uvicorn._types import ASGISendEvent
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.http11 import Request

REQUEST_SECONDS = 5.0  # from the connection, or the first byte of a later request, to its end
HEAD_BYTES = 64 * 1024  # its line and headers; `answers.py` bounds the body

HAND_OVER = "intervene.hand_over"
"""The name in `scope["extensions"]` of a function that takes a maker of the protocol to go on with, after `accept`."""

HandOver = Callable[[Callable[[], asyncio.Protocol]], None]

_log = logging.getLogger("uvicorn.error.handshake")
_log.setLevel(logging.WARNING)  # below it, whole URLs are written to the log, with whatever a client has put there


class Http(HttpToolsProtocol):
    """uvicorn's HTTP with the two bounds it lacks: how long and how large a request may be."""

    _deadline: asyncio.TimerHandle | None = None
    _is_head = True
    _size = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._request_is_here()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._size += len(data)
        if self._is_head and self._size > HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The request is too large.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._expect_request()

    def on_headers_complete(self) -> None:
        self._is_head = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._request_is_here()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._request_is_here()
        super().handle_websocket_upgrade()
        self.parser = None  # type: ignore[assignment]  # a circle; uvicorn breaks it so when a connection is lost

    def _expect_request(self) -> None:
        self._request_is_here()
        self._is_head, self._size = True, 0
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _request_is_here(self) -> None:
        self._is_head = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Handshake(WebSocketsSansIOProtocol):
    """`uvicorn.Config(ws=Handshake)`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = self.conn.logger = _log
        self._early = b""

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.handshake_complete:  # otherwise it is refused already
            extensions = cast(dict[str, Any], self.scope["extensions"])
            extensions[HAND_OVER] = self.hand_over

    async def send(self, message: ASGISendEvent) -> None:
        await super().send(message)
        if self.close_sent and self.initial_response is not None:
            self.handshake_complete = True  # denied; uvicorn would log that as a fault of ours

    def data_received(self, data: bytes) -> None:
        if self.handshake_initiated:  # a client that does not wait for our answer
            self.transport.pause_reading()
            self._early += data
            return
        super().data_received(data)
        if not self.handshake_initiated:  # not a request that `websockets` takes: uvicorn would leave it hanging
            self.transport.write(b"".join(self.conn.data_to_send()) or _BAD_REQUEST)
            self.handshake_complete = True
            self.transport.close()

    def hand_over(self, make: Callable[[], asyncio.Protocol]) -> None:
        """Give the connection away, with what has arrived on it. Nothing is made if the peer is gone."""
        if self.disconnected or not self.handshake_complete:
            return
        transport, self.transport = self.transport, _NOTHING
        self.connections.discard(self)
        self.conn.parser.close()  # it and the scope hold what holds them: without these two lines all would stay
        self.scope["extensions"] = {}
        protocol = make()
        transport.set_protocol(protocol)
        protocol.connection_made(transport)
        if self._early:
            transport.resume_reading()
            protocol.data_received(self._early)


_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class _Nothing(asyncio.Transport):
    """What uvicorn closes when the route has returned."""

    def close(self) -> None:
        pass


_NOTHING = _Nothing()
