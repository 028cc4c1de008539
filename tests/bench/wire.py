"""Raw websockets, cheap enough that one process loads a server: it sends whole masked text frames and cuts what comes
into payloads. Nothing is checked that no figure needs; the tests do that.
"""

import asyncio
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple, cast

import msgspec

_REQUEST = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: intervene.v1\r\n\r\n"
)
_MASK = bytes(4)  # any is allowed (RFC 6455, 5.3), and with this one masked is as unmasked
_PONG = b"\x8a\x80" + _MASK
_BIND_ADDRESS_NO_PORT = 24  # Linux: the port is chosen at the connect, from all that are free for that peer


def framed(payload: bytes) -> bytes:
    """A text frame from a client."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, 0x80 | size)) + _MASK + payload
    assert size < 65536, "no figure needs more"
    return b"\x81\xfe" + size.to_bytes(2, "big") + _MASK + payload


def encode(type: str, **fields: object) -> bytes:
    return framed(msgspec.json.encode({"type": type, **fields}))


class Heard(NamedTuple):
    at: float
    """`perf_counter` of its arrival."""
    data: bytes

    def decode(self) -> Any:
        return msgspec.json.decode(self.data)


class Refused(Exception):
    """The server answered an error or closed the socket, and somebody waited for something else."""


class Socket(asyncio.Protocol):
    """`on_frame` gets each payload; unless it is replaced, payloads go to those who `wait`."""

    def __init__(self, path: str) -> None:
        self.on_frame: Callable[[bytes], None] = self._offer
        self.upgraded: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_lost = False
        self._path = path
        self._rest = b""
        self._is_open = False
        self._waiting: list[tuple[tuple[bytes, ...], asyncio.Future[Heard]]] = []

    def send(self, frame: bytes) -> None:
        self._transport.write(frame)

    def wait(self, *parts: bytes) -> "asyncio.Future[Heard]":
        """The next payload that has all these parts. Called before what causes it is sent."""
        future: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        self._waiting.append((parts, future))
        return future

    async def ask(self, frame: bytes, *parts: bytes) -> Heard:
        answer = self.wait(*parts)
        self.send(frame)
        return await answer

    @property
    def unsent(self) -> int:
        """Bytes that neither the server nor the kernel took so far."""
        return self._transport.get_write_buffer_size()

    def stop_reading(self) -> None:
        self._transport.pause_reading()

    def abort(self) -> None:
        self._transport.abort()

    # -- a protocol ----------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(_REQUEST.format(path=self._path).encode())

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        self._rest = self._cut(data) if self._is_open else self._greet(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_lost = True
        self._fail("the socket is lost")
        if not self.upgraded.done():
            self.upgraded.set_exception(Refused("the socket was lost before the upgrade"))

    def _greet(self, data: bytes) -> bytes:
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            return data
        if not head.startswith(b"HTTP/1.1 101"):
            if not self.upgraded.done():
                self.upgraded.set_exception(Refused(head.decode()))
            self.abort()
            return b""
        self._is_open = True
        if not self.upgraded.done():  # nobody waits any more
            self.upgraded.set_result(None)
        return self._cut(rest)

    def _cut(self, data: bytes) -> bytes:
        """Payloads to `on_frame`; what is left of a frame that is not whole yet."""
        at, end = 0, len(data)
        while at + 2 <= end:
            size, start = data[at + 1], at + 2
            if size > 125:
                start = at + (4 if size == 126 else 10)
                if start > end:
                    break
                size = int.from_bytes(data[at + 2 : start], "big")
            if start + size > end:
                break
            if data[at] == 0x81:
                self.on_frame(data[start : start + size])
            elif data[at] == 0x89:
                self.send(_PONG)
            else:
                self._fail(f"a frame of kind {data[at]:#x}: {data[start : start + size]!r}")
            at = start + size
        return data[at:]

    def _offer(self, data: bytes) -> None:
        if data.startswith(b'{"type":"error"'):
            self._fail(data.decode())
        if not self._waiting:
            return
        heard = Heard(perf_counter(), data)
        left = []
        for parts, future in self._waiting:
            if not all(part in data for part in parts):
                left.append((parts, future))
            elif not future.done():
                future.set_result(heard)
        self._waiting = left

    def _fail(self, reason: str) -> None:
        waiting, self._waiting = self._waiting, []
        for _, future in waiting:
            if not future.done():
                future.set_exception(Refused(reason))


async def connect(port: int, path: str = "/socket", address: str = "") -> Socket:
    """An upgraded socket, from this loopback `address` if one is given."""
    loop = asyncio.get_running_loop()
    _, opened = await loop.create_connection(lambda: Socket(path), sock=await dial(port, address))
    await opened.upgraded
    return opened


async def dial(port: int, address: str = "") -> socket.socket:
    """A connection."""
    bare = socket.socket()
    bare.setblocking(False)
    try:
        if address:
            bare.setsockopt(socket.IPPROTO_IP, _BIND_ADDRESS_NO_PORT, 1)
            bare.bind((address, 0))
        await asyncio.get_running_loop().sock_connect(bare, ("127.0.0.1", port))
    except BaseException:
        bare.close()
        raise
    bare.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return bare


async def join(port: int, token: str, address: str = "") -> Socket:
    opened = await connect(port, address=address)
    try:
        await opened.ask(encode("hello", token=token), b'"type":"welcome"')
    except BaseException:
        opened.abort()
        raise
    return opened
