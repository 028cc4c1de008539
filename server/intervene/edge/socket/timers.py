"""One timer for all sockets: pings in turn, and what a socket must have done by a certain time.

A timer per socket would cost more memory than the rest of an idle session, and a storm of reconnects would ping in
one burst for ever after.
"""

import asyncio
from collections.abc import Callable, Iterator
from itertools import chain, cycle
from typing import Protocol

import structlog

from intervene.core.limits import HELLO_SECONDS, PING_SECONDS

TURN_SECONDS = 1.0
SLOTS = round(PING_SECONDS / TURN_SECONDS)
CLOSE_SECONDS = 3.0  # for the peer's part of the closing handshake, and for what a slow socket still has to read

log_ = structlog.get_logger(__name__)


class Turned(Protocol):
    def ping(self) -> None:
        """Close what has been silent since the last ping, ping the others."""

    def greet_no_longer(self) -> None:
        """No hello came in time."""

    def abort(self) -> None:
        """The closing handshake took too long."""


class Deadlines:
    """Sockets that must have done something within the same time: the first to come is due first."""

    __slots__ = ("_due", "_seconds")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[Turned, float] = {}

    def __len__(self) -> int:
        return len(self._due)

    def add(self, socket: Turned, now: float) -> None:
        self._due.setdefault(socket, now + self._seconds)

    def discard(self, socket: Turned) -> None:
        self._due.pop(socket, None)

    def take_late(self, now: float) -> list[Turned]:
        late = []
        for socket, due in self._due.items():
            if due > now:
                break
            late.append(socket)
        for socket in late:
            del self._due[socket]
        return late


class Wheel:
    """All sockets of a node; `len` is how many. `monotonic` in seconds. A socket is pinged every `SLOTS` turns."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.monotonic = monotonic
        self._hello = Deadlines(HELLO_SECONDS)
        self._closing = Deadlines(CLOSE_SECONDS)
        # Of dicts, as a set of so many takes half as much again: this is what keeps every session.
        self._slots: tuple[dict[Turned, None], ...] = tuple({} for _ in range(SLOTS))
        self._count = 0
        self._at = 0
        self._numbers = cycle(range(SLOTS))
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Turned]:
        return chain(*self._slots)

    # -- sockets come and go -------------------------------------------------------------------------------------------

    def add(self, socket: Turned) -> int:
        """A socket that has not said hello. Answers its slot: they are dealt out in turn, however sockets arrive."""
        self._hello.add(socket, self.monotonic())
        slot = next(self._numbers)
        self._slots[slot][socket] = None
        self._count += 1
        return slot

    def has(self, socket: Turned, slot: int) -> bool:
        return socket in self._slots[slot]

    def greeted(self, socket: Turned) -> None:
        self._hello.discard(socket)

    def closing(self, socket: Turned) -> None:
        self._hello.discard(socket)
        self._closing.add(socket, self.monotonic())

    def remove(self, socket: Turned, slot: int) -> None:
        if self.has(socket, slot):
            del self._slots[slot][socket]
            self._count -= 1
        self._hello.discard(socket)
        self._closing.discard(socket)

    # -- time passes ---------------------------------------------------------------------------------------------------

    def turn(self, now: float) -> None:
        """One step. A socket that comes while it goes round is pinged a full round later."""
        for socket in self._hello.take_late(now):
            socket.greet_no_longer()
        for socket in self._closing.take_late(now):
            socket.abort()
        self._at = (self._at + 1) % SLOTS
        for socket in list(self._slots[self._at]):
            socket.ping()

    def start(self) -> None:
        assert self._timer is None, "a wheel has one timer"
        self._timer = asyncio.get_running_loop().call_later(TURN_SECONDS, self._go)

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _go(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(TURN_SECONDS, self._go)
        try:
            self.turn(self.monotonic())
        except Exception:  # it must go on turning for all the others
            log_.exception("the wheel of pings met an error")
