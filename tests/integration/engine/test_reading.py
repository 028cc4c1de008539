"""Reads through the one door: what waits costs nothing and keeps the promises of a join, what nobody wants is not made,
and nobody is kept from reading by another.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from intervene.core.access import Person as Who
from intervene.core.control import Place
from intervene.core.errors import TooMany, Unavailable
from intervene.core.fair import Owner
from intervene.core.ids import ConversationId, Key
from intervene.core.limits import LISTS_OF_PERSON, READS_OF_PERSON
from intervene.feed.reading import WRITES, Readers, Reads, Sources
from tests.integration.edge import stand_ins
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.integration.engine.screen import Session
from tests.kit.limits import eventually
from tests.unit.core.cast import ACME

PLACES = 4


def owner(name: str, session: int = 1) -> Owner:
    return Owner(f"of {name}", Who(ACME, False, name), session)


@pytest.fixture
def log() -> stand_ins.Log:
    return stand_ins.Log()


@pytest.fixture
def readers(log: Any) -> Readers:
    return Readers(Sources(log, log, log), PLACES)


class Asked:
    """What was begun, in order; each goes on until it `ends`."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.begun: list[str] = []
        self.may_end: dict[str, asyncio.Event] = {}

    def asks(self, whose: Owner | None, name: str) -> None:
        async def work(_: Reads) -> None:
            self.begun.append(name)
            self.may_end[name] = asyncio.Event()
            await self.may_end[name].wait()

        self.last = self.readers.ask(whose, work)

    async def ends(self, name: str) -> None:
        self.may_end[name].set()
        await settled()


async def settled() -> None:
    for _ in range(3):
        await asyncio.sleep(0)


@pytest.fixture
async def reads(readers: Readers) -> AsyncIterator[Asked]:
    reads = Asked(readers)
    yield reads
    while readers.running:
        for may_end in reads.may_end.values():
            may_end.set()
        await settled()


async def test_what_waits_for_its_turn_costs_no_task(readers: Readers, reads: Asked) -> None:
    """[P7]"""
    for number in range(100):
        reads.asks(owner(f"{number}"), f"{number}")
    await settled()
    assert len(reads.begun) == readers.running == len(readers._tasks) == PLACES - 1
    assert readers.waiting == 100 - (PLACES - 1)


async def test_reads_of_a_session_that_has_ended_are_never_made(readers: Readers, reads: Asked) -> None:
    """[P7] Neither do they delay anybody: not even what began before has another behind it."""
    for number in range(20):
        reads.asks(owner("mallory", session=1), f"left {number}")
    reads.asks(owner("mallory", session=2), "stays")
    await settled()
    readers.forget(owner("mallory", session=1))
    assert (readers.waiting, readers.dropped) == (1, 20 - READS_OF_PERSON)
    for number in range(READS_OF_PERSON):
        await reads.ends(f"left {number}")
    assert reads.begun == ["left 0", "left 1", "stays"]


async def test_a_read_that_was_cancelled_while_it_waited_is_never_made(readers: Readers, reads: Asked) -> None:
    for name in ("first", "second", "third"):
        reads.asks(owner("maria"), name)
    await settled()
    readers.cancel(reads.last)
    for name in ("first", "second"):
        await reads.ends(name)
    assert reads.begun == ["first", "second"]
    assert (readers.running, readers.waiting, readers.dropped) == (0, 0, 1)


async def test_a_read_that_runs_is_not_cancelled(readers: Readers, reads: Asked) -> None:
    """It may be a commit: a customer's first `open`."""
    reads.asks(owner("maria"), "open")
    await settled()
    readers.cancel(reads.last)
    readers.forget(owner("maria"))
    assert (readers.running, readers.dropped) == (1, 0)
    await reads.ends("open")
    assert readers.running == 0


async def test_the_node_s_own_reads_do_not_wait_for_what_others_ask(readers: Readers, reads: Asked) -> None:
    """[P5] What a feed misses."""
    for number in range(100):
        reads.asks(owner(f"{number}"), f"{number}")
    reads.asks(None, "missed")
    await settled()
    assert "missed" in reads.begun


async def test_a_read_that_fails_is_logged_and_gives_its_place_back(readers: Readers) -> None:
    """[P7]"""

    async def fails(_: Reads) -> None:
        raise RuntimeError("a fault of ours")

    with capture_logs() as logs:
        for _ in range(20):
            readers.ask(owner("maria"), fails)
        await eventually(lambda: not readers.running and not readers.waiting)
    assert len(logs) == 20


class Writes:
    """Each goes on until all are `done`."""

    def __init__(self, readers: Readers) -> None:
        self.readers = readers
        self.begun: list[str] = []
        self.done = asyncio.Event()

    def asks(self, name: str) -> None:
        async def work(its: Reads) -> None:
            self.begun.append(name)
            await its.written(self.done.wait())

        self.readers.ask(owner(name), work)


async def test_a_write_keeps_no_place(readers: Readers, reads: Asked) -> None:
    """So newcomers share commits, however few readers there are."""
    writes = Writes(readers)
    for name in "abcdefgh":
        writes.asks(name)
    await settled()
    assert writes.begun == list("abcdefgh")
    assert readers.running == 0
    writes.done.set()
    await settled()
    reads.asks(owner("i"), "a read")
    await settled()
    assert reads.begun == ["a read"]
    assert readers.running == 1


async def test_thousands_that_write_are_not_all_put_before_what_others_write(readers: Readers, reads: Asked) -> None:
    """Beyond so many each keeps its reader; and when they are done every place is free again."""
    await _write_very_many(readers)
    await _write_very_many(readers)
    for name in "abcde":
        reads.asks(owner(name), name)
    await settled()
    assert readers.running == PLACES - 1


async def _write_very_many(readers: Readers) -> None:
    writes = Writes(readers)
    for number in range(WRITES + 20):
        writes.asks(f"{number}")
    await eventually(lambda: len(writes.begun) >= WRITES + PLACES - 1)
    await settled()
    assert (len(writes.begun), readers.running) == (WRITES + PLACES - 1, PLACES - 1)
    writes.done.set()
    await eventually(lambda: not readers._tasks)
    assert (readers.running, readers.waiting, len(writes.begun)) == (0, 0, WRITES + 20)


async def test_a_request_gets_its_answer_or_what_went_wrong(readers: Readers) -> None:
    async def fails(_: Reads) -> str:
        raise Unavailable("The log is away.")

    assert await readers.answer(owner("ana", 0), lambda log: log.page(ACME, Place.NOBODY, None, 5)) == []
    with pytest.raises(Unavailable):
        await readers.answer(owner("ana", 0), fails)
    assert not readers._lists


async def test_few_requests_of_one_person_wait_at_once(log: stand_ins.Log, readers: Readers) -> None:
    """[P7] One whose client has gone is not read for."""
    log.may_read.clear()
    key = Key(ACME, ConversationId("c1"))

    async def asks(whose: Owner) -> object:
        return await readers.answer(whose, lambda log: log.read(key, stand_ins.RANGE))

    asked = [asyncio.create_task(asks(owner("ana", 0))) for _ in range(LISTS_OF_PERSON)]
    await settled()
    with pytest.raises(TooMany):
        await asks(owner("ana", 0))
    other = asyncio.create_task(asks(owner("ben", 0)))
    asked[-1].cancel()
    await settled()
    assert len(log.reads) == READS_OF_PERSON + 1
    log.may_read.set()
    await asyncio.gather(*asked[:-1], other)
    assert len(log.reads) == LISTS_OF_PERSON
    assert await asks(owner("ana", 0)) is None


# -- joins -------------------------------------------------------------------------------------------------------------


async def keeps_busy(cluster: Cluster, node: Node) -> None:
    """All places are taken by agents who join, until reads are released."""
    rooms = [await cluster.opens(node) for _ in range(PLACES - 1)]
    node.log.delays_reads()
    for number, room in enumerate(rooms):
        room.agent(f"Busy {number}", node).screen.joins(node)
    await node.log.read_waits(PLACES - 1)


async def test_an_ack_waits_for_a_page_that_waits_for_its_turn(
    cluster: Cluster, room: Room, n1: Node, clara: Customer
) -> None:
    """[P5] Nothing is held for it but its answers: the page will have the rest."""
    await keeps_busy(cluster, n1)
    reads, anna = n1.log.reads, room.agent("Anna", n1)
    anna.screen.joins(n1)
    taken = anna.intervenes()
    await clara.says("hi")
    assert n1.log.reads == reads, "her page waits"
    assert taken.answer is None
    (join,) = n1.feeds.pin(room.key).joining.values()
    assert [bool(entry.answer) for entry in join.held] == [True]
    n1.feeds.unpin(n1.feeds._feeds[room.key])
    n1.log.releases_reads()
    await taken
    assert anna.screen.trail[:6] == ["opened", "control", "control", "message", "page", "intervenes"]


async def test_an_answer_that_waited_comes_behind_events_that_fill_a_hole(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer
) -> None:
    """[P5] The page is of a version before the hole; what fills it comes while the page is read."""
    ben = room.agent("Ben", n2)
    cluster.hub.is_holding = True
    n2.log.delays_reads()
    ben.screen.joins(n2)
    await n2.log.read_waits()
    for text in ("one", "two"):
        await clara.says(text)
    session, trail = ben.screen.session, ben.screen.trail
    assert session is not None
    feed = n2.feeds.pin(room.key)
    feed.when((await room.state()).version, lambda: trail.append("answer"), session)
    cluster.hub.release()
    n2.log.releases_reads()
    await eventually(lambda: "answer" in trail)
    n2.feeds.unpin(feed)
    assert [word for word in trail if word != "here"][-3:] == ["message", "message", "answer"]


async def test_a_second_watch_replaces_the_first_before_it_is_read(cluster: Cluster, room: Room, n1: Node) -> None:
    """[P7] However often a session asks, one page is read."""
    await keeps_busy(cluster, n1)
    reads, anna = n1.log.reads, room.agent("Anna", n1)
    session = anna.screen.session = Session(anna.screen)
    for _ in range(20):
        n1.feeds.join(room.key, session, None)
    assert n1.readers.waiting == 1
    n1.log.releases_reads()
    await anna.screen.is_shown()
    await eventually(lambda: n1.is_idle)
    assert n1.log.reads == reads + 1
    assert anna.screen.trail.count("page") == 1


async def test_nothing_is_read_for_one_who_left_before_the_page_was(cluster: Cluster, room: Room, n1: Node) -> None:
    """[P7] A command that waited for the page is answered all the same, into the void."""
    await keeps_busy(cluster, n1)
    reads, anna = n1.log.reads, room.agent("Anna", n1)
    anna.screen.joins(n1)
    note = anna.notes("mine")
    await eventually(lambda: n1.feeds.last(room.key, True) == 3)
    anna.screen.leaves()
    await note
    assert n1.readers.waiting == 0
    n1.log.releases_reads()
    await eventually(lambda: n1.is_idle)
    assert n1.log.reads == reads


async def test_a_page_that_must_be_read_again_waits_its_turn(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person
) -> None:
    """[P7] One place is for one read, whatever becomes of it."""
    await room.agent("Carl", n2).watches()
    cluster.hub.fate = lambda node, commit: 0
    await clara.says("lost to n2")
    ben, busy = room.agent("Ben", n2), [await cluster.opens(n2) for _ in range(PLACES - 2)]
    n2.log.delays_reads()
    ben.screen.joins(n2)
    await n2.log.read_waits()
    for number, other in enumerate(busy):
        other.agent(f"Busy {number}", n2).screen.joins(n2)
    await n2.log.read_waits(PLACES - 1)
    waits = (await cluster.opens(n1)).agent("Waits", n2)
    waits.screen.joins(n2)
    await clara.says("lost to n2 too")
    taken = ben.intervenes()
    await eventually(lambda: ben.known.reply_enabled)
    n2.log.releases_reads()
    await taken
    assert ben.screen.kinds == ["opened", "control", "message", "message", "control"]
    await waits.screen.is_shown()


async def test_a_conversation_that_does_not_exist_leaves_nothing_behind(n1: Node, room: Room) -> None:
    """[P7] A stranger's guesses do not push out what is remembered of conversations that exist."""
    anna = room.agent("Anna", n1)
    known = set(n1.feeds._feeds)
    for number in range(20):
        n1.feeds.join(Key(ACME, ConversationId(f"guess-{number}")), Session(anna.screen), None)
    await eventually(lambda: n1.is_idle)
    assert set(n1.feeds._feeds) == known
    assert not n1.feeds._idle.keys() - known
