"""[P7] Who is here, where a crowd is: whole lists of at most 20 names and a count, at most once a second.

Bytes are counted as a socket would be sent them.
"""

import asyncio

import pytest

from intervene.core.actors import Agent
from intervene.core.errors import NotFound, Unavailable
from intervene.core.ids import AgentId, Key, NodeId
from intervene.core.limits import HERE_AGENTS
from intervene.core.wire.staff import Here
from intervene.feed import presence
from intervene.ports.log import Snapshot
from intervene.ports.messages import Presence
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.integration.engine.screen import Session
from tests.kit.limits import LONG_WAIT, eventually

CROWD = 1000
MB = 1_000_000


class Counted(Session):
    """A session that keeps nothing but what it was sent last, and how much it was."""

    def __init__(self, person: Person) -> None:
        super().__init__(person.screen)
        self.bytes = 0
        self.last = b""

    def send(self, data: bytes, frames: int) -> None:
        self.bytes += len(data)
        self.last = data

    def show(self, key: Key, snapshot: Snapshot, *, reset: bool) -> bool:
        self.is_shown = True
        return True

    def miss(self, key: Key, problem: NotFound | Unavailable) -> None:
        raise AssertionError(problem)


async def crowd(room: Room, node: Node, count: int, name: str) -> list[Counted]:
    """That many agents watch."""
    sessions = [Counted(room.agent(f"{name} {number}", node)) for number in range(count)]
    for session in sessions:
        node.feeds.join(room.key, session, None)
    await eventually(lambda: all(session.is_shown for session in sessions), within=LONG_WAIT)
    for screen in room.screens[-count:]:
        room.screens.remove(screen)  # nothing is on them
    return sessions


def heres(person: Person) -> list[Here]:
    return [frame for frame in person.screen.beside if isinstance(frame, Here)]


def names(here: Here) -> list[str]:
    return [agent.name for agent in here.agents]


def count_of(person: Person) -> int:
    here = heres(person)[-1] if heres(person) else None
    return (here.count or len(here.agents)) if here else 0


async def test_a_thousand_who_join_a_thousand_who_watch_cost_some_megabytes(room: Room, n1: Node, anna: Person) -> None:
    """[P7] It was 17 GB: each of them told everybody all names."""
    watching = await crowd(room, n1, CROWD, "Watcher")
    await eventually(lambda: count_of(anna) == CROWD + 1)
    before = sum(session.bytes for session in watching)
    joining = await crowd(room, n1, CROWD, "Joiner")
    await eventually(lambda: count_of(anna) == 2 * CROWD + 1)
    rounds = len(heres(anna))
    sent = sum(session.bytes for session in (*watching, *joining)) - before
    assert sent < 30 * MB
    assert sent < rounds * 2 * CROWD * HERE_AGENTS * 100, "each round a list of 20 to each"
    for session in (*watching, *joining):
        n1.feeds.leave(room.key, session)


async def test_those_who_have_been_here_longest_are_named(room: Room, n1: Node, anna: Person) -> None:
    """And stay so, whoever comes."""
    first = [session for number in range(HERE_AGENTS) for session in await crowd(room, n1, 1, f"{number}.")]
    await eventually(lambda: count_of(anna) == HERE_AGENTS + 1)
    named = names(heres(anna)[-1])
    assert named == ["Anna", *(f"{number}. 0" for number in range(HERE_AGENTS - 1))]
    later = await crowd(room, n1, 50, "Later")
    await eventually(lambda: count_of(anna) == HERE_AGENTS + 51)
    assert names(heres(anna)[-1]) == named
    n1.feeds.leave(room.key, first[0])
    await eventually(lambda: count_of(anna) == HERE_AGENTS + 50)
    assert names(heres(anna)[-1]) == [*(name for name in named if name != "0. 0"), f"{HERE_AGENTS - 1}. 0"]
    for session in (*first[1:], *later):
        n1.feeds.leave(room.key, session)
    await eventually(lambda: (names(heres(anna)[-1]), heres(anna)[-1].count) == (["Anna"], 0))


async def test_who_comes_and_goes_a_hundred_times_within_a_second_is_shown_at_its_end(
    room: Room, n1: Node, clara: Customer, anna: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] The first change at once, and the last for certain."""
    await eventually(lambda: bool(heres(anna)))
    monkeypatch.setattr(presence, "HERE_SECONDS", LONG_WAIT)
    await eventually(lambda: not n1.feeds.people.is_resting(room.key))
    before = len(heres(anna))
    clara.screen.leaves()
    await eventually(lambda: len(heres(anna)) == before + 1)
    assert not heres(anna)[-1].contact
    for _ in range(100):
        await clara.watches()
        clara.screen.leaves()
    await clara.watches()
    assert len(heres(anna)) == before + 1
    n1.feeds.people._rested(room.key)
    assert len(heres(anna)) == before + 2
    assert heres(anna)[-1].contact


async def test_a_crowd_on_one_node_is_counted_on_another(
    cluster: Cluster, room: Room, n1: Node, n2: Node, ben: Person
) -> None:
    """[P7] What crosses is 20 names and a count, at most once a second."""
    before = len(n2.deliveries.received)
    joined = await crowd(room, n1, CROWD, "Agent")
    await eventually(lambda: count_of(ben) == CROWD + 1)
    told = [message for message in n2.deliveries.received[before:] if isinstance(message, Presence)]
    assert max(len(said.agents) for said in told) == HERE_AGENTS
    assert len(told) <= len(heres(ben)) + 3
    first, *others = names(heres(ben)[-1])  # of a crowd that joins at once any may be the first
    assert first == "Ben"
    assert all(name.startswith("Agent ") for name in others)
    for session in joined:
        n1.feeds.leave(room.key, session)
    await eventually(lambda: count_of(ben) == 1)


async def test_an_agent_with_sessions_on_two_nodes_is_one(
    cluster: Cluster, room: Room, n1: Node, n2: Node, anna: Person, ben: Person
) -> None:
    again = room.agent("Anna", n2)
    await again.watches()
    await eventually(lambda: names(heres(ben)[-1]) == ["Ben", "Anna"])
    await eventually(lambda: names(heres(anna)[-1]) == ["Anna", "Ben"])
    assert heres(anna)[-1].count == heres(ben)[-1].count == 0


async def test_a_node_of_a_release_that_names_everybody_is_bounded_here(room: Room, n2: Node, ben: Person) -> None:
    """[P7] It does not count, and its list is as long as it likes."""
    everybody = tuple(Agent(id=AgentId(f"a{number}"), name="\U0001f600" * 80) for number in range(500))
    n2.feeds.receive_presence(Presence(room.key, NodeId("old"), everybody, contact=True, asks=True))
    await eventually(lambda: count_of(ben) == 501)
    assert len(heres(ben)[-1].agents) == HERE_AGENTS
    kept = {presence.node: presence for presence in n2.feeds.people.others(room.key)}
    assert len(kept[NodeId("old")].agents) == HERE_AGENTS
    n2.feeds.receive_presence(Presence(room.key, NodeId("old"), (), contact=False, asks=False))
    await eventually(lambda: count_of(ben) == 1)


async def test_nodes_that_die_together_take_all_their_people_with_them(room: Room, n2: Node, ben: Person) -> None:
    for node in ("a", "b", "c"):
        agent = Agent(id=AgentId(node), name=node)
        n2.feeds.receive_presence(Presence(room.key, NodeId(node), (agent,), contact=False, asks=False, count=1))
    await eventually(lambda: count_of(ben) == 4)
    n2.feeds.drop_nodes([NodeId("a"), NodeId("b"), NodeId("c")])
    await eventually(lambda: names(heres(ben)[-1]) == ["Ben"])


async def test_a_node_that_is_asked_by_many_answers_once_a_second(
    room: Room, n2: Node, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] As when all others start at once."""
    await eventually(lambda: not n2.feeds.people.is_resting(room.key))
    monkeypatch.setattr(presence, "HERE_SECONDS", LONG_WAIT)
    answers: list[Presence] = []
    monkeypatch.setattr(n2.side, "publish", answers.append)
    for number in range(50):
        n2.feeds.receive_presence(Presence(room.key, NodeId(f"n{number}"), (), contact=False, asks=True))
        await asyncio.sleep(0)
    assert len(answers) == 1


async def test_a_conversation_that_was_forgotten_and_is_followed_again_says_who_is_here_now(
    room: Room, n2: Node, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once it may be published again: not who was there in between."""
    monkeypatch.setattr("intervene.feed.feeds.IDLE_FEEDS", 0)
    published: list[Presence] = []
    monkeypatch.setattr(n2.side, "publish", published.append)
    await eventually(lambda: n2.feeds.people.is_resting(room.key))
    ben.screen.leaves()
    assert n2.feeds.find(room.key) is None
    await ben.watches()
    await eventually(lambda: not n2.feeds.people.is_resting(room.key))
    assert [presence.count for presence in published] == [1]


async def test_a_conversation_that_was_forgotten_says_that_nobody_is_here(
    room: Room, n2: Node, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intervene.feed.feeds.IDLE_FEEDS", 0)
    published: list[Presence] = []
    monkeypatch.setattr(n2.side, "publish", published.append)
    await eventually(lambda: n2.feeds.people.is_resting(room.key))
    ben.screen.leaves()
    await eventually(lambda: [presence.count for presence in published] == [0])
