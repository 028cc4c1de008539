"""A feed by itself: whatever order commits, snapshots, joins and leaves come in, each watcher is shown every event once
and in order, and no answer leaves before the events up to it."""

import json
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from msgspec.structs import replace

from intervene.core.access import Person, Unseen
from intervene.core.actors import Agent
from intervene.core.conversation.state import Conversation
from intervene.core.errors import NotFound, Unavailable
from intervene.core.events import Event, Piece
from intervene.core.fair import Owner
from intervene.core.ids import DEFAULT_QUEUE, AgentId, Key, MessageId, NodeId, OrganisationId
from intervene.core.policy import Policy
from intervene.core.settings import Kind, QueueSettings, Row, Visibility
from intervene.core.wire import framing
from intervene.feed.early import Early
from intervene.feed.feed import Feed
from intervene.feed.joining import Join
from intervene.feed.subscribers import Watcher as Subscriber
from intervene.feed.subscribers import send_each
from intervene.ports.log import Commit, Snapshot
from intervene.ports.messages import Pieces
from tests.unit.core.play import Play
from tests.unit.core.test_policy import policy

NODE = NodeId("n2")


def _policy(visibility: Visibility) -> Policy:
    return policy(Row(kind=Kind.QUEUE, id=DEFAULT_QUEUE, values=QueueSettings(name="Q", visibility=visibility)))


HIDES, SHOWS = _policy(Visibility.HOLDER), _policy(Visibility.TEAM)


class Around:
    """What a feed asks for: done when the test says so."""

    def __init__(self) -> None:
        self.early = Early()
        self.send_each = send_each
        self.settings: Policy | None = HIDES
        self.has_gap = False
        self.is_unfollowed = False
        self.is_to_be_read = False
        self.pages: list[tuple[Watcher, Join]] = []
        self.states: list[tuple[int, int]] = []
        self.backwards: list[tuple[int, int]] = []

    def policy(self, organisation: OrganisationId) -> Policy | None:
        return self.settings

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

    def unfollowed(self, feed: Feed) -> None:
        self.is_unfollowed = True

    def went_back(self, feed: Feed, had: int, found: int) -> None:
        self.backwards.append((had, found))


class Watcher:
    """Keeps the numbers of the events that it was shown, and the text of the open reply. One that does not see all may
    not see what a colleague holds."""

    def __init__(self, number: int, *, is_staff: bool, sees_all: bool = True) -> None:
        self.sees_all = sees_all
        self.lost: list[Unseen] = []
        self.looks = 0
        self.missed: NotFound | Unavailable | None = None
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

    def unseen(self, key: Key, state: Conversation) -> Unseen | None:
        self.looks += 1
        is_theirs = state.placement.holder in ("", self.agent.id if self.agent else "")
        return None if is_theirs or self.sees_all else Unseen.HELD

    def lose(self, key: Key, why: Unseen) -> None:
        self.lost.append(why)

    def miss(self, key: Key, problem: NotFound | Unavailable) -> None:
        if self.sees_all:
            raise problem
        self.missed = problem


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


def commits_of(play: Play) -> list[Commit]:
    return [
        Commit(
            key=commit.after.key,
            node=NODE,
            state=commit.after,
            pieces=tuple(fact for fact in commit.facts if isinstance(fact, Piece)),
            frames=framing.encode_facts(commit.after.id, commit.facts)[0],
        )
        for commit in play.commits
    ]


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
        self.commits = commits_of(play)

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


# -- who may see it no longer ------------------------------------------------------------------------------------------


def _taken(play: Play) -> list[Commit]:
    """A takeover, with a note in the same commit; then a word of the holder."""
    anna = play.agent("Anna")
    with play.one_commit():
        anna.notes("a secret")
        anna.intervenes()
    anna.says("hello")
    return commits_of(play)


def _joined(feed: Feed, around: Around, watcher: Watcher, state: Conversation) -> None:
    feed.join(watcher, None)
    _, join = around.pages.pop()
    join.is_reading = True
    feed.finish_join(watcher, join, Snapshot(state=state, events=()), begun=feed.version)


@pytest.mark.parametrize("is_bridged", [False, True])
def test_staff_who_lose_sight_get_nothing_of_the_commit_that_made_it_so(is_bridged: bool) -> None:
    """[P6] Not what stands before the takeover in its commit either; also where the commit was missed and is read."""
    play, around = Play(), Around()
    commits = _taken(play)
    feed = Feed(commits[0].key, around)
    loses, stays = Watcher(1, is_staff=True, sees_all=False), Watcher(2, is_staff=True)
    customer = Watcher(3, is_staff=False)
    for watcher in (loses, stays, customer):
        _joined(feed, around, watcher, commits[0].state)
    if is_bridged:
        missed = tuple(fact for commit in play.commits[1:] for fact in commit.facts if isinstance(fact, Event))
        feed.catch_up(Snapshot(state=commits[-1].state, events=(), missed=missed), begun=1)
    else:
        for commit in commits[1:]:
            feed.take(commit)
    first = commits[0].state.seq
    assert (loses.shown, loses.lost) == ([], [Unseen.HELD])
    assert stays.shown == list(range(first + 1, play.state.seq + 1))
    assert not stays.lost
    assert len(customer.shown) == play.state.pub - commits[0].state.pub
    assert feed.staff == (stays,)
    assert not around.is_unfollowed


def test_each_watcher_is_looked_at_only_where_a_move_may_hide_the_conversation_from_one() -> None:
    """[P6] By the settings by which all who watch were found to see it: after others, each is looked at again."""
    play, around = Play(), Around()
    around.settings = SHOWS
    commits = _taken(play)
    feed = Feed(commits[0].key, around)
    first, second = Watcher(1, is_staff=True), Watcher(2, is_staff=True, sees_all=False)
    _joined(feed, around, first, commits[0].state)
    feed.take(commits[1])
    assert (first.looks, feed.staff) == (0, (first,)), "a takeover from nobody, in a queue that shows what is held"
    feed = Feed(commits[0].key, around)
    _joined(feed, around, first, commits[0].state)
    around.settings = _policy(Visibility.TEAM)
    _joined(feed, around, second, commits[0].state)
    feed.take(commits[1])
    assert (first.looks, second.lost) == (1, [Unseen.HELD]), "the second came under other settings than the first"


@pytest.mark.parametrize("settings", [HIDES, None])
def test_a_move_is_looked_at_where_the_queue_hides_what_is_held_or_its_settings_are_not_known(
    settings: Policy | None,
) -> None:
    """[P6]"""
    play, around = Play(), Around()
    around.settings = settings
    commits = _taken(play)
    feed = Feed(commits[0].key, around)
    watcher = Watcher(1, is_staff=True, sees_all=False)
    _joined(feed, around, watcher, commits[0].state)
    feed.take(commits[1])
    assert watcher.lost == [Unseen.HELD]


def test_a_feed_that_nobody_may_see_any_more_is_followed_no_longer() -> None:
    """[P7]"""
    play, around = Play(), Around()
    commits = _taken(play)
    feed = Feed(commits[0].key, around)
    _joined(feed, around, Watcher(1, is_staff=True, sees_all=False), commits[0].state)
    feed.take(commits[1])
    assert around.is_unfollowed


def test_a_watcher_who_lost_sight_while_the_page_was_read_is_shown_neither_page_nor_what_followed() -> None:
    """[P6] The page is of a moment at which it was theirs to see."""
    play, around = Play(), Around()
    commits = _taken(play)
    feed = Feed(commits[0].key, around)
    feed.catch_up(Snapshot(state=commits[0].state, events=()), begun=0)
    watcher, answers = Watcher(1, is_staff=True, sees_all=False), []
    feed.join(watcher, None)
    _, join = around.pages.pop()
    join.is_reading = True
    for commit in commits[1:]:
        feed.take(commit)
    feed.when(2, lambda: answers.append(2), watcher)
    feed.finish_join(watcher, join, Snapshot(state=commits[0].state, events=()), begun=1)
    assert isinstance(watcher.missed, NotFound)
    assert (watcher.shown, watcher.lost, answers) == ([], [], [2])
    assert not feed.is_followed
