"""Who is told what: acceptance may rest on what a node remembers, a refusal never; the first result stays the result."""

import pytest

from intervene.core.control import Agent, Role
from intervene.core.errors import Busy, IllegalMove, NotFound, Stale, StaleView, Taken
from intervene.core.ids import AgentId, ConversationId, Key
from intervene.core.limits import LANE_COMMANDS
from intervene.engine import Answer
from intervene.ports import Verdict
from tests.core.play import ACME
from tests.engine.cluster import Cluster, Customer, Node, Person, Room
from tests.limits import eventually

# -- refusals ----------------------------------------------------------------------------------------------------------


async def test_an_acceptance_rests_on_what_the_node_remembers(n1: Node, clara: Customer) -> None:
    locked = n1.log.locked
    await clara.says("hi")
    assert n1.log.locked == locked, "one compare-and-append"


async def test_what_a_stale_node_would_refuse_is_accepted_on_the_fresh_row(
    cluster: Cluster, room: Room, anna: Person, n2: Node
) -> None:
    """[P3] n2 has not heard that Anna handed back: to it Ben, no supervisor, could not intervene."""
    ben = room.agent("Ben", n2)
    await anna.intervenes()
    await ben.watches()
    cluster.hub.fate = lambda node, envelope: 0
    await anna.hands_back()
    assert isinstance(ben.known.holder, Agent), "n2 believes that Anna holds control"
    await ben.intervenes(epoch=anna.known.epoch)


async def test_a_person_whom_a_stale_node_takes_for_a_stranger_may_speak(
    cluster: Cluster, room: Room, anna: Person, n2: Node
) -> None:
    """[P3] Anna holds control, which n2 has not heard of when she comes to it."""
    there = room.agent("Anna", n2)
    await there.watches()
    cluster.hub.fate = lambda node, envelope: 0
    taken = await anna.intervenes()
    await there.says("hello", epoch=taken.epoch)


async def test_a_stale_node_does_not_name_a_former_holder(
    cluster: Cluster, room: Room, anna: Person, ben: Person, n2: Node
) -> None:
    """[P3] To n2 Anna holds control; in the log it is Carla since."""
    carla = room.supervisor("Carla", anna.node)
    await anna.intervenes()
    await eventually(lambda: ben.known.reply_enabled)
    cluster.hub.fate = lambda node, envelope: 0
    await carla.intervenes()
    problem = await ben.intervenes().refusal()
    assert isinstance(problem, Taken)
    assert problem.facts["by"] == carla.who
    assert [event.epoch for event in ben.screen.events][-1] == problem.facts["epoch"], "and Ben's screen says it too"


async def test_a_refusal_of_a_batch_waits_for_its_commit(room: Room, n1: Node, anna: Person, clara: Customer) -> None:
    """[P3] Ben is refused because of Anna, so he is not told before hers is in the log."""
    n1.log.holds_writes()
    await clara.screen.room.state()
    first = clara.says("hi")  # keeps the conversation busy, so that what follows shares the next append
    ben = room.agent("Ben", n1)
    hers, his = anna.intervenes(), ben.intervenes()
    n1.log.releases_writes()
    n1.log.holds_writes()
    await first
    await eventually(lambda: n1.log.held_writes == 1)
    assert hers.answer is None
    assert his.answer is None
    n1.log.releases_writes()
    receipt, problem = await hers, await his.refusal()
    assert isinstance(problem, Taken)
    assert (problem.facts["by"], problem.facts["at"]) == (anna.who, receipt.at)


async def test_a_refusal_decided_beside_an_acceptance_waits_for_the_append(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P3] As before, but on the path without the lock: a say that is refused, because of a close that may yet fail."""
    await anna.intervenes()
    n1.log.holds_writes()
    first = clara.says("hi")
    closing = anna.closes(seen=anna.known.seq + 1)
    late = anna.says("bye")
    n1.log.releases_writes()
    n1.log.holds_writes()
    await first
    await eventually(lambda: n1.log.held_writes == 1)
    assert (closing.answer, late.answer) == (None, None)
    n1.log.releases_writes()
    await closing
    assert isinstance(await late.refusal(), Stale)


async def test_nobody_finds_a_conversation_of_another_organisation(n1: Node, room: Room) -> None:
    """[P6] A guessed id misses, whatever is asked."""
    stranger = room.agent("Mallory", n1)
    stranger.room = Room(room.cluster, Key(type(ACME)("other"), room.key.conversation), room.visitor)
    assert isinstance(await stranger.notes("mine?").refusal(), NotFound)
    stranger.room = Room(room.cluster, Key(ACME, ConversationId("no-such")), room.visitor)
    assert isinstance(await stranger.intervenes(epoch=1).refusal(), NotFound)


async def test_another_customer_s_conversation_is_not_found(n1: Node, room: Room, cluster: Cluster) -> None:
    """[P6]"""
    mallory = (await cluster.opens(n1, "Mallory")).customer(n1)
    mallory.screen.whose, mallory.room = mallory.room.visitor, room
    command = mallory.says("let me in").command
    assert getattr(command, "author") == room.visitor.contact
