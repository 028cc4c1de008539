"""The contract of `ports.Schedule`, on every adapter: what is due is read, whichever conversation it is of."""

import asyncio

from intervene.core.conversation.turns import Answered, Wait
from intervene.core.ids import NodeId
from intervene.core.limits import PAGE_EVENTS
from intervene.ports.log import Log, Range
from intervene.ports.schedule import Pending, Schedule, Work
from tests.contract.build import (
    NODE,
    NOON,
    Talk,
    talks,
    win,
)  # fmt: skip
from tests.kit.limits import LONG_WAIT

CUSTOMER = Range(is_staff=False, limit=PAGE_EVENTS)
OTHER_NODE = NodeId("n2")


async def test_work_is_what_is_owed_or_claimed_or_due(log: Log, schedule: Schedule) -> None:
    """[P5]"""
    group = await talks(log, 5)
    idle, running, waiting, due, taken = group
    await win(log, idle.bot_ends(Answered()))
    await win(log, waiting.bot_ends(Wait(seconds=3600.0)))
    await win(log, due.bot_ends(Wait(seconds=1.0)))
    await win(log, taken.intervenes())
    at = due.state.run.due if due.state.run else 0
    claimed, timer = (
        Work(key=running.key, runner=NODE, epoch=1, turn=1, due=0),
        Work(key=due.key, runner="", epoch=1, turn=0, due=at),
    )
    assert await schedule.work(at, NODE, []) == [timer, claimed]
    assert await schedule.work(at - 1, NODE, []) == [claimed]
    assert await schedule.work(at, OTHER_NODE, []) == [claimed, timer]
    assert await schedule.work(at, OTHER_NODE, [NODE]) == [timer], "whoever lives runs what they have claimed"


async def test_an_owed_turn_is_work(log: Log, schedule: Schedule) -> None:
    """[P5]"""
    talk = Talk()
    talk.node = None
    await talk.opens_in(log)
    assert await schedule.work(NOON, NODE, [OTHER_NODE]) == [Work(key=talk.key, runner="owed", epoch=1, turn=0, due=0)]


async def test_a_conversation_without_a_bot_is_no_work(log: Log, schedule: Schedule) -> None:
    await Talk(bot=None).opens_in(log)
    assert await schedule.work(NOON, OTHER_NODE, []) == []


async def test_of_much_work_the_longest_waiting_is_told_first(log: Log, schedule: Schedule) -> None:
    """[P7]"""
    group = [Talk(f"c{number}") for number in range(510)]
    for number, talk in enumerate(group):
        talk.now = NOON + 1000 * ((7 * number) % 510)
    await asyncio.gather(*(talk.opens_in(log) for talk in group))
    found = await schedule.work(NOON, OTHER_NODE, [])
    waiting = sorted(group, key=lambda talk: talk.state.last_at)
    assert [work.key for work in found] == [talk.key for talk in waiting][:500]
    found = await schedule.work(NOON, NODE, [])
    assert len(found) == 510, "what is claimed here takes no place of what waits"


async def test_the_next_timers_are_known(log: Log, schedule: Schedule) -> None:
    group = await talks(log, 4)
    assert await schedule.timers(0, 10) == []
    for seconds, talk in zip((60.0, 5.0, 30.0), group[:3], strict=True):
        await win(log, talk.bot_ends(Wait(seconds=seconds)))
    found = await schedule.timers(0, 10)
    assert [timer.key for timer in found] == [group[place].key for place in (1, 2, 0)]
    run = group[1].state.run
    assert run is not None
    assert found[0] == Pending(group[1].key, group[1].state.epoch, run.due, group[1].state.last_at)
    assert await schedule.timers(0, 2) == found[:2]
    assert await schedule.timers(run.due, 10) == found[1:]
    await win(log, group[1].intervenes())
    assert await schedule.timers(0, 10) == found[1:]


async def test_the_database_has_a_clock(schedule: Schedule) -> None:
    first = await schedule.now()
    assert first > NOON
    assert 0 <= await schedule.now() - first < LONG_WAIT * 1000
