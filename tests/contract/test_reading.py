"""The contract of `ports.Log` for those who read."""

import asyncio

import anyio
import anyio.lowlevel
import pytest
from msgspec.structs import replace

from intervene.core.conversation.commit import Change
from intervene.core.conversation.state import Running
from intervene.core.events import MessageStarted, author_key
from intervene.core.ids import CommandId, ConversationId, EventId, Key, NodeId, OrganisationId
from intervene.core.limits import PAGE_EVENTS
from intervene.ports.inbox import Inbox
from intervene.ports.log import CommandKey, Log, Range, Snapshot, Verdict
from tests.contract.build import (
    ACME,
    ANNA,
    BEN,
    STAFF,
    Talk,
    commit_of,
    decide_locked,
    listed,
    read,
    talks,
    texts,
    win,
)  # fmt: skip
from tests.kit.limits import LONG_WAIT

CUSTOMER = Range(is_staff=False, limit=PAGE_EVENTS)


@pytest.fixture
async def long(log: Log) -> Talk:
    """Twelve events: opened, control, then m1 n1 m2 n2 ... where n are notes that a customer must not know of."""
    talk = await Talk().opens_in(log)
    for number in range(1, 6):
        await win(log, talk.customer_says(f"m{number}"), talk.notes(f"n{number}"))
    return talk


def numbers(snapshot: Snapshot, range: Range) -> list[int]:
    return [event.seq if range.is_staff else event.pub for event in snapshot.events]


@pytest.mark.parametrize(
    ("range", "expected", "more"),
    [
        (Range(is_staff=True, limit=4), [9, 10, 11, 12], True),
        (Range(is_staff=True, limit=12), list(range(1, 13)), False),
        (Range(is_staff=True, limit=100), list(range(1, 13)), False),
        (Range(is_staff=True, limit=0), [], True),
        (Range(is_staff=True, limit=3, before=5), [2, 3, 4], True),
        (Range(is_staff=True, limit=3, before=4), [1, 2, 3], False),
        (Range(is_staff=True, limit=3, before=1), [], False),
        (Range(is_staff=True, limit=3, before=0), [], False),
        (Range(is_staff=True, limit=2, before=99), [11, 12], True),
        (Range(is_staff=False, limit=4), [3, 4, 5, 6], True),
        (Range(is_staff=False, limit=100), [1, 2, 3, 4, 5, 6], False),
        (Range(is_staff=False, limit=2, before=4), [2, 3], True),
        (Range(is_staff=False, limit=9, before=4), [1, 2, 3], False),
    ],
)
async def test_a_page_ends_where_it_is_asked_to(
    log: Log, long: Talk, range: Range, expected: list[int], more: bool
) -> None:
    snapshot = await read(log, long, range)
    assert (numbers(snapshot, range), snapshot.more, snapshot.reset) == (expected, more, False)


OTHER_NODE = NodeId("n2")


async def test_pages_back_to_the_beginning_show_every_event_once(log: Log, long: Talk) -> None:
    """[P5]"""
    for is_staff, last in ((True, 12), (False, 6)):
        found: list[int] = []
        before, more = None, True
        while more:
            page = Range(is_staff=is_staff, limit=5, before=before)
            snapshot = await read(log, long, page)
            found = numbers(snapshot, page) + found
            before, more = found[0], snapshot.more
        assert found == list(range(1, last + 1))


async def test_a_customer_reads_nothing_that_is_private(log: Log, long: Talk) -> None:
    """[P6]"""
    snapshot = await read(log, long, CUSTOMER)
    assert texts(snapshot.events) == ["control", "m1", "m2", "m3", "m4", "m5"]


@pytest.mark.parametrize("is_staff", [True, False])
async def test_who_resumes_gets_what_came_after_and_no_more(log: Log, long: Talk, is_staff: bool) -> None:
    """[P5]"""
    everything = (await read(log, long, Range(is_staff=is_staff, limit=100))).events
    for index, event in enumerate(everything):
        number = event.seq if is_staff else event.pub
        snapshot = await read(log, long, Range(is_staff=is_staff, limit=100, after=(number, event.id)))
        assert (snapshot.events, snapshot.reset, snapshot.more) == (everything[index + 1 :], False, True)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_who_has_nothing_yet_resumes_at_the_beginning(log: Log, long: Talk, is_staff: bool) -> None:
    everything = (await read(log, long, Range(is_staff=is_staff, limit=100))).events
    snapshot = await read(log, long, Range(is_staff=is_staff, limit=100, after=(0, EventId(""))))
    assert (snapshot.events, snapshot.reset, snapshot.more) == (everything, False, False)


@pytest.mark.parametrize("is_staff", [True, False])
@pytest.mark.parametrize("where", ["another id", "beyond the log", "another audience's number"])
async def test_a_position_that_is_not_in_this_log_resets(log: Log, long: Talk, is_staff: bool, where: str) -> None:
    """[P5] A database that was restored, for example."""
    newest = await read(log, long, Range(is_staff=is_staff, limit=3))
    last = newest.events[-1]
    position = {
        "another id": (last.seq if is_staff else last.pub, EventId("somebody's")),
        "beyond the log": (last.seq + 1, last.id),
        "another audience's number": (5, newest.events[-1].id),
    }[where]
    snapshot = await read(log, long, Range(is_staff=is_staff, limit=3, after=position))
    assert snapshot.reset
    assert (snapshot.events, snapshot.more) == (newest.events, newest.more)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_who_was_away_too_long_gets_the_newest_page(log: Log, long: Talk, is_staff: bool) -> None:
    everything = (await read(log, long, Range(is_staff=is_staff, limit=100))).events
    at = everything[0]
    behind = len(everything) - 1
    after = (at.seq if is_staff else at.pub, at.id)
    exactly = await read(log, long, Range(is_staff=is_staff, limit=behind, after=after))
    assert (exactly.events, exactly.reset) == (everything[1:], False)
    too_far = await read(log, long, Range(is_staff=is_staff, limit=behind - 1, after=after))
    assert (too_far.events, too_far.reset, too_far.more) == (everything[2:], True, True)


async def test_missed_events_are_all_those_after_a_number_whatever_the_page(log: Log, long: Talk) -> None:
    snapshot = await read(log, long, Range(is_staff=False, limit=1), since=9)
    assert snapshot.missed is not None
    assert texts(snapshot.missed) == ["n4", "m5", "n5"]
    assert texts(snapshot.events) == ["m5"]
    assert (await read(log, long, STAFF, since=12)).missed == ()
    assert (await read(log, long, STAFF, since=99)).missed == ()
    assert (await read(log, long, STAFF, since=None)).missed == ()


async def test_more_missed_events_than_a_page_are_not_read(log: Log) -> None:
    """[P7]"""
    talk = await Talk().opens_in(log)
    before = talk.state
    many = [talk.notes(f"note {number}") for number in range(PAGE_EVENTS + 1)]
    events = tuple(event for commit in many for event in commit.events)
    commands = tuple(command for commit in many for command in commit.commands)
    last = replace(talk.state, counters=replace(talk.state.counters, version=2))
    await win(log, replace(commit_of(before, Change(last)), events=events, commands=commands))
    assert (await read(log, talk, Range(is_staff=True, limit=0), since=before.seq)).missed is None
    missed = (await read(log, talk, Range(is_staff=True, limit=0), since=before.seq + 1)).missed
    assert missed is not None
    assert len(missed) == PAGE_EVENTS


async def test_a_read_sees_one_moment_while_others_write(log: Log) -> None:
    """[P2] Row, log and pieces agree in every snapshot: never a stream beside its own message."""
    talk = await Talk().opens_in(log)
    finished = False

    async def write() -> None:
        nonlocal finished
        for _ in range(40):
            await win(log, talk.bot_streams("a"), talk.bot_streams("b"), talk.bot_finishes("c"))
            await win(log, talk.customer_says("go on"))  # or the streak of the bot would be stopped
        finished = True

    async def look() -> int:
        looks = 0
        while not finished:
            snapshot = await read(log, talk, Range(is_staff=True, limit=3), since=0)
            state = snapshot.state
            assert snapshot.events[-1].seq == state.seq
            assert snapshot.missed is not None
            assert len(snapshot.missed) == state.seq
            last = snapshot.missed[-1].body
            if isinstance(state.turn, Running) and state.turn.stream:
                assert len(snapshot.pieces) == state.turn.stream.pieces
                assert "".join(piece.text for piece in snapshot.pieces) == "ab"[: state.turn.stream.pieces]
                assert isinstance(last, MessageStarted)
            else:
                assert snapshot.pieces == ()
                assert not isinstance(last, MessageStarted)
            looks += 1
        return looks

    with anyio.fail_after(LONG_WAIT):
        _, *looks = await asyncio.gather(write(), look(), look())
    assert sum(looks) > 20


async def test_another_organisation_reads_nothing_by_guessing_an_id(log: Log, inbox: Inbox) -> None:
    """[P6]"""
    talk = await Talk("c1").opens_in(log)
    await win(log, talk.customer_says("hi", id="k"))
    guess = Key(OrganisationId("other"), talk.key.conversation)
    command = CommandKey(author_key(talk.contact), CommandId("k"))
    assert await log.read(guess, STAFF) is None
    assert await log.known(guess, [command]) == {}
    assert await log.versions([guess]) == {}
    assert await listed(inbox, guess.organisation) == []
    assert await decide_locked(log, guess, lambda _: None) == (None, Verdict.WON)


# -- what else is asked ------------------------------------------------------------------------------------------------


async def test_what_a_command_did_is_found_whatever_has_happened_since(log: Log) -> None:
    """[P3]"""
    talk = await Talk().opens_in(log)
    intervene = talk.intervenes(ANNA, id="k1")
    await win(log, intervene, talk.hands_back(ANNA), talk.intervenes(BEN), talk.notes("mine", who=BEN))
    [(event, _)] = intervene.events
    anna = CommandKey(author_key(ANNA), CommandId("k1"))
    ben = CommandKey(author_key(BEN), CommandId("k1"))
    assert await log.known(talk.key, [anna, ben]) == {anna: event}


async def test_versions_are_told_of_those_that_exist(log: Log) -> None:
    group = await talks(log, 3)
    await win(log, group[1].customer_says(), group[1].customer_says())
    keys = [talk.key for talk in group]
    assert await log.versions([*keys, Key(ACME, ConversationId("nowhere"))]) == dict(zip(keys, [1, 3, 1], strict=True))
    assert await log.versions([]) == {}


async def test_many_versions_are_read_at_once(log: Log) -> None:
    [talk] = await talks(log, 1)
    strangers = [Key(ACME, ConversationId(f"nowhere {number}")) for number in range(40_000)]
    assert await log.versions([*strangers, talk.key]) == {talk.key: 1}
