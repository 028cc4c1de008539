"""Intervene as it is measured beside its peers: durable (`durability = "full"` on SQLite), on one core, without a bot.

One setting is raised for all that is measured, as its own text advises for load tests: `sessions_per_address`, because
all sessions come from one address. For the crowd, where one agent says a thousand messages a second, `raised.py` lifts
the allowances of a person too. Nothing else differs from the product.
"""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import msgspec

import intervene
from tests.bench import process
from tests.bench.peers import building, load
from tests.bench.peers.frames import encode, upgrade
from tests.bench.peers.load import Load
from tests.bench.peers.relays import TURNS, Coming, said
from tests.bench.people import agent_token, contact_token
from tests.bench.process import Server

SESSIONS_PER_ADDRESS = 1_000_000
SESSIONS_OF_AGENT = 40  # of which one person may have so many
JOINED = [b"", b'"type":"welcome"']
WATCHED = [*JOINED, b'"type":"watched"']


class Ours:
    key = "intervene"
    title = "**Intervene**, durable"
    acked = True
    for_crowds = "tests.bench.peers.raised"
    """What is started for a crowd."""

    def version(self) -> str:
        return f"Intervene {intervene.__version__}"

    @asynccontextmanager
    async def start(self, directory: Path, *, crowd: bool = False, **settings: object) -> AsyncIterator[Server]:
        module = self.for_crowds if crowd else "intervene"
        usual = {"bot": "none", "sessions_per_address": SESSIONS_PER_ADDRESS, "durability": "full"}
        given: dict[str, object] = {**usual, **settings}
        async with process.intervene(directory, process.ROOT, module, **given) as server:
            yield server

    async def coming_in(self, directory: Path, rooms: int, bot: str = "none") -> Coming:
        """The conversations are made by a server before, and the sessions find them."""
        async with self.start(directory, bot=bot) as server:
            with load.sessions(server.port, rooms, rooms, 1, acked=True) as sessions:
                conversations = opened(sessions, rooms)
        sends = []
        for at, name in enumerate(conversations):
            sends += [customer(f"customer-{at}", name), staff(f"holder-{at}", name), staff(f"colleague-{at}", name)]
        return Coming(sends, WATCHED)

    def coming_back(self, come: Coming, answers: Sequence[bytes]) -> Coming:
        """Staff say which event they had last; the customers have had none."""
        return Coming(
            [[*sends[:-1], _behind(answer)] for sends, answer in zip(come.sends, answers, strict=True)], WATCHED
        )

    @contextmanager
    def rooms(self, server: Server, count: int) -> Iterator[Load]:
        """Sessions 0 to `count`-1 are customers, then come holders, then colleagues."""
        with load.sessions(server.port, 3 * count, count, 1, acked=True) as sessions:
            conversations = opened(sessions, count)
            enter(sessions, 0, [[watching(name)] for name in conversations], joined=True)
            enter(sessions, count, [staff(f"holder-{at}", name) for at, name in enumerate(conversations)])
            enter(sessions, 2 * count, [staff(f"colleague-{at}", name) for at, name in enumerate(conversations)])
            epoch = hold(sessions, count, conversations)
            for room, name in enumerate(conversations):
                sessions.member(room, room, said(name, room, None))
                sessions.member(count + room, room, said(name, room, epoch))
                sessions.member(2 * count + room, room, b"")
                sessions.speakers(room, [room + count * turn for turn in TURNS])
            yield sessions

    @contextmanager
    def crowd(self, server: Server, watchers: int, depth: int) -> Iterator[Load]:
        """Session 0 is the customer; all others are staff, and the first of them speaks."""
        with load.sessions(server.port, watchers, 1, depth, acked=True) as sessions:
            (name,) = opened(sessions, 1)
            enter(sessions, 0, [[watching(name)]], joined=True)
            agents = [f"agent-{at // SESSIONS_OF_AGENT}" for at in range(watchers - 1)]
            enter(sessions, 1, [staff(agent, name) for agent in agents])
            epoch = hold(sessions, 1, [name])
            for session in range(watchers):
                sessions.member(session, 0, said(name, 0, epoch) if session == 1 else b"")
            sessions.speakers(0, [1])
            yield sessions


class Native(Ours):
    """With the optional part in C, which serves crowds alone."""

    key = "native"
    title = "**Intervene**, its part in C"
    for_crowds = "tests.bench.peers.native"

    def version(self) -> str:
        building.crowd()
        return f"{super().version()}, with `native/`"


def opened(sessions: Load, count: int) -> list[str]:
    """Sessions from 0 on, each with the new conversation of a customer who has joined."""
    coming = [[*_coming(contact_token(f"customer-{at}")), encode("open")] for at in range(count)]
    sessions.talk(0, coming, [*JOINED, b'"type":"opened"'])
    return [sessions.answer(at).split(b'"conversation":"')[1][:24].decode() for at in range(count)]


def enter(sessions: Load, first: int, sends: list[list[bytes]], *, joined: bool = False) -> load.Talk:
    """Sessions from `first` on watch, and join before if they have not."""
    return sessions.talk(first, sends, WATCHED[-1:] if joined else WATCHED)


def hold(sessions: Load, first: int, conversations: list[str]) -> int:
    """The staff who have just come to watch these take control; the epoch that begins then is the same in all."""
    epoch: int = msgspec.json.decode(sessions.answer(first))["state"]["epoch"]
    clicks = [[encode("intervene", id="take", conversation=name, epoch=epoch)] for name in conversations]
    sessions.talk(first, clicks, [b'"type":"ack"'])
    return epoch + 1


def watching(conversation: str) -> bytes:
    return encode("watch", conversation=conversation)


def staff(name: str, conversation: str) -> list[bytes]:
    return [*_coming(agent_token(name)), watching(conversation)]


def customer(name: str, conversation: str) -> list[bytes]:
    return [*_coming(contact_token(name)), watching(conversation)]


def _behind(answer: bytes) -> bytes:
    """To watch on, behind the last event of a `watched`."""
    watched = msgspec.json.decode(answer)
    events = watched["events"]
    position = {"after": {"n": events[-1]["seq"], "id": events[-1]["id"]}} if events else {}
    return encode("watch", conversation=watched["conversation"], **position)


def _coming(token: str) -> list[bytes]:
    return [upgrade("/socket", "intervene.v1"), encode("hello", token=token)]
