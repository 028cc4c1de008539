"""Messages of the largest size between nodes: what one missed, its people are shown in answers that are bounded."""

import asyncio

import msgspec

from intervene.core.limits import MOST_FRAME_BYTES
from tests.cluster.bench import Bench
from tests.cluster.hub import shows
from tests.kit.limits import CAUGHT_UP, POLLED
from tests.kit.people import Agent, Customer
from tests.kit.proxy import Mode

LARGE = "x" + "\x01" * 10_850  # 65 kB as JSON


async def test_large_messages_that_a_node_has_missed_come_as_a_fresh_page_and_nothing_is_lost(bench: Bench) -> None:
    """[P5, P7] It polls the log while it has lost Redis, and more was written than one answer may have."""
    a, b = await bench.starts("a", "b")
    async with Customer(a) as maria, Agent(a, "Ana") as ana, Agent(b, "Ben") as ben:
        c = (await maria.opens()).conversation
        for agent in (ana, ben):
            await agent.watches(c)
        await ana.intervenes(c)
        b.redis_line.mode = Mode.RESET
        await shows(b, hub_up=0)
        notes = [await ana.gives("add_note", c, text=f"{number} {LARGE}") for number in range(12)]
        last = [await ana.answer(note) for note in notes][-1]
        await ben.sees(c, lambda event: event.n == last["seq"], within=POLLED)
        assert ben.screens[c].resets >= 1
        assert max(len(msgspec.json.encode(frame)) for frame in ben.heard) < MOST_FRAME_BYTES

        b.redis_line.mode = Mode.PASS
        await asyncio.gather(*(shows(node, within=CAUGHT_UP, hub_up=1) for node in (a, b)))
        resets = ben.screens[c].resets
        notes = [await ana.gives("add_note", c, text=f"{number} {LARGE}") for number in range(12)]
        last = [await ana.answer(note) for note in notes][-1]
        await ben.sees(c, lambda event: event.n == last["seq"], within=CAUGHT_UP)
        assert ben.screens[c].resets == resets, "what the hub brings needs no page"
        await bench.is_in_order(maria, ana)
