"""Coming back: what a session costs the server that says hello and watches what it has watched before, and how long
all of them take after the server was killed.

Half are customers, each with a conversation, half are agents, of whom each watches one of those.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

from tests.bench import process, wire
from tests.bench.figures import Figure
from tests.bench.people import TEXT, agent_token, contact_token, each, open_mine
from tests.bench.process import Server
from tests.bench.wire import Socket

SETTINGS: dict[str, object] = {"bot": "none", "development": "false", "sessions_per_address": 1_000_000}
REST_SECONDS = 2.1  # until all are gone, and the rows of people who were here are read anew


class Size(NamedTuple):
    rounds: int = 3
    sessions: int = 10_000


QUICK = Size(rounds=1, sessions=600)


class Place(NamedTuple):
    """Where a session was: its token, its conversation, and the last event that it has of it."""

    token: str
    conversation: str
    after: object


class Cost(NamedTuple):
    """Of one session: microseconds of the server's processor time."""

    hello: float
    watch: float


async def run(size: Size, directory: Path) -> list[Figure]:
    seconds, busy = [], []
    for round in range(size.rounds):
        at = directory / f"joining-{round}"
        async with process.intervene(at, **SETTINGS) as server:
            places = await furnish(server, size.sessions)
        async with process.intervene(at, **SETTINGS) as server:  # the first was killed
            begun, cpu = perf_counter(), server.cpu()
            sockets = await each(partial(_come_back, server.port), places)
            seconds.append(perf_counter() - begun)
            busy.append((server.cpu() - cpu) * 1e6 / len(places))
            for socket in sockets:
                socket.abort()
    back = f"{size.sessions} sessions back after kill -9"
    return [
        Figure(bench="joining", name=back, unit="s", values=seconds, aim="< 5"),
        Figure(bench="joining", name="CPU to come back and watch", unit="us", values=busy, aim="< 400"),
    ]


async def furnish(server: Server, sessions: int) -> list[Place]:
    """The conversations of half as many customers, each with a message, and who is to come."""

    async def begin(number: int) -> list[Place]:
        token = contact_token(f"contact-{number}")
        contact = await wire.join(server.port, token)
        conversation = await open_mine(contact)
        said = wire.encode("say", id=f"first-{number}", conversation=conversation, text=TEXT)
        event = (await contact.ask(said, b'"type":"event"')).decode()
        contact.abort()
        agent = agent_token(f"agent-{number}")
        (await wire.join(server.port, agent)).abort()  # so that a row is found when they come back
        pub, id = event["pub"], event["id"]
        return [
            Place(token, conversation, {"n": pub, "id": id}),
            Place(agent, conversation, {"n": pub + 1, "id": id}),  # the first is for staff
        ]

    return [place for places in await each(begin, range(sessions // 2)) for place in places]


async def costs(server: Server, places: Sequence[Place]) -> Cost:
    """All come, and then watch. They are gone afterwards."""
    cpu = server.cpu()
    sockets = await each(partial(wire.join, server.port), [place.token for place in places])
    joined = server.cpu()
    await each(_watch, list(zip(sockets, places, strict=True)))
    watched = server.cpu()
    for socket in sockets:
        socket.abort()
    await asyncio.sleep(REST_SECONDS)
    return Cost((joined - cpu) * 1e6 / len(places), (watched - joined) * 1e6 / len(places))


async def _come_back(port: int, place: Place) -> Socket:
    socket = await wire.join(port, place.token)
    await _watch((socket, place))
    return socket


async def _watch(given: tuple[Socket, Place]) -> None:
    socket, place = given
    asked = wire.encode("watch", conversation=place.conversation, after=place.after)
    await socket.ask(asked, b'"type":"watched"')
