"""Bots that do what no bot should, on one node, and agents who take over from them on another."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import pytest

from tests.cluster.bench import Bench, Node
from tests.cluster.hostile import BOTS
from tests.cluster.scenes import CUT_SHORT, is_taken, runner, runs_a_turn, runs_no_turn, says, takes_over_at_once
from tests.kit.examples import some
from tests.kit.limits import HEARD, POLLED, SERVED, UNHINDERED, WAIT
from tests.kit.log import messages
from tests.kit.people import Agent, Customer, all_leave
from tests.kit.server import until

ABANDONED = "a turn ignores its cancel and was abandoned"

SLOW_COMMITS = (
    """CREATE FUNCTION takes_its_time() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END'""",
    """CREATE CONSTRAINT TRIGGER slow AFTER UPDATE ON conversation DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION takes_its_time()""",
)
"""The row stays locked for 100 ms more, in each COMMIT that changes it."""


@pytest.mark.parametrize("name", some(tuple(BOTS)))
async def test_nothing_of_a_bot_comes_after_a_takeover_on_another_node(bench: Bench, name: str) -> None:
    """[P1, P4] Whatever it does, until it has come to its end or was given up."""
    bench.may_complain(ABANDONED, *CUT_SHORT)
    a, b = await bench.starts("a", "b", hostile=name)
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.gives("say", c, text="block")
        await ana.sees(c, says("block"))
        match name:
            case "silent" | "slow":
                await runs_a_turn(a)
            case "blocker":
                await is_stuck(a)
            case "curious":
                await ana.sees(c, lambda event: "Tell me more." in event.text)
            case "patient":  # it waits for its timer, which comes after the takeover
                await ana.sees(c, lambda event: "One moment." in event.text)
            case _:
                await ana.sees_the_bot_write(c)
        taken = await takes_over_at_once(ana, c)
        await ana.says(c, "That was a bot.")
        await runs_no_turn(a, within=WAIT)
        await until(lambda: has_ended_or_was_given_up(a), within=WAIT)
        await maria.sees(c, says("That was a bot."))
        await maria.says("And who are you?")
        await ana.sees(c, says("And who are you?"))

        found = await bench.is_in_order(maria, ana)
        assert (found.counts.bot_events_after, found.counts.pieces_after) == (0, 0)
        after = [event for event in ana.screens[c].events if event.n >= taken["seq"]]
        assert [event.by for event in after] == ["", "agent", "contact"]


async def has_ended_or_was_given_up(node: Node) -> bool:
    return ABANDONED in node.log or await node.metric("intervene_turns_outliving_their_cancel") == 0


async def test_a_node_that_runs_a_turn_without_any_session_hears_that_it_is_over(bench: Bench) -> None:
    """[P4] From the hub; and without one from the log, in which it looks with each beat."""
    a, _ = await bench.starts("a", "b", hostile="silent")
    people: list[Customer | Agent] = []
    looked: list[bool] = []
    for number in range(3):
        async with waiting_for_a_bot_elsewhere(bench, f"Maria-{number}") as (maria, ana):
            before = await comparisons(a)
            await ana.intervenes(maria.c)
            await runs_no_turn(a, within=HEARD)
            looked.append(await comparisons(a) > before)
            people += [maria, ana]
    assert not all(looked), "each time it had just looked in the log, as it does now and then"
    async with waiting_for_a_bot_elsewhere(bench, "Maria-without") as (maria, ana):
        await bench.redis.kill()
        await ana.intervenes(maria.c)
        await runs_no_turn(a, within=POLLED)
        assert await comparisons(a) > 0
        people += [maria, ana]
        await bench.redis.start()
    await bench.is_in_order(*people)


async def comparisons(node: Node) -> float:
    return await node.metric("intervene_comparisons_total")


@asynccontextmanager
async def waiting_for_a_bot_elsewhere(bench: Bench, name: str) -> AsyncIterator[tuple[Customer, Agent]]:
    """The customer has moved to node b, where an agent is; the turn that they began runs on node a, alone."""
    a, b = bench.node("a"), bench.node("b")
    async with Customer(a, name) as maria, Agent(b, f"Ana-{name}") as ana:
        c = (await maria.opens()).conversation
        await maria.says("Is anybody there?")
        await runs_a_turn(a)
        await maria.goes_to(b)
        await ana.watches(c)
        yield maria, ana


async def test_bots_that_write_in_a_loop_keep_no_agent_on_another_node_waiting(bench: Bench) -> None:
    """[P1, P4] Each commit keeps the row for a tenth of a second, and the next one waits behind it already."""
    bench.may_complain(ABANDONED)
    for statement in SLOW_COMMITS:
        await bench.sql(statement)
    a, b = await bench.starts("a", "b", hostile="loop")
    customers = [Customer(a, f"Maria-{number}") for number in range(3)]
    async with Agent(b) as ana:
        for maria in customers:
            await maria.joins()
            await maria.opens()
            await ana.watches(maria.c)
            await maria.says("Why is my bill so high?")
        for maria in customers:
            await ana.sees_the_bot_write(maria.c)
        for maria in customers:
            await takes_over_at_once(ana, maria.c)
            with anyio.fail_after(UNHINDERED):
                await ana.says(maria.c, "Ana here.")
        assert await b.metric("intervene_conflicts_total") <= 2 * len(customers), "nobody tries again and again"
        for maria in customers:
            await maria.sees(maria.c, says("Ana here."), within=WAIT)
        await runs_no_turn(a, within=WAIT)
        await bench.is_in_order(ana, *customers)
        await all_leave(*customers)


@pytest.mark.slow  # the bot blocks its node for six seconds, after which a node is dead at scaled timing
async def test_a_word_on_the_tongue_of_a_bot_whose_node_froze_is_not_said_in_the_turn_of_another(bench: Bench) -> None:
    """[P1] The other node has taken the turn up and has said nothing yet; no message is open that would be in its way.
    Both say the same, and it is heard once."""
    bench.may_complain(*CUT_SHORT)
    a, b = await bench.starts("a", "b", hostile="blocker")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.gives("say", c, text="block")
        await is_stuck(a)
        before = await runner(bench, c)
        a.freeze()
        await until(lambda: is_run_by_another(bench, c, before), within=SERVED)
        a.thaw()
        await runs_no_turn(a, within=WAIT)
        said = await ana.sees(c, lambda event: event.kind == "message" and event.by == "bot")
        assert said.text.startswith(f"⟦1.{said.frame['event']['turn']}⟧"), "made in the turn that it stands in"
        await runs_no_turn(b, within=WAIT)
        await bench.is_in_order(maria, ana)
        assert len(messages(await ana.reads_the_log(c), by="bot")) == 1


async def is_run_by_another(bench: Bench, conversation: str, former: str) -> bool:
    return await runner(bench, conversation) not in ("owed", former)


async def test_a_bot_that_blocks_its_node_delays_no_takeover_on_another(bench: Bench) -> None:
    """[P1, P4] What it says when it comes to itself is not heard."""
    bench.may_complain(*CUT_SHORT)
    a, b = await bench.starts("a", "b", hostile="blocker")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.gives("say", c, text="block")
        await is_stuck(a)
        await takes_over_at_once(ana, c)
        await ana.says(c, "Ana here.")
        assert await does_not_answer(a), "it is still blocked"
        await maria.sees(c, is_taken)
        await maria.sees(c, says("Ana here."))
        await runs_no_turn(a, within=WAIT)
        await bench.is_in_order(maria, ana)
        assert not messages(await ana.reads_the_log(c), by="bot")


async def is_stuck(node: Node) -> None:
    await until(lambda: does_not_answer(node))


async def does_not_answer(node: Node) -> bool:
    with anyio.move_on_after(0.5):
        await node.ask("GET", "/readyz")
        return False
    return True
