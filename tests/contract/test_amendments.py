"""A message that was edited or deleted: its former text is in nothing that is read, on every store (B14)."""

from collections.abc import Sequence

import msgspec
import pytest

from intervene.adapters.sql import history as adapter
from intervene.core.events import Edited, Event, Message
from intervene.core.limits import ANSWER_BYTES, EVENT_MARGIN, PAGE_EVENTS, TEXT_BYTES
from intervene.core.wire import framing
from intervene.ports.history import History, Strand
from intervene.ports.log import Locked, Log, Range
from tests.contract.build import STAFF, Talk, decide_locked, read, texts, win

FORMER = "canary-former"
CUSTOMER = Range(is_staff=False, limit=PAGE_EVENTS)
LONG = "\U0001f600" * (TEXT_BYTES // 4)


@pytest.fixture
async def talk(log: Log) -> Talk:
    """Event 4 was edited, 5 was edited and then deleted; 6 stands as it was written."""
    talk = await Talk().opens_in(log)
    await win(log, talk.intervenes(), talk.agent_says(f"{FORMER} 4"), talk.agent_says(f"{FORMER} 5"))
    await win(log, talk.agent_says("six"), talk.edits(4, f"{FORMER} 4 again"), talk.edits(5, f"{FORMER} 5 again"))
    await win(log, talk.edits(4, "four"), talk.deletes(5))
    return talk


async def test_no_read_has_what_was_replaced(log: Log, history: History, talk: Talk) -> None:
    """[P6] Pages of either audience and from either end, a resume, what a feed missed, both strands of history, and
    what is decided on."""
    last = (await read(log, talk, Range(is_staff=True, limit=9, before=3))).events[-1]
    ranges = [
        STAFF, CUSTOMER, Range(is_staff=True, limit=2, before=6), Range(is_staff=False, limit=2, before=5),
        Range(is_staff=True, limit=20, after=(last.seq, last.id)),
    ]  # fmt: skip
    answers: list[object] = [await read(log, talk, wanted, since=1) for wanted in ranges]
    answers += [await history.read(talk.key, strand, 0) for strand in Strand]
    locked: list[Locked] = []
    await decide_locked(log, talk.key, locked.append, since=1, numbers=[4, 5, 6, 7, 99])
    answers += locked
    for answer in answers:
        assert FORMER not in msgspec.json.encode(answer, enc_hook=repr).decode()
    assert sorted(locked[0].named) == [4, 5, 6, 7]


async def test_what_holds_now_stands_where_it_was_written(log: Log, talk: Talk) -> None:
    [four, five, six, *later] = (await read(log, talk, Range(is_staff=True, limit=20, before=99))).events[3:]
    assert [written(event) for event in (four, five, six)] == [
        ("four", True, False), ("", False, True), ("six", False, False),
    ]  # fmt: skip
    assert texts(later) == ["four", "", "four", "deleted"]
    assert [event.body.n for event in later if isinstance(event.body, Edited)] == [4, 5, 4]


async def test_the_last_line_follows(log: Log, talk: Talk) -> None:
    """In the row, and in what its log gives."""
    await win(log, talk.deletes(6))
    state = (await read(log, talk)).state
    assert state == talk.state
    assert (state.last.by, state.last.text, state.counters.amended) == ("agent", "", 5)


async def test_a_page_of_longer_texts_is_bounded_in_bytes(
    log: Log, history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P7] As they are read, not as they were written."""
    talk = await Talk().opens_in(log)
    await win(log, talk.intervenes())
    for number in range(20):
        await win(log, talk.agent_says("short"), talk.edits(4 + 2 * number, LONG))
    page = (await read(log, talk, Range(is_staff=True, limit=PAGE_EVENTS))).events
    assert 1 < len(page) < 40
    assert sum(map(counted, page)) <= ANSWER_BYTES
    found = await history.read(talk.key, Strand.SAID, 0)
    assert found is not None
    assert 1 < len(found.events) < 20
    assert sum(map(counted, found.events)) <= ANSWER_BYTES
    monkeypatch.setattr(adapter, "ANSWER_BYTES", 1)
    found = await history.read(talk.key, Strand.SAID, 0)
    assert found is not None
    assert texts(found.events) == [LONG]


def counted(event: Event) -> int:
    return len(framing.encode_event(event)) + EVENT_MARGIN


def written(event: Event) -> Sequence[object]:
    body = event.body
    assert isinstance(body, Message)
    return body.text, body.edited, body.deleted
