"""What a node knows and shows: gaps, doubled and late commits, resumes, and a database that went back."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Event, current_thread
from typing import Any

import pytest

from intervene.core.ids import EventId
from intervene.core.limits import EARLY_ENVELOPES, PAGE_EVENTS
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import WAIT, eventually

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
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P5] It was restored from a copy: what came after it is taken off every screen, and life goes on."""
    await clara.says("kept")
    cluster.backs_up()
    await clara.says("lost")
    await anna.intervenes()
    await cluster.settles()
    cluster.goes_back()
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
    cluster: Cluster, room: Room, n1: Node, clara: Customer
) -> None:
    """[P3] [P5] It is decided on what there is, and its ack comes after the fresh page."""
    cluster.backs_up()
    for word in ["one", "two", "three"]:
        await clara.says(word)
    cluster.goes_back()
    receipt = await clara.says("hello?")
    assert receipt.seq == 3
    assert clara.screen.resets == 1


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


async def test_row_and_pieces_are_read_as_of_one_moment(tmp_path: Path, pausing: type[Pausing]) -> None:
    """[P2] [P5] A piece is committed between the two: it comes after the page, and only there."""
    cluster = await Cluster.start(
        tmp_path / "intervene.db",
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
