"""The contract of `ports.History`: a log from its beginning on, in bounded pages, on every store."""

from itertools import pairwise

import pytest

from intervene.adapters.sql import history as adapter
from intervene.core.events import Event
from intervene.core.ids import ConversationId, Key
from intervene.core.limits import ANSWER_BYTES, EVENT_MARGIN, TEXT_BYTES
from intervene.core.wire import framing
from intervene.ports.history import History, Strand, Stretch
from intervene.ports.log import Log
from tests.contract.build import ACME, Talk, read, texts, win


async def stretch(history: History, talk: Talk, strand: Strand, after: int = 0) -> Stretch:
    found = await history.read(talk.key, strand, after)
    assert found is not None
    return found


async def pages(history: History, talk: Talk, strand: Strand) -> list[Stretch]:
    found = [await stretch(history, talk, strand)]
    while not found[-1].is_last:
        found.append(await stretch(history, talk, strand, found[-1].end))
        assert found[-1].end > found[-2].end, "each page goes on"
    return found


async def test_each_event_is_of_one_strand(log: Log, history: History) -> None:
    """[P3]"""
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("hi"), talk.bot_streams("He"), talk.bot_streams("l"), talk.intervenes())
    await win(log, talk.notes("hm"), talk.agent_says("hello"), talk.closes())
    said, done = [await stretch(history, talk, strand) for strand in (Strand.SAID, Strand.DONE)]
    assert texts(said.events) == ["hi", "message_started", "Hel", "hm", "hello"]
    assert texts(done.events) == ["opened", "control", "control", "control"]
    everything = (await read(log, talk)).events
    assert tuple(sorted([*said.events, *done.events], key=lambda event: event.seq)) == everything
    assert (said.state, said.end, said.is_last) == (talk.state, talk.state.seq, True)


async def test_there_is_nothing_of_a_conversation_that_there_is_not(log: Log, history: History) -> None:
    await Talk().opens_in(log)
    assert await history.read(Key(ACME, ConversationId("c2")), Strand.SAID, 0) is None


async def test_nothing_follows_the_end(log: Log, history: History) -> None:
    talk = await Talk().opens_in(log)
    for after in (talk.state.seq, 10**15):
        found = await stretch(history, talk, Strand.DONE, after)
        assert (found.events, found.end, found.is_last) == ((), talk.state.seq, True)


async def test_a_page_is_made_of_so_many_events_also_if_it_has_none_of_them(
    log: Log, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7]"""
    monkeypatch.setattr(adapter, "HISTORY_ROWS", 4)
    talk = await Talk().opens_in(log)
    for number in range(8):
        await win(log, talk.customer_says(f"m{number}"))
    await win(log, talk.intervenes())
    found = await pages(history, talk, Strand.DONE)
    assert [(page.end, len(page.events)) for page in found] == [(4, 2), (8, 0), (11, 1)]


async def test_a_page_is_the_oldest_events_that_fit(log: Log, history: History) -> None:
    """[P7] In bytes; and all pages together are the log."""
    talk = await Talk().opens_in(log)
    for _ in range(20):
        await win(log, talk.customer_says("\U0001f600" * (TEXT_BYTES // 4)), talk.customer_says("short"))
    found = await pages(history, talk, Strand.SAID)
    assert len(found) > 1
    for page, following in pairwise(found):
        assert sum(map(counted, page.events)) <= ANSWER_BYTES
        assert sum(map(counted, (*page.events, following.events[0]))) > ANSWER_BYTES
    everything = (await read(log, talk)).state.seq - 2
    assert sum(len(page.events) for page in found) == everything


async def test_a_log_is_read_back_from_its_end_without_loss(
    log: Log, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] In pages of so many events, and of as many bytes as fit, but at least one."""
    talk = await Talk().opens_in(log)
    for number in range(8):
        await win(log, talk.customer_says(f"m{number}"))
    await win(log, talk.intervenes())
    monkeypatch.setattr(adapter, "HISTORY_ROWS", 4)
    assert [(page.after, len(page.events)) for page in await pages_back(history, talk, Strand.DONE)] == [
        (7, 1), (3, 0), (0, 2),
    ]  # fmt: skip
    monkeypatch.setattr(adapter, "ANSWER_BYTES", 1)
    assert [texts(page.events) for page in await pages_back(history, talk, Strand.SAID)] == [
        [f"m{number}"] for number in reversed(range(8))
    ]
    assert await history.read_back(Key(ACME, ConversationId("c2")), Strand.DONE, 0) is None


async def pages_back(history: History, talk: Talk, strand: Strand) -> list[Stretch]:
    found = [await history.read_back(talk.key, strand, 0)]
    while (last := found[-1]) is not None and last.after:
        found.append(await history.read_back(talk.key, strand, last.after + 1))
    return [page for page in found if page is not None]


async def test_one_event_fits_however_large_it_is(log: Log, history: History, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "ANSWER_BYTES", 1)
    talk = await Talk().opens_in(log)
    await win(log, talk.customer_says("one"), talk.customer_says("two"))
    assert [texts(page.events) for page in await pages(history, talk, Strand.SAID)] == [["one"], ["two"]]


def counted(event: Event) -> int:
    return len(framing.encode_event(event)) + EVENT_MARGIN
