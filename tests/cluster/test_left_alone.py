"""A customer's message is never left alone: whatever becomes of the node that has taken it, or was to answer it, within
12 s somebody answers it, or it is in a queue.
"""

import anyio

from tests.cluster.bench import Bench
from tests.cluster.scenes import goes_on_elsewhere, is_committed, runner, runs_a_turn
from tests.kit.limits import POLLED, SERVED, WAIT
from tests.kit.people import Agent, Customer
from tests.kit.server import until

BRIEF = "@pace 50\nYour bill is high because two instalments are due at once.\n"


async def test_a_message_of_which_its_node_did_not_live_to_hear_that_it_was_committed(bench: Bench) -> None:
    """[P5] The customer has no ack, and the bot has not begun. They come back, say it again, and are answered."""
    a, b = await bench.starts("a", "b", script=BRIEF)
    async with Customer(a).knows(b) as maria:
        await maria.opens()
        hold = a.postgres_line.hold_after(b"Why is my bill so high?")
        await maria.gives("say", maria.c, text="Why is my bill so high?")
        await hold.happens()
        await is_committed(bench, maria.c, "message", 1)
        await a.kill()
        with anyio.fail_after(SERVED):
            await goes_on_elsewhere(maria)
            await is_answered(maria)
        await bench.is_in_order(maria)


async def test_a_message_of_somebody_who_does_not_come_back_is_answered_all_the_same(bench: Bench) -> None:
    """[P5] By a node that has never heard of the conversation."""
    a, _ = await bench.starts("a", "b", script=BRIEF)
    maria = Customer(a)
    await maria.joins()
    await maria.opens()
    await maria.gives("say", maria.c, text="Why is my bill so high?")
    await is_committed(bench, maria.c, "message", 1)
    await a.kill()
    await maria.is_gone()
    with anyio.fail_after(SERVED):
        await is_committed(bench, maria.c, "message", 2)


async def test_a_claim_of_a_node_that_cannot_run_it(bench: Bench) -> None:
    """[P5] It is alive, and loses the connection on which it was to read what the bot has to know."""
    bench.may_complain("the database failed")
    a, _ = await bench.starts("a", "b", script=BRIEF)
    async with Customer(a) as maria:
        await maria.opens()
        await until(lambda: is_nobody_s_turn(bench, maria.c))
        hold = a.postgres_line.hold_before(as_it_is_read(maria.c))
        await maria.says("Why is my bill so high?")
        with anyio.fail_after(SERVED):
            await hold.happens()
            hold.heals()
            await is_answered(maria)
        await bench.is_in_order(maria)


async def is_nobody_s_turn(bench: Bench, conversation: str) -> bool:
    """Nothing is under way: the one in which the bot might have greeted is over."""
    return await runner(bench, conversation) == ""


def as_it_is_read(conversation: str) -> bytes:
    """As the values of a query for one conversation are on their way to PostgreSQL: each with its length before it. In
    an append they are in arrays."""
    return b"default" + len(conversation).to_bytes(4, "big") + conversation.encode()


async def test_a_message_on_a_node_that_has_its_hands_full_is_answered_by_another(bench: Bench) -> None:
    """[P5] It runs as many turns as it may, and does not stop."""
    a, _ = await bench.starts("a", "b", hostile="silent", max_turns="1")
    async with Customer(a, "Maria") as maria, Customer(a, "Miguel") as miguel, Agent(a) as ana:
        for customer in (maria, miguel):
            await customer.opens()
            await ana.watches(customer.c)
        await maria.says("Is anybody there?")
        await runs_a_turn(a)
        await miguel.says("And for me?")
        with anyio.fail_after(SERVED):
            await until(lambda: runs_elsewhere(bench, miguel.c, maria.c))
        await bench.is_in_order(maria, miguel, ana)


async def runs_elsewhere(bench: Bench, one: str, other: str) -> bool:
    return await runner(bench, one) not in ("", "owed", await runner(bench, other))


async def test_a_node_that_is_alone_is_started_again_at_once(bench: Bench) -> None:
    """[P5] The process that had claimed the turn is gone, and its successor knows, sooner than a death is noticed."""
    (a,) = await bench.starts("a", script=BRIEF)
    async with Customer(a) as maria:
        await maria.opens()
        await maria.gives("say", maria.c, text="Why is my bill so high?")
        await is_committed(bench, maria.c, "message", 1)
        await a.kill()
        with anyio.fail_after(SERVED):
            await a.start()
            with anyio.fail_after(POLLED):
                await goes_on_elsewhere(maria)
                await is_answered(maria)
        await bench.is_in_order(maria)


async def is_answered(customer: Customer) -> None:
    """In full, by the bot."""
    await customer.sees(
        customer.c,
        lambda event: event.kind == "message" and event.by == "bot" and not event.is_interrupted,
        within=SERVED + WAIT,
    )
