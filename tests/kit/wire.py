"""A websocket by hand, on a bare TCP connection: says what no library would, reads as slowly as asked, and keeps every
byte as it came (RFC 6455).
"""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio

from tests.kit.limits import WAIT
from tests.kit.oracles import screen
from tests.kit.peer import CLOSE, TEXT, Frame, frame, packet, request
from tests.kit.server import ServerProcess


class Wire:
    """Made by `dial`, which has shaken hands. `received` is every byte after the handshake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.received = bytearray()
        self.is_over = False
        self._reader = reader
        self._writer = writer
        self._parsed = 0

    # -- out -----------------------------------------------------------------------------------------------------------

    async def write(self, data: bytes) -> None:
        """Bytes as they are. A peer that has hung up is not a failure."""
        self._writer.write(data)
        with suppress(ConnectionError):
            await self._writer.drain()

    async def says(self, said: screen.Frame | str | bytes) -> None:
        if isinstance(said, dict):
            await self.write(packet(said))
        else:
            await self.write(frame(TEXT, said.encode() if isinstance(said, str) else said))

    async def joins(self, token: str) -> screen.Frame:
        await self.says({"type": "hello", "token": token})
        return await self.hears_json()

    # -- in ------------------------------------------------------------------------------------------------------------

    async def reads(self, most: int = 65536, within: float = WAIT) -> bytes:
        """Some bytes; none when it is over."""
        with anyio.fail_after(within):
            try:
                data = await self._reader.read(most)
            except ConnectionError:
                data = b""
        self.is_over = not data
        self.received += data
        return data

    async def hears(self, within: float = WAIT) -> Frame:
        """The next frame. `EOFError` when there is none any more."""
        with anyio.fail_after(within):
            while (found := self._next()) is None:
                if not await self.reads(within=within):
                    raise EOFError
        return found

    async def hears_json(self, *types: str) -> screen.Frame:
        """The next text frame of those types; if none is named, of any but `presence`: news of colleagues comes to
        staff at any time."""
        while True:
            heard = await self.hears()
            if heard.opcode == TEXT:
                kind = heard.json["type"]
                if kind in types or (not types and kind != "presence"):
                    return heard.json
            assert heard.opcode != CLOSE, f"closed with {heard.code} {heard.data[2:]!r}"

    async def is_closed(self, within: float = WAIT) -> int:
        """Reads to the end. The close code; 1006 if the connection ended without one."""
        code = 1006
        with anyio.fail_after(within):
            while True:
                try:
                    heard = await self.hears(within)
                except EOFError:
                    return code
                if heard.opcode == CLOSE:
                    code = heard.code
                    await self.write(frame(CLOSE, heard.data[:2]))

    def parts(self, since: int = 0) -> list[Frame]:
        """All whole frames received, from that byte on."""
        found, at = [], since
        while (next := _parse(self.received, at)) is not None:
            found.append(next[0])
            at = next[1]
        return found

    def is_whole(self, since: int = 0) -> bool:
        """Whether the last frame is."""
        return since + sum(len(heard.data) + _head(len(heard.data)) for heard in self.parts(since)) == len(
            self.received
        )

    def _next(self) -> Frame | None:
        found = _parse(self.received, self._parsed)
        if found is None:
            return None
        heard, self._parsed = found
        return heard


def _parse(data: bytearray, at: int) -> tuple[Frame, int] | None:
    """The frame that begins there and where it ends; None while it is not whole."""
    if len(data) < at + 2:
        return None
    first, second = data[at], data[at + 1]
    assert first & 0xF0 == 0x80, "the server sends whole frames and no extensions"
    assert second < 128, "the server never masks"
    wide = {126: 2, 127: 8}.get(second, 0)
    start = at + 2 + wide
    size = int.from_bytes(data[at + 2 : start], "big") if wide else second
    if len(data) < start + size:
        return None
    return Frame(first & 0x0F, bytes(data[start : start + size])), start + size


def _head(size: int) -> int:
    return 2 if size < 126 else 4 if size < 65536 else 10


@asynccontextmanager
async def dial(server: ServerProcess, receive_buffer: int = 0) -> AsyncIterator[Wire]:
    """`receive_buffer`: what the kernel may hold for us, in bytes; 0 for as much as it likes."""
    with socket.socket() as bare:
        if receive_buffer:
            bare.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        bare.setblocking(False)
        await asyncio.get_running_loop().sock_connect(bare, ("127.0.0.1", server.port))
        limit = 1 if receive_buffer else 65536  # nor may asyncio read ahead
        reader, writer = await asyncio.open_connection(sock=bare, limit=limit)
        try:
            writer.write(request(Host=f"127.0.0.1:{server.port}"))
            with anyio.fail_after(WAIT):
                answer = b""
                while not answer.endswith(b"\r\n\r\n"):
                    answer += await reader.readexactly(1)
            assert answer.startswith(b"HTTP/1.1 101 "), answer
            yield Wire(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()
