"""Turns that nobody runs: owed ones, claims that came to nothing, and those of nodes that are gone."""

import asyncio

import pytest

from intervene.bots.api import Turn
from intervene.bots.kinds.echo import echo
from intervene.core.conversation.packing import FORMAT
from intervene.core.conversation.state import Idle, Owed, Running
from intervene.core.conversation.turns import Answered, Outcome
from intervene.core.limits import TURN_LOSSES
from tests.integration.engine.actors import Customer
from tests.integration.engine.cluster import Cluster, Node
from tests.integration.engine.stage import Stage, comes_in, ends
from tests.kit.limits import eventually


async def test_a_claim_that_its_node_does_not_run_is_given_back_and_run(cluster: Cluster) -> None:
    """[P5] The log was away when the turn was to begin. One heartbeat may find what is about to start; two are sure."""
    stage = Stage("hello")
    stage.may_speak.set()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await ends(clara)
    stage.lines = ["there I am"]
    n1.log.accidents.clear()
    await _loses_its_turn(n1, clara)
    assert len(stage.turns) == 1
    await n1.housekeeping.heartbeat()
    await cluster.settles()
    assert isinstance((await clara.room.state()).turn, Running), "after one heartbeat"
    await n1.housekeeping.heartbeat()
    await cluster.settles()
    assert isinstance((await clara.room.state()).turn, Owed), "after two"
    await n1.housekeeping.heartbeat()
    await ends(clara)
    assert (await clara.room.messages())[-1] == "Echo: there I am"


async def _loses_its_turn(node: Node, clara: Customer) -> None:
    """The customer writes, which claims a turn; the node cannot read the log, and drops it."""
    assert node.runner
    node.log.holds_writes()
    word = clara.says("hi")
    await node.log.write_waits()
    node.log.releases_writes()
    node.log.is_away = True
    await word
    await eventually(lambda: node.runner is not None and node.runner.turns == 0)
    node.log.is_away = False


async def test_a_claim_that_came_to_nothing_is_not_run_again_under_its_number(cluster: Cluster) -> None:
    """[P5] Else what it says would be taken for repeats of what it said before. Neither after a commit of its own node,
    nor after one of another, of which all is read anew."""
    stage = Stage("hello")
    stage.may_speak.set()
    n1, n2 = cluster.node("n1", {"echo": stage.play}), cluster.node("n2")
    clara = await comes_in(cluster, n1)
    await ends(clara)
    await _loses_its_turn(n1, clara)
    for node in (n1, n2):
        await clara.room.agent("Anna", node).notes("is nobody there?")
        await cluster.settles()
    assert len(stage.turns) == 1


async def test_a_turn_that_runs_is_not_given_back(cluster: Cluster) -> None:
    """However many heartbeats find it."""
    stage = Stage("hello")
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: len(stage.turns) == 1)
    for _ in range(4):
        await n1.housekeeping.heartbeat()
    await cluster.settles()
    assert stage.cancelled == 0
    stage.may_speak.set()
    await ends(clara)
    assert await clara.room.messages() == ["Echo: hello"]


async def test_a_turn_whose_end_could_not_be_written_goes_on_where_it_was(cluster: Cluster) -> None:
    """[P5] Said once: it is told what it had said."""
    said: list[list[str]] = []
    n1: Node

    async def bot(turn: Turn) -> Outcome:
        said.append(list(turn.said))
        if not turn.said:
            await turn.say("hello")
            n1.log.is_away = True
        return Answered()

    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: n1.log.is_away and n1.runner is not None and n1.runner.turns == 0)
    n1.log.is_away = False
    for _ in range(3):
        await n1.housekeeping.heartbeat()
        await cluster.settles()
    await ends(clara)
    assert said == [[], ["hello"]]
    assert await clara.room.messages() == ["Echo: hello"]


async def test_a_turn_of_a_dead_node_is_taken_up_by_another(cluster: Cluster) -> None:
    """[P5] In the middle of a reply; the next turn is told what was said."""
    stage = Stage("as I was saying")
    stage.may_speak.set()

    async def streams(turn: Turn) -> Outcome:
        async with turn.stream() as reply:
            await reply.write("I can ")
            await asyncio.Event().wait()
        return Answered()

    n1, n2 = cluster.node("n1", {"echo": streams}), cluster.node("n2", {"echo": stage.play})
    clara = (await cluster.opens(n1)).customer(n2)
    await clara.watches()
    await eventually(lambda: clara.screen.text == "I can ")
    n1.dies()
    await n2.housekeeping.heartbeat()
    await ends(clara)
    assert list(stage.turns[0].said) == ["I can "]
    assert await clara.room.messages() == ["Echo: I can ...", "Echo: as I was saying"]


async def test_a_turn_of_a_node_that_can_no_longer_read_its_row_is_taken_up(cluster: Cluster) -> None:
    """[P5] A newer node has written to it: the older one lives, and will not end the turn."""
    stage = Stage("hello")
    n1, n2 = cluster.node("n1", {"echo": stage.play}), cluster.node("n2", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: len(stage.turns) == 1)
    await n2.housekeeping.heartbeat()
    await cluster.settles()
    assert len(stage.turns) == 1, "as long as it can read it"
    n1.format = FORMAT - 1
    await n2.housekeeping.heartbeat()
    await eventually(lambda: len(stage.turns) == 2)
    stage.may_speak.set()
    await ends(clara)
    assert await clara.room.messages() == ["Echo: hello"]


async def test_a_turn_that_no_node_survives_goes_to_a_person(cluster: Cluster) -> None:
    """[P5] [P7] It may be what kills them."""
    stage = Stage()
    node = cluster.node("n0", {"echo": stage.play})
    room = await cluster.opens(node)
    for number in range(1, TURN_LOSSES + 2):
        following = cluster.node(f"n{number}", {"echo": stage.play})
        await eventually(lambda: len(stage.turns) == number)  # noqa: B023
        node.dies()
        node = following
        await node.housekeeping.heartbeat()
        await cluster.settles()
    assert (await room.last_change()).reason == "bot_lost"


@pytest.mark.parametrize("why", ["draining", "full"])
async def test_input_that_no_node_claims_is_owed_and_taken_up_later(cluster: Cluster, why: str) -> None:
    """[P5] No customer's message is left without somebody who answers it."""
    n1 = cluster.node("n1", {"echo": echo}, max_turns=0 if why == "full" else 100)
    assert n1.runner
    n1.runner.is_draining = why == "draining"
    clara = await comes_in(cluster, n1)
    await clara.says("anybody?")
    await n1.housekeeping.heartbeat()
    await cluster.settles()
    assert isinstance((await clara.room.state()).turn, Owed)
    n2 = cluster.node("n2", {"echo": echo})
    await n2.housekeeping.heartbeat()
    await ends(clara)
    assert await clara.room.messages() == ["Clara: anybody?", "Echo: You said: anybody?"]


async def test_a_node_that_goes_gives_its_turns_back(cluster: Cluster) -> None:
    """[P5] They are owed at once, not only when the node is found dead."""
    stage = Stage("hello")
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: len(stage.turns) == 1)
    assert n1.runner
    n1.runner.is_draining = True
    await n1.runner.give_back()
    assert isinstance((await clara.room.state()).turn, Owed)
    await eventually(lambda: stage.cancelled == 1)
    await n1.runner.finished()


async def test_of_two_nodes_that_take_up_a_turn_one_runs_it(cluster: Cluster) -> None:
    """[P3]"""
    stage = Stage("hello")
    n1, n2 = cluster.node("n1", {"echo": stage.play}), cluster.node("n2", {"echo": stage.play})
    assert n1.runner
    n1.runner.is_draining = True
    clara = await comes_in(cluster, n1)
    n1.runner.is_draining = False
    await asyncio.gather(n1.housekeeping.heartbeat(), n2.housekeeping.heartbeat())
    await eventually(lambda: len(stage.turns) == 1)
    await cluster.settles()
    stage.may_speak.set()
    await ends(clara)
    assert await clara.room.messages() == ["Echo: hello"]
    assert len(stage.turns) == 1


async def test_nothing_runs_between_turns(cluster: Cluster) -> None:
    stage = Stage("hello")
    stage.may_speak.set()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await ends(clara)
    assert n1.runner
    assert (n1.runner.turns, n1.runner.zombies) == (0, 0)
    assert isinstance((await clara.room.state()).turn, Idle)
