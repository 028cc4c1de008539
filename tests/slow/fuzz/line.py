"""A connection to the real edge without a kernel in between: bytes in, bytes out, and what the edge did with the line.

As a transport does, it hands over nothing while reading is paused, and everything in the order in which it came.
"""

import asyncio
from collections import deque
from typing import Any

from uvicorn.server import ServerState

from intervene.edge.http.protocol import Http
from tests.integration.edge.conftest import Edge

TURNS = 200  # of the loop, in which whatever an input causes has happened; nothing in here waits for time


class Line(asyncio.Transport):
    def __init__(self, edge: Edge, state: ServerState, address: str = "127.0.0.1") -> None:
        super().__init__(extra={"peername": (address, 40_000)})
        self.written = b""
        self.is_over = False
        self._protocol: Any = Http(edge.front, None, state, None)
        self._arrived: deque[bytes] = deque()
        self._is_paused = False
        self._is_closing = False
        self._protocol.connection_made(self)

    # -- the peer ------------------------------------------------------------------------------------------------------

    def arrives(self, data: bytes) -> None:
        self._arrived.append(data)
        self._deliver()

    def ends(self) -> None:
        """The peer writes no more, and after what it still reads it is gone."""
        if not self.is_over and not self._is_closing and not self._protocol.eof_received():
            self.close()

    def breaks(self) -> None:
        if not self.is_over:
            self.is_over = self._is_closing = True
            self._protocol.connection_lost(None)

    def _deliver(self) -> None:
        while self._arrived and not self._is_paused and not self._is_closing:
            self._protocol.data_received(self._arrived.popleft())

    # -- a transport ---------------------------------------------------------------------------------------------------

    def write(self, data: Any) -> None:
        if not self._is_closing:
            self.written += bytes(data)

    def writelines(self, list_of_data: Any) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        pass

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            asyncio.get_running_loop().call_soon(self.breaks_once)

    def breaks_once(self) -> None:
        if not self.is_over:
            self.is_over = True
            self._protocol.connection_lost(None)

    def abort(self) -> None:
        self.close()

    def pause_reading(self) -> None:
        self._is_paused = True

    def resume_reading(self) -> None:
        self._is_paused = False
        asyncio.get_running_loop().call_soon(self._deliver)

    def is_reading(self) -> bool:
        return not self._is_paused

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass

    def get_write_buffer_size(self) -> int:
        return 0

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol  # type: ignore[no-any-return]


async def settles(state: ServerState) -> None:
    """Returns when there is nothing more to do."""
    quiet = 0
    for _ in range(TURNS):
        await asyncio.sleep(0)
        quiet = 0 if state.tasks else quiet + 1
        if quiet > 4:
            return
    raise AssertionError("an answer is not done")
