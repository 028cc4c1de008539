"""Writes once per tick of the loop: whatever a tick sends to a socket leaves in one piece, in its order."""

import asyncio
from typing import Protocol

import structlog

log_ = structlog.get_logger(__name__)


class Flushed(Protocol):
    def flush(self) -> None:
        """Write what waits."""

    def abort(self) -> None: ...


class Outbox:
    """The sockets that have something to write. uvloop turns every `transport.write` into a system call at once, so
    an event and the ack behind it are joined here."""

    __slots__ = ("_dirty",)

    def __init__(self) -> None:
        self._dirty: list[Flushed] = []

    def add(self, connection: Flushed) -> None:
        if not self._dirty:
            asyncio.get_running_loop().call_soon(self._flush)
        self._dirty.append(connection)

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for connection in dirty:
            try:
                connection.flush()
            except Exception:  # it must not keep the others from theirs
                log_.exception("a socket could not be written to")
                connection.abort()
