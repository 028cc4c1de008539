"""What a node knows and shows: joins, holes, doubled and late commits, resumes, and a database that went back."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event, current_thread
from typing import Any

import pytest

from intervene.core.errors import Unavailable
from intervene.core.ids import EventId
from intervene.core.limits import EARLY_ENVELOPES, PAGE_EVENTS
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node, Room
from tests.integration.engine.conftest import Migrate
from tests.integration.engine.screen import Session
from tests.kit.limits import WAIT, eventually

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


# -- holes -------------------------------------------------------------------------------------------------------------


async def test_a_lost_commit_is_found_with_one_read(
    cluster: Cluster, room: Room, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5] However many come after it while the feed waits."""
    reads = n2.log.reads
    cluster.hub.fate = lambda node, commit: 0 if commit.version == 2 else 1
    for word in ["one", "two", "three", "four"]:
        await clara.says(word)
    await eventually(lambda: ben.screen.n == 6)
    assert n2.log.reads == reads + 1


async def test_commits_in_the_wrong_order_are_put_right_without_a_read(
    cluster: Cluster, room: Room, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5] A hole is given a moment to fill."""
    reads = n2.log.reads
    for seed in range(5):
        cluster.hub.holds()
        for word in ["one", "two", "three", "four"]:
            await clara.says(word)
        cluster.hub.release(Random(seed))
        await eventually(lambda: ben.screen.n == clara.known.seq)
    await eventually(lambda: n2.is_idle)
    assert n2.log.reads == reads


async def test_a_doubled_commit_is_shown_once(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5] Events and pieces, at once and late."""
    reads = n2.log.reads
    cluster.hub.fate = lambda node, commit: 2
    await clara.says("hi")
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    for _, commit in list(cluster.hub.arrived):
        n2.feeds.take(commit)
    await bot.finishes("help")
    await eventually(lambda: ben.screen.n == 5)
    await eventually(lambda: n2.is_idle)
    assert n2.log.reads == reads


async def test_pieces_that_are_lost_doubled_and_late_are_shown_once_in_order(
    cluster: Cluster, room: Room, n1: Node, clara: Customer, ben: Person
) -> None:
    """[P2] [P5]"""
    random = Random(7)
    cluster.hub.fate = lambda node, commit: random.choice([0, 1, 1, 2])
    bot = room.bot(n1)
    for number in range(60):
        if number % 4 == 0:
            cluster.hub.release(random)
            cluster.hub.holds()
        await bot.streams(f"{number} ")
    cluster.hub.release(random)
    cluster.hub.fate = lambda node, commit: 1
    await bot.streams("and ")
    await eventually(lambda: ben.screen.text == clara.screen.text != "")
    await bot.finishes("done.")
    await eventually(lambda: ben.screen.kinds[-1] == "message")


async def test_what_waits_behind_a_hole_is_bounded(
    long_gap: None, cluster: Cluster, room: Room, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P7]"""
    cluster.hub.fate = lambda node, commit: 0 if commit.version == 2 else 1
    known = n2.feeds.pin(room.key)
    for number in range(EARLY_ENVELOPES + 10):
        await clara.says(f"{number}")
    assert len(known.early) == EARLY_ENVELOPES
    known.is_catching_up = False
    n2.feeds.check(room.key, clara.known.version)
    await eventually(lambda: ben.screen.n == clara.screen.n + 1)
    n2.feeds.unpin(known)


async def test_a_hole_is_filled_when_the_log_is_back(
    quick_retry: None, cluster: Cluster, room: Room, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5]"""
    n2.log.is_away = True
    cluster.hub.fate = lambda node, commit: 0 if commit.version == 2 else 1
    await clara.says("lost")
    await clara.says("early")
    reads = n2.log.reads
    await eventually(lambda: n2.log.reads > reads + 2)
    assert ben.screen.n == 2
    n2.log.is_away = False
    await eventually(lambda: ben.screen.n == 4)


async def test_a_node_that_was_told_nothing_finds_out_by_versions(
    cluster: Cluster, n2: Node, clara: Customer, ben: Person
) -> None:
    """[P5] The node that committed died before it could tell; no later event shows the hole."""
    cluster.hub.fate = lambda node, commit: 0
    await clara.says("anybody?")
    assert ben.screen.n == 2
    n2.feeds.check(clara.room.key, clara.known.version)
    await eventually(lambda: ben.screen.n == 3)


async def test_who_missed_more_than_a_page_gets_a_fresh_one(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P5] [P7]"""
    there = room.customer(n2)
    await there.watches()
    cluster.hub.fate = lambda node, commit: 0
    asked = [anna.notes(f"{number}") for number in range(PAGE_EVENTS + 1)]
    for each in asked:
        await each
    cluster.hub.fate = lambda node, commit: 1
    await clara.says("hi")
    await eventually(lambda: (ben.screen.resets, there.screen.resets) == (1, 1))


# -- resumes -----------------------------------------------------------------------------------------------------------


async def test_a_session_resumes_on_another_node_where_it_was(
    room: Room, n1: Node, n2: Node, clara: Customer, anna: Person
) -> None:
    """[P5] The customer's connection moves in the middle of a stream, and again when it is over."""
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    clara.screen.leaves()
    await bot.streams("help ")
    clara.goes_to(n2)
    await clara.watches()
    assert clara.screen.text == "I can help "
    clara.screen.leaves()
    await bot.finishes("you.")
    await anna.intervenes()
    clara.goes_to(n1)
    await clara.watches()
    assert clara.screen.kinds == ["control", "message_started", "message", "control"]
    assert (clara.screen.text, clara.screen.resets) == ("", 0)


async def test_a_resume_from_a_position_that_is_not_in_the_log_gets_a_fresh_page(
    room: Room, n1: Node, clara: Customer, anna: Person
) -> None:
    """[P5] The number is there, but it was another event's: the database was restored since."""
    await clara.says("hi")
    for screen in (clara.screen, anna.screen):
        screen.leaves()
        screen.id = EventId("another")
        screen.joins(n1)
        await screen.is_shown()
        assert screen.resets == 1


async def test_a_resume_from_too_far_back_gets_a_fresh_page(room: Room, n1: Node, anna: Person, ben: Person) -> None:
    """[P7]"""
    ben.screen.leaves()
    for each in [anna.notes(f"{number}") for number in range(PAGE_EVENTS + 1)]:
        await each
    await ben.watches()
    assert ben.screen.resets == 1


# -- the database went back --------------------------------------------------------------------------------------------


async def test_everybody_starts_afresh_when_the_database_went_back(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person, ben: Person, tmp_path: Path
) -> None:
    """[P5] It was restored from a copy: what came after it is taken off every screen, and life goes on."""
    await clara.says("kept")
    _copy(tmp_path / "intervene.db", tmp_path / "copy.db")
    await clara.says("lost")
    await anna.intervenes()
    await cluster.settles()
    _copy(tmp_path / "copy.db", tmp_path / "intervene.db")
    await cluster.settles()
    for actor in (clara, anna, ben):
        assert actor.screen.resets == 1
        assert actor.screen.kinds[-1] == "message"
        assert actor.known == await room.state()
    await clara.says("again")
    await ben.intervenes()
    await ben.says("hello")
    assert await room.messages() == ["Clara: kept", "Clara: again", "Ben: hello"]


async def test_a_command_finds_out_that_the_database_went_back(
    cluster: Cluster, room: Room, n1: Node, clara: Customer, tmp_path: Path
) -> None:
    """[P3] [P5] It is decided on what there is, and its ack comes after the fresh page."""
    _copy(tmp_path / "intervene.db", tmp_path / "copy.db")
    for word in ["one", "two", "three"]:
        await clara.says(word)
    _copy(tmp_path / "copy.db", tmp_path / "intervene.db")
    receipt = await clara.says("hello?")
    assert receipt.seq == 3
    assert clara.screen.resets == 1


def _copy(source: Path, target: Path) -> None:
    """As a tool would that knows SQLite: also into a database that is in use."""
    with closing(sqlite3.connect(source)) as before, closing(sqlite3.connect(target)) as after:
        before.backup(after)


# -- one truth ---------------------------------------------------------------------------------------------------------


class Pausing(sqlite3.Connection):
    """A reader that stops before it reads the pieces, once it is told to."""

    is_armed = False
    has_stopped = Event()
    may_go_on = Event()

    def execute(self, sql: str, *args: Any) -> sqlite3.Cursor:
        if Pausing.is_armed and "FROM piece" in sql and current_thread().name.startswith("sqlite-reader"):
            Pausing.is_armed = False
            Pausing.has_stopped.set()
            Pausing.may_go_on.wait(WAIT)
        return super().execute(sql, *args)


@pytest.fixture
def pausing() -> Iterator[type[Pausing]]:
    Pausing.has_stopped.clear()
    Pausing.may_go_on.clear()
    yield Pausing
    Pausing.is_armed = False
    Pausing.may_go_on.set()


async def test_row_and_pieces_are_read_as_of_one_moment(
    tmp_path: Path, migrate: Migrate, pausing: type[Pausing]
) -> None:
    """[P2] [P5] A piece is committed between the two: it comes after the page, and only there."""
    cluster = await Cluster.start(
        tmp_path / "intervene.db",
        migrate=migrate,
        connect=lambda path: sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Pausing),
    )
    n1 = cluster.node("n1")
    room = await cluster.opens(n1)
    bot = room.bot(n1)
    await bot.streams("I ", "can ")
    anna = room.agent("Anna", n1)
    pausing.is_armed = True
    anna.screen.joins(n1)
    await eventually(pausing.has_stopped.is_set)
    await bot.streams("help")
    pausing.may_go_on.set()
    await anna.screen.is_shown()
    await cluster.settles()
    await cluster.is_sound()
    await cluster.close()
