"""Answers to a conversation of the largest texts: bounded in bytes, whatever is asked and whether it is read or not."""

import asyncio
from contextlib import AsyncExitStack
from itertools import count

import anyio
import pytest

from intervene.core.limits import ANSWER_BYTES, BACKLOG_BYTES, MOST_FRAME_BYTES
from tests.integration.system.test_slow import CLOSED, MIB, TINY
from tests.kit.limits import LONG_WAIT
from tests.kit.oracles.screen import Frame
from tests.kit.peer import TEXT
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.server import ServerProcess, until
from tests.kit.wire import Wire, dial

TEXTS = {
    "control characters": "x" + "\x01" * 10_850,  # 65 kB as JSON, and the longest that fits into a client's frame
    "quotes and backslashes": '"\\' * 8192,
    "characters of four bytes": "\U0001f600" * 4096,
}
SOCKETS = 30


async def filled(customer: Customer, ana: Agent, text: str) -> str:
    """A conversation held by Ana, with as many messages as a customer may write at once, and three times the notes."""
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await ana.intervenes(c)
    for _ in range(18):  # of 20 at once; two were spent on coming here
        await customer.says(text)
    for _ in range(54):
        await ana.does("add_note", c, text=text)
    return c


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
async def test_pages_and_resumes_of_large_events_are_bounded_and_nothing_is_lost(
    server: ServerProcess, text: str
) -> None:
    """[P5, P7] R23, R24, R26: the newest that fit, and that there are more."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = await filled(customer, ana, text)
    log, shown = await ana.reads_the_log(c), await customer.reads_the_log(c)
    assert [event["seq"] for event in log] == list(range(1, len(log) + 1))
    assert [event["pub"] for event in shown] == list(range(1, len(shown) + 1))
    for token, events, key in (
        (server.agent_token("Ben"), log, "seq"),
        (server.visitor_token("Maria"), shown, "pub"),
    ):
        async with dial(server) as wire:
            await wire.joins(token)
            page = await answer(wire, {"type": "get_page", "conversation": c, "before": 2**53, "limit": 500}, "page")
            assert page["events"] == events[-len(page["events"]) :]
            assert page["more"]
            after = {"n": events[0][key], "id": events[0]["id"]}
            afresh = await answer(wire, {"type": "watch", "conversation": c, "after": after}, "watched")
            assert (afresh["reset"], afresh["more"]) == (True, True)
            assert afresh["events"] == events[-len(afresh["events"]) :]
            after = {"n": events[-3][key], "id": events[-3]["id"]}
            resumed = await answer(wire, {"type": "watch", "conversation": c, "after": after}, "watched")
            assert not resumed["reset"]
            assert resumed["events"] == events[-2:]
    await all_leave(customer, ana)


async def test_sockets_that_ask_for_pages_and_never_read_cost_their_backlog_and_no_more(
    server: ServerProcess,
) -> None:
    """[P7] They are closed to resume, and another client is answered all the while."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = await filled(customer, ana, TEXTS["control characters"])
    first = (await ana.reads_the_log(c))[0]
    asked: list[Frame] = [
        {"type": "get_page", "conversation": c, "before": 2**53, "limit": 500},
        {"type": "watch", "conversation": c, "after": {"n": 1, "id": first["id"]}},
    ]
    async with AsyncExitStack() as stack:
        wires: list[Wire] = []
        for number in range(SOCKETS):
            wires.append(await stack.enter_async_context(dial(server, TINY)))
            await wires[-1].joins(server.agent_token(f"Deaf-{number}"))
        before = server.peak_bytes
        asking = [asyncio.create_task(asks_on_and_on(wire, asked)) for wire in wires]
        async with asyncio.TaskGroup() as tasks:
            pinging = tasks.create_task(pings_on_and_on(ana))
            await until(lambda: all_are_closed(server), within=LONG_WAIT)
            pinging.cancel()
        assert server.peak_bytes - before < SOCKETS * BACKLOG_BYTES + 20 * MIB
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    assert customer.is_here
    await customer.pings()
    await all_leave(customer, ana)


async def answer(wire: Wire, asked: Frame, kind: str) -> Frame:
    """The answer, which is no larger than an answer may be."""
    await wire.says(asked)
    while True:
        part = await wire.hears()
        assert len(part.data) < MOST_FRAME_BYTES
        if part.opcode == TEXT and part.json["type"] == kind:
            assert len(part.data) < ANSWER_BYTES + 1024, "nothing is being written: only the state comes on top"
            return part.json


async def asks_on_and_on(wire: Wire, asked: list[Frame]) -> None:
    """As fast as a session may."""
    for number in count():
        await wire.says(asked[number % len(asked)])
        await anyio.sleep(0.02)


async def pings_on_and_on(agent: Agent) -> None:
    while True:
        await agent.pings()
        await anyio.sleep(0.05)


async def all_are_closed(server: ServerProcess) -> bool:
    return await server.metric(CLOSED, code="4000") == SOCKETS
