"""Two nodes in fair weather: where somebody is connected makes no difference to what they can do and what they see."""

import asyncio
import time
from collections.abc import Callable

from tests.cluster.bench import Bench, Node
from tests.cluster.town import Town
from tests.kit.limits import HEARD, LONG_WAIT, POLLED, SERVED, TIMING, eventually
from tests.kit.log import messages
from tests.kit.oracles.screen import Frame, Shown
from tests.kit.people import Agent, Customer, all_leave, refused
from tests.kit.server import until


def says(text: str) -> Callable[[Shown], bool]:
    return lambda event: event.text == text


def is_at(number: int) -> Callable[[Shown], bool]:
    return lambda event: event.n == number


async def is_running_a_turn(node: Node) -> bool:
    return await node.metric("intervene_turns") > 0


async def is_running_no_turn(node: Node) -> bool:
    return not await is_running_a_turn(node)


async def test_an_agent_on_another_node_sees_the_bot_write_takes_over_and_both_screens_say_so(bench: Bench) -> None:
    """[P1, P2] The bot runs where the customer is; its words stream to the agent, and end with the agent's click."""
    a, b = await bench.starts("a", "b")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Why is my bill so high?")
        written = await ana.sees_the_bot_write(c)
        taken = await ana.intervenes(c)

        cut = await maria.sees(c, lambda event: event.message == written and event.kind == "message")
        assert cut.is_interrupted
        control = await maria.sees(c, lambda event: event.holder == "agent")
        assert control.n == cut.n + 1
        enabled = await ana.sees(c, is_at(taken["seq"]))
        assert enabled.frame["event"]["body"]["reply_enabled"]
        await ana.says(c, "Ana here, on another machine.")
        await maria.sees(c, says("Ana here, on another machine."))
        assert maria.screen.piece_frames > 0
        assert ana.screens[c].piece_frames > 0
        found = await bench.is_in_order(maria, ana)
    assert found.counts.takeovers == 1


async def test_the_bot_s_coroutine_ends_on_its_node_when_control_was_taken_on_another(bench: Bench) -> None:
    """[P4] Cancelled where it runs, and the agent hears how long that took."""
    a, b = await bench.starts("a", "b", hostile="silent")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Is anybody there?")
        await until(lambda: is_running_a_turn(a))
        await ana.intervenes(c)
        await ana.hears(lambda frame: frame["type"] == "takeover" and frame.get("bot_stopped_ms", -1) >= 0)
        await bench.is_in_order(maria, ana)


async def test_a_turn_of_a_node_without_any_session_is_heard_of_however_long_it_goes_on(bench: Bench) -> None:
    """[P4] Longer than a channel outlives the last of those who watched there."""
    a, b = await bench.starts("a", "b", hostile="silent")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await maria.says("Is anybody there?")
        await until(lambda: is_running_a_turn(a))
        await maria.goes_to(b)
        await ana.watches(c)
        over = time.monotonic() + TIMING.redis_linger + 1.5
        await eventually(lambda: time.monotonic() > over, within=LONG_WAIT)
        assert await a.metric("intervene_hub_channels") == 2  # the conversation's, and the organisation's
        await ana.intervenes(c)
        await until(lambda: is_running_no_turn(a), within=HEARD)
        await bench.is_in_order(maria, ana)


async def test_a_turn_is_taken_up_at_once_of_a_node_that_was_killed_beside_one_with_the_same_data(bench: Bench) -> None:
    """[P5] Its lock says that it has ended. Beats that do not come would say so much later."""
    a, b = bench.node("a", hostile="silent"), bench.node("b", hostile="silent")
    b.settings["data"] = a.settings["data"]
    await bench.starts("a", "b")
    async with Customer(a).knows(b) as maria:
        await maria.opens()
        await maria.says("Is anybody there?")
        await until(lambda: is_running_a_turn(a))
        assert not await is_running_a_turn(b)
        await a.kill()
        await until(lambda: is_running_a_turn(b), within=POLLED)
        await maria.comes_back()
        await bench.is_in_order(maria)


async def test_a_conversation_is_handed_back_on_one_node_and_the_bot_answers_on_another(bench: Bench) -> None:
    a, b = await bench.starts("a", "b")
    async with Customer(a) as maria, Agent(b) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await ana.intervenes(c)
        await maria.says("Can I pay later?")
        await ana.sees(c, says("Can I pay later?"))
        handed = await ana.hands_back(c)
        begun = await ana.sees(c, lambda event: event.kind == "message_started", since=handed["seq"])
        await maria.sees(c, lambda event: event.kind == "message" and event.message == begun.message)
        await bench.is_in_order(maria, ana)


async def test_notes_cross_nodes_among_agents_and_never_reach_the_customer(bench: Bench) -> None:
    """[P6] Not their words, not even their number. The hub brings them, sooner than any comparison with the log."""
    a, b = await bench.starts("a", "b")
    async with Customer(a) as maria, Agent(a, "Ana") as ana, Agent(b, "Ben") as ben:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await ben.watches(c)
        for number in range(6):
            await ben.notes(c, f"She called {number} times.")
            await ana.sees(c, says(f"She called {number} times."), within=HEARD)
        await ana.intervenes(c)
        await maria.sees(c, lambda event: event.holder == "agent")
        await bench.is_in_order(maria, ana, ben)
        heard = str(maria.heard)
        assert "She called" not in heard
        assert "seq" not in heard


async def test_who_was_on_a_node_that_was_killed_is_not_there_any_more(bench: Bench) -> None:
    """An agent who leaves says so; a node that is killed says nothing."""
    a, b = await bench.starts("a", "b", bot="none")
    async with Customer(b) as maria, Agent(b, "Ana") as ana, Agent(a, "Ben") as ben:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await ben.watches(c)
        await ana.hears(here("Ana", "Ben"))
        since = len(ana.heard)
        await a.kill()
        await ana.hears(here("Ana"), since, within=SERVED)


def here(*names: str) -> Callable[[Frame], bool]:
    return lambda frame: frame["type"] == "here" and sorted(agent["name"] for agent in frame["agents"]) == [*names]


async def test_whoever_loses_a_node_resumes_on_another_where_the_screen_ends(bench: Bench) -> None:
    """[P5] Also in the middle of a reply; what was not answered is said again, and said once."""
    a, b = await bench.starts("a", "b")
    async with Customer(a).knows(b) as maria, Agent(b).knows(a) as ana:
        c = (await maria.opens()).conversation
        await ana.watches(c)
        await maria.says("Why is my bill so high?")
        await ana.sees_the_bot_write(c)
        for person in (maria, ana):
            await person.gives("say" if person is maria else "add_note", c, text=f"{person.name} was cut off.")
            await person.drops()
            await person.comes_back()
        assert (maria.server, ana.server) == (b, a)
        await eventually(lambda: not maria.unanswered and not ana.unanswered)
        await ana.intervenes(c)
        await bench.is_in_order(maria, ana)
        assert maria.screen.resets == ana.screens[c].resets == 0
        assert messages(await ana.reads_the_log(c), "contact").count("Maria was cut off.") == 1


async def test_of_agents_on_two_nodes_who_click_at_once_one_wins_and_each_other_learns_who(bench: Bench) -> None:
    """[P3] Sixteen clicks, ten times."""
    a, b = await bench.starts("a", "b")
    maria = Customer(a)
    agents = [Agent((a, b)[number % 2], f"Agent-{number}") for number in range(16)]
    await maria.joins()
    c = (await maria.opens()).conversation
    await asyncio.gather(*(agent.joins() for agent in agents))
    await asyncio.gather(*(agent.watches(c) for agent in agents))
    for _ in range(10):
        answers = await asyncio.gather(*(agent.does("intervene", c) for agent in agents))
        won = [agent for agent, answer in zip(agents, answers, strict=True) if answer["type"] == "ack"]
        assert len(won) == 1
        for answer in answers:
            if answer["type"] == "error":
                assert refused(answer, "taken")["by"]["id"] == won[0].id
        handed = await won[0].hands_back(c)
        await asyncio.gather(*(agent.sees(c, is_at(handed["seq"])) for agent in agents))
    found = await bench.is_in_order(maria, *agents)
    assert found.counts.takeovers == 10
    await all_leave(maria, *agents)


async def test_a_town_on_two_nodes_is_in_order(bench: Bench, seed: str) -> None:
    """[P1, P2, P3, P5] Customers and agents at random, for a while, with nothing going wrong."""
    town = Town(bench, seed)
    await town.opens()
    async with town.is_busy():
        await town.takes_over(25)
    await town.settles()
    found = await town.is_in_order()
    assert found.counts.takeovers >= 25
    await town.leaves()
