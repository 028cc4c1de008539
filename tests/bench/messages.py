"""The whole durable path: a message comes from a socket, is committed under FULL, goes to the three sessions of its
conversation and is acked; so many at a time, each in another conversation. Beside it a relay that keeps nothing.

An agent of each conversation holds control and says four messages of five, the customer the fifth: so no session
meets its limits. Whatever was said must come three times.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import anyio

from tests.bench import process, wire
from tests.bench.figures import Figure, percentile
from tests.bench.people import TEXT, Room, each, enter
from tests.bench.process import Server
from tests.bench.wire import Socket

FLOOR = "relay that keeps nothing"
MOST = 80  # messages of one room in all: the customer's are within their burst
WARM_SECONDS = 0.5
QUIET_SECONDS = 0.3  # until what is still on its way is here
LATE_SECONDS = 10.0  # for the last acks and events


class Size(NamedTuple):
    rounds: int = 5
    seconds: float = 2.0
    rooms: int = 2000
    outstanding: int = 64


QUICK = Size(rounds=3, seconds=0.7, rooms=400)


class Result(NamedTuple):
    per_second: float
    us: float
    """The servers' processor time for a message."""
    load: float
    """The same of this process."""
    p50: float
    p99: float
    """Milliseconds from the send to the ack."""


class Line(NamedTuple):
    """What somebody says over and over, but for its number."""

    socket: Socket
    before: bytes
    after: bytes


class Talk:
    """A room in which one message is under way at a time."""

    def __init__(self, load: "Load", lines: Sequence[Line]) -> None:
        self.sent_at = 0.0
        self._load = load
        self._lines = lines
        self._count = 0
        self._speaker: Socket | None = None

    def speak(self) -> None:
        line = self._lines[self._count % len(self._lines)]
        self._count += 1
        self._speaker = line.socket
        self.sent_at = time.perf_counter()
        line.socket.send(wire.framed(b"%s%d%s" % (line.before, self._count, line.after)))

    def hear(self, data: bytes) -> None:
        """From us: three events and, behind the speaker's, the ack."""
        if data.startswith(b'{"type":"event"'):
            self._load.events += 1
        elif data.startswith(b'{"type":"ack"'):
            self._load.acked(self)
        elif data.startswith(b'{"type":"error"'):
            self._load.fail(data)

    def hear_relayed(self, socket: Socket, _data: bytes) -> None:
        """From the relay: what the speaker hears of it is the ack."""
        self._load.events += 1
        if socket is self._speaker:
            self._load.acked(self)


class Load:
    """Keeps so many messages outstanding, in rooms taken in turn. `cpu`: seconds of processor time of who serves."""

    def __init__(self, cpu: Callable[[], float]) -> None:
        self.talks: list[Talk] = []
        self.events = 0
        self._cpu = cpu
        self._next = 0
        self._outstanding = self.sent = 0
        self._until = 0.0
        self._most = 0
        self._took: list[float] = []
        self._done: asyncio.Future[None]

    async def add(self, room: Room) -> None:
        """A room in which its agent takes control, and talks."""
        click = wire.encode("intervene", id="take", conversation=room.conversation, epoch=room.epoch)
        await room.agent.ask(click, b'"type":"ack"')
        agent = _line(room.agent, room.conversation, b',"epoch":%d,"seen":0,"confirmed":true}' % (room.epoch + 1))
        talk = Talk(self, [*[agent] * 4, _line(room.contact, room.conversation, b"}")])
        self.talks.append(talk)
        for socket in room.sockets:
            socket.on_frame = talk.hear

    async def round(self, seconds: float, most: int, outstanding: int) -> Result:
        self.events = self.sent = 0
        self._took, self._most = [], most
        self._done = asyncio.get_running_loop().create_future()
        cpu, mine, begun = self._cpu(), time.process_time(), time.perf_counter()
        self._until = begun + seconds
        for _ in range(outstanding):
            self._send()
        with anyio.fail_after(seconds + LATE_SECONDS):
            await self._done
            elapsed = time.perf_counter() - begun
            await asyncio.sleep(QUIET_SECONDS)
        if self.events != 3 * self.sent:
            raise wire.Refused(f"{self.sent} messages were heard {self.events} times, not three times each")
        us, load = (self._cpu() - cpu) * 1e6, (time.process_time() - mine) * 1e6
        took = [1000 * seconds for seconds in self._took]
        return Result(self.sent / elapsed, us / self.sent, load / self.sent, percentile(took, 50), percentile(took, 99))

    def acked(self, talk: Talk) -> None:
        now = time.perf_counter()
        self._took.append(now - talk.sent_at)
        self._outstanding -= 1
        if now < self._until and self.sent < self._most:
            self._send()
        elif not self._outstanding and not self._done.done():
            self._done.set_result(None)

    def fail(self, data: bytes) -> None:
        if not self._done.done():
            self._done.set_exception(wire.Refused(data.decode()))

    def _send(self) -> None:
        self._next = (self._next + 1) % len(self.talks)
        self._outstanding += 1
        self.sent += 1
        self.talks[self._next].speak()


async def run(size: Size, directory: Path) -> list[Figure]:
    async with (
        process.floor("relay", directory / "relay") as relay,
        process.intervene(directory / "intervene", bot="none") as server,
    ):
        loads = [await relayed(size.rooms, relay), await furnished(size.rooms, server)]
        results: list[list[Result]] = []
        for round in range(-1, size.rounds):
            seconds = size.seconds if round >= 0 else WARM_SECONDS
            most = MOST * size.rooms // (size.rounds + 1)
            results.append([await load.round(seconds, most, size.outstanding) for load in loads])
    floors, ours = zip(*results[1:], strict=True)
    return _figures(size, ours, floors)


def _figures(size: Size, ours: Sequence[Result], floors: Sequence[Result]) -> list[Figure]:
    def figure(name: str, unit: str, at: int, aim: str = "") -> Figure:
        values, floor = [result[at] for result in ours], [result[at] for result in floors]
        return Figure(bench="messages", name=name, unit=unit, values=values, aim=aim, floor=FLOOR, floors=floor)

    return [
        figure(f"messages with {size.outstanding} outstanding", "/s", 0),
        figure("server's CPU for a message", "us", 1, "< 125"),
        figure("load's CPU for a message", "us", 2),
        figure("send to ack, p50", "ms", 3),
        figure("send to ack, p99", "ms", 4),
    ]


# -- rooms -------------------------------------------------------------------------------------------------------------


async def furnished(rooms: int, server: Server) -> Load:
    load = Load(server.cpu)

    async def furnish(number: int) -> None:
        await load.add(await enter(server, f"room-{number}"))

    await each(furnish, range(rooms))
    await asyncio.sleep(QUIET_SECONDS)
    return load


async def relayed(rooms: int, server: Server) -> Load:
    """The floor: each message to the three of its room."""
    load = Load(server.cpu)

    async def furnish(number: int) -> None:
        sockets = [await wire.connect(server.port, f"/rooms/{number}") for _ in range(3)]
        talk = Talk(load, [_line(socket, f"{number:024x}", b"}") for socket in sockets])
        load.talks.append(talk)
        for socket in sockets:
            socket.on_frame = partial(talk.hear_relayed, socket)

    await each(furnish, range(rooms))
    return load


def _line(socket: Socket, conversation: str, end: bytes) -> Line:
    after = b'","conversation":"%s","text":"%s"%s' % (conversation.encode(), TEXT.encode(), end)
    return Line(socket, b'{"type":"say","id":"', after)
