"""Slow, silent and restless clients, and a server that is told to stop: nobody holds up anybody else."""

import asyncio
import random
import signal

import anyio

from tests.integration.system.conftest import MakeServer
from tests.kit.limits import LONG_WAIT, WAIT
from tests.kit.log import check_conversation, check_log, messages
from tests.kit.oracles.screen import shown
from tests.kit.peer import PING, TEXT, frame
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.person import Person
from tests.kit.scripts import LONG, STORY, WORDS
from tests.kit.server import ServerProcess, until
from tests.kit.wire import Wire, dial

MIB = 1024 * 1024
PAGE = "x" * 16 * 1024  # the longest note
TINY = 4096  # bytes that the kernel may keep for a slow reader

CLOSED = "intervene_closes_total"


async def test_clients_that_read_a_byte_a_second_are_closed_to_resume_and_hold_up_nobody(server: ServerProcess) -> None:
    """[P5, P7] Their backlog is bounded, so the server's memory is; the others get everything meanwhile; and whoever
    was closed resumes with nothing lost."""
    customer, ana = Customer(server), Agent(server, "Ana")
    writers = [Agent(server, f"Writer-{number}") for number in range(40)]
    await asyncio.gather(*(person.joins() for person in (customer, ana, *writers)))
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await asyncio.gather(*(writes(writer, c, notes=20) for writer in writers))  # so that all is warm
    async with dial(server, TINY) as slow, dial(server, TINY) as slower:
        for number, wire in enumerate((slow, slower)):
            await wire.joins(server.agent_token(f"Slow-{number}"))
            await wire.says({"type": "watch", "conversation": c})
            await wire.hears_json("watched")
        before = server.peak_bytes
        reading = [asyncio.create_task(reads_a_byte_a_second(wire)) for wire in (slow, slower)]

        await asyncio.gather(*(writes(writer, c, notes=80) for writer in writers))
        await customer.says("Is anybody there?")
        await ana.sees(c, lambda event: event.text == "Is anybody there?")
        await until(lambda: has_closed(server, "4000", 2), within=WAIT)
        assert server.peak_bytes - before < 40 * MIB  # 52 MiB were written to each; the allocator has moods

        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
        assert await slow.is_closed() in (4000, 1006)
        await until(lambda: has_gone(server, len(writers) + 2))  # the other one is cut off, however slowly it reads

    await ana.sees(c, lambda event: event.kind == "message" and event.by == "bot")
    log = await ana.reads_the_log(c)
    check_log(log)
    told = [shown(heard.json) for heard in slow.parts() if heard.opcode == TEXT and heard.json["type"] == "event"]
    assert [event.frame["event"] for event in told] == log[told[0].n - 1 :][: len(told)]
    async with dial(server) as back:
        await back.joins(server.agent_token("Slow-0"))
        after = told[-1].n
        while after < len(log):  # in steps, as a resume is bounded
            page = log[after : after + 12]
            await back.says({"type": "get_page", "conversation": c, "before": page[-1]["seq"] + 1, "limit": len(page)})
            told_back = await back.hears_json("page", "error")
            if told_back["type"] == "error":
                await anyio.sleep(told_back["retry_after"])
                continue
            assert told_back["events"] == page
            after += len(page)
    await ana.sees_the_end(c, log)
    check_conversation(c, log, [customer, ana])
    await all_leave(customer, ana, *writers)


async def test_people_who_reconnect_20_times_in_mid_stream_lose_double_and_reorder_nothing(
    servers: MakeServer,
) -> None:
    """[P2, P5] A resume ends with the open stream, and the pieces go on from there."""
    server = servers(LONG)
    await server.start()
    dice = random.Random(1)
    customer, ana, ben = Customer(server), Agent(server, "Ana"), Agent(server, "Ben")
    for person in (customer, ana, ben):
        await person.joins()
    c = (await customer.opens()).conversation
    await ana.watches(c)
    await ben.watches(c)

    async def is_restless(person: Person) -> None:
        for _ in range(20):
            await anyio.sleep(dice.uniform(0.0, 0.25))
            assert person.screens[c].stream, "the bot writes all the time"
            await (person.drops() if dice.random() < 0.5 else person.leaves())
            await anyio.sleep(dice.uniform(0.0, 0.1))
            await person.returns()

    await customer.says("Why is my bill so high?")
    await ben.sees_the_bot_write(c)
    await asyncio.gather(is_restless(customer), is_restless(ana))

    await ben.intervenes(c)
    log = await ben.reads_the_log(c)
    for person in (customer, ana):
        await person.sees_the_end(c, log)
        assert person.screens[c].resets == 0
    check_conversation(c, log, [customer, ana, ben])
    (said,) = messages(log, "bot")
    assert len(said) > 500
    assert STORY.startswith(said.strip())
    await all_leave(customer, ana, ben)


async def test_clients_that_never_say_hello_are_closed_with_hello_timeout(server: ServerProcess) -> None:
    """[P7] Also when they say something: half a frame, pings."""
    async with dial(server) as silent, dial(server) as halfway, dial(server) as pinging:
        await halfway.write(frame(TEXT, b'{"type":"hello","token":"x"}')[:-1])

        async def pings() -> None:
            while not pinging.is_over:
                await pinging.write(frame(PING))
                await anyio.sleep(0.5)

        pinger = asyncio.create_task(pings())
        codes = await asyncio.gather(*(wire.is_closed(within=2 * WAIT) for wire in (silent, halfway, pinging)))
        await pinger
    assert codes == [4002, 4002, 4002]


async def test_a_server_told_to_stop_under_load_lets_turns_finish_and_sends_everybody_away(
    servers: MakeServer,
) -> None:
    """[P5, P7] Not ready at once, nobody new, `away` and 1012 for those who are here, exit status 0 in time; what a
    bot did not finish is owed, and goes on after the restart."""
    server = servers(f"@pace 120\n{WORDS} {WORDS}\n\n{LONG}", drain_seconds="4")
    await server.start()
    brief, lengthy, late = (Customer(server, name) for name in ("Brief", "Lengthy", "Late"))
    ana = Agent(server)
    idle = [Customer(server, f"Idle-{number}") for number in range(30)]
    everybody: list[Person] = [brief, lengthy, late, ana, *idle]
    await asyncio.gather(*(person.joins() for person in everybody))
    for customer in (brief, lengthy, late):
        await customer.opens()
        await ana.watches(customer.c)
    await lengthy.says("First things first.")
    await lengthy.sees(lengthy.c, lambda event: event.by == "bot" and event.kind == "message")
    await lengthy.says("And now the whole story.")
    await brief.says("A short word, please.")
    await brief.sees_the_bot_write(brief.c)
    await lengthy.sees_the_bot_write(lengthy.c)

    server.hears(signal.SIGTERM)
    await until(lambda: has_status(server, "/readyz", 503))
    assert await has_status(server, "/healthz", 200)
    assert (await server.ask("GET", "/socket", b"", **UPGRADE)).status == 503
    await late.says("Am I too late?")
    within = 4 + 2 + 3 + 5 + WAIT  # turns, goodbyes, those who do not answer, HTTP; and a busy machine
    assert await server.ends(within) == 0

    for person in everybody:
        assert await person.is_gone() == 1012
        assert person.heard[-1]["type"] == "away"
        assert 0 <= person.heard[-1]["after_ms"] <= 1000
    assert not brief.screen.messages("bot")[-1].is_interrupted
    assert lengthy.screen.stream, "it was still being written"

    await server.start()
    for person in everybody:
        await person.returns()
    cut = await lengthy.sees(lengthy.c, lambda event: event.is_interrupted)
    await lengthy.sees_the_bot_write(lengthy.c)
    await ana.intervenes(lengthy.c)
    rest = await lengthy.sees(lengthy.c, lambda event: event.is_interrupted, since=cut.n)
    assert STORY.startswith((cut.text + rest.text).strip())
    answer = await late.sees(late.c, lambda event: event.by == "bot" and event.kind == "message")
    assert answer.text.split() == f"{WORDS} {WORDS}".split()
    for customer in (brief, lengthy, late):
        log = await ana.reads_the_log(customer.c)
        check_conversation(customer.c, log, [customer, ana])
    await all_leave(*everybody)


UPGRADE = {
    "connection": "Upgrade", "upgrade": "websocket", "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
}  # fmt: skip


async def reads_a_byte_a_second(wire: Wire) -> None:
    while True:
        if not await wire.reads(1):
            return
        await anyio.sleep(1.0)


async def writes(agent: Agent, conversation: str, notes: int) -> None:
    """Without watching, so that only acks come back."""
    for number in range(notes):
        await Person.gives(agent, "add_note", conversation, text=f"{number} {PAGE[:-8]}")
        await agent.finds(lambda: len(agent.unanswered) < 3, within=LONG_WAIT)
    await agent.finds(lambda: not agent.unanswered, within=LONG_WAIT)


async def has_closed(server: ServerProcess, code: str, sockets: int) -> bool:
    return await server.metric(CLOSED, code=code) == sockets


async def has_gone(server: ServerProcess, sockets: int) -> bool:
    return await server.metric("intervene_sockets") == sockets


async def has_status(server: ServerProcess, path: str, status: int) -> bool:
    return (await server.ask("GET", path)).status == status
