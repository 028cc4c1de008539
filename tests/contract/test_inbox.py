"""The contract of `ports.Inbox`, on every adapter."""

from intervene.core.ids import NodeId
from intervene.core.limits import PAGE_EVENTS
from intervene.ports.inbox import Inbox
from intervene.ports.log import Log, Range
from tests.contract.build import (
    ACME,
    NOON,
    talks,
    win,
)  # fmt: skip

CUSTOMER = Range(is_staff=False, limit=PAGE_EVENTS)
OTHER_NODE = NodeId("n2")


async def test_recent_conversations_are_those_that_changed_last(log: Log, inbox: Inbox) -> None:
    group = await talks(log, 5)
    for number in (3, 1, 4):
        group[number].now = NOON + 10_000 * (number + 1)
        await win(log, group[number].customer_says())
    await win(log, group[4].bot_streams("Hel"))
    recent = await inbox.recent(ACME, 3)
    assert list(recent) == [group[4].state, group[3].state, group[1].state]
