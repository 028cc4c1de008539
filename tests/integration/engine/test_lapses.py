"""What agents hold is looked through: often while anything may be due, seldom while all is in order."""

from collections.abc import Sequence

import pytest

from intervene.core.actors import Nobody, Role
from intervene.core.ids import DEFAULT_QUEUE, AgentId, NodeId
from intervene.core.people import AuditEntry
from intervene.core.policy import Policy
from intervene.core.presence import beats
from intervene.core.settings import Kind, QueueSettings, Row
from intervene.directory.roster import Roster
from intervene.housekeeping.due_lapses import WATCHED_BEATS
from intervene.housekeeping.lapses import ROUND_BEATS, Lapses
from intervene.ports.attendance import Chosen, Cursor, Held, Holding, Sighting
from intervene.ports.nodes import Member
from intervene.ports.people import Changes, Newcomer
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.unit.core.cast import ACME
from tests.unit.core.test_policy import policy

ABSENT = 6.0  # seconds of production that a holder may be absent
HERE, GONE = True, False


def limits(*, absent: float = ABSENT, silent: float = 0.0) -> Policy:
    values = QueueSettings(name="Default", absent_seconds=int(absent), silent_seconds=int(silent))
    return policy(Row(kind=Kind.QUEUE, id=DEFAULT_QUEUE, values=values))


class Asked:
    """The database, and how often it was asked."""

    def __init__(self, cluster: Cluster) -> None:
        self._stored = cluster.store.attendance
        self.rounds = self.states = 0

    async def holdings(self, after: Cursor, limit: int) -> tuple[Sequence[Holding], Cursor]:
        self.rounds += 1
        return await self._stored.holdings(after, limit)

    async def held(self, holdings: Sequence[Holding]) -> Sequence[Held]:
        self.states += len(holdings)
        return await self._stored.held(holdings)


class Watch:
    """Of one node: heartbeat by heartbeat."""

    def __init__(self, cluster: Cluster, node: Node, policy: Policy) -> None:
        self.asked, self.roster, self.policy = Asked(cluster), Roster(), policy
        self.people: dict[AgentId, bool] = {}
        attendance: object = self.asked
        self.lapses = Lapses(
            engine=node.engine, feeds=node.feeds, attendance=attendance,  # type: ignore[arg-type]
            roster=self.roster, policy=self._policy, clock=cluster.clock, is_mine=lambda: True,
            timing=cluster.timing,
        )  # fmt: skip

    async def _policy(self, _: object) -> Policy:
        return self.policy

    async def beats(self, count: int = 1) -> None:
        for _ in range(count):
            sightings = [
                Sighting(NodeId("n1"), Member(ACME, id), 0, Chosen(id, True)) for id, is_here in self.people.items()
                if is_here
            ]  # fmt: skip
            self.roster.read(sightings, self.roster.beat + 1)
            await self.lapses.look()


@pytest.fixture
def watch(cluster: Cluster, n1: Node) -> Watch:
    return Watch(cluster, n1, limits())


async def test_while_all_holders_are_there_no_state_is_read_and_rounds_are_seldom(
    watch: Watch, room: Room, n1: Node
) -> None:
    await room.customer(n1).says("hello?")
    anna = room.agent("Anna", n1)
    await anna.intervenes()
    watch.people = {anna.who.id: HERE}
    await watch.beats(4 * ROUND_BEATS)
    assert (watch.asked.rounds, watch.asked.states) == (4, 0)


async def test_one_who_goes_is_found_with_the_next_heartbeat_and_loses_what_they_hold(
    watch: Watch, room: Room, n1: Node
) -> None:
    """[P5] However seldom it was looked until then."""
    anna = room.agent("Anna", n1)
    await anna.intervenes()
    await room.customer(n1).says("hello?")
    watch.people = {anna.who.id: HERE}
    await watch.beats(ROUND_BEATS + 1)
    rounds = watch.asked.rounds
    watch.people = {anna.who.id: GONE}
    due = beats(ABSENT) + WATCHED_BEATS + 1
    room.cluster.clock.anchor(room.cluster.clock.now() + int(1000 * ABSENT))
    await watch.beats(due)
    assert watch.asked.rounds == rounds + due
    await room.comes_to(lambda state: state.holder == Nobody())


async def test_a_limit_to_silence_is_counted_heartbeat_by_heartbeat(watch: Watch, room: Room, n1: Node) -> None:
    watch.policy = limits(silent=60.0)
    anna = room.agent("Anna", n1)
    await anna.intervenes()
    watch.people = {anna.who.id: HERE}
    await watch.beats(10)
    assert (watch.asked.rounds, watch.asked.states) == (10, 10)


async def test_what_a_holder_has_whom_this_node_never_saw_is_looked_at_with_each_heartbeat(
    watch: Watch, room: Room, n1: Node
) -> None:
    """[P5] They were assigned to, or this node has just begun."""
    await room.agent("Anna", n1).intervenes()
    await watch.beats(4)
    assert watch.asked.rounds == 4


async def test_what_a_disabled_person_holds_comes_back_while_rounds_are_seldom(
    watch: Watch, room: Room, n1: Node
) -> None:
    """[R173]"""
    anna = room.agent("Anna", n1)
    await anna.intervenes()
    watch.people = {anna.who.id: HERE}
    await watch.beats(2)
    stored = room.cluster.store.people
    newcomer = Newcomer(
        organisation=ACME, subject=anna.who.id, name="Anna", role=Role.AGENT, spare_id=AgentId("spare")
    )  # fmt: skip
    await stored.arrive(newcomer)
    entry = AuditEntry(organisation=ACME, action="person.disable", subject=anna.who.id)
    await stored.change(ACME, anna.who.id, Changes(is_disabled=True), entry)
    watch.lapses.disabled(anna.who.id)
    await watch.beats()
    await room.comes_to(lambda state: state.holder == Nobody())
