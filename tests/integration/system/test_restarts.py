"""`kill -9` at random instants under load: what was acknowledged is there, what was not answered is taken up."""

import asyncio
import os

import anyio

from tests.integration.system.conftest import MakeServer
from tests.integration.system.house import SCRIPT, House
from tests.kit.limits import LONG_WAIT
from tests.kit.log import check_conversation, is_interrupted
from tests.kit.oracles.database import is_sound
from tests.kit.oracles.screen import Frame
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.scripts import LONG, WORDS
from tests.kit.server import ServerProcess

KILLS = int(os.environ.get("KILLS", "24"))  # `make nightly` asks for more
SPEECH = " ".join([WORDS] * 30)  # six seconds of it
HOUSES = 4
"""Side by side: a server that starts needs a processor, people who act hardly do."""


async def test_a_server_is_killed_again_and_again_and_nothing_acknowledged_is_lost_doubled_or_reordered(
    servers: MakeServer,
) -> None:
    """[P1, P2, P3, P5] Every acked command is in the log exactly once; clients resume with nothing lost, doubled or
    reordered; what no bot had answered is answered after a restart; `verify` finds nothing."""
    seed = os.environ.get("SEED", os.urandom(4).hex())
    print(f"SEED={seed}")
    houses = [House(servers(SCRIPT), f"{seed}-{number}") for number in range(HOUSES)]

    async def live(house: House) -> None:
        await house.opens()
        while house.kills < KILLS // HOUSES:
            await house.lives_and_dies(most_seconds=0.8)
            if house.kills % 8 == 0:
                await is_sound(house.server.database)
        await house.settles()
        await house.is_in_order()
        await is_sound(house.server.database)
        await house.closes()

    with anyio.fail_after(10 * LONG_WAIT):
        await asyncio.gather(*map(live, houses))
    assert sum(house.kills for house in houses) >= KILLS
    assert sum(house.takeovers for house in houses) > KILLS / 10
    assert sum(house.answered_after_a_restart for house in houses) > 0


async def test_a_reply_cut_by_a_kill_keeps_its_committed_length_and_the_bot_goes_on_with_the_rest(
    servers: MakeServer,
) -> None:
    """[P2, P5] Nothing that was shown is taken back or said again."""
    server = servers(f"@pace 100\n{SPEECH}\n")
    await server.start()
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await customer.says("Why is my bill so high?")
    message = ""
    for _ in range(3):
        message = await customer.sees_the_bot_write(c, not_just=message)
        await server.kill()
        await customer.is_gone()
        await ana.is_gone()
        await server.start()
        await customer.returns()
        await ana.returns()
    whole = await customer.sees(
        c, lambda event: event.by == "bot" and event.kind == "message" and not event.is_interrupted
    )

    log = await ana.reads_the_log(c)
    said = [event["body"] for event in log if event["body"]["kind"] == "message" and event["author"]["type"] == "bot"]
    assert said[-1]["text"] == whole.text
    assert "".join(body["text"] for body in said).split() == SPEECH.split()
    assert len([event for event in log if is_interrupted(event)]) == 3
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana)


async def test_a_customer_whose_bot_is_killed_again_and_again_gets_a_person(servers: MakeServer) -> None:
    """[P5] No message is left without somebody who answers it or a place in a queue."""
    server = servers(LONG)
    await server.start()
    customer = Customer(server)
    await customer.joins()
    c = (await customer.opens()).conversation
    await customer.says("Why is my bill so high?")
    message = ""
    for _ in range(4):
        message = await customer.sees_the_bot_write(c, not_just=message)
        await server.kill()
        await customer.is_gone()
        await server.start()
        await customer.returns()
    await customer.sees(c, lambda event: event.holder == "nobody")
    async with Agent(server) as ana:
        await ana.watches(c)
        await ana.intervenes(c)
        log = await ana.reads_the_log(c)
    assert [event["body"].get("reason") for event in log if event["body"].get("move") == "ask"] == ["bot_lost"]
    check_conversation(c, log, [customer])
    await customer.leaves()


async def test_a_takeover_that_was_acknowledged_outlives_the_server_and_the_bot_stays_silent(
    server: ServerProcess,
) -> None:
    """[P1, P3, P5] Killed right behind the ack: after the restart the agent holds control, and their command repeated
    gets the ack once more."""
    customer, ana = Customer(server), Agent(server)
    await customer.joins()
    await ana.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    acks: dict[str, Frame] = {}
    for number in range(5):
        await customer.says(f"question {number}")
        await ana.sees_the_bot_write(c)
        ack = await ana.intervenes(c)
        await server.kill()
        await customer.is_gone()
        await ana.is_gone()
        await server.start()
        await customer.returns()
        await ana.returns()
        acks[ack["id"]] = ack
        assert ana.screens[c].is_held_by(ana.id)
        for id, first in acks.items():
            assert await ana.repeats(id) == first
        await ana.says(c, f"answer {number}")
        await ana.hands_back(c)
    log = await ana.reads_the_log(c)
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana)
