"""[P7] The contract of `ports.Log` for how much a read answers: bounded in bytes, on every store, whatever was said."""

import tracemalloc

import pytest

from intervene.core.events import Event
from intervene.core.ids import EventId
from intervene.core.limits import ANSWER_BYTES, EVENT_MARGIN, PAGE_EVENTS, TEXT_BYTES
from intervene.core.wire import framing
from intervene.ports.inbox import Inbox
from intervene.ports.log import Log, Range, Snapshot
from tests.contract.build import Talk, listed, read, win

COUNT = 24  # messages and as many notes
TEXTS = {
    "control characters": "x" + "\x01" * 10_850,  # 65 kB as JSON
    "quotes and backslashes": '"\\' * (TEXT_BYTES // 2),
    "characters of four bytes": "\U0001f600" * (TEXT_BYTES // 4),
}


@pytest.fixture(params=TEXTS)
async def large(log: Log, request: pytest.FixtureRequest) -> Talk:
    """Messages and notes of the largest texts of a kind."""
    talk = await Talk().opens_in(log)
    for _ in range(COUNT):
        await win(log, talk.customer_says(TEXTS[request.param]), talk.notes(TEXTS[request.param]))
    return talk


def counted(event: Event) -> int:
    return len(framing.encode_event(event)) + EVENT_MARGIN


def number(event: Event, is_staff: bool) -> int:
    return event.seq if is_staff else event.pub


async def everything(log: Log, talk: Talk, is_staff: bool) -> tuple[Event, ...]:
    whole = await read(log, talk, Range(is_staff=is_staff, limit=PAGE_EVENTS, most_bytes=10 * COUNT * ANSWER_BYTES))
    assert not whole.more
    return whole.events


def newest_that_fit(events: tuple[Event, ...]) -> int:
    """How many."""
    total = 0
    for count, event in enumerate(reversed(events)):
        total += counted(event)
        if total > ANSWER_BYTES:
            return count
    return len(events)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_a_page_is_the_newest_events_that_fit(log: Log, large: Talk, is_staff: bool) -> None:
    """[P7] And says that there are older ones."""
    events = await everything(log, large, is_staff)
    fit = newest_that_fit(events)
    page = await read(log, large, Range(is_staff=is_staff, limit=PAGE_EVENTS))
    assert 0 < fit < len(events)
    assert (page.events, page.more, page.reset) == (events[-fit:], True, False)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_paging_back_through_large_events_shows_each_once(log: Log, large: Talk, is_staff: bool) -> None:
    """[P5] [P7]"""
    found: tuple[Event, ...] = ()
    before, more = None, True
    while more:
        page = await read(log, large, Range(is_staff=is_staff, limit=PAGE_EVENTS, before=before))
        assert sum(map(counted, page.events)) <= ANSWER_BYTES
        found = page.events + found
        before, more = number(found[0], is_staff), page.more
    assert found == await everything(log, large, is_staff)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_a_resume_that_does_not_fit_is_reset_to_the_newest_that_do(log: Log, large: Talk, is_staff: bool) -> None:
    """[P5] [P7] As one beyond 500 events."""
    events = await everything(log, large, is_staff)
    fit = newest_that_fit(events)

    async def resume(index: int) -> Snapshot:
        after = (number(events[index], is_staff), events[index].id)
        return await read(log, large, Range(is_staff=is_staff, limit=PAGE_EVENTS, after=after))

    exactly = await resume(len(events) - fit - 1)
    assert (exactly.events, exactly.reset) == (events[-fit:], False)
    for index in (0, len(events) - fit - 2):
        too_far = await resume(index)
        assert (too_far.events, too_far.reset, too_far.more) == (events[-fit:], True, True)


@pytest.mark.parametrize("is_staff", [True, False])
async def test_a_position_that_is_not_in_the_log_resets_to_what_fits(log: Log, large: Talk, is_staff: bool) -> None:
    """[P5] [P7]"""
    events = await everything(log, large, is_staff)
    wrong = Range(is_staff=is_staff, limit=PAGE_EVENTS, after=(2, EventId("another's")))
    page = await read(log, large, wrong)
    assert (page.events, page.reset, page.more) == (events[-newest_that_fit(events) :], True, True)


async def test_there_is_always_one_event_however_large(log: Log, large: Talk) -> None:
    """[P5] Whatever the bound, paging goes on."""
    events = await everything(log, large, True)
    page = await read(log, large, Range(is_staff=True, limit=PAGE_EVENTS, most_bytes=1))
    assert (page.events, page.more) == (events[-1:], True)


async def test_missed_events_that_do_not_fit_are_not_told(log: Log, large: Talk) -> None:
    """[P7] The feed shows everybody a fresh page then."""
    events = await everything(log, large, True)
    fit = newest_that_fit(events)
    nothing = Range(is_staff=True, limit=0)
    since = events[-fit].seq - 1
    assert (await read(log, large, nothing, since=since)).missed == events[-fit:]
    assert (await read(log, large, nothing, since=since - 1)).missed is None
    assert (await read(log, large, nothing, since=0)).missed is None


async def test_no_more_is_loaded_than_is_answered(log: Log, large: Talk) -> None:
    """[P7] Not cut from all that there is: one event more, by which the store sees that it is too many."""
    largest = max(map(counted, await everything(log, large, True)))
    wanted = Range(is_staff=True, limit=PAGE_EVENTS)
    await read(log, large, wanted, since=0)  # whatever is made once is made
    tracemalloc.start()
    try:
        await read(log, large, wanted)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    in_transit = 3  # as the driver's bytes, as rows, as events
    assert peak < in_transit * (ANSWER_BYTES + largest)


async def test_a_list_of_conversations_has_no_texts(log: Log, large: Talk, inbox: Inbox) -> None:
    """[P7] Not even of the reply that is being written."""
    other = await Talk("c2").opens_in(log)
    await win(log, other.bot_streams("Hel"))
    assert await listed(inbox, large.organisation) == [large.state, other.state]
