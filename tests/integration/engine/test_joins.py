"""What a node shows to those who join a conversation, and when it answers."""

import pytest

from intervene.core.errors import Unavailable
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.integration.engine.screen import Session
from tests.kit.limits import eventually

# -- joins -------------------------------------------------------------------------------------------------------------


async def test_an_agent_joins_on_another_node_in_the_middle_of_a_stream(
    room: Room, n1: Node, n2: Node, clara: Customer
) -> None:
    """[P2] [P5] Row, events and pieces are one truth, and what follows continues it."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    for number in range(10):
        agent = room.agent(f"Agent {number}", n2)
        agent.screen.joins(n2)
        await bot.streams("help ", "you ")
        await agent.screen.is_shown()
        assert agent.screen.text == agent.known_text
    await bot.finishes()


async def test_what_is_committed_while_a_page_is_read_comes_after_it(room: Room, n1: Node, anna: Person) -> None:
    """[P5]"""
    ben = room.agent("Ben", n1)
    n1.log.delays_reads()
    ben.screen.joins(n1)
    await n1.log.read_waits()
    await room.bot(n1).streams("I ", "can ")
    await anna.intervenes()
    assert ben.screen.trail == []
    n1.log.releases_reads()
    await eventually(lambda: ben.screen.trail[:1] != [])
    assert ben.screen.trail[:8] == [
        "opened", "control", "page", "message_started", "piece 1", "piece 2", "message", "control"
    ]  # fmt: skip


@pytest.mark.parametrize("newest_first", [True, False])
async def test_two_join_while_the_conversation_goes_on_elsewhere(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, newest_first: bool
) -> None:
    """[P5] Their reads are of different versions, and are answered in either order; n2 knew nothing before."""
    cluster.hub.fate = lambda node, commit: 0
    first, second = room.agent("First", n2), room.agent("Second", n2)
    n2.log.delays_reads()
    first.screen.joins(n2)
    await n2.log.read_waits(1)
    await clara.says("between")
    second.screen.joins(n2)
    await n2.log.read_waits(2)
    n2.log.releases_reads(newest_first=newest_first)
    await first.screen.is_shown()
    await second.screen.is_shown()
    assert first.screen.kinds == second.screen.kinds == ["opened", "control", "message"]
    cluster.hub.fate = lambda node, commit: 1
    await clara.says("after")
    await eventually(lambda: first.screen.n == second.screen.n == 4)


async def test_a_customer_does_not_join_another_s_conversation(
    cluster: Cluster, room: Room, n1: Node, anna: Person
) -> None:
    """[P6]"""
    mallory = (await cluster.opens(n1, "Mallory")).customer(n1)
    screen = mallory.screen
    screen.room = room
    screen.joins(n1)
    await eventually(lambda: n1.is_idle)
    await anna.notes("secret")
    await anna.intervenes()
    assert screen.raw == b""
    screen.leaves()


async def test_nobody_joins_while_the_log_is_away(room: Room, n1: Node) -> None:
    """[P7] A page is not waited for without end."""
    anna = room.agent("Anna", n1)
    n1.log.is_away = True
    anna.screen.joins(n1)
    await eventually(lambda: anna.screen.missed is not None)
    assert isinstance(anna.screen.missed, Unavailable)
    n1.log.is_away = False
    anna.screen.missed = None
    await anna.watches()


async def test_one_who_leaves_while_the_page_is_read_is_shown_nothing(room: Room, n1: Node, clara: Customer) -> None:
    anna = room.agent("Anna", n1)
    n1.log.delays_reads()
    anna.screen.joins(n1)
    await n1.log.read_waits()
    anna.screen.leaves()
    n1.log.releases_reads()
    await clara.says("hi")
    assert anna.screen.raw == b""
    assert len(n1.feeds.watchers(room.key)) == 1


async def test_one_who_joins_twice_at_once_is_shown_the_page_that_was_asked_for_last(
    room: Room, n1: Node, anna: Person, clara: Customer
) -> None:
    """[P5] The other would show once more what is there."""
    anna.screen.leaves()
    await clara.says("hi")
    pages = anna.screen.trail.count("page")
    session = anna.screen.session = Session(anna.screen)
    n1.feeds.join(room.key, session, None)
    n1.feeds.join(room.key, session, anna.screen.position)
    await eventually(lambda: n1.is_idle)
    assert anna.screen.trail.count("page") == pages + 1
    assert anna.screen.kinds == ["opened", "control", "message"]
    n1.feeds.join(room.key, session, None)
    n1.feeds.leave(room.key, session)
    await eventually(lambda: n1.is_idle)
    assert anna.screen.trail.count("page") == pages + 1
    anna.screen.session = None


# -- acks --------------------------------------------------------------------------------------------------------------


async def test_an_ack_waits_for_the_page_of_one_who_joins(room: Room, n1: Node, clara: Customer) -> None:
    """[P5]"""
    anna = room.agent("Anna", n1)
    n1.log.delays_reads()
    anna.screen.joins(n1)
    await n1.log.read_waits()
    taken = anna.intervenes()
    await clara.says("hi")
    assert taken.answer is None
    n1.log.releases_reads()
    await taken
    assert anna.screen.trail[:5] == ["opened", "control", "page", "control", "intervenes"]


async def test_an_ack_waits_for_the_page_of_one_who_joins_again(room: Room, n1: Node, clara: Customer) -> None:
    """[P5] The first page never comes; the ack leaves after the second."""
    anna = room.agent("Anna", n1)
    n1.log.delays_reads()
    anna.screen.joins(n1)
    await n1.log.read_waits()
    taken = anna.intervenes()
    await clara.says("hi")
    session = anna.screen.session
    assert session is not None
    n1.feeds.join(room.key, session, None)
    await n1.log.read_waits(2)
    assert taken.answer is None
    n1.log.releases_reads()
    await taken
    assert anna.screen.trail[:6] == ["opened", "control", "control", "message", "page", "intervenes"]


async def test_an_ack_is_not_lost_when_a_page_must_be_read_again(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person
) -> None:
    """[P5] While Ben's page is read, n2 leaps over the version that was read."""
    await room.agent("Carl", n2).watches()
    cluster.hub.fate = lambda node, commit: 0
    await clara.says("lost to n2")
    ben = room.agent("Ben", n2)
    n2.log.delays_reads()
    ben.screen.joins(n2)
    await n2.log.read_waits()
    await clara.says("lost to n2 too")
    taken = ben.intervenes()
    await eventually(lambda: ben.known.reply_enabled)
    n2.log.releases_reads()
    await taken
    assert ben.screen.trail[-2:] == ["page", "intervenes"]
    assert ben.screen.kinds == ["opened", "control", "message", "message", "control"]


async def test_an_ack_waits_for_events_that_are_missing_before_it(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer
) -> None:
    """[P5] n2 knew nothing when Ben wrote his note; he was shown a page, two more events were lost, and only then was
    his note decided: behind a hole."""
    cluster.hub.fate = lambda node, commit: 0
    ben = room.agent("Ben", n2)
    n2.log.holds_writes()
    n2.log.delays_reads()
    ben.screen.joins(n2)
    note = ben.notes("mine")
    await n2.log.read_waits()
    n2.log.releases_reads()
    await ben.screen.is_shown()
    await clara.says("one")
    await clara.says("two")
    n2.log.releases_writes()
    await note
    trail = [word for word in ben.screen.trail if word != "here"]
    assert trail == ["opened", "control", "page", "message", "message", "note", "notes mine"]


async def test_an_answer_waits_for_its_version(cluster: Cluster, room: Room, clara: Customer, ben: Person) -> None:
    """[P5]"""
    cluster.hub.holds()
    await clara.says("one")
    answers: list[int] = []
    n2 = ben.node
    known = n2.feeds.pin(room.key)
    known.when(2, lambda: answers.append(ben.screen.n), ben.screen.session)
    assert answers == []
    cluster.hub.release()
    known.when(2, lambda: answers.append(ben.screen.n), ben.screen.session)
    n2.feeds.unpin(known)
    assert answers == [3, 3]


async def test_an_answer_that_nothing_follows_is_not_waited_for_for_ever(
    cluster: Cluster, room: Room, clara: Customer, ben: Person
) -> None:
    """[P5] [P7] The events before it were lost, and no later one shows the hole: the feed looks for itself."""
    cluster.hub.fate = lambda node, commit: 0
    await clara.says("one")
    answers: list[int] = []
    known = ben.node.feeds.pin(room.key)
    known.when(2, lambda: answers.append(ben.screen.n), ben.screen.session)
    ben.node.feeds.unpin(known)
    await eventually(lambda: answers == [3])
