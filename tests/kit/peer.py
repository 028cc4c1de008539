"""The other end of a socket, in bytes: it can keep every rule of RFC 6455, and break each of them."""

import asyncio
import base64
import struct
from typing import Any, NamedTuple, Self

import anyio
import msgspec

from tests.kit.limits import WAIT

CONT, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
KEY = base64.b64encode(b"0123456789abcdef").decode()


class Frame(NamedTuple):
    opcode: int
    data: bytes

    @property
    def code(self) -> int:
        """Of a close frame."""
        assert self.opcode == CLOSE, self
        return int(struct.unpack("!H", self.data[:2])[0])

    @property
    def json(self) -> dict[str, Any]:
        assert self.opcode == TEXT, self
        return dict(msgspec.json.decode(self.data))


def frame(
    opcode: int, data: bytes = b"", *, fin: bool = True, rsv: int = 0, masked: bool = True, length: bytes | None = None
) -> bytes:
    """`length` stands in for the right one, and `masked=False` leaves the mask out."""
    size = len(data)
    if length is None:
        if size < 126:
            length = bytes([size])
        else:
            length = b"\x7e" + struct.pack("!H", size) if size < 65536 else b"\x7f" + struct.pack("!Q", size)
    if not masked:
        return bytes([fin << 7 | rsv << 4 | opcode]) + length + data
    mask = b"\x01\x02\x03\x04"
    body = (int.from_bytes(data, "big") ^ int.from_bytes((mask * (size // 4 + 1))[:size], "big")).to_bytes(size, "big")
    return bytes([fin << 7 | rsv << 4 | opcode, length[0] | 0x80]) + length[1:] + mask + body


def packet(*bodies: Any) -> bytes:
    """Text frames with these as JSON, to be written at once."""
    return b"".join(frame(TEXT, msgspec.json.encode(body)) for body in bodies)


def request(path: str = "/socket", **headers: str) -> bytes:
    """An upgrade; `headers` replace and add, with `_` for `-`; an empty one is left out."""
    given = {
        "Host": "127.0.0.1", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "intervene.v1",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }  # fmt: skip
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in given.items() if value), "", ""]
    return "\r\n".join(lines).encode()


class Peer:
    """`async with Peer(port) as peer`: connected, nothing said."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.transport.abort()

    # -- says ----------------------------------------------------------------------------------------------------------

    def writes(self, data: bytes) -> None:
        self._writer.write(data)

    def says(self, **body: Any) -> None:
        self.writes(packet(body))

    def closes(self, code: int = 1000) -> None:
        self.writes(frame(CLOSE, struct.pack("!H", code)))

    def stops_writing(self) -> None:
        self._writer.write_eof()

    async def upgrades(self, path: str = "/socket", **headers: str) -> int:
        """The status of the answer."""
        self.writes(request(path, **headers))
        return await self.status()

    async def joins(self, token: str) -> dict[str, Any]:
        """The welcome."""
        assert await self.upgrades() == 101
        self.says(type="hello", token=token)
        return await self.sees("welcome")

    # -- sees ----------------------------------------------------------------------------------------------------------

    async def status(self) -> int:
        with anyio.fail_after(WAIT):
            self.head = (await self._reader.readuntil(b"\r\n\r\n")).decode()
        return int(self.head.split()[1])

    async def reads(self) -> Frame:
        """The next frame, but for those that come at any time: which colleagues can be reached."""
        while (got := await self.reads_all()).data.startswith(b'{"type":"presence"'):
            pass
        return got

    async def reads_all(self) -> Frame:
        """The next frame. Servers do not mask, and ours does not fragment."""
        with anyio.fail_after(WAIT):
            first, size = await self._reader.readexactly(2)
            assert first & 0xF0 == 0x80, "final, without reserved bits"
            if size == 126:
                size = int.from_bytes(await self._reader.readexactly(2), "big")
            elif size == 127:
                size = int.from_bytes(await self._reader.readexactly(8), "big")
            return Frame(first & 0x0F, await self._reader.readexactly(size))

    async def sees(self, kind: str = "") -> dict[str, Any]:
        """The next text frame, of that type. A ping may come before it, once a busy machine took long."""
        read = self.reads_all if kind == "presence" else self.reads
        while (got := await read()).opcode == PING:
            self.writes(frame(PONG, got.data))
        assert got.opcode == TEXT, got
        body: dict[str, Any] = msgspec.json.decode(got.data)
        assert not kind or body["type"] == kind, body
        return body

    async def is_closed(self) -> int:
        """The code of the close frame that comes next, behind which there is nothing. We send it back."""
        code = (await self.reads()).code
        self.closes(code)
        assert await self.rest() == b""
        return code

    async def rest(self) -> bytes:
        """All bytes until the server hangs up; then we do."""
        with anyio.fail_after(WAIT):
            data = await self._reader.read()
        self._writer.close()
        return data
