"""One websocket, without a task of its own: bytes in, payloads to the session, whole frames out."""

import asyncio
from typing import Protocol, cast

from intervene.core.wire.common import SUBPROTOCOL
from intervene.load.wire import PONG, BadBytes, cut

HEAD_BYTES = 64 * 1024  # of the answer to the upgrade
_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    f"Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
)


class Owner(Protocol):
    """Of a line: what is done with it."""

    def opened(self, line: "Line") -> None: ...

    def refused(self, status: int, head: str, body: bytes) -> None: ...

    def receive(self, payloads: list[bytes]) -> None: ...

    def lost(self, code: int, reason: str) -> None: ...


class Line(asyncio.Protocol):
    """A line that is dropped calls its owner no more."""

    __slots__ = ("_code", "_host", "_is_open", "_owner", "_path", "_pause", "_reason", "_rest", "_transport")

    def __init__(self, owner: Owner, host: str, path: str) -> None:
        self._owner: Owner | None = owner
        self._host = host
        self._path = path
        self._pause = 0.0
        self._rest = b""
        self._is_open = False
        self._code = 0
        self._reason = ""
        self._transport: asyncio.Transport | None = None

    def send(self, frame: bytes) -> None:
        if self._transport is not None:
            self._transport.write(frame)

    def drop(self) -> None:
        """Cut it off, as a network does."""
        self._owner = None
        if self._transport is not None:
            self._transport.abort()

    def read_slowly(self, pause: float) -> None:
        """From now on so many seconds are between two reads."""
        self._pause = pause

    def read_on(self) -> None:
        """From now on it reads always."""
        self._pause = 0.0
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # -- a protocol of asyncio -----------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        if self._owner is None:
            self._transport.abort()
            return
        self._transport.write(_REQUEST.format(path=self._path, host=self._host).encode())

    def data_received(self, data: bytes) -> None:
        if self._owner is None:
            return
        if self._rest:
            data = self._rest + data
        if self._is_open:
            self._take(data)
        else:
            self._greet(data)

    def connection_lost(self, exc: Exception | None) -> None:
        owner, self._owner = self._owner, None
        self._transport = None
        if owner is not None:
            owner.lost(self._code or 1006, self._reason or (str(exc) if exc else ""))

    def _greet(self, data: bytes) -> None:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            self._rest = data
            if len(data) > HEAD_BYTES:
                self._fail("what answers the upgrade is no server of ours")
            return
        assert self._owner is not None, "it was looked at"
        text = head.decode("latin-1")
        if not text.startswith("HTTP/1.1 101"):
            owner, status = self._owner, text[9:12]
            self.drop()
            owner.refused(int(status) if status.isdecimal() else 0, text, rest)
            return
        if SUBPROTOCOL not in text:
            self._fail(f"the websocket that was opened does not speak {SUBPROTOCOL}")
            return
        self._is_open, self._rest = True, b""
        self._owner.opened(self)
        if rest:
            self._take(rest)

    def _take(self, data: bytes) -> None:
        try:
            payloads, pings, closed, reason, self._rest = cut(data)
        except BadBytes as problem:
            self._fail(str(problem))
            return
        if pings:
            self.send(PONG)
        if closed:
            self._code, self._reason = closed, reason
        if self._pause:
            self._rest_a_while()
        if payloads and self._owner is not None:
            self._owner.receive(payloads)
        if closed and self._transport is not None:
            self._transport.close()

    def _rest_a_while(self) -> None:
        assert self._transport is not None, "it has just read"
        self._transport.pause_reading()
        asyncio.get_running_loop().call_later(self._pause, self._read_once)

    def _read_once(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def _fail(self, reason: str) -> None:
        self._reason = reason
        if self._transport is not None:
            self._transport.abort()
