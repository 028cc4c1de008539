"""Conversations come back from agents who are gone or silent, and from nobody else. What is counted is heartbeats, and
they come at the timing of the tests.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import anyio
import msgspec

from tests.cluster.bench import Bench, Node
from tests.cluster.scenes import CUT_SHORT, knows_of
from tests.kit.limits import FACTOR, LONG_WAIT, after
from tests.kit.oracles.screen import Shown
from tests.kit.people import Agent, Customer
from tests.kit.person import Person

ABSENT, SILENT = 6.0, 10.0  # seconds of production: the limits of the queue
COUNTED = 30.0  # until either is over, a dead node is found out, and what is due was watched


async def limits(node: Node, *, absent: float = ABSENT, silent: float = 0.0) -> None:
    """Of the default queue."""
    authorization = f"Bearer {node.agent_token('Ada', 'admin')}"
    body = msgspec.json.encode({"absent_seconds": int(absent), "silent_seconds": int(silent)})
    path, headers = "/v1/queues/default", {"authorization": authorization, "if-match": '"0"'}
    assert (await node.ask("PATCH", path, body, **headers)).status == 200


def waits(event: Shown) -> bool:
    return event.kind == "control" and event.holder in ("", "nobody")


def lapses(person: Person, c: str) -> list[str]:
    """Why they were, as the person was shown."""
    events = (frame["event"] for frame in person.heard if frame["type"] == "event" and frame["conversation"] == c)
    return [event["body"]["reason"] for event in events if event["body"].get("move") == "lapse"]


async def is_held(agent: Agent, customer: Customer) -> str:
    """By that agent, who owes the customer an answer."""
    c = (await customer.opens()).conversation
    await agent.watches(c)
    await agent.intervenes(c)
    await customer.says("Are you there?")
    return c


@asynccontextmanager
async def types(agent: Agent, c: str) -> AsyncIterator[None]:
    """As a desk does while somebody does."""

    async def go_on() -> None:
        with suppress(Exception):
            while True:
                await agent.sends({"type": "set_typing", "conversation": c, "on": True})
                await anyio.sleep(FACTOR * 2.0)

    typing = asyncio.create_task(go_on())
    try:
        yield
    finally:
        typing.cancel()


async def test_a_conversation_comes_back_from_an_agent_whose_node_is_gone(bench: Bench) -> None:
    """[P5] It waits in its queue from when the customer is unanswered, its log says why, and whoever comes gets it."""
    a, b = await bench.starts("a", "b", bot="none")
    await knows_of(a, alive=2)
    await knows_of(b, alive=2)
    await limits(a)
    async with Customer(b) as maria, Agent(b, "Ben") as ben:
        ana = Agent(a)
        await ana.joins()
        c = await is_held(ana, maria)
        await ben.watches(c)
        await a.kill()
        await ana.is_gone()
        with anyio.fail_after(after(COUNTED)):
            await maria.sees(c, waits, since=2, within=LONG_WAIT)
            await ben.finds(lambda: lapses(ben, c))
        assert lapses(ben, c) == ["absent"]
        ((since, asked_at),) = await bench.sql(
            "SELECT c.since, e.at FROM conversation c JOIN event e ON e.conversation = c.handle"
            " WHERE c.id = $1 AND e.kind = 'message'", c
        )  # fmt: skip
        assert since == asked_at, "its place is kept"
        await ben.intervenes(c)
        await ben.says(c, "Ana had to leave. I am here.")
        await bench.is_in_order(maria, ben)


async def test_those_who_type_keep_theirs_and_one_who_is_silent_does_not(bench: Bench) -> None:
    """[P5] Wherever they type: the node that takes conversations back may be another one."""
    a, b = await bench.starts("a", "b", bot="none")
    await knows_of(a, alive=2)
    await knows_of(b, alive=2)
    await limits(a, silent=SILENT)
    async with (
        Customer(a, "Maria") as maria, Customer(a, "Carl") as carl, Customer(b, "Dora") as dora,
        Agent(a, "Ana") as ana, Agent(b, "Ben") as ben, Agent(b, "Cem") as cem,
    ):  # fmt: skip
        of_ana, of_ben, of_cem = await is_held(ana, maria), await is_held(ben, carl), await is_held(cem, dora)
        async with types(ana, of_ana), types(ben, of_ben):
            with anyio.fail_after(after(COUNTED)):
                await cem.finds(lambda: lapses(cem, of_cem), LONG_WAIT)
            assert lapses(cem, of_cem) == ["silent"]
            await anyio.sleep(FACTOR * SILENT)
        await ana.says(of_ana, "Here I am.")
        await ben.says(of_ben, "Me too.")
        assert lapses(ana, of_ana) == lapses(ben, of_ben) == []
        await bench.is_in_order(maria, carl, dora, ana, ben, cem)


async def test_an_outage_of_the_database_with_agents_who_type_takes_nothing_from_them(own_bench: Bench) -> None:
    """[P5] Longer than any limit of the queue. Nobody could write, so nobody was silent."""
    bench = own_bench
    bench.may_complain(*CUT_SHORT, "this node has lost the database")
    a, b = await bench.starts("a", "b", bot="none")
    await knows_of(a, alive=2)
    await knows_of(b, alive=2)
    await limits(a, silent=SILENT)
    async with Customer(a, "Maria") as maria, Customer(b, "Carl") as carl, Agent(a) as ana, Agent(b, "Ben") as ben:
        of_ana, of_ben = await is_held(ana, maria), await is_held(ben, carl)
        async with types(ana, of_ana), types(ben, of_ben):
            bench.postgres.stop()
            await anyio.sleep(FACTOR * 2 * SILENT)
            bench.postgres.start()
            with anyio.fail_after(LONG_WAIT):
                for agent, c in ((ana, of_ana), (ben, of_ben)):
                    id = await agent.gives("say", c, text="The line was down. I am here.")
                    answer = await agent.answer(id)
                    while answer.get("code") in ("unavailable", "busy"):
                        await anyio.sleep(0.2)
                        answer = await agent.repeats(id)
                    assert answer["type"] == "ack", answer
        await maria.says("Thank you. And one more thing.")
        with anyio.fail_after(after(COUNTED)):
            await ana.finds(lambda: lapses(ana, of_ana), LONG_WAIT)
        assert (lapses(ana, of_ana), lapses(ben, of_ben)) == (["silent"], []), "it is counted again, and only then"
        await bench.is_in_order(maria, carl, ana, ben)
