"""Nodes beside each other: beats and deaths, comparisons with the log, a database that went back, who is where."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from intervene.adapters.sql.nodes import SqlNodes
from intervene.cluster.membership import Membership
from intervene.cluster.node_info import About, encode_about
from intervene.core.actors import Agent
from intervene.core.conversation.packing import FORMAT
from intervene.core.errors import NotFound, Unavailable
from intervene.core.ids import AgentId, NodeId
from intervene.core.limits import STRANDED_TRIES
from intervene.core.timing import PRODUCTION
from intervene.core.wire.staff import Here
from intervene.ports.nodes import Member
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually
from tests.unit.core.cast import ACME


class Wrist:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def now(self) -> int:
        return int(self.seconds * 1000)

    def monotonic(self) -> float:
        return self.seconds


class Beside:
    """A node's membership, beating when the test says so; the other node `n2` is only a row."""

    def __init__(self, cluster: Cluster, node: Node) -> None:
        self.clock = Wrist()
        self.nodes = SqlNodes(cluster.database)
        self.died: list[str] = []
        self.backs = 0
        self.agents: dict[Member, int] = {}
        self.is_hub_up = True
        self.hub_silence = 0.0
        self.ended: set[NodeId] = set()
        self.node = node
        self.membership = Membership(
            node=node.id,
            nodes=self.nodes,
            log=node.log,
            feeds=node.feeds,
            clock=self.clock,
            about=lambda: "about n1",
            agents=lambda: self.agents,
            died=self.died.extend,
            went_back=self._went_back,
            is_hub_up=lambda: self.is_hub_up,
            hub_is_silent_for=lambda: self.hub_silence,
            has_ended=self.ended.__contains__,
        )

    def _went_back(self) -> None:
        self.backs += 1
        self.membership.start_over()
        self.node.feeds.forget()

    async def beats(self, *others: str, heard: bool = True) -> None:
        for other in others:
            await self.nodes.beat(NodeId(other))
            if heard:
                self.membership.receive_heartbeat(NodeId(other), True)
        await self.membership.send_heartbeat()
        self.clock.seconds += PRODUCTION.heartbeat

    async def beats_for(self, seconds: float, *others: str) -> None:
        for _ in range(int(seconds / PRODUCTION.heartbeat) + 1):
            await self.beats(*others)

    async def compares(self) -> None:
        """As the node would, if it is time."""
        if self.clock.monotonic() >= self.membership._compare_at:
            await self.membership._compare(None)


async def test_a_node_without_heartbeats_is_gone_and_reported_once(cluster: Cluster, n1: Node) -> None:
    """[P5]"""
    beside = Beside(cluster, n1)
    await beside.beats("n2", "n3")
    assert sorted(beside.membership.alive()) == ["n2", "n3"]
    await beside.beats_for(PRODUCTION.dead_after, "n3")
    assert beside.membership.is_gone(NodeId("n2"))
    assert not beside.membership.is_gone(NodeId("n3"))
    assert not beside.membership.is_gone(n1.id)
    assert beside.died == ["n2"]
    await beside.beats_for(PRODUCTION.dead_after, "n3")
    assert beside.died == ["n2"]


async def test_a_node_whose_process_has_ended_for_certain_is_reported_with_the_next_heartbeat(
    cluster: Cluster, n1: Node
) -> None:
    """[P5]"""
    beside = Beside(cluster, n1)
    await beside.beats("n2", "n3")
    beside.ended.add(NodeId("n2"))
    await beside.beats("n3")
    assert beside.died == ["n2"]
    assert beside.membership.is_gone(NodeId("n2"))
    assert beside.membership.peers() == ["n3"]


async def test_versions_are_compared_now_and_then_and_at_once_when_something_may_be_missing(
    cluster: Cluster, n1: Node, n2: Node, room: Room, clara: Customer
) -> None:
    """[P5]"""
    beside = Beside(cluster, n1)
    await beside.beats("n2")
    await beside.compares()
    seen = beside.membership.comparisons

    async def is_compared() -> bool:
        nonlocal seen
        await beside.compares()
        before, seen = seen, beside.membership.comparisons
        return seen > before

    await beside.beats("n2")
    assert not await is_compared(), "when nothing is amiss"
    beside.membership.compare()
    assert await is_compared(), "when another node asks"
    await beside.beats_for(PRODUCTION.hub_silent_after)
    await beside.beats("n2", heard=False)
    assert await is_compared(), "while a node that lives is not heard"
    await beside.beats("n2", heard=False)
    assert await is_compared(), "with each beat"
    await beside.beats("n2")
    assert not await is_compared(), "until it is heard"
    beside.is_hub_up = False
    await beside.beats("n2")
    assert await is_compared(), "while our own hub is down"
    beside.is_hub_up = True
    await beside.beats_for(PRODUCTION.compare, "n2")
    assert await is_compared(), "after a while"
    while not beside.died:
        await is_compared()
        await beside.beats()
    assert beside.membership.missing_on_hub == []
    assert await is_compared(), "when a node dies, which may not have told its last commit"


async def test_who_says_in_sql_that_its_hub_is_down_is_not_waited_for(cluster: Cluster, n1: Node) -> None:
    """[P5] Its silence alone would be noticed only after a while."""
    beside = Beside(cluster, n1)
    await beside.beats("n2")
    assert beside.membership.missing_on_hub == []
    about = About(release="", format=FORMAT, host="", address="", keys=[], hub=False)
    await beside.nodes.beat(NodeId("n2"), encode_about(about))
    beside.membership.receive_heartbeat(NodeId("n2"), True)
    await beside.beats()
    assert beside.membership.missing_on_hub == ["n2"]
    await beside.nodes.beat(NodeId("n2"), encode_about(replace(about, hub=True)))
    beside.membership.receive_heartbeat(NodeId("n2"), True)
    await beside.beats()
    assert beside.membership.missing_on_hub == []


async def test_a_node_whose_words_did_not_leave_says_so_by_a_beat_at_once(cluster: Cluster, n1: Node) -> None:
    """[P5]"""
    membership = Beside(cluster, n1).membership
    keeping = asyncio.create_task(membership.keep())
    await eventually(lambda: membership.written == 1)
    membership.lost()
    await eventually(lambda: membership.written == 2, within=PRODUCTION.heartbeat - 0.2)
    keeping.cancel()


async def test_a_comparison_brings_what_no_hub_has_brought(
    cluster: Cluster, n1: Node, n2: Node, room: Room, clara: Customer, ben: Person
) -> None:
    """[P5]"""
    cluster.hub.fate = lambda node, commit: 0
    shown = clara.screen.kinds
    await ben.intervenes()
    assert clara.screen.kinds == shown
    await Beside(cluster, n1).compares()
    await eventually(lambda: clara.screen.kinds == [*shown, "control"])
    cluster.hub.fate = lambda node, commit: 1


async def test_what_was_said_before_a_subscription_began_is_looked_for_at_once(
    cluster: Cluster, n1: Node, n2: Node, room: Room, anna: Person, ben: Person
) -> None:
    """[P5] Of that conversation; all the others wait for their time."""
    membership = Beside(cluster, n1).membership
    keeping = asyncio.create_task(membership.keep())
    await eventually(lambda: membership.comparisons == 1)
    cluster.hub.fate = lambda node, commit: 0
    await ben.notes("Does she hear this?")
    membership.gap([room.key])
    await eventually(lambda: anna.screen.kinds[-1] == "note")
    cluster.hub.fate = lambda node, commit: 1
    keeping.cancel()


async def test_what_agents_have_sessions_where_is_kept(cluster: Cluster, n1: Node) -> None:
    beside = Beside(cluster, n1)
    anna = Member(ACME, AgentId("anna"))
    beside.agents = {anna: 0}
    await beside.beats()
    assert await beside.nodes.nodes_of(ACME, anna.agent) == [n1.id]
    beside.agents = {}
    await beside.beats()
    assert await beside.nodes.nodes_of(ACME, anna.agent) == []


async def test_a_node_without_its_database_is_cut_off_only_if_another_has_it(cluster: Cluster, n1: Node) -> None:
    """[P5] Sent away for a database that is away for all, sessions would only come back."""
    beside = Beside(cluster, n1)
    await beside.beats("n2")
    assert beside.membership.is_writing

    def is_cut_off(others_can_write: bool, seconds: float) -> bool:
        for _ in range(int(seconds)):
            beside.clock.seconds += 1.0
            beside.membership.receive_heartbeat(NodeId("n2"), others_can_write)
        return beside.membership.is_cut_off

    assert not is_cut_off(False, 60.0)
    assert not beside.membership.is_ready
    assert not beside.membership.is_writing
    assert not is_cut_off(True, PRODUCTION.cut_off_after), "the other may only have been quicker"
    assert is_cut_off(True, 2.0)
    beside.clock.seconds += PRODUCTION.hub_silent_after
    assert not beside.membership.is_cut_off, "nobody is heard any more"


async def test_a_node_that_reaches_nothing_is_stranded_by_its_own_evidence(cluster: Cluster, n1: Node) -> None:
    """[P5] No other node can tell it that the database is there."""
    beside = Beside(cluster, n1)
    await beside.beats("n2")
    beside.membership._nodes = Away()  # type: ignore[assignment]

    async def cannot_beat() -> None:
        with pytest.raises(Unavailable):
            await beside.membership.send_heartbeat()

    beside.clock.seconds += PRODUCTION.stranded_after + 1.0
    beside.hub_silence = PRODUCTION.stranded_after + 1.0
    assert not beside.membership.is_stranded, "it was frozen, and has not tried"
    for _ in range(STRANDED_TRIES):
        assert not beside.membership.is_stranded
        await cannot_beat()
    assert beside.membership.is_stranded
    assert not beside.membership.is_cut_off
    beside.hub_silence = 1.0
    assert not beside.membership.is_stranded, "the hub is there: others say whether they have the database"


class Away:
    async def beat(self, *_: object) -> None:
        raise Unavailable("The database is away.")


# -- the database went back --------------------------------------------------------------------------------------------


async def test_a_node_whose_row_is_older_than_its_beats_forgets_what_it_knew(
    cluster: Cluster, n1: Node, room: Room, clara: Customer, anna: Person
) -> None:
    """[P5] Even if the row has come to the same version since, by other commits: versions alone do not tell."""
    beside = Beside(cluster, n1)
    await beside.beats()
    await clara.says("kept")
    cluster.backs_up()
    await beside.beats()
    await clara.says("lost")
    await cluster.settles()
    cluster.goes_back()
    n3 = cluster.node("n3")
    cluster.hub.fate = lambda node, commit: 0
    other = room.agent("Other", n3)
    await other.watches()
    await other.notes("another history")
    cluster.hub.fate = lambda node, commit: 1
    assert anna.screen.kinds[-1] == "message"
    assert anna.known.version == (await room.state()).version
    await beside.beats()
    assert beside.backs == 1
    await eventually(lambda: anna.screen.resets == 1 and anna.screen.kinds[-1] == "note")
    await clara.says("again")
    assert await room.messages() == ["Clara: kept", "Clara: again"]
    await beside.beats()
    assert beside.backs == 1


async def test_a_page_of_another_history_is_not_shown(cluster: Cluster, n1: Node, room: Room, clara: Customer) -> None:
    """[P5] It was read before the database went back, and comes afterwards. Its version is that of another commit."""
    await clara.says("kept")
    cluster.backs_up()
    await clara.says("lost")
    await cluster.settles()
    anna = room.agent("Anna", n1)
    n1.log.delays_reads()
    anna.screen.joins(n1)
    await n1.log.read_waits()
    cluster.goes_back()
    cluster.hub.fate = lambda node, commit: 0
    other = room.agent("Other", cluster.node("n3"))
    await other.watches()
    await other.notes("another history")
    cluster.hub.fate = lambda node, commit: 1
    n1.feeds.forget()
    n1.log.releases_reads()
    await anna.screen.is_shown()
    assert anna.screen.kinds[-2:] == ["message", "note"]


async def test_who_watches_what_is_no_longer_there_is_told(
    cluster: Cluster, n1: Node, room: Room, clara: Customer, tmp_path: Path
) -> None:
    """[P5] The backup is older than the conversation."""
    with closing(sqlite3.connect(tmp_path / "intervene.db")) as connection:
        for table in ("piece", "event", "conversation", "channel_id"):
            connection.execute(f"DELETE FROM {table}")
        connection.commit()
    n1.feeds.forget()
    await eventually(lambda: isinstance(clara.screen.missed, NotFound))
    assert isinstance(await clara.says("hello?").refusal(), NotFound)
    cluster.rooms.remove(room)


# -- who is where ------------------------------------------------------------------------------------------------------


def here(person: Person) -> tuple[list[str], bool]:
    """What the person's screen says of who is there."""
    heres = [frame for frame in person.screen.beside if isinstance(frame, Here)]
    return (sorted(agent.name for agent in heres[-1].agents), heres[-1].contact) if heres else ([], False)


async def test_who_is_there_is_seen_across_nodes(
    cluster: Cluster, n1: Node, n2: Node, room: Room, clara: Customer, ben: Person
) -> None:
    """Clara is on n1, Ben on n2; whoever comes later learns of both."""
    await eventually(lambda: here(ben) == (["Ben"], True))
    anna = room.agent("Anna", n1)
    await anna.watches()
    n1.feeds.ask_for_presence([room.key])
    await eventually(lambda: here(anna) == (["Anna", "Ben"], True))
    await eventually(lambda: here(ben) == (["Anna", "Ben"], True))
    clara.screen.leaves()
    await eventually(lambda: here(ben) == (["Anna", "Ben"], False))


async def test_the_people_of_a_dead_node_are_not_there(
    cluster: Cluster, n1: Node, n2: Node, room: Room, clara: Customer, ben: Person
) -> None:
    await eventually(lambda: here(ben) == (["Ben"], True))
    n2.feeds.drop_nodes([n1.id])
    await eventually(lambda: here(ben) == (["Ben"], False))


async def test_an_agent_elsewhere_is_a_stranger_to_no_customer(
    cluster: Cluster, n1: Node, room: Room, clara: Customer, ben: Person
) -> None:
    """[P6] Who watches is for staff."""
    await eventually(lambda: here(ben) == (["Ben"], True))
    assert not any(isinstance(frame, Here) for frame in clara.screen.beside)
    assert isinstance(ben.who, Agent)
