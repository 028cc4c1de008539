"""A feed by itself: whatever order commits, snapshots, joins and leaves come in, each watcher is shown every event once
and in order, and no answer leaves before the events up to it."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.access import Person
from intervene.core.actors import Agent
from intervene.core.conversation.state import Conversation
from intervene.core.errors import NotFound, Unavailable
from intervene.core.events import Event, Piece
from intervene.core.fair import Owner
from intervene.core.ids import AgentId, Key, MessageId, NodeId, OrganisationId
from intervene.core.wire import framing
from intervene.feed.early import Early
from intervene.feed.feed import Feed
from intervene.feed.joining import Join
from intervene.feed.subscribers import Watcher as Subscriber
from intervene.ports.log import Commit, Snapshot
from intervene.ports.messages import Pieces
from tests.unit.core.play import Play

NODE = NodeId("n2")


class Around:
    """What a feed asks for: done when the test says so."""

    def __init__(self) -> None:
        self.early = Early()
        self.has_gap = False
        self.is_to_be_read = False
        self.pages: list[tuple[Watcher, Join]] = []
        self.states: list[tuple[int, int]] = []
        self.backwards: list[tuple[int, int]] = []

    def close_gap(self, feed: Feed) -> None:
        self.has_gap = True

    def read_now(self, feed: Feed) -> None:
        self.is_to_be_read = True

    def read_page(self, feed: Feed, watcher: Subscriber, join: Join) -> None:
        assert isinstance(watcher, Watcher)
        self.pages.append((watcher, join))

    def cancel_page(self, join: Join) -> None:
        self.pages = [(watcher, other) for watcher, other in self.pages if other is not join]

    def watchers_changed(self, feed: Feed, *, is_first: bool) -> None: ...

    def changed(self, before: Conversation | None, after: Conversation) -> None:
        self.states.append((before.version if before else 0, after.version))

    def lost(self, feed: Feed) -> None: ...

    def went_back(self, feed: Feed, had: int, found: int) -> None:
        self.backwards.append((had, found))


class Watcher:
    """Keeps the numbers of the events that it was shown, and the text of the open reply."""

    def __init__(self, number: int, *, is_staff: bool) -> None:
        self.number = number
        self.is_staff = is_staff
        self.owner = Owner("w", Person(OrganisationId("acme"), is_staff, f"w{number}"), number)
        self.agent = Agent(id=AgentId(f"w{number}"), name="W") if is_staff else None
        self.shown: list[int] = []
        self.pieces: list[tuple[str, int]] = []
        self.resets = 0

    def send(self, data: bytes, frames: int) -> None:
        for frame in texts(data):
            if frame["type"] == "event":
                self.shown.append(frame["event"]["seq"] if self.is_staff else frame["pub"])
            elif frame["type"] == "piece":
                self.pieces.append((frame["message"], frame["n"]))

    def show(self, key: Key, snapshot: Snapshot, *, reset: bool) -> bool:
        self.resets += reset
        self.shown = [event.seq if self.is_staff else event.pub for event in snapshot.events]
        self.pieces = [(piece.message, piece.n) for piece in snapshot.pieces]
        return True

    def may_see(self, key: Key, state: Conversation) -> bool:
        return True

    def lose(self, key: Key) -> None:
        raise AssertionError("it may go on")

    def miss(self, key: Key, problem: NotFound | Unavailable) -> None:
        raise problem


def texts(data: bytes) -> Iterator[dict[str, Any]]:
    """Websocket frames of a server, as JSON."""
    while data:
        size, head = data[1], 2
        if size == 126:
            size, head = int.from_bytes(data[2:4], "big"), 4
        elif size == 127:
            size, head = int.from_bytes(data[2:10], "big"), 10
        yield json.loads(data[head : head + size])
        data = data[head + size :]


class Log:
    """A conversation with messages, notes, moves and a streamed reply, to be read as of any version."""

    def __init__(self, random: Random) -> None:
        play = Play()
        anna = play.agent("Anna")
        play.customer.says("hi")
        for number in range(4):
            play.bot.streams(f"{number} ", "and ")
            play.customer.says(f"{number}?") if random.random() < 0.3 else anna.notes("...")
        anna.intervenes()
        for number in range(5):
            anna.says(f"{number}")
            with play.one_commit():
                play.customer.says("yes")
                anna.notes("so")
        self.play = play
        self.commits = [
            Commit(
                key=commit.after.key,
                node=NODE,
                state=commit.after,
                pieces=tuple(fact for fact in commit.facts if isinstance(fact, Piece)),
                frames=framing.encode_facts(commit.after.id, commit.facts)[0],
            )
            for commit in play.commits
        ]

    def snapshot(self, version: int, *, is_staff: bool, since: int | None) -> Snapshot:
        done = self.play.commits[:version]
        facts = [fact for commit in done for fact in commit.facts]
        events = tuple(fact for fact in facts if isinstance(fact, Event) and (is_staff or fact.pub))
        missed = tuple(fact for fact in facts if isinstance(fact, Event) and fact.seq > (since or 0))
        stream = done[-1].after.stream
        pieces = tuple(fact for fact in facts if isinstance(fact, Piece) and stream and fact.message == stream.message)
        return Snapshot(state=done[-1].after, pieces=pieces, events=events, missed=missed if since is not None else ())


@pytest.mark.parametrize("seed", range(60))
def test_each_watcher_is_shown_every_event_once_and_in_order(seed: int) -> None:
    """[P5] Commits are lost, doubled and reordered; pages are read of any version; watchers come and go."""
    random = Random(seed)
    log, around = Log(random), Around()
    feed = Feed(log.commits[0].key, around)
    watchers = [Watcher(number, is_staff=number % 2 == 0) for number in range(6)]
    answered: list[tuple[int, int]] = []
    arrivals = [commit for commit in log.commits for _ in range(random.choice((0, 1, 1, 1, 2)))]
    random.shuffle(arrivals) if seed % 3 == 0 else arrivals.sort(key=lambda it: it.version + random.randrange(3))
    feed.pins = 1

    def read() -> None:
        begun, since = feed.version, feed.seq
        version = random.randrange(max(begun, 1), len(log.commits) + 1)
        found = log.snapshot(version, is_staff=True, since=since)
        if random.random() < 0.2:
            found = replace(found, missed=None)  # too many
        feed.catch_up(found, begun=begun)

    def read_page() -> None:
        watcher, join = around.pages.pop(random.randrange(len(around.pages)))
        join.is_reading = True
        begun, since = feed.version, feed.seq
        version = random.randrange(max(begun, 1), len(log.commits) + 1)
        for _ in range(random.randrange(3)):  # while it is being read
            if random.random() < 0.2:
                read()
            elif arrivals:
                feed.take(arrivals.pop(0))
        if feed.is_joining(watcher, join):
            page = log.snapshot(version, is_staff=watcher.is_staff, since=since)
            feed.finish_join(watcher, join, page, begun=begun)

    def wait() -> None:
        version = random.randrange(1, len(log.commits) + 1)
        watcher = random.choice((None, *watchers))
        feed.when(version, lambda: answered.append((version, feed.version)), watcher)

    while arrivals:
        act = random.choice((read_page, wait, None, None, None))
        if act is read_page and not around.pages:
            watcher = random.choice(watchers)
            feed.join(watcher, None) if random.random() < 0.8 else feed.leave(watcher)
        elif act:
            act()
        else:
            feed.take(arrivals.pop(0))
            if around.has_gap and random.random() < 0.3:
                read()
    feed.catch_up(log.snapshot(len(log.commits), is_staff=True, since=feed.seq), begun=feed.version)
    for watcher in watchers:
        if watcher not in feed.watchers and watcher not in feed.joining:
            feed.join(watcher, None)
    while around.pages:
        read_page()
    last = log.play.state
    for watcher in watchers:
        assert watcher.shown == list(range(1, (last.seq if watcher.is_staff else last.pub) + 1))
        assert watcher.pieces == sorted(set(watcher.pieces))
    assert not feed.answers
    assert all(version <= had for version, had in answered)
    assert all(before < after for before, after in around.states)


def test_pieces_that_continue_another_history_are_not_shown_and_the_log_is_read() -> None:
    """[P2]"""
    log, around = Log(Random(1)), Around()
    feed, watcher = Feed(log.commits[0].key, around), Watcher(1, is_staff=True)
    feed.join(watcher, None)
    (found,) = around.pages
    feed.finish_join(*found, log.snapshot(3, is_staff=True, since=None), begun=0)
    before, shown = feed.state, list(watcher.pieces)
    feed.take(Pieces(NODE, feed.key, 4, MessageId("another"), 7, ("wrong",)))
    assert around.is_to_be_read
    assert (feed.state, watcher.pieces) == (before, shown)


def test_a_lower_snapshot_than_the_feed_was_means_that_the_database_went_back() -> None:
    """[P5] Watchers get a fresh page, and are told that it does not continue what they have."""
    log, around = Log(Random(1)), Around()
    feed, watcher = Feed(log.commits[0].key, around), Watcher(1, is_staff=True)
    feed.join(watcher, None)
    (found,) = around.pages
    feed.finish_join(*found, log.snapshot(9, is_staff=True, since=None), begun=0)
    around.pages.clear()
    feed.catch_up(log.snapshot(5, is_staff=True, since=feed.seq), begun=9)
    assert around.backwards == [(9, 5)]
    (found,) = around.pages
    feed.finish_join(*found, log.snapshot(5, is_staff=True, since=feed.seq), begun=5)
    assert watcher.resets == 1
    assert watcher.shown == [event.seq for event in log.snapshot(5, is_staff=True, since=None).events]


def test_a_feed_that_is_given_up_answers_all_who_wait_and_tells_its_watchers_why() -> None:
    """[P7] Nothing waits for what never comes."""
    log, around = Log(Random(1)), Around()
    feed, watcher = Feed(log.commits[0].key, around), Watcher(1, is_staff=True)
    feed.join(watcher, None)
    (found,) = around.pages
    feed.finish_join(*found, log.snapshot(3, is_staff=True, since=None), begun=0)
    missed: list[object] = []
    watcher.miss = lambda key, problem: missed.append(problem)  # type: ignore[method-assign]
    answered: list[int] = []
    feed.when(9, lambda: answered.append(9), watcher)
    problem = NotFound("There is no such conversation.")
    feed.give_up(problem)
    assert (answered, missed) == ([9], [problem])
    assert not feed.is_followed
    assert feed.is_idle
