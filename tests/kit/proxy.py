"""A line between a client and a server that goes wrong on demand, also while it runs.

async with Proxy(server.port) as proxy:
    client = connect(proxy.port)
    proxy.mode = Mode.HALF_OPEN

    hold = proxy.hold_before(b"COMMIT")  # one connection, at one point of the conversation
    await hold.happens()
"""

import asyncio
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Self

import anyio

from tests.kit.limits import LONG_WAIT, WAIT, eventually

CHUNK = 64 * 1024
TAIL = 256  # bytes of one chunk that a marker may have begun in
AT_ONCE = struct.pack("ii", 1, 0)  # SO_LINGER: closing discards what is unsent and sends a TCP reset


class Mode(Enum):
    PASS = "everything goes through"
    DELAY = "everything goes through, `seconds` late"
    THROTTLE = "`bytes_per_second` in each direction"
    SLOW = "both: late, and then no faster than that, as over 3G"
    LATE_DOWN = "what the server sends is kept back until the mode is another"
    RESET = "connections are reset (TCP RST), new ones too"
    CLOSED = "connections are closed (TCP FIN), new ones too"
    HALF_OPEN = "everything is accepted and acknowledged, and nothing goes on"
    ONE_WAY_UP = "what the client sends goes through; what the server sends is swallowed"
    ONE_WAY_DOWN = "what the server sends goes through; what the client sends is swallowed"


class Upgrades(Enum):
    """What becomes of requests for a websocket, as behind a proxy that has no rule for them; other HTTP goes on."""

    PASS = "they go through"
    CLOSED = "the connection is closed instead of an answer"
    SWALLOWED = "they do not arrive, and nothing is answered"
    BUFFERED = "the answer 101 goes through; frames of the server are kept until there are enough of them, so for ever"


SOCKET = b"upgrade: websocket"


class Hold:
    """The first connection on which a marker goes by is cut off there, without a word to either side: what comes is
    swallowed, and neither end of the line hears that the other has gone. Other connections go on."""

    def __init__(self, marker: bytes, *, passes: bool, is_up: bool) -> None:
        self._marker = marker
        self._passes = passes
        self._is_up = is_up
        self._happened = asyncio.Event()
        self._heal: Callable[[], None] = lambda: None

    @property
    def has_happened(self) -> bool:
        return self._happened.is_set()

    async def happens(self, within: float = WAIT) -> None:
        with anyio.fail_after(within):
            await self._happened.wait()

    def heals(self) -> None:
        """Both sides find out: what was swallowed is lost, so the connection is reset."""
        self._heal()

    def meets(self, before: bytes, data: bytes, is_up: bool) -> bool:
        """Whether the marker ends in `data`; it may have begun in what went `before`."""
        begun = before[len(before) - len(self._marker) + 1 :] if len(before) >= len(self._marker) else before
        return is_up is self._is_up and self._marker in begun + data

    def begins(self, heal: Callable[[], None]) -> bool:
        """Whether what had the marker still goes through."""
        self._heal = heal
        self._happened.set()
        return self._passes


class Proxy:
    """TCP on 127.0.0.1, or in front of whatever `target` says: (host, port). Both may be changed while it runs;
    `target` counts for new connections, `upgrades` for new websockets. `cut_after` bytes from the client, a connection
    is reset; so is one on which the client sends what is `refused`."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.target = (host, port)
        self.seconds = 0.1
        self.bytes_per_second = 10_000
        self.cut_after: int | None = None
        self.refused: bytes | None = None
        self.upgrades = Upgrades.PASS
        self.connections = 0
        """That were ever made."""
        self._mode = Mode.PASS
        self._lines: set[_Line] = set()
        self._holds: list[Hold] = []
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *problem: object) -> None:
        assert self._server is not None, "it was entered"
        self._server.close()
        self.reset()
        await eventually(lambda: not self._lines)
        await self._server.wait_closed()

    @property
    def port(self) -> int:
        assert self._server is not None, "it was entered"
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def open(self) -> int:
        return len(self._lines)

    @property
    def mode(self) -> Mode:
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode is Mode.RESET:
            self.reset()
        elif mode is Mode.CLOSED:
            self.close()

    def reset(self) -> None:
        """TCP RST on every open connection; new connections are accepted as before."""
        for line in list(self._lines):
            line.reset()

    def close(self) -> None:
        """TCP FIN on every open connection; new connections are accepted as before."""
        for line in list(self._lines):
            line.close()

    def hold_after(self, marker: bytes, *, from_server: bool = False) -> Hold:
        """Bytes that the client sends, or the server: they still arrive, and nothing after them does, either way."""
        return self._add(Hold(marker, passes=True, is_up=not from_server))

    def hold_before(self, marker: bytes, *, from_server: bool = False) -> Hold:
        """As `hold_after`, but what has the marker does not arrive either."""
        return self._add(Hold(marker, passes=False, is_up=not from_server))

    def _add(self, hold: Hold) -> Hold:
        self._holds.append(hold)
        return hold

    def held(self, before: bytes, data: bytes, is_up: bool) -> Hold | None:
        """The hold that begins with this, if one does; it is used up."""
        found = next((hold for hold in self._holds if hold.meets(before, data, is_up)), None)
        if found:
            self._holds.remove(found)
        return found

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._mode in (Mode.RESET, Mode.CLOSED):
            _end(writer, is_reset=self._mode is Mode.RESET)
            return
        line = _Line(self, writer)
        self._lines.add(line)
        try:
            await line.run(reader)
        finally:
            self._lines.discard(line)


class _Line:
    """One connection, both ways. It ends when either side does; while it is held, only when it is reset."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client = client
        self._server: asyncio.StreamWriter | None = None
        self._sent = 0
        self._is_held = False
        self._is_buffered = False
        self._over = asyncio.Event()

    def reset(self) -> None:
        self._finish(is_reset=True)

    def close(self) -> None:
        self._finish(is_reset=False)

    def _finish(self, *, is_reset: bool) -> None:
        self._over.set()
        for writer in (self._client, self._server):
            if writer is not None:
                _end(writer, is_reset=is_reset)

    async def run(self, from_client: asyncio.StreamReader) -> None:
        try:
            from_server, self._server = await asyncio.open_connection(*self._proxy.target)
        except OSError:
            self.close()
            return
        ways = [
            asyncio.create_task(self._pump(from_client, self._server, is_up=True)),
            asyncio.create_task(self._pump(from_server, self._client, is_up=False)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool) -> None:
        before = b""  # a marker may come in two parts
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if is_up and self._proxy.refused and self._proxy.refused in data:
                    return
                if is_up and SOCKET in data.lower() and self._upgrades():
                    return
                if not is_up and self._is_buffered:
                    data = _only_head(data)
                if hold := self._proxy.held(before, data, is_up):
                    if hold.begins(self.reset) and not self._is_held:
                        writer.write(data)
                    self._is_held = True
                if self._is_held:
                    continue
                before = data[-TAIL:]
                if await self._goes_on(data, writer, is_up=is_up):
                    return
        if self._is_held:
            await self._over.wait()

    def _upgrades(self) -> bool:
        """Whether that was the last of it."""
        self._is_held = self._proxy.upgrades is Upgrades.SWALLOWED
        self._is_buffered = self._proxy.upgrades is Upgrades.BUFFERED
        return self._proxy.upgrades is Upgrades.CLOSED

    async def _goes_on(self, data: bytes, writer: asyncio.StreamWriter, *, is_up: bool) -> bool:
        """Whether that was the last of it."""
        match self._proxy.mode:
            case Mode.DELAY:
                await asyncio.sleep(self._proxy.seconds)
            case Mode.THROTTLE:
                await asyncio.sleep(len(data) / self._proxy.bytes_per_second)
            case Mode.SLOW:
                await asyncio.sleep(self._proxy.seconds + len(data) / self._proxy.bytes_per_second)
            case Mode.LATE_DOWN if not is_up:
                await eventually(lambda: self._proxy.mode is not Mode.LATE_DOWN, within=LONG_WAIT)
            case Mode.HALF_OPEN:
                return False
            case Mode.ONE_WAY_UP if not is_up:
                return False
            case Mode.ONE_WAY_DOWN if is_up:
                return False
            case _:
                pass
        most = self._proxy.cut_after if is_up else None
        if most is not None:
            data = data[: max(0, most - self._sent)]
            self._sent += len(data)
        writer.write(data)
        await writer.drain()
        return most is not None and self._sent >= most


def _only_head(data: bytes) -> bytes:
    """An answer without what stands behind its head; nothing of what is no answer."""
    return data[: data.index(b"\r\n\r\n") + 4] if data.startswith(b"HTTP/") else b""


def _end(writer: asyncio.StreamWriter, *, is_reset: bool) -> None:
    if is_reset and not writer.transport.is_closing():
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, AT_ONCE)
    writer.transport.abort()
