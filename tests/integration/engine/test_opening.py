"""What makes a conversation open: opening, beginning, reopening. Of one customer at most one is open, on all nodes."""

import asyncio
from itertools import count

import pytest
from msgspec.structs import replace

from intervene.core.actors import Agent, Role
from intervene.core.conversation.moves import Begin, Close
from intervene.core.errors import Continued, Over
from intervene.core.ids import AgentId, CommandId, ConversationId, Key, QueueId
from intervene.engine.opening import Opened
from intervene.ports.log import Range
from tests.integration.engine.actors import Customer
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.unit.core.cast import ACME, as_staff

ANNA = as_staff(Agent(id=AgentId("anna"), name="Anna"), Role.SUPERVISOR)
HOUR = 3_600_000
ids = count(1)


def begin(room: Room, id: str = "") -> Begin:
    id = id or f"b{next(ids)}"
    return Begin(
        id=CommandId(id), by=ANNA, conversation=ConversationId(f"begun-{id}"), contact=room.visitor.contact,
        address=room.visitor.reached_at, queue=QueueId(""),
    )  # fmt: skip


async def closes(room: Room, node: Node, opened: Opened | None = None) -> None:
    key = Key(ACME, opened.conversation) if opened else room.key
    snapshot = await room.cluster.log.read(key, Range(is_staff=True, limit=1))
    assert snapshot is not None
    state = snapshot.state
    await node.engine.call(key, Close(id=CommandId(f"x{next(ids)}"), by=ANNA, epoch=state.epoch, seen=state.seq))


async def test_what_an_agent_begins_is_held_from_its_first_commit_and_the_customer_goes_on_there(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer
) -> None:
    """[P5] [R152, R153] The other node does not know of it yet, and decides under the identity's lock."""
    await closes(room, n1)
    opened = await n2.engine.begin(begin(room), ACME)
    assert opened.is_new
    assert opened.state is not None
    assert (opened.state.holder, opened.state.seq) == (ANNA.agent, 2)
    with pytest.raises(Continued) as refused:
        await clara.says("are you there?")
    assert refused.value.facts == {"to": opened.conversation}
    assert (await n1.engine.open(room.visitor)).conversation == opened.conversation


async def test_beginning_answers_with_the_conversation_that_is_open_and_a_repeat_with_its_own(
    room: Room, n1: Node, n2: Node
) -> None:
    """[P3] [R153]"""
    there = await n2.engine.begin(begin(room), ACME)
    assert (there.conversation, there.is_new) == (room.key.conversation, False)
    await closes(room, n1)
    command = begin(room)
    first = await n2.engine.begin(command, ACME)
    await closes(room, n1, first)
    await n1.engine.begin(begin(room), ACME)
    again = await n2.engine.begin(command, ACME)
    assert (again.conversation, again.is_new) == (first.conversation, False)


async def test_of_all_who_open_one_at_once_one_does(cluster: Cluster, room: Room, n1: Node, n2: Node) -> None:
    """[P3] [R152] Agents who begin, customers who come back or begin anew, on two nodes."""
    for _ in range(5):
        opened = await n1.engine.open(room.visitor)
        await closes(room, n1, opened)
        cluster.clock.anchor(cluster.clock.now() + 25 * HOUR)
        answers = await asyncio.gather(
            *(node.engine.begin(begin(room), ACME) for node in (n1, n2) for _ in range(3)),
            *(node.engine.open(room.visitor, fresh=True) for node in (n1, n2) for _ in range(3)),
            return_exceptions=True,
        )
        made = [answer for answer in answers if isinstance(answer, Opened)]
        assert len(made) == len(answers)
        assert len({answer.conversation for answer in made}) == 1
        assert [answer.is_new for answer in made].count(True) == 1


async def test_a_customer_who_comes_back_late_begins_the_next_conversation_once(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer
) -> None:
    """[R150, R151]"""
    await closes(room, n1)
    assert (await n2.engine.open(room.visitor, fresh=True)).conversation == room.key.conversation, "it is not over"
    cluster.clock.anchor(cluster.clock.now() + 25 * HOUR)
    with pytest.raises(Over):
        await clara.says("hello again")
    first, again = await asyncio.gather(*(node.engine.open(room.visitor, fresh=True) for node in (n1, n2)))
    assert first.conversation == again.conversation != room.key.conversation
    later = replace(room.visitor, contact=room.visitor.contact)
    assert (await n2.engine.open(later)).conversation == first.conversation
