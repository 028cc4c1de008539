"""Writes once per tick of the loop: whatever a tick sends to a socket leaves in one piece, in its order."""

import asyncio
import os
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Protocol, cast

import structlog

from intervene.core.limits import BACKLOG_BYTES
from intervene.edge.metrics import Metrics
from intervene.guard import guarded

CROWD = 16  # sockets from which on one list for all of them pays
GATHERED_BYTES = BACKLOG_BYTES // 2  # in one tick; what is more leaves at once, so that no tick fills a backlog

log_ = structlog.get_logger(__name__)

SendEach = Callable[["tuple[Member, ...]", bytes], list[tuple[int, int]]]
"""Sends the data to the descriptor `_fd` of each. Returns those that did not take it whole: place, and bytes taken, -1
where there is no descriptor."""


class Flushed(Protocol):
    def flush(self) -> None:
        """Write what waits."""

    def abort(self) -> None: ...


class Member(Flushed, Protocol):
    """A socket among others that are sent the same. Its state is read and set here, since a call for each would be a
    good part of a delivery."""

    _is_open: bool
    _is_aside: bool
    _waiting: list[bytes] | None
    _frames: int
    _bytes: int
    _transport: asyncio.Transport
    _fd: int

    def look(self) -> None:
        """Set `_fd`: the descriptor, or less than 0 where there is more to do than to write to it: something waits, it
        is closed or set aside, the transport has to write first or alone."""

    def keep(self, data: bytes, frames: int) -> None:
        """Add it to what waits."""

    def send(self, data: bytes, frames: int) -> None:
        """The same, also while it is in a crowd."""


class Crowd:
    """What this tick has sent to many sockets alike: one list for all of them, that is joined once."""

    __slots__ = ("_apart", "_members", "_sent", "size", "sockets")

    def __init__(self, sockets: Sequence[Member]) -> None:
        self.sockets = sockets
        self.size = 0
        self._sent: list[tuple[bytes, int]] = []
        self._members: frozenset[Member] = frozenset()
        self._apart: dict[Member, int] = {}
        """Those that were sent something by themselves meanwhile, and how much of the list their own has."""

    def add(self, data: bytes, frames: int) -> None:
        self._sent.append((data, frames))
        self.size += len(data)

    def part(self, socket: Member) -> None:
        """If it is one of them, its own list goes on with what it was sent here."""
        self._members = self._members or frozenset(self.sockets)
        if socket in self._members:
            self._move(socket)

    def _move(self, socket: Member) -> None:
        have = self._apart.get(socket, 0)
        self._apart[socket] = len(self._sent)
        if have < len(self._sent):
            socket.keep(*_joined(self._sent[have:]))

    def write(self, metrics: Metrics, send_each: SendEach) -> None:
        """For each of them that reads and has no list of its own, do what its list would do, and no more: this loop is
        most of what a message to a crowd costs."""
        data, frames = _joined(self._sent)
        crowd = tuple(self.sockets)  # as feeds have them, it is one
        count = len(crowd)
        for at, taken in send_each(crowd, data):
            socket = crowd[at]
            try:
                if taken < 0 and (socket._waiting or socket._is_aside or socket in self._apart):
                    count -= 1  # it counts by itself
                    self._move(socket)
                elif taken < 0 and not socket._is_open:
                    count -= 1
                else:
                    socket._transport.write(data[max(taken, 0) :])  # an error of the descriptor shows here again
                    socket.look()
            except Exception:
                _cut_off(socket)
        metrics.frames_out += frames * count
        metrics.bytes_out += len(data) * count


class Outbox:
    """The sockets that have something to write. uvloop turns every `transport.write` into a system call at once, so
    an event and the ack behind it are joined here."""

    __slots__ = ("_dirty", "_is_scheduled", "_metrics", "_send_each", "before", "crowd", "settle")

    def __init__(self, metrics: Metrics, send_each: SendEach | None = None) -> None:
        self._metrics = metrics
        self._send_each = send_each or write_each
        self._dirty: list[Flushed] = []
        self._is_scheduled = False
        self.settle: Callable[[], None] = lambda: None
        """As the engine's."""
        self.before: Callable[[], None] = lambda: None
        """Called before what a tick has sent is written, so that what it sends leaves with the rest."""
        self.crowd: Crowd | None = None
        """Its members have to part from it before they are sent anything by themselves."""

    def add(self, connection: Flushed) -> None:
        self._schedule()
        self._dirty.append(connection)

    def send_each(self, sockets: Sequence[Member], data: bytes, frames: int) -> None:
        """The same to each of them, be they few or a crowd."""
        if len(sockets) >= CROWD:
            self.send_all(sockets, data, frames)
            return
        size, crowd = len(data), self.crowd
        for socket in sockets:
            if crowd is None and socket._waiting is None and socket._is_open and not socket._is_aside:
                socket._waiting = [data]  # as `send` would do
                socket._frames, socket._bytes = frames, size
                if socket._fd >= 0:
                    socket.look()  # a crowd of the same tick must not pass it
                self._dirty.append(socket)
            else:
                guarded(socket.send, data, frames)
        self._schedule()

    def send_all(self, sockets: Sequence[Member], data: bytes, frames: int) -> None:
        """The same to each of so many that it pays to write for all of them in one loop."""
        crowd = self.crowd
        if crowd is None or crowd.sockets is not sockets or crowd.size + len(data) > GATHERED_BYTES:
            self._write_crowd()
            crowd = self.crowd = Crowd(sockets)
        crowd.add(data, frames)
        self._schedule()

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            asyncio.get_running_loop().call_soon(self._end_tick)

    def _end_tick(self) -> None:
        guarded(self.before)
        self._is_scheduled = False
        self.flush()

    def flush(self) -> None:
        """Write now what was sent in this tick so far: for what must not wait behind the rest of the tick."""
        self._write_crowd()
        dirty, self._dirty = self._dirty, []
        for connection in dirty:
            self.settle()
            try:
                connection.flush()
            except Exception:  # it must not keep the others from theirs
                _cut_off(connection)

    def _write_crowd(self) -> None:
        crowd, self.crowd = self.crowd, None
        if crowd is not None:
            crowd.write(self._metrics, self._send_each)


def native() -> SendEach | None:
    """The loop in C, if this machine has it: `native/README.md`."""
    try:
        return cast(SendEach, import_module("intervene_crowd").send_each)
    except ImportError:
        return None


def write_each(sockets: "tuple[Member, ...]", data: bytes) -> list[tuple[int, int]]:
    """`SendEach`, without C."""
    size, rests = len(data), []
    for at, socket in enumerate(sockets):
        fd = socket._fd
        try:
            taken = os.write(fd, data) if fd >= 0 else -1
        except OSError:  # shows again when the rest is written
            taken = 0
        if taken != size:
            rests.append((at, taken))
    return rests


def _joined(sent: Sequence[tuple[bytes, int]]) -> tuple[bytes, int]:
    if len(sent) == 1:
        return sent[0]
    return b"".join([data for data, _ in sent]), sum(frames for _, frames in sent)


def _cut_off(connection: Flushed) -> None:
    log_.exception("a socket could not be written to")
    connection.abort()
