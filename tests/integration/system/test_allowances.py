"""What one person may have and do is one person's, whatever the number of sockets; and agents always get in."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from intervene.core.limits import CONTACT_BURST, CONTACT_PER_SECOND, SOCKETS_OF_CONTACT
from tests.integration.system.conftest import MakeServer
from tests.kit.limits import eventually
from tests.kit.peer import CLOSE, frame, packet
from tests.kit.people import Agent, Customer
from tests.kit.server import ServerProcess
from tests.kit.wire import Wire, dial


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def comes_in(server: ServerProcess, stack: AsyncExitStack, token: str) -> Wire | int:
    """A socket that was welcomed, or the code with which it was closed instead."""
    wire = await stack.enter_async_context(dial(server))
    await wire.says({"type": "hello", "token": token})
    heard = await wire.hears()
    return heard.code if heard.opcode == CLOSE else wire


@pytest.mark.parametrize("tokens", ["one visitor", "many visitors", "nobody", "silent"])
async def test_whoever_opens_sockets_without_end_an_agent_gets_in(
    servers: MakeServer, stack: AsyncExitStack, tokens: str
) -> None:
    """[P7] One visitor's token, the tokens of many, no good token at all, or not a word; until no more are taken."""
    server = servers(max_sessions="40")
    await server.start()
    codes: set[int] = set()
    wires: list[Wire] = []
    for number in range(60):
        if tokens == "silent" and number < 18:
            await stack.enter_async_context(dial(server))
            continue
        if tokens == "silent":
            break
        name = f"V{number}" if tokens == "many visitors" else "Mallory"
        token = "no token" if tokens == "nobody" else server.visitor_token(name)
        got = await comes_in(server, stack, token)
        if isinstance(got, int):
            codes.add(got)
        else:
            wires.append(got)
    expected = {"one visitor": {4007}, "many visitors": {1013}, "nobody": {4500}, "silent": set[int]()}
    assert codes == expected[tokens]
    assert len(wires) == {"one visitor": SOCKETS_OF_CONTACT, "many visitors": 36}.get(tokens, 0)
    agents = [await comes_in(server, stack, server.agent_token(f"Ana-{number}")) for number in range(4)]
    assert not [agent for agent in agents if isinstance(agent, int)]
    for wire in wires:
        await wire.says({"type": "ping"})
        await wire.hears_json("pong")


async def says_without_end(server: ServerProcess, stack: AsyncExitStack, c: str, lot: str) -> int:
    """On sockets of one visitor, as many as there may be, three bursts each. How many were acked."""
    acked = 0
    for number in range(SOCKETS_OF_CONTACT):
        wire = await comes_in(server, stack, server.visitor_token("Maria"))
        assert isinstance(wire, Wire)
        said = range(CONTACT_BURST)
        await wire.write(
            packet(*({"type": "say", "id": f"{lot}-{number}-{n}", "conversation": c, "text": "hi"} for n in said))
        )
        for _ in said:
            acked += (await wire.hears_json("ack", "error"))["type"] == "ack"
        await wire.write(frame(CLOSE, (1000).to_bytes(2, "big")))
        assert await wire.is_closed() == 1000
    return acked


async def test_a_burst_a_goodbye_and_a_burst_again_are_one_burst(server: ServerProcess, stack: AsyncExitStack) -> None:
    """[P7] What is acked over ten sockets, one after another, is one person's allowance for the time that it took."""
    async with Customer(server) as maria, Agent(server) as ana:
        await maria.opens()
        await ana.watches(maria.c)
        await ana.intervenes(maria.c)  # or the bot would speak too
        first = (await maria.says("first"))["at"]
        acked = await says_without_end(server, stack, maria.c, "a")
        last = (await ana.notes(maria.c, "last"))["at"]
        assert 1 <= acked <= CONTACT_BURST + CONTACT_PER_SECOND * (last - first) / 1000 + 1


async def test_typing_from_many_sockets_is_one_person_typing(server: ServerProcess, stack: AsyncExitStack) -> None:
    """[P7] Agents who watch are shown at most one change a second, and the last one."""
    async with Customer(server) as maria, Agent(server, "Ana") as ana, Agent(server, "Ben") as ben:
        await maria.opens()
        await ana.watches(maria.c)
        await ben.watches(maria.c)
        await ana.intervenes(maria.c)
        wires = []
        for _ in range(SOCKETS_OF_CONTACT - 1):
            wire = await comes_in(server, stack, server.visitor_token("Maria"))
            assert isinstance(wire, Wire)
            await wire.says({"type": "watch", "conversation": maria.c})
            await wire.hears_json("watched")
            wires.append(wire)
        since = len(ben.heard)
        begun = (await ana.notes(maria.c, "begins"))["at"]
        for on in (True, False) * 10:
            for wire in wires:
                await wire.says({"type": "set_typing", "conversation": maria.c, "on": on})
        for wire in wires:
            await wire.says({"type": "ping"})
            await wire.hears_json("pong")
        await maria.sends({"type": "set_typing", "conversation": maria.c, "on": True})
        await maria.pings()

        def shown() -> list[bool]:
            heard = [frame for frame in ben.heard[since:] if frame["type"] == "typing"]
            return [frame.get("on", False) for frame in heard if frame["who"]["type"] == "contact"]

        await eventually(lambda: len(shown()) >= 2 and shown()[-1])
        ended = (await ana.notes(maria.c, "ends"))["at"]
        assert len(shown()) <= (ended - begun) / 1000 + 2
