"""[P7] What one commit shows, what repairs a hole and what waits behind it: bounded in bytes, whatever was said."""

import asyncio
from collections.abc import Callable, Sequence

import pytest

from intervene.bots.api import Turn
from intervene.core.conversation.turns import Answered, Outcome
from intervene.core.limits import (
    ANSWER_BYTES,
    COMMAND_BYTES,
    EARLY_BYTES,
    EARLY_ENVELOPES,
    EVENT_MARGIN,
    GROUP_BYTES,
    HISTORY_BYTES,
    MOST_FRAME_BYTES,
    PAGE_EVENTS,
    REPLY_BYTES,
    TEXT_BYTES,
)  # fmt: skip
from intervene.core.wire import framing
from intervene.feed.early import Early, Held
from intervene.ports.log import Commit, Verdict
from tests.integration.adapters.redis.nodes import C1, commit
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.room import Room
from tests.kit.limits import eventually

WORST = {
    "control characters": "\x01",
    "quotes": '"',
    "characters of four bytes": "\U0001f600",
}


def filled(worst: str, size: int) -> str:
    return "x" + worst * ((size - 1) // len(worst.encode()))


@pytest.fixture
def told(cluster: Cluster) -> list[Commit]:
    """What nodes tell each other from now on."""
    told: list[Commit] = []

    def fate(node: str, commit: Commit) -> int:
        told.append(commit)
        return 1

    cluster.hub.fate = fate
    return told


@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
async def test_one_commit_takes_no_more_commands_than_a_frame_can_show(
    told: list[Commit], room: Room, anna: Person, ben: Person, worst: str
) -> None:
    """[P5] The others go into the next one, in order."""
    text = filled(worst, TEXT_BYTES)
    asked = [anna.notes(f"{number}{text[len(str(number)) :]}") for number in range(60)]
    asked.append(anna.intervenes())  # to the head of the queue, behind what she has said
    receipts = [await each for each in asked]
    assert [receipt.seq for receipt in receipts] == list(range(receipts[0].seq, receipts[0].seq + 61))
    assert all(commit.size < 2 * MOST_FRAME_BYTES for commit in told)
    assert all(len(commit.frames.staff) <= ANSWER_BYTES for commit in told)
    await eventually(lambda: ben.screen.n == anna.screen.n == receipts[-1].seq)


async def test_small_commands_share_their_commits(told: list[Commit], room: Room, anna: Person, ben: Person) -> None:
    """What a bound in bytes must not undo."""
    count = 600
    asked = [anna.notes("hm") for _ in range(count)]
    for each in asked:
        await each
    assert len(told) <= 2 + count // (ANSWER_BYTES // (COMMAND_BYTES + 10))


async def test_the_largest_commit_is_far_below_what_a_slow_socket_may_owe(
    told: list[Commit], room: Room, n1: Node, anna: Person, ben: Person
) -> None:
    """A takeover that cuts the longest reply, behind as many words of its author as a commit takes."""
    await room.bot(n1).streams(filled("\x01", REPLY_BYTES))
    told.clear()
    asked = [anna.notes(filled("\x01", 10_000)) for _ in range(10)]
    asked.append(anna.intervenes())
    for each in asked:
        await each
    assert max(len(commit.frames.staff) for commit in told) < ANSWER_BYTES + 6 * REPLY_BYTES + 4 * EVENT_MARGIN
    assert max(len(commit.frames.staff) for commit in told) < MOST_FRAME_BYTES
    await eventually(lambda: ben.screen.kinds[-2:] == ["message", "control"])


@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
async def test_a_node_that_missed_large_messages_shows_a_fresh_page(
    cluster: Cluster, room: Room, n2: Node, clara: Customer, anna: Person, ben: Person, worst: str
) -> None:
    """[P5] As beyond 500 events: what repairs a hole is bounded as an answer is."""
    cluster.hub.fate = lambda node, commit: 0
    for _ in range(20):
        await anna.notes(filled(worst, TEXT_BYTES))
    cluster.hub.fate = lambda node, commit: 1
    await clara.says("hi")
    await eventually(lambda: (ben.screen.resets, ben.screen.n) == (1, anna.screen.n))


async def test_a_node_that_missed_large_messages_that_fit_goes_on(
    cluster: Cluster, room: Room, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P5]"""
    cluster.hub.fate = lambda node, commit: 0
    for _ in range(2):
        await anna.notes(filled("\x01", TEXT_BYTES))
    cluster.hub.fate = lambda node, commit: 1
    await clara.says("hi")
    await eventually(lambda: (ben.screen.resets, ben.screen.n) == (0, anna.screen.n))


async def test_a_node_that_missed_very_many_pieces_shows_the_reply_anew(
    cluster: Cluster, room: Room, n1: Node, n2: Node, clara: Customer, anna: Person, ben: Person
) -> None:
    """[P2, P5] A reply of short pieces has many: its text in one frame is smaller than they are."""
    bot = room.bot(n1)
    cluster.hub.fate = lambda node, commit: 0
    await bot.streams(*"x" * (PAGE_EVENTS + 1))
    cluster.hub.fate = lambda node, commit: 1
    await bot.streams("!")
    await eventually(lambda: (ben.screen.resets, ben.screen.text) == (1, "x" * (PAGE_EVENTS + 1) + "!"))


async def test_what_waits_behind_a_hole_is_bounded_in_bytes(
    long_gap: None,
    cluster: Cluster,
    room: Room,
    n2: Node,
    clara: Customer,
    anna: Person,
    ben: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """[P5, P7] What is dropped is read when the gap is filled."""
    monkeypatch.setattr("intervene.feed.early.EARLY_BYTES", 250_000)
    cluster.hub.fate = lambda node, commit: 0 if commit.version == 2 else 1
    known = n2.feeds.pin(room.key)
    await clara.says("lost")
    for _ in range(10):
        await anna.notes(filled("\x01", TEXT_BYTES))
    await asyncio.sleep(0)
    assert len(known.early) == 2
    known.is_catching_up = False
    n2.feeds.check(room.key, anna.known.version)
    await eventually(lambda: ben.screen.n == anna.screen.n)
    assert not known.early
    n2.feeds.unpin(known)


def test_what_waits_behind_all_holes_of_a_node_is_bounded() -> None:
    early = Early()
    conversations: list[Held] = [{} for _ in range(100)]
    for held in conversations:
        for version in range(EARLY_ENVELOPES + 10):
            early.keep(held, commit(C1, version, text="x" * 5000))
            early.keep(held, commit(C1, version, text="x" * 5000))
    everything = [kept for held in conversations for kept in held.values()]
    assert EARLY_BYTES - 20_000 < sum(kept.size for kept in everything) <= EARLY_BYTES
    assert max(map(len, conversations)) == EARLY_ENVELOPES
    assert early.take(conversations[0], 0) is not None
    assert early.take(conversations[0], 0) is None
    early.drop(conversations[0], up_to=10)
    assert min(conversations[0]) == 11
    for held in conversations:
        early.drop(held)
    assert early._bytes == 0


async def test_a_group_commit_is_bounded_in_bytes(cluster: Cluster, n1: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Many conversations at once, each with as much as one commit takes."""
    rooms = [await cluster.opens(n1, f"Clara {number}") for number in range(40)]
    agents = [room.agent("Anna", n1) for room in rooms]
    for agent in agents:
        await agent.watches()
    groups: list[int] = []
    append = n1.log.append

    def noted(items: Sequence[Commit], done: Callable[[Sequence[Verdict]], None]) -> None:
        groups.append(sum(len(data) for commit in items for _, data in commit.events))
        append(items, done)

    monkeypatch.setattr(n1.log, "append", noted)
    asked = [agent.notes(filled("\x01", TEXT_BYTES)) for agent in agents for _ in range(3)]
    for each in asked:
        await each
    assert len(groups) > 2
    assert max(groups) <= GROUP_BYTES


@pytest.mark.parametrize("worst", WORST.values(), ids=WORST)
async def test_who_joins_while_the_longest_reply_is_written_gets_one_frame_that_is_bounded(
    room: Room, n1: Node, clara: Customer, anna: Person, worst: str
) -> None:
    """[P2, P7] The open reply comes on top of what an answer may have."""
    for _ in range(20):
        await anna.notes(filled(worst, TEXT_BYTES))
    await room.bot(n1).streams(filled(worst, REPLY_BYTES))
    late = room.agent("Late", n1)
    late.screen.joins(n1)
    await late.screen.is_shown()
    assert late.screen.text == filled(worst, REPLY_BYTES)
    assert len(late.screen.raw) < MOST_FRAME_BYTES


async def test_a_turn_is_given_the_newest_of_what_was_said(cluster: Cluster) -> None:
    """[P7] 200 events at most, and no more than 1 MiB of them."""
    told: list[int] = []

    async def bot(turn: Turn) -> Outcome:
        told.append(sum(framing.size_of(entry.text) for entry in turn.history))
        return Answered()

    node = cluster.node("n3", {"echo": bot})
    room = await cluster.opens(node)
    clara, anna = room.customer(node), room.agent("Anna", node)
    await clara.watches()
    await anna.watches()
    await anna.intervenes()
    for _ in range(2 * HISTORY_BYTES // (6 * TEXT_BYTES)):
        await clara.says(filled("\x01", TEXT_BYTES))
    told.clear()
    await anna.hands_back()
    await eventually(lambda: bool(told))
    assert HISTORY_BYTES - 6 * TEXT_BYTES - 1000 < told[0] <= HISTORY_BYTES
