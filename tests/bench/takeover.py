"""An agent clicks Intervene in the middle of a streamed reply: how long until the ack, until all three sessions of the
conversation have the change of control, and until the bot's coroutine has ended (that is the server's own time, from
the click's arrival, as its `takeover` frame says). Idle, and while other replies are streamed. Beside it what it cannot
do without: one durable commit on the same disk, and one round trip to the same server.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import NamedTuple

import anyio

from tests.bench import process, wire
from tests.bench.disk import Bare
from tests.bench.figures import Figure, percentiles
from tests.bench.people import Room, agent_token, each, enter
from tests.bench.process import Server
from tests.bench.wire import Socket

CLICK_SECONDS = 10.0  # at most
PIECE_SECONDS = 0.1  # between two pieces; clicks are spread over it
SCRIPT = "@pace 20\n" + " ".join(["word"] * 4000)  # a reply of 200 s
KEPT = b"x" * 500  # about a state and an event
FLOOR = "commit + round trip"


class Size(NamedTuple):
    rounds: int = 4
    clicks: int = 40  # of a round, and as many under load
    streams: int = 50


QUICK = Size(rounds=1, clicks=25)


class Click(NamedTuple):
    """Milliseconds. The floors are those of the same moment."""

    ack: float
    seen: float
    bot_stopped: float
    commit: float
    trip: float


async def run(size: Size, directory: Path) -> list[Figure]:
    script = directory / "script.txt"
    script.write_text(SCRIPT)
    disk = Bare(directory / "floor.db")
    async with process.intervene(directory / "intervene", bot="scripted", script=script) as server:
        agents = [await wire.join(server.port, agent_token(name)) for name in ("agent", "colleague")]
        streams = [Stream(await enter(server, f"streams-{number}")) for number in range(size.streams)]
        idle, loaded = [], []
        names = (f"clicked-{number}" for number in count())
        for _ in range(size.rounds):
            idle.append([await click(server, agents, next(names), disk) for _ in range(size.clicks)])
            await each(Stream.start, streams)
            loaded.append([await click(server, agents, next(names), disk) for _ in range(size.clicks)])
            await each(Stream.stop, streams)
    return [*_figures("idle", idle), *_figures(f"{size.streams} streams", loaded)]


def _figures(when: str, rounds: list[list[Click]]) -> list[Figure]:
    floors = [[(click.commit, click.trip) for click in clicks] for clicks in rounds]
    figures = []
    for at, what in enumerate(("ack", "seen by all three", "bot stopped")):
        times = [[click[at] for click in clicks] for clicks in rounds]
        figures += percentiles("intervene", f"click to {what}, {when}", times, FLOOR, floors)
    return figures


async def click(server: Server, agents: Sequence[Socket], name: str, disk: Bare) -> Click:
    """A takeover in a new conversation of this name, by the first of two agents who both watch it."""
    with anyio.fail_after(CLICK_SECONDS):
        room = await enter(server, name, agents)
        await say(room, "Hello?")
        await asyncio.sleep(random.uniform(0, PIECE_SECONDS))
        conversation = room.conversation.encode()
        sockets = room.contact, room.agent, room.colleague
        seen = [socket.wait(b'"kind":"control"', conversation) for socket in sockets]
        told = room.agent.wait(b'"type":"takeover"', b'"bot_stopped_ms"', conversation)
        clicked = time.perf_counter()
        ack = await intervene(room, room.epoch)
        seen_at = max([(await change).at for change in seen])
        bot_stopped: float = (await told).decode()["bot_stopped_ms"]
        floors = commit(disk), await trip(room.agent)  # some time after the click's own commit: a disk remembers
        for agent in agents:
            agent.send(wire.encode("unwatch", conversation=room.conversation))
        room.contact.abort()
        return Click((ack - clicked) * 1000, (seen_at - clicked) * 1000, bot_stopped, *floors)


async def say(room: Room, text: str) -> None:
    """Returns when the bot has begun to answer."""
    say = wire.encode("say", id=f"{random.getrandbits(64):x}", conversation=room.conversation, text=text)
    await room.contact.ask(say, b'"type":"piece"')


async def intervene(room: Room, epoch: int) -> float:
    """When it was acked."""
    clicked = wire.encode("intervene", id=f"click-{epoch}", conversation=room.conversation, epoch=epoch)
    return (await room.agent.ask(clicked, b'"type":"ack"', room.conversation.encode())).at


async def trip(socket: Socket) -> float:
    """Milliseconds."""
    begun = time.perf_counter()
    return ((await socket.ask(wire.encode("ping"), b'"type":"pong"')).at - begun) * 1000


def commit(disk: Bare) -> float:
    """The same."""
    begun = time.perf_counter()
    disk.commit([KEPT])
    return (time.perf_counter() - begun) * 1000


class Stream:
    """A conversation in which the bot writes until its agent takes over. It answers one message, and after each
    hand-back that same one anew, because its answer was interrupted."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self._epoch = room.epoch
        self._is_taken = False

    async def start(self) -> None:
        room = self.room
        if not self._is_taken:
            await say(room, "Go on, please.")
            return
        answers = room.contact.wait(b'"type":"piece"')
        back = wire.encode("hand_back", id=f"back-{self._epoch}", conversation=room.conversation, epoch=self._epoch)
        await room.agent.ask(back, b'"type":"ack"')
        self._epoch += 1
        self._is_taken = False
        await answers

    async def stop(self) -> float:
        """Milliseconds to the ack."""
        clicked = time.perf_counter()
        acked = await intervene(self.room, self._epoch)
        self._epoch += 1
        self._is_taken = True
        return (acked - clicked) * 1000
