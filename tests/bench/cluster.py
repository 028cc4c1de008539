"""Two nodes on one PostgreSQL and one Redis: customers and bots are `here`, the agents who act are `there`.

* What a customer says, until an agent's session at the other node has it: idle, and while Redis hangs.
* A click at the other node in the middle of a streamed reply, until the ack; until all three sessions of the
  conversation, one there and two here, have the change of control; until the bot's coroutine has ended. Idle, while
  other replies are streamed and shown at both nodes, while Redis hangs, and after it has come back.
* Messages at both nodes, each heard at the other too.

Beside them is what they cannot do without: a durable commit on this PostgreSQL, a round trip to a node, a PUBLISH
through this Redis. While Redis hangs, a node hears of the other's commits when it compares versions with the log, every
two seconds, and has no floor. Where a bot streams it is sooner: its next piece is refused, and the node reads why. The
report of its end would come through Redis, so then its node is asked, over and over, whether turns still run.
"""

import asyncio
import random
import time
from collections.abc import Sequence
from itertools import count, cycle
from pathlib import Path
from typing import NamedTuple

import anyio

from tests.bench import process, takeover, wire
from tests.bench.figures import Figure, percentiles
from tests.bench.ground import Ground, stand
from tests.bench.messages import FLOOR, MOST, WARM_SECONDS, Load, Result, relayed
from tests.bench.people import TEXT, Room, agent_token, each, enter
from tests.bench.takeover import CLICK_SECONDS, PIECE_SECONDS, SCRIPT, Stream
from tests.bench.wire import Socket

SAYS = 10  # of one customer, who opened and watched too: within their burst
SAY_SECONDS = 20.0  # at most: nobody notices for some seconds that Redis hangs
SETTLE_SECONDS = 0.3  # until what was subscribed is heard
ONCE_SECONDS = 1.0  # in which nobody notices yet that Redis hangs
NOTICE_SECONDS = 30.0  # at most, until both nodes know that Redis is away, or back
ASK_SECONDS = 0.005  # between two questions to a node
TRIP, PUBLISH, THERE_AND_BACK = "commit + round trip", "commit + PUBLISH", "commit + 2 PUBLISH"


class Size(NamedTuple):
    rounds: int = 4
    says: int = 75  # of a round
    clicks: int = 40  # of a round, and as many under load
    streams: int = 50
    hung: int = 40  # clicks while Redis hangs, and as many after; and says
    spread: float = 4.0  # seconds over which those are said: two comparisons
    seconds: float = 2.0
    rooms: int = 400
    outstanding: int = 64


QUICK = Size(rounds=1, says=40, clicks=15, streams=25, hung=8, spread=2.0, seconds=1.0, rooms=60)


class Floors(NamedTuple):
    """Milliseconds, some time after what they stand beside: a disk remembers."""

    commit: float
    trip: float
    publish: float


class Said(NamedTuple):
    seen: float
    floors: Floors


class Click(NamedTuple):
    ack: float
    seen: float
    bot_stopped: float
    floors: Floors


class Hung(NamedTuple):
    at_once: list[float]
    late: list[float]
    clicks: list[Click]
    back: float
    """Milliseconds from Redis' first answer until both nodes hear each other."""
    after: list[Click]


class Stage:
    """The two nodes, an agent who clicks there and a colleague who watches here."""

    def __init__(self, ground: Ground, agent: Socket, colleague: Socket) -> None:
        self.ground = ground
        self._people = agent, colleague
        self._names = count()

    async def room(self, _: object) -> Room:
        return await enter(self.ground.here, f"customer-{next(self._names)}", self._people)

    async def own(self) -> Room:
        """With an agent and a colleague who have no other: what a session may ask for in a second is bounded."""
        number = next(self._names)
        agent = await wire.join(self.ground.there.port, agent_token(f"agent-{number}"))
        colleague = await wire.join(self.ground.here.port, agent_token(f"colleague-{number}"))
        return await enter(self.ground.here, f"customer-{number}", (agent, colleague))

    async def taken(self, _: object) -> Room:
        """One whose agent has control: no bot answers its customer."""
        room = await self.own()
        await takeover.intervene(room, room.epoch)
        return room

    async def stream(self, _: object) -> Stream:
        return Stream(await self.own())

    # -- what is measured ----------------------------------------------------------------------------------------------

    async def says(self, room: Room) -> float:
        """Until the agent at the other node has it."""
        conversation = room.conversation.encode()
        heard = room.agent.wait(b'"type":"event"', conversation)
        id = f"{random.getrandbits(64):x}"
        begun = time.perf_counter()
        with anyio.fail_after(SAY_SECONDS):
            say = wire.encode("say", id=id, conversation=room.conversation, text=TEXT)
            await room.contact.ask(say, b'"type":"ack"')
            return ((await heard).at - begun) * 1000

    async def said(self, room: Room) -> Said:
        return Said(await self.says(room), await self._floors())

    async def says_within(self, seconds: float, rooms: Sequence[Room]) -> list[float]:
        """One in each room, at any moment of so many seconds."""

        async def say(room: Room) -> float:
            await asyncio.sleep(random.uniform(0, seconds))
            return await self.says(room)

        return await each(say, rooms, at_once=len(rooms))

    async def clicks(self, clicks: int, *, hangs: bool = False) -> list[Click]:
        rooms = await each(self.room, range(clicks))
        await asyncio.sleep(SETTLE_SECONDS)
        return [await self._click(room, hangs) for room in rooms]

    async def _click(self, room: Room, hangs: bool) -> Click:
        with anyio.fail_after(CLICK_SECONDS):
            await takeover.say(room, "Hello?")
            await asyncio.sleep(random.uniform(0, PIECE_SECONDS))
            conversation = room.conversation.encode()
            seen = [socket.wait(b'"kind":"control"', conversation) for socket in room.sockets]
            told = None if hangs else room.agent.wait(b'"type":"takeover"', b'"bot_stopped_ms"', conversation)
            begun = time.perf_counter()
            ack = await takeover.intervene(room, room.epoch)
            seen_at = max([(await change).at for change in seen])
            # Asking a node costs it time, so it comes last: it ends a turn as it shows the change, or a moment later.
            stopped = (await told).decode()["bot_stopped_ms"] if told else (await self._no_turn_runs() - begun) * 1000
            floors = await self._floors(hangs=hangs)
            for agent in self._people:
                agent.send(wire.encode("unwatch", conversation=room.conversation))
            room.contact.abort()
            return Click((ack - begun) * 1000, (seen_at - begun) * 1000, stopped, floors)

    async def _no_turn_runs(self) -> float:
        while True:
            metrics = await self.ground.here.metrics()
            if not metrics["intervene_turns"] and not metrics["intervene_turns_outliving_their_cancel"]:
                return time.perf_counter()
            await asyncio.sleep(ASK_SECONDS)

    async def _floors(self, *, hangs: bool = False) -> Floors:
        floor, (agent, _) = self.ground.floor, self._people
        return Floors(await floor.commit(), await takeover.trip(agent), 0.0 if hangs else await floor.publish())

    async def notice(self, is_up: bool) -> float:
        """When both nodes know whether they hear each other."""
        with anyio.fail_after(NOTICE_SECONDS):
            for node in (self.ground.here, self.ground.there):
                while True:
                    metrics = await node.metrics()
                    if metrics["intervene_hub_up"] == is_up and metrics["intervene_polling"] != is_up:
                        break
                    await asyncio.sleep(10 * ASK_SECONDS)
        return time.perf_counter()


async def run(size: Size, directory: Path) -> list[Figure]:
    script = directory / "script.txt"
    script.write_text(SCRIPT)
    async with stand(directory, bot="scripted", script=script) as ground:
        agent = await wire.join(ground.there.port, agent_token("agent"))
        stage = Stage(ground, agent, await wire.join(ground.here.port, agent_token("colleague")))
        rooms = cycle(await each(stage.taken, range(-(-size.says * size.rounds // SAYS))))
        streams = await each(stage.stream, range(size.streams))
        said, idle, loaded = [], [], []
        for _ in range(size.rounds):
            said.append([await stage.said(next(rooms)) for _ in range(size.says)])
            idle.append(await stage.clicks(size.clicks))
            await each(Stream.start, streams)
            loaded.append(await stage.clicks(size.clicks))
            await each(Stream.stop, streams)
        hung = await _hang(size, stage)
        talked = await _talk(size, ground, directory)
    return [
        *_of_says("idle", said),
        *_of_clicks("idle", idle),
        *_of_clicks(f"{size.streams} streams", loaded),
        *_of_hung(hung),
        *talked,
    ]


async def _hang(size: Size, stage: Stage) -> Hung:
    redis = stage.ground.redis
    rooms = await each(stage.taken, range(2 * size.hung))
    await asyncio.sleep(SETTLE_SECONDS)
    redis.hang()
    at_once = await stage.says_within(ONCE_SECONDS, rooms[: size.hung])
    await stage.notice(is_up=False)
    clicks = await stage.clicks(size.hung, hangs=True)
    late = await stage.says_within(size.spread, rooms[size.hung :])
    redis.wake()
    begun = time.perf_counter()
    back = (await stage.notice(is_up=True) - begun) * 1000
    return Hung(at_once, late, clicks, back, await stage.clicks(size.hung))


# -- messages ----------------------------------------------------------------------------------------------------------


async def _talk(size: Size, ground: Ground, directory: Path) -> list[Figure]:
    load = Load(ground.nodes_cpu)
    nodes = ground.here, ground.there

    async def furnish(number: int) -> None:
        one, other = nodes[number % 2], nodes[1 - number % 2]
        agents = [await wire.join(other.port, agent_token(f"room-{number}-{role}")) for role in ("agent", "colleague")]
        await load.add(await enter(one, f"room-{number}", agents))

    await each(furnish, range(size.rooms))
    await asyncio.sleep(SETTLE_SECONDS)
    ours: list[Result] = []
    floors: list[Result] = []
    stores = []
    async with process.floor("relay", directory / "relay") as relay:
        beside = await relayed(size.rooms, relay)
        for round in range(-1, size.rounds):
            seconds = size.seconds if round >= 0 else WARM_SECONDS
            most = MOST * size.rooms // (size.rounds + 1)
            floors.append(await beside.round(seconds, most, size.outstanding))
            before = ground.stores_cpu()
            ours.append(await load.round(seconds, most, size.outstanding))
            stores.append((ground.stores_cpu() - before) * 1e6 / load.sent)
    whats = ("messages at two nodes", "/s"), ("both nodes' CPU for a message", "us")
    return [
        *(
            Figure(
                bench="cluster", name=name, unit=unit, values=[result[at] for result in ours[1:]],
                floor=FLOOR, floors=[result[at] for result in floors[1:]],
            )
            for at, (name, unit) in enumerate(whats)
        ),
        Figure(bench="cluster", name="PostgreSQL's and Redis' CPU for a message", unit="us", values=stores[1:]),
    ]  # fmt: skip


# -- figures -----------------------------------------------------------------------------------------------------------


def _of_says(when: str, rounds: Sequence[Sequence[Said]]) -> list[Figure]:
    floors = [[(said.floors.commit, said.floors.publish) for said in round] for round in rounds]
    times = [[said.seen for said in round] for round in rounds]
    return percentiles("cluster", f"said to seen at the other node, {when}", times, PUBLISH, floors)


def _of_clicks(when: str, rounds: Sequence[Sequence[Click]]) -> list[Figure]:
    floors = [[click.floors for click in round] for round in rounds]
    trip = [[(floor.commit, floor.trip) for floor in round] for round in floors]
    publish = [[(floor.commit, floor.publish) for floor in round] for round in floors]
    twice = [[(floor.commit, floor.publish, floor.publish) for floor in round] for round in floors]
    return [
        *percentiles("cluster", f"click to ack, {when}", _column(rounds, 0), TRIP, trip),
        *percentiles("cluster", f"click to seen by all three, {when}", _column(rounds, 1), PUBLISH, publish),
        *percentiles("cluster", f"click to bot stopped, {when}", _column(rounds, 2), THERE_AND_BACK, twice),
    ]


def _of_hung(hung: Hung) -> list[Figure]:
    when, rounds = "Redis hangs", [hung.clicks]
    trip = [[(click.floors.commit, click.floors.trip) for click in hung.clicks]]
    return [
        *percentiles("cluster", f"click to ack, {when}", _column(rounds, 0), TRIP, trip),
        *percentiles("cluster", f"click to seen by all three, {when}", _column(rounds, 1)),
        *percentiles("cluster", f"click to bot stopped, {when}", _column(rounds, 2)),
        *percentiles("cluster", f"said to seen at the other node, {when} and nobody knows", [hung.at_once]),
        *percentiles("cluster", f"said to seen at the other node, {when}", [hung.late]),
        Figure(bench="cluster", name="Redis back to nodes that hear each other", unit="ms", values=[hung.back]),
        *_of_clicks("Redis back", [hung.after]),
    ]


def _column(rounds: Sequence[Sequence[Click]], at: int) -> list[list[float]]:
    return [[(click.ack, click.seen, click.bot_stopped)[at] for click in round] for round in rounds]
