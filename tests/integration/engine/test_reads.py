"""Who has read what, beside the log: shown to a reader's other sessions and, of the holder, to customers."""

import asyncio

from intervene.core.access import Staff
from intervene.core.actors import Agent
from intervene.core.wire.common import ReadUpTo
from intervene.ports.messages import Read
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually


def reads(person: Person | Customer) -> list[int]:
    return [frame.n for frame in person.screen.beside if isinstance(frame, ReadUpTo)]


def session_of(person: Person) -> int:
    assert person.screen.session is not None, "it watches"
    return person.screen.session.number


def who(person: Person) -> Agent:
    assert isinstance(person.screen.whose, Staff), "an agent"
    return person.screen.whose.agent


async def test_a_reader_s_other_sessions_are_shown_it_and_nobody_else(
    room: Room, n1: Node, n2: Node, anna: Person, ben: Person, clara: Customer
) -> None:
    """[R39] Here and at another node, and not the session that said so."""
    here, there = room.agent("Anna", n1), room.agent("Anna", n2)
    await here.watches()
    await there.watches()
    n1.feeds.read(Read(room.key, who(anna), 2, 0), session_of(anna))
    await eventually(lambda: reads(there) == [2])
    assert (reads(here), reads(anna), reads(ben), reads(clara)) == ([2], [], [], [])


async def test_customers_are_shown_where_the_holder_has_read_to_once_and_never_less(
    room: Room, n1: Node, n2: Node, anna: Person, clara: Customer
) -> None:
    """[P6, R39] In their own count; agents are not shown that number."""
    far = room.customer(n2)
    await far.watches()
    for pub in (1, 2, 2, 1, 3):
        n1.feeds.read(Read(room.key, who(anna), 0, pub), session_of(anna))
    await eventually(lambda: reads(far) == [1, 2, 3])
    assert (reads(clara), reads(anna)) == ([1, 2, 3], [])


async def test_what_is_read_while_somebody_joins_is_on_their_page(room: Room, n1: Node, anna: Person) -> None:
    """[R39] The page was read before, and the frame would come before the page."""
    again, clara, ben = room.agent("Anna", n1), room.customer(n1), room.agent("Ben", n1)
    n1.log.delays_reads()
    joining = [asyncio.ensure_future(person.watches()) for person in (again, clara, ben)]
    await n1.log.read_waits(3)
    n1.feeds.read(Read(room.key, who(anna), 2, 1), session_of(anna))
    n1.log.releases_reads()
    await asyncio.gather(*joining)
    assert [person.screen.read for person in (again, clara, ben)] == [2, 1, 0]
    assert (reads(again), reads(clara), reads(ben)) == ([], [], [])


async def test_where_nobody_follows_the_other_nodes_are_told_all_the_same(
    cluster: Cluster, room: Room, n1: Node, n2: Node, ben: Person
) -> None:
    """[R39] The agent may have left before it was written."""
    n1.feeds.read(Read(room.key, who(ben), 1, 0), 0)
    await eventually(lambda: reads(ben) == [1])
