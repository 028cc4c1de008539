"""Who has read what, over two nodes and over their ends."""

from tests.cluster.bench import Bench
from tests.kit.oracles.screen import Frame
from tests.kit.people import Agent, Customer
from tests.kit.person import Person


def is_read(conversation: str, n: int) -> Frame:
    return {"type": "read", "conversation": conversation, "n": n}


async def reads(agent: Agent, conversation: str, n: int) -> None:
    await agent.sends({"type": "set_read", "conversation": conversation, "n": n})


async def read_by(person: Person, conversation: str) -> int:
    """As a page says that is asked for now."""
    await person.watches(conversation)
    return int(next(frame for frame in reversed(person.heard) if frame["type"] == "watched").get("read", 0))


async def test_a_customer_on_another_node_sees_that_the_holder_has_read_and_still_does_after_both_nodes_ended(
    bench: Bench,
) -> None:
    """[P6, R39] Up to the last event that the customer may see before the agent's note. An agent who only watches has
    read nothing, as far as customers can see; one who takes control has read what they had read before."""
    a, b = await bench.starts("a", "b", bot="none")
    async with (
        Customer(a) as maria,
        Agent(b) as ana,
        Agent(b, "Ben") as ben,
        Agent(a) as elsewhere,
        Agent(a, "Ben") as bens,
    ):
        c = (await maria.opens()).conversation
        for agent in (ana, ben, elsewhere, bens):
            await agent.watches(c)
        await maria.says("Is anybody there?")
        await ana.finds(lambda: ana.screens[c].last >= 2)
        await ben.finds(lambda: ben.screens[c].last >= 2)
        await reads(ben, c, 2)
        await ana.intervenes(c)
        note = await ana.notes(c, "A customer of ours.")
        await reads(ana, c, note["seq"])
        pub = (await maria.sees(c, lambda event: event.holder == "agent")).n
        await maria.hears(lambda frame: frame == is_read(c, pub))
        assert [frame["n"] for frame in maria.heard if frame["type"] == "read"] == [pub]
        await elsewhere.hears(lambda frame: frame == is_read(c, note["seq"]))
        assert not [frame for frame in (*ana.heard, *ben.heard) if frame["type"] == "read"]
        assert [await read_by(one, c) for one in (maria, ana, ben, elsewhere)] == [pub, note["seq"], 2, note["seq"]]

        await ana.releases(c)
        await maria.says("And now?")
        asked, shown = (
            maria.screen.last,
            await ben.finds(lambda: ben.screens[c].last > note["seq"] + 1 and ben.screens[c].last),
        )
        await reads(ben, c, shown)
        await bens.hears(lambda frame: frame == is_read(c, shown))  # it is written, and Ben holds nothing
        await ben.intervenes(c)
        await maria.hears(lambda frame: frame == is_read(c, asked))
        assert [frame["n"] for frame in maria.heard if frame["type"] == "read"] == [pub, asked]
        for node in (a, b):
            await node.kill()
            await node.start()
        for person in (maria, ana, ben):
            await person.comes_back()
        assert [await read_by(one, c) for one in (maria, ana, ben)] == [asked, note["seq"], shown]
        await bench.is_in_order(maria, ana, ben)


async def test_agents_on_another_node_see_how_far_the_customer_has_read_and_still_do_after_both_nodes_ended(
    bench: Bench,
) -> None:
    """[P6, R39] In the customer's own count; the customer is not told it."""
    a, b = await bench.starts("a", "b", bot="none")
    async with Customer(a) as maria, Agent(b) as ana, Agent(a, "Ben") as ben:
        c = (await maria.opens()).conversation
        for agent in (ana, ben):
            await agent.watches(c)
        await ana.intervenes(c)
        await ana.says(c, "Hello")
        pub = (await maria.sees(c, lambda event: event.text == "Hello")).n
        await maria.sends({"type": "set_read", "conversation": c, "n": pub})
        told = {"type": "contact_read", "conversation": c, "pub": pub}
        for agent in (ana, ben):
            await agent.hears(lambda frame: frame == told)
        assert told not in maria.heard
        for node in (a, b):
            await node.kill()
            await node.start()
        for person in (maria, ana, ben):
            await person.comes_back()
        for agent in (ana, ben):
            await agent.watches(c)
            page = next(frame for frame in reversed(agent.heard) if frame["type"] == "watched")
            assert page["contact_read"] == pub
