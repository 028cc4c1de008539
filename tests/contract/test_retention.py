"""The contract of `ports.Retention`, on every adapter."""

from intervene.core.ids import NodeId
from intervene.core.limits import PAGE_EVENTS
from intervene.ports.log import Log, Range
from intervene.ports.retention import Retention
from tests.contract.build import (
    Talk,
    read,
    talks,
    texts,
    win,
)  # fmt: skip

CUSTOMER = Range(is_staff=False, limit=PAGE_EVENTS)
OTHER_NODE = NodeId("n2")


async def test_pieces_are_dropped_once_their_message_is_old_and_never_before(log: Log, retention: Retention) -> None:
    old, fresh, still_open = await talks(log, 3)
    for talk in (old, fresh, still_open):
        await win(log, talk.bot_streams("Hel"), talk.bot_streams("lo"))
    await win(log, old.bot_finishes())
    fresh.now += 60_000
    await win(log, fresh.bot_finishes())
    assert await retention.drop_pieces(old.state.last_at) == 0
    assert await retention.drop_pieces(old.state.last_at + 1) == 2
    assert await retention.drop_pieces(old.state.last_at + 1) == 0
    assert [piece.text for piece in (await read(log, still_open)).pieces] == ["Hel", "lo"]
    assert texts((await read(log, old)).events)[-1] == "Hello"
    assert await retention.drop_pieces(fresh.state.last_at + 1) == 2


async def test_many_old_pieces_are_dropped_in_steps(log: Log, retention: Retention) -> None:
    talk = await Talk().opens_in(log)
    for number in range(250):
        await win(log, talk.bot_finishes("Hello"))
        if number % 20 == 19:
            await win(log, talk.customer_says("go on"))
    assert await retention.drop_pieces(talk.now + 1) == 250
