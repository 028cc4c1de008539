"""What we compare with, as servers: `python -m tests.bench.floors NAME`. Each says where it listens, then serves.

* `bare`: a transport that answers a canned 101, and whatever comes next with a canned welcome. It parses nothing.
* `starlette`: the same talk with uvicorn and Starlette as they come.
* `relay`: frames go to all three of a room (the path names it), one write for each socket and tick. It keeps nothing.
"""

import asyncio
import socket
import sys
from collections import defaultdict
from collections.abc import Callable
from typing import cast

import uvloop
from websockets.speedups import apply_mask

from intervene.core.wire.framing import framed

UPGRADED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: intervene.v1\r\n\r\n"
)
WELCOME = '{"type":"welcome","name":"","expires":1900000000000,"ping_seconds":20.0}'


class Bare(asyncio.Protocol):
    __slots__ = ("_is_upgraded", "_transport")

    def __init__(self) -> None:
        self._is_upgraded = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(_WELCOME if self._is_upgraded else UPGRADED)
        self._is_upgraded = True


_WELCOME = framed(WELCOME.encode())


class Relayed(asyncio.Protocol):
    """A member of a room. `rooms` and `dirty` are shared by all."""

    __slots__ = ("_dirty", "_members", "_out", "_rest", "_rooms", "_transport")

    def __init__(self, rooms: "dict[bytes, list[Relayed]]", dirty: "list[Relayed]") -> None:
        self._rooms = rooms
        self._dirty = dirty
        self._members: list[Relayed] = []
        self._out: list[bytes] = []
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._members:
            self._members = self._rooms[data.split(b" ", 2)[1]]
            self._members.append(self)
            self._transport.write(UPGRADED)
            return
        data, at = self._rest + data, 0
        while at + 8 <= len(data):
            size, start = data[at + 1] & 0x7F, at + 6
            if size == 126:
                size, start = int.from_bytes(data[at + 2 : at + 4], "big"), at + 8
            if start + size > len(data):
                break
            frame = framed(apply_mask(data[start : start + size], data[start - 4 : start]))
            for member in self._members:
                member._deliver(frame)
            at = start + size
        self._rest = data[at:]

    def connection_lost(self, exc: Exception | None) -> None:
        if self in self._members:
            self._members.remove(self)

    def _deliver(self, frame: bytes) -> None:
        if not self._out:
            if not self._dirty:
                asyncio.get_running_loop().call_soon(self._flush_all)
            self._dirty.append(self)
        self._out.append(frame)

    def _flush_all(self) -> None:
        dirty = self._dirty[:]
        self._dirty.clear()
        for member in dirty:
            out, member._out = member._out, []
            member._transport.write(out[0] if len(out) == 1 else b"".join(out))


def main(name: str) -> None:
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    match name:
        case "starlette":
            _starlette(listening)
        case "bare":
            uvloop.run(_serve(listening, Bare))
        case "relay":
            rooms: defaultdict[bytes, list[Relayed]] = defaultdict(list)
            dirty: list[Relayed] = []
            uvloop.run(_serve(listening, lambda: Relayed(rooms, dirty)))
        case _:
            sys.exit(f"There is no floor {name!r}.")


async def _serve(listening: socket.socket, make: Callable[[], asyncio.Protocol]) -> None:
    server = await asyncio.get_running_loop().create_server(make, sock=listening)
    await server.serve_forever()


def _starlette(listening: socket.socket) -> None:
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket, WebSocketDisconnect

    async def talk(websocket: WebSocket) -> None:
        await websocket.accept("intervene.v1")
        try:
            while True:
                await websocket.receive_text()
                await websocket.send_text(WELCOME)
        except WebSocketDisconnect:
            pass

    app = Starlette(routes=[WebSocketRoute("/socket", talk)])
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1])
