"""A line between a client and a server that goes wrong on demand, also while it runs.

async with Proxy(server.port) as proxy:
    client = connect(proxy.port)
    proxy.mode = Mode.HALF_OPEN
"""

import asyncio
from contextlib import suppress
from enum import Enum
from typing import Self

from tests.limits import eventually

CHUNK = 64 * 1024


class Mode(Enum):
    PASS = "everything goes through"
    DELAY = "everything goes through, `seconds` late"
    THROTTLE = "`bytes_per_second` in each direction"
    RESET = "connections are reset, new ones too"
    HALF_OPEN = "everything is accepted and acknowledged, and nothing goes on"
    ONE_WAY_UP = "what the client sends goes through; what the server sends is swallowed"
    ONE_WAY_DOWN = "what the server sends goes through; what the client sends is swallowed"


class Proxy:
    """TCP on 127.0.0.1, or in front of whatever `target` says: (host, port). Both may be changed while it runs;
    `target` counts for new connections. `cut_after` bytes from the client, a connection is reset."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        self.target = (host, port)
        self.seconds = 0.1
        self.bytes_per_second = 10_000
        self.cut_after: int | None = None
        self.connections = 0
        """That were ever made."""
        self._mode = Mode.PASS
        self._lines: set[_Line] = set()
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

    def reset(self) -> None:
        """What is connected now; new connections are taken as before."""
        for line in list(self._lines):
            line.reset()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._mode is Mode.RESET:
            writer.transport.abort()
            return
        line = _Line(self, writer)
        self._lines.add(line)
        try:
            await line.run(reader)
        finally:
            self._lines.discard(line)


class _Line:
    """One connection, both ways. It ends when either side does."""

    def __init__(self, proxy: Proxy, client: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client = client
        self._server: asyncio.StreamWriter | None = None
        self._sent = 0

    def reset(self) -> None:
        for writer in (self._client, self._server):
            if writer is not None:
                writer.transport.abort()

    async def run(self, from_client: asyncio.StreamReader) -> None:
        try:
            from_server, self._server = await asyncio.open_connection(*self._proxy.target)
        except OSError:
            self.reset()
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
            self.reset()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_up: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                match self._proxy.mode:
                    case Mode.DELAY:
                        await asyncio.sleep(self._proxy.seconds)
                    case Mode.THROTTLE:
                        await asyncio.sleep(len(data) / self._proxy.bytes_per_second)
                    case Mode.HALF_OPEN:
                        continue
                    case Mode.ONE_WAY_UP if not is_up:
                        continue
                    case Mode.ONE_WAY_DOWN if is_up:
                        continue
                    case _:
                        pass
                if is_up and self._proxy.cut_after is not None:
                    data = data[: max(0, self._proxy.cut_after - self._sent)]
                    self._sent += len(data)
                writer.write(data)
                await writer.drain()
                if is_up and self._proxy.cut_after is not None and self._sent >= self._proxy.cut_after:
                    return
