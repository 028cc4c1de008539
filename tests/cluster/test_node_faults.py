"""Nodes are killed, frozen, ended: the bot's, the agent's, the one that has just committed. The others go on at once,
and one that wakes does nothing that is over.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from copy import copy

import anyio
import pytest

from tests.cluster.bench import Bench, Node
from tests.cluster.clock import HOUR
from tests.cluster.scenes import (
    CUT_SHORT,
    goes_on_elsewhere,
    is_committed,
    is_taken,
    is_the_end_of,
    knows_of,
    runner,
    runs_a_turn,
    runs_no_turn,
    says,
    show_the_same,
    streaming,
    takes_over_at_once,
)
from tests.cluster.town import Town
from tests.kit.crowd import SCRIPT
from tests.kit.limits import FACTOR, POLLED, SERVED, UNTOLD, WAIT
from tests.kit.people import Agent, Customer, all_leave, refused
from tests.kit.person import Person
from tests.kit.proxy import Mode, Proxy
from tests.kit.scripts import FAST, STORY
from tests.kit.server import until

# -- the bot's node ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_there", [True, False], ids=["customer with the bot", "customer on the other node"])
async def test_the_bot_s_node_is_killed_in_mid_stream_and_another_goes_on_where_it_was_cut(
    bench: Bench, is_there: bool
) -> None:
    """[P2, P5] What was shown is kept, as interrupted; what was said is not said again."""
    async with streaming(bench) as (a, b, maria, ana, c, written):
        if not is_there:
            await maria.goes_to(b)
        await a.kill()
        with anyio.fail_after(SERVED):
            if is_there:
                await goes_on_elsewhere(maria)
            cut = await maria.sees(c, is_the_end_of(written), within=SERVED)
            more = await maria.sees_the_bot_write(c, not_just=written, within=SERVED)
        assert cut.is_interrupted
        assert STORY.startswith(cut.text + maria.screen.texts[more])
        await ana.intervenes(c)
        await bench.is_in_order(maria, ana)


async def test_an_agent_takes_over_at_once_from_a_bot_whose_node_has_just_been_killed(bench: Bench) -> None:
    """[P1, P4] Long before anybody knows that it is dead; and when they do, the bot stays silent."""
    async with streaming(bench) as (a, b, maria, ana, c, written):
        await a.kill()
        taken = await takes_over_at_once(ana, c)
        await goes_on_elsewhere(maria)
        cut = await maria.sees(c, is_the_end_of(written))
        assert cut.is_interrupted
        assert (await maria.sees(c, is_taken)).n == cut.n + 1
        await ana.says(c, "The bot is gone. Ana here.")
        await maria.says("At last, a person!")
        await knows_of(b, alive=1)
        await runs_no_turn(b, within=WAIT)
        await bench.is_in_order(maria, ana)
        assert not [event for event in ana.screens[c].events if event.by == "bot" and event.n > taken["seq"]]


async def test_a_node_that_was_frozen_with_a_turn_says_nothing_once_another_has_taken_it_up(bench: Bench) -> None:
    """[P1, P4, P5] It wakes in the middle of its sentence. Whoever stayed with it is shown what happened meanwhile."""
    bench.may_complain(*CUT_SHORT)
    async with streaming(bench) as (a, b, maria, ana, c, written), Agent(a, "Ben") as ben:
        await ben.watches(c)
        a.freeze()
        more = await ana.sees_the_bot_write(c, not_just=written, within=SERVED)
        a.thaw()
        cut = await maria.sees(c, is_the_end_of(written))
        assert cut.is_interrupted
        await maria.sees(c, lambda event: event.message == more)
        await knows_of(b, alive=2)
        await runs_no_turn(a, within=WAIT)
        taken = await ana.intervenes(c)
        for person in (maria, ben):
            await person.sees(c, is_taken)
        await runs_no_turn(b, within=WAIT)
        await show_the_same([a, b], c)
        await bench.is_in_order(maria, ana, ben)

        log = await ana.reads_the_log(c)
        turns = [event["turn"] for event in log if event["author"]["type"] == "bot"]
        assert turns == sorted(turns)
        assert len(set(turns)) == 2, "the turn that was cut, and the one that went on"
        said = "".join(event["body"]["text"] for event in log if event["body"].get("interrupted"))
        assert STORY.startswith(said)
        assert log[taken["seq"] - 1]["body"]["kind"] == "control"


async def test_a_node_that_was_frozen_while_an_agent_took_over_on_another_wakes_and_is_silent(bench: Bench) -> None:
    """[P1, P4] The takeover does not wait for it. It wakes past every timeout, to a turn that is over."""
    bench.may_complain(*CUT_SHORT)
    async with streaming(bench) as (a, b, maria, ana, c, written), Agent(a, "Ben") as ben:
        await ben.watches(c)
        a.freeze()
        taken = await takes_over_at_once(ana, c)
        await ana.says(c, "Ana here.")
        await knows_of(b, alive=1)
        a.thaw()
        for person in (maria, ben):
            assert (await person.sees(c, is_the_end_of(written))).is_interrupted
            await person.sees(c, is_taken)
            await person.sees(c, says("Ana here."))
        await runs_no_turn(a, within=WAIT)
        await maria.says("Who is there?")
        await ana.sees(c, says("Who is there?"))
        await show_the_same([a, b], c)
        await bench.is_in_order(maria, ana, ben)
        assert not [event for event in ana.screens[c].events if event.by == "bot" and event.n > taken["seq"]]


# -- the agent's node --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("is_quiet", [True, False], ids=["silent bot", "streaming bot"])
async def test_a_node_is_killed_between_its_commit_and_telling_the_others(bench: Bench, is_quiet: bool) -> None:
    """[P5] Nothing that it publishes comes through. The customer and the bot of the other node learn of it from the
    log: the bot that writes at once, by its next word."""
    bench.may_complain("a part of the hub")
    options = {"hostile": "silent"} if is_quiet else {"script": FAST}
    a, b = await bench.starts("a", "b", **options)
    async with Customer(b) as maria, Agent(a).knows(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Is anybody there?")
        await runs_a_turn(b)
        a.redis_line.mode = Mode.HALF_OPEN
        taken = await ana.intervenes(c)
        await a.kill()
        with anyio.fail_after(UNTOLD):
            await maria.sees(c, is_taken, within=UNTOLD)
            await runs_no_turn(b, within=UNTOLD)
        await goes_on_elsewhere(ana)
        assert await ana.repeats(taken["id"]) == taken
        await bench.is_in_order(maria, ana)


@pytest.mark.parametrize("is_committed_first", [True, False], ids=["after the commit", "before it"])
async def test_the_agent_s_node_is_killed_before_it_acknowledges(bench: Bench, is_committed_first: bool) -> None:
    """[P3, P5] Nobody tells the agent what became of the click. Repeated on another node it gets its first result, and
    control has changed hands once."""
    bench.may_complain(*CUT_SHORT)
    a, b = await bench.starts("a", "b", hostile="silent")
    async with Proxy(a.port) as line, Customer(b) as maria, Agent(by(line, a)).knows(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Is anybody there?")
        await ana.sees(c, says("Is anybody there?"))
        line.mode = Mode.ONE_WAY_UP
        if not is_committed_first:
            hold = a.postgres_line.hold_before(b"id = $2 FOR UPDATE")
            id = await ana.gives("intervene", c)
            await hold.happens()
        else:
            id = await ana.gives("intervene", c)
            await is_committed(bench, c, "control", 2)
        assert not ana.answers.get(id)
        await a.kill()
        await goes_on_elsewhere(ana)
        ack = await ana.answer(id)
        assert ack["type"] == "ack"
        await maria.sees(c, is_taken)
        await runs_no_turn(b, within=WAIT)
        assert await ana.repeats(id) == ack
        found = await bench.is_in_order(maria, ana)
    assert found.counts.takeovers == 1


def by(line: Proxy, node: Node) -> Node:
    """The same node, for somebody who comes to it by that line."""
    there = copy(node)
    there.port = line.port
    return there


# -- locks -------------------------------------------------------------------------------------------------------------


async def test_a_node_that_is_frozen_inside_a_row_s_lock_keeps_no_takeover_waiting(bench: Bench) -> None:
    """[P4] The database takes the lock away from it, after a second. It wakes, and learns that it was too late."""
    bench.may_complain(*CUT_SHORT)
    async with streaming(bench) as (a, _, maria, ana, c, _), Agent(a, "Ben") as ben:
        await ben.watches(c)
        # What is asked next, once the row is locked, is whether the log knows the command by its id.
        hold = a.postgres_line.hold_before(b"ben-1")
        late = await ben.gives("intervene", c)
        await hold.happens()
        a.freeze()
        assert await is_locked(bench, c)
        await takes_over_at_once(ana, c)
        a.thaw()
        hold.heals()
        assert refused(await ben.answer(late), "taken")["by"]["id"] == ana.id
        await maria.sees(c, is_taken)
        await runs_no_turn(a, within=WAIT)
        await bench.is_in_order(maria, ana, ben)


async def is_locked(bench: Bench, conversation: str) -> bool:
    free = await bench.sql("SELECT 1 FROM conversation WHERE id = $1 FOR UPDATE SKIP LOCKED", conversation)
    return not free


# -- a node is told to stop --------------------------------------------------------------------------------------------

PATIENT = f"""
@pace 4
One moment, please, I am looking for your last bill.

@pace 100
{STORY}
"""
"""A reply that is soon done, then one that is not."""


async def test_a_node_is_told_to_stop_and_nobody_is_left_behind(bench: Bench) -> None:
    """[P5] Replies that are soon done are finished; sessions are sent away one after another and go on elsewhere; what
    still runs then is taken up at once, also where nobody looks. Nobody sees an error."""
    a, b = await bench.starts("a", "b", script=PATIENT, drain_seconds="3")
    idle = [Customer(a, f"Idle-{number}") for number in range(24)]
    brief = [Customer(a, f"Brief-{number}") for number in range(4)]
    long = [Customer(a, f"Long-{number}") for number in range(4)]
    absent = Customer(a, "Absent")
    customers = [*idle, *brief, *long, absent]
    await all_of(customers, comes)
    async with Agent(a, "Ben").knows(a, b) as ben:
        for customer in customers:
            await ben.watches(customer.knows(a, b).c)
        await all_of([*long, absent], hears_a_reply)
        await all_of([*brief, *long, absent], begins_a_reply)
        written = {customer: customer.screen.stream for customer in (*brief, *long)}
        await absent.leaves()

        stopping = asyncio.create_task(a.stop())
        left = await asyncio.gather(*map(is_sent_away, (*idle, *brief, *long, ben)))
        assert max(left) - min(left) > FACTOR * 1.0, "one after another, over two seconds"
        assert await stopping == 0
        await are_run_by(bench, [customer.c for customer in (*long, absent)], POLLED)
        for customer in brief:
            assert not (await customer.sees(customer.c, is_the_end_of(written[customer]))).is_interrupted
        for customer in long:
            cut = await customer.sees(customer.c, is_the_end_of(written[customer]))
            more = await customer.sees_the_bot_write(customer.c, not_just=cut.message)
            assert cut.is_interrupted
            assert STORY.startswith(cut.text + customer.screen.texts[more])
        people = [*customers, ben]
        assert not [frame for person in people for frame in person.heard if frame["type"] == "error"]
        for customer in (*long, absent):
            await ben.intervenes(customer.c)
        await bench.is_in_order(*people)
        await all_leave(*people)


async def all_of(customers: Iterable[Customer], act: Callable[[Customer], Awaitable[None]]) -> None:
    await asyncio.gather(*map(act, customers))


async def comes(customer: Customer) -> None:
    await customer.joins()
    await customer.opens()


async def hears_a_reply(customer: Customer) -> None:
    await customer.says("Hello?")
    await customer.sees(customer.c, lambda event: event.by == "bot" and event.kind == "message")


async def begins_a_reply(customer: Customer) -> None:
    await customer.says("Why is my bill so high?")
    await customer.sees_the_bot_write(customer.c)


async def is_sent_away(person: Person) -> float:
    """And goes on elsewhere. When it was."""
    assert await person.is_gone() == 1012
    assert person.heard[-1]["type"] == "away"
    left = time.monotonic()
    await person.comes_back()
    return left


async def are_run_by(bench: Bench, conversations: Sequence[str], within: float) -> None:
    """The one node that there is has their turns; nothing is left of any other."""

    async def are() -> bool:
        return {await runner(bench, conversation) for conversation in conversations} == {alive}

    ((alive,),) = await bench.sql("SELECT id FROM node")
    await until(are, within=within)
    assert {node for (node,) in await bench.sql("SELECT node FROM node_agent")} <= {alive}


# -- clocks ------------------------------------------------------------------------------------------------------------


async def test_a_node_s_clock_jumps_by_an_hour_and_back_and_nobody_notices(bench: Bench, seed: str) -> None:
    """[P1, P2, P3, P5] Nobody is taken for dead, no turn changes hands, tokens are as good as before, and the log's
    times are the database's."""
    a = bench.node("a", script=SCRIPT, has_own_clock=True)
    town = Town(bench, seed)
    await town.opens()
    b = bench.node("b")
    async with town.is_busy():
        for seconds in (HOUR, -HOUR, 0):
            a.clock.jumps(seconds)
            for here, there in ((a, b), (b, a)):
                token = (await here.ask("POST", "/v1/webchat/webchat/visitors", b"{}")).json["token"]
                async with Person(there, "Visitor", token):
                    pass
            await town.takes_over(8)
            await have_beaten(bench, times=2)
    await town.settles()
    found = await town.is_in_order()
    assert found.counts.takeovers >= 24
    assert "nodes are dead" not in a.log + b.log
    assert "taken up" not in a.log + b.log
    ((now, first, last),) = await bench.sql("SELECT extract(epoch FROM now()) * 1000, min(at), max(at) FROM event")
    assert last <= now
    assert last - first < HOUR * 1000 / 2
    await town.leaves()


async def have_beaten(bench: Bench, times: int) -> None:
    """All nodes, so often from now on."""
    sql = "SELECT min(beats) FROM node"
    ((before,),) = await bench.sql(sql)

    async def have() -> bool:
        ((now,),) = await bench.sql(sql)
        return bool(now >= before + times)

    await until(have)
