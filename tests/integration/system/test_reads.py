"""What one person asks to read delays nobody else by more than a read, and nothing is read for those who left."""

import asyncio
from contextlib import AsyncExitStack

from tests.kit.limits import LONG_WAIT
from tests.kit.peer import packet
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess, until
from tests.kit.wire import Wire, dial

LONG_TEXT = "\x01" * 10_000
"""Six times as long in JSON."""


def watches(*conversations: str) -> bytes:
    """From the very beginning."""
    return packet(*({"type": "watch", "conversation": c, "after": {"n": 0, "id": ""}} for c in conversations))


async def long_conversations(server: ServerProcess, count: int) -> list[str]:
    """Each with a megabyte in its log."""
    found = []
    for number in range(count):
        async with Customer(server, f"Writer-{number}") as writer, Agent(server, f"Clerk-{number}") as clerk:
            await writer.opens()
            await clerk.watches(writer.c)
            for id in [await clerk.gives("add_note", writer.c, text=LONG_TEXT) for _ in range(20)]:
                await clerk.answer(id)
            found.append(writer.c)
    return found


def pages(wire: Wire) -> int:
    return wire.received.count(b'{"type":"watched"')


async def reads_on(wire: Wire) -> None:
    """Whatever comes, without looking at it: what another hears is not to wait for that."""
    while await wire.reads(within=LONG_WAIT):
        pass


async def sees(wire: Wire, count: int) -> None:
    """So many pages."""
    while pages(wire) < count:
        assert await wire.reads(within=LONG_WAIT)


async def is_at_rest(server: ServerProcess) -> None:
    async def rests() -> bool:
        return await server.metric("intervene_reads_waiting") + await server.metric("intervene_reads_running") == 0

    await until(rests)


async def test_a_flood_of_watches_delays_another_customer_by_about_one_read(server: ServerProcess) -> None:
    """[P7] An agent's ten sockets ask for 100 long pages at once; then a customer opens and watches. The customer has
    the page before the agent has half of them."""
    long = await long_conversations(server, 10)
    async with Customer(server) as maria:
        await maria.opens()
    async with AsyncExitStack() as stack:
        wires = [await stack.enter_async_context(dial(server)) for _ in range(10)]
        for wire in wires:
            await wire.joins(server.agent_token("Mallory"))
        other = await stack.enter_async_context(dial(server))
        await other.joins(server.visitor_token("Maria"))
        screens = [asyncio.create_task(reads_on(wire)) for wire in wires]
        for wire in wires:
            await wire.write(watches(*long))
        await other.write(packet({"type": "open"}, {"type": "watch", "conversation": maria.c}))
        heard = {(await other.hears_json("opened", "watched"))["type"] for _ in range(2)}  # in either order
        assert heard == {"opened", "watched"}
        for screen in screens:
            screen.cancel()
        await asyncio.gather(*screens, return_exceptions=True)
        assert sum(pages(wire) for wire in wires) < len(wires) * len(long) / 2
        for wire in wires:
            await sees(wire, len(long))


async def test_nothing_is_read_for_sockets_that_left_in_the_same_packet(server: ServerProcess) -> None:
    """[P7] Ten sockets of one visitor send 20 watches each and go; and so do agents, each of conversations that exist,
    and strangers, of some that do not."""
    long = await long_conversations(server, 2)
    before = await server.metric("intervene_reads_dropped_total")
    tokens = (
        [server.visitor_token("Mallory")] * 10
        + [server.agent_token(f"Agent-{number}") for number in range(3)]
        + [server.visitor_token(f"Stranger-{number}") for number in range(3)]
    )

    async def comes_and_goes(token: str, number: int) -> None:
        async with dial(server) as wire:
            await wire.joins(token)
            guesses = [f"guess-{number}-{n}" for n in range(4)]
            await wire.write(watches(*(guesses if number > 12 else long * 2), *(long * 8)))

    await asyncio.gather(*(comes_and_goes(token, number) for number, token in enumerate(tokens)))
    async with Customer(server) as maria:
        assert (await maria.opens()).events
        await is_at_rest(server)
        assert await server.metric("intervene_reads_dropped_total") - before > 60


async def test_a_customer_opens_a_conversation_beside_forty_sockets_that_watch(server: ServerProcess) -> None:
    """[P7] And another's first `open`, which is a commit, is not taken back when the customer leaves at once."""
    long = await long_conversations(server, 2)
    async with AsyncExitStack() as stack:
        wires = []
        for number in range(40):
            wire = await stack.enter_async_context(dial(server))
            await wire.joins(server.visitor_token(f"Mallory-{number % 4}"))
            wires.append(wire)
        for wire in wires:
            await wire.write(watches(*(long * 10)) + packet({"type": "open"}))
        async with Customer(server) as maria:
            await maria.opens()
            await maria.says("hello")
        async with dial(server) as wire:
            await wire.joins(server.visitor_token("Brief"))
            await wire.says({"type": "open"})
            opened = await wire.hears_json("opened")
        async with Customer(server, "Brief") as brief:
            await brief.opens()
            assert brief.c == opened["conversation"]
    await is_at_rest(server)
