"""The contract of `ports.History` for takeovers: what the log has after each is counted, on every store."""

import pytest
from msgspec.structs import replace

from intervene.adapters.sql import history as adapter
from intervene.core.actors import Nobody
from intervene.core.bot_shares import BotShare, bot_shares
from intervene.core.history import actions
from intervene.core.ids import CommandId, EventId, OrganisationId
from intervene.core.takeover_sums import TakeoverLine
from intervene.ports.history import History, Place, Strand
from intervene.ports.log import Log
from intervene.ports.takeover_times import Takeover, TakeoverTimes
from tests.contract.build import ACME, ANNA, ECHO, NOON, Talk, forged, read, win

EVER = 10**15


async def taken(log: Log, times: TakeoverTimes, id: str, organisation: str = ACME) -> Talk:
    """A conversation that Anna took from the bot."""
    talk = await Talk(id, organisation=organisation).opens_in(log)
    await win(log, talk.intervenes())
    await times.keep([(talk.key, Takeover(epoch=talk.state.epoch, by=ANNA, at=talk.now, committed_ms=1.5))])
    return talk


async def lines(history: History, organisation: OrganisationId = ACME, since: int = 0) -> list[TakeoverLine]:
    """Of all pages."""
    found: list[TakeoverLine] = []
    place: Place | None = Place()
    while place is not None:
        page = await history.takeovers(organisation, since, EVER, place)
        found += page.lines
        assert page.next is None or page.next > place, "each page goes on"
        place = page.next
    return found


async def test_a_takeover_names_its_event_and_the_bot_that_held_control(
    log: Log, history: History, takeover_times: TakeoverTimes
) -> None:
    """[P8]"""
    talk = await taken(log, takeover_times, "c1")
    seq = talk.state.seq
    await win(log, talk.agent_says("hi"), talk.closes())
    [line] = await lines(history)
    assert (line.conversation, line.epoch, line.seq, line.by) == ("c1", 2, seq, ANNA)
    assert (line.taken_from, line.late, line.committed_ms, line.seen_ms) == (ECHO, 0, 1.5, -1.0)


async def test_a_page_of_actions_has_the_times_of_its_takeovers(
    log: Log, history: History, takeover_times: TakeoverTimes
) -> None:
    """[P8] Of its own alone."""
    talk = await taken(log, takeover_times, "c1")
    await taken(log, takeover_times, "c2")
    await win(log, talk.closes())
    for found in (await history.read(talk.key, Strand.DONE, 0), await history.read_back(talk.key, Strand.DONE, 0)):
        assert found is not None
        acts = actions(found.events, found.times)
        assert {act.action: act.times.committed_ms for act in acts if act.times} == {"intervene": 1.5}


async def test_takeovers_of_nobody_s_conversation_say_so(
    log: Log, history: History, takeover_times: TakeoverTimes
) -> None:
    talk = await Talk(bot=None).opens_in(log)
    await win(log, talk.intervenes())
    await takeover_times.keep([(talk.key, Takeover(epoch=talk.state.epoch, by=ANNA, at=NOON, committed_ms=1.0))])
    [line] = await lines(history)
    assert line.taken_from in (None, Nobody())


async def test_what_a_broken_engine_wrote_after_a_takeover_is_counted(
    log: Log, history: History, takeover_times: TakeoverTimes
) -> None:
    """[P1] [P8] In the log, and not assumed of it: the wall refuses a bot's late events, and here are others."""
    talk = await taken(log, takeover_times, "c1")
    await win(log, talk.agent_says("one"), talk.agent_says("two"))
    state, said = talk.state, (await read(log, talk)).events[-1]
    for number, epoch in enumerate((1, 2, 1), start=1):
        event = replace(
            said, seq=state.seq + 1, pub=state.pub + 1, id=EventId(f"late-{number}"), epoch=epoch, command=CommandId("")
        )
        commit = forged(state, event)
        await win(log, commit)
        state = commit.state
    assert [line.late for line in await lines(history)] == [2]


async def test_takeovers_are_those_of_the_time_and_the_organisation(
    log: Log, history: History, takeover_times: TakeoverTimes
) -> None:
    """[P6]"""
    first = await taken(log, takeover_times, "c1")
    await taken(log, takeover_times, "c1", organisation="other")
    since = first.now
    page = await history.takeovers(ACME, since, since + 1, Place())
    assert [(line.conversation, line.at) for line in page.lines] == [("c1", since)]
    for span in ((since + 1, EVER), (0, since)):
        assert not (await history.takeovers(ACME, *span, Place())).lines
    assert len(await lines(history, OrganisationId("other"))) == 1
    assert not await lines(history, OrganisationId("none"))


@pytest.mark.parametrize(("rows", "page"), [(2, 200), (2000, 2), (3, 2), (1, 1)])
async def test_pages_have_every_takeover_once(
    log: Log, history: History, takeover_times: TakeoverTimes, monkeypatch: pytest.MonkeyPatch, rows: int, page: int
) -> None:
    """[P7] [R117]"""
    monkeypatch.setattr(adapter, "HISTORY_ROWS", rows)
    monkeypatch.setattr(adapter, "TAKEOVERS_PAGE", page)
    for number in range(5):
        talk = await taken(log, takeover_times, f"c{number}")
        for _ in range(number % 3):
            await win(log, talk.hands_back(), talk.intervenes())
            again = Takeover(epoch=talk.state.epoch, by=ANNA, at=talk.now, committed_ms=1.0)
            await takeover_times.keep([(talk.key, again)])
        await Talk(f"quiet {number}").opens_in(log)
    found = [(line.conversation, line.epoch) for line in await lines(history)]
    assert sorted(found) == [
        ("c0", 2), ("c1", 2), ("c1", 4), ("c2", 2), ("c2", 4), ("c2", 6), ("c3", 2), ("c4", 2), ("c4", 4)
    ]  # fmt: skip


async def test_controls_are_those_of_conversations_that_changed_since(
    log: Log, history: History, takeover_times: TakeoverTimes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """[P6] [P8] [R117] Of the latest where there are more, each whole."""
    first = await taken(log, takeover_times, "c1")
    await taken(log, takeover_times, "c2", organisation="other")
    await win(log, first.agent_says("hi"))
    found = await history.controls(ACME, 0)
    assert [[event.epoch for event in each] for each in found.conversations] == [[1, 2]]
    assert bot_shares(found.conversations, 0) == [BotShare(bot=ECHO.id, name=ECHO.name, conversations=1, taken=1)]
    assert (found.truncated, (await history.controls(ACME, EVER)).conversations) == (False, ())
    monkeypatch.setattr(adapter, "SHARES_CONVERSATIONS", 1)
    second = Talk("c3")
    second.now = first.now + 1000
    await second.opens_in(log)
    found = await history.controls(ACME, 0)
    assert ([len(each) for each in found.conversations], found.truncated) == ([1], True)
