"""The turns that a node runs: what starts them, and what a takeover does to them."""

import asyncio

import pytest

from intervene.bots.api import Briefing, Turn
from intervene.bots.kinds.echo import echo
from intervene.core.access import Visitor
from intervene.core.actors import Bot, Contact
from intervene.core.conversation.state import Cause
from intervene.core.conversation.turns import Answered, Outcome, Wait
from intervene.core.errors import Fenced
from intervene.core.ids import ContactId
from intervene.core.limits import TEXT_BYTES, TURN_RESTARTS
from tests.integration.engine.cluster import Cluster
from tests.integration.engine.faults import Accident
from tests.integration.engine.stage import Stage, comes_in, ends
from tests.kit.limits import eventually
from tests.unit.core.cast import ACME

# -- what starts a turn ------------------------------------------------------------------------------------------------


async def test_a_customer_writes_and_the_bot_answers(cluster: Cluster) -> None:
    n1 = cluster.node("n1", {"echo": echo})
    clara = await comes_in(cluster, n1)
    for word in ("one", "two"):
        await clara.says(word)
        await ends(clara)
    assert await clara.room.messages() == ["Clara: one", "Echo: You said: one", "Clara: two", "Echo: You said: two"]


async def test_the_longest_text_is_answered_too(cluster: Cluster) -> None:
    n1 = cluster.node("n1", {"echo": echo})
    clara = await comes_in(cluster, n1)
    longest = "x" * TEXT_BYTES
    await clara.says(longest)
    await ends(clara)
    assert await clara.room.messages() == [f"Clara: {longest}", f"Echo: {longest}"]


async def test_of_16_who_open_one_conversation_on_two_nodes_all_get_it_and_it_starts_once(cluster: Cluster) -> None:
    """[P3] One customer with many tabs: one conversation, one run of its bot."""
    stage = Stage("hello")
    stage.may_speak.set()
    nodes = [cluster.node(name, {"echo": stage.play}) for name in ("n1", "n2")]
    contact = Contact(id=ContactId("tabs"), name="Tabs")
    newcomer = Visitor(organisation=ACME, contact=contact)
    opened = await asyncio.gather(*(nodes[number % 2].engine.open(newcomer) for number in range(16)))
    assert len({each.conversation for each in opened}) == 1
    await eventually(lambda: bool(stage.turns) and not any(node.runner and node.runner.turns for node in nodes))
    assert len(stage.turns) == 1


async def test_a_claim_and_an_intervene_in_one_append_start_nothing(cluster: Cluster) -> None:
    """[P1] What follows from a commit is read from its final state. First Clara's message, which claims a turn, meets
    a conflict and is decided again with the intervene behind it; then Anna hands back and regrets it."""
    stage = Stage()
    stage.may_speak.set()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    anna = clara.room.agent("Anna", n1)
    await ends(clara)
    stopped = list(n1.stopped)
    n1.log.accidents.append(Accident.CONFLICT)
    n1.log.holds_writes()
    word = clara.says("hi")
    await n1.log.write_waits()
    taken = anna.intervenes()
    n1.log.releases_writes()
    assert await clara.room.commit_of((await word).seq) == await clara.room.commit_of((await taken).seq)
    n1.log.holds_writes()
    note = anna.notes("keeps the conversation busy")
    await n1.log.write_waits()
    back, again = anna.hands_back(), anna.intervenes(epoch=anna.known.epoch + 1)
    n1.log.releases_writes()
    await note
    assert await clara.room.commit_of((await back).seq) == await clara.room.commit_of((await again).seq)
    await cluster.settles()
    assert n1.stopped == stopped, "nothing was started, not even to be cancelled again"
    assert len(stage.turns) == 1


async def test_a_bot_is_told_that_an_agent_gave_it_the_conversation_and_why(cluster: Cluster) -> None:
    """Nothing is told to a bot that the conversation began with; customers are not shown it."""
    stage = Stage()
    stage.may_speak.set()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    anna = clara.room.agent("Anna", n1)
    await ends(clara)
    await anna.watches()
    await anna.intervenes()
    await anna.hands_back(reason="She pays in December.")
    await ends(clara)
    await clara.says("hi")
    await ends(clara)
    first, *later = [turn.briefing for turn in stage.turns]
    assert first is None
    assert later == [Briefing(by=anna.who, text="She pays in December.")] * 2


async def test_input_before_the_first_word_starts_the_turn_again(cluster: Cluster) -> None:
    """[P5] The bot answers all that it was asked. A customer who goes on typing does not keep it from starting."""
    stage = Stage("hello", "and that")
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    words = [f"word {number}" for number in range(TURN_RESTARTS + 2)]
    for count, word in enumerate(words, start=2):
        await clara.says(word)
        await eventually(lambda: len(stage.turns) == min(count, TURN_RESTARTS + 1))  # noqa: B023
    assert stage.inputs == [words[:count] for count in range(TURN_RESTARTS + 1)]
    assert stage.cancelled == TURN_RESTARTS
    stage.may_speak.set()
    await ends(clara)
    assert stage.inputs[-1] == words[TURN_RESTARTS:], "the rest is the next turn's"


async def test_input_after_the_first_word_waits_for_the_next_turn(cluster: Cluster) -> None:
    """[P5]"""
    stage = Stage("one", "two")
    stage.may_speak.set()
    stage.may_end.clear()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: len(clara.screen.events) == 2)
    await clara.says("hi")
    assert len(stage.turns) == 1
    stage.may_end.set()
    await ends(clara)
    assert stage.inputs == [[], ["hi"]]
    assert stage.cancelled == 0


async def test_a_turn_is_told_why_it_began_and_what_the_one_before_kept(cluster: Cluster) -> None:
    told: list[tuple[Cause, str]] = []

    async def bot(turn: Turn) -> Outcome:
        told.append((turn.cause, turn.cursor))
        turn.keep(f"{turn.cursor}x")
        return Wait(0.0)

    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await ends(clara)
    await n1.housekeeping.heartbeat()
    await eventually(lambda: len(told) == 2)
    await clara.says("hi")
    await ends(clara)
    assert told == [(Cause.START, ""), (Cause.TIMER, "x"), (Cause.INPUT, "xx")]


async def test_a_timer_fires_once_and_not_for_a_former_control(cluster: Cluster) -> None:
    """[P1]"""
    turns = 0

    async def bot(turn: Turn) -> Outcome:
        nonlocal turns
        turns += 1
        return Wait(0.0) if turns % 2 else Answered()

    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await ends(clara)
    for _ in range(3):
        await n1.housekeeping.heartbeat()
        await cluster.settles()
    assert turns == 2, "the second turn set no timer"
    await clara.says("once more")
    await ends(clara)
    await clara.room.agent("Anna", n1).intervenes()
    await n1.housekeeping.heartbeat()
    await cluster.settles()
    assert turns == 3


async def test_housekeeping_wakes_for_a_timer(cluster: Cluster) -> None:
    """It does not rest past it, and a timer that is set while it looks is not overlooked."""
    told: list[Cause] = []

    async def bot(turn: Turn) -> Outcome:
        told.append(turn.cause)
        return Wait(0.05)

    n1 = cluster.node("n1", {"echo": bot})
    keeping = asyncio.ensure_future(n1.housekeeping.run())
    await comes_in(cluster, n1)
    await eventually(lambda: told.count(Cause.TIMER) == 3)
    keeping.cancel()
    assert n1.runner
    n1.runner.is_draining = True


# -- takeover ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["n1", "n2"])
async def test_an_agent_intervenes_and_the_turn_is_cancelled_where_it_runs(cluster: Cluster, where: str) -> None:
    """[P1] The bot's node has no session of the conversation, and still hears of it at once."""
    stage = Stage()
    n1, n2 = cluster.node("n1", {"echo": stage.play}), cluster.node("n2", {"echo": stage.play})
    room = await cluster.opens(n1)
    anna = room.agent("Anna", n1 if where == "n1" else n2)
    if where == "n2":
        await anna.watches()
    await eventually(lambda: len(stage.turns) == 1)
    taken = await anna.intervenes()
    await eventually(lambda: stage.cancelled == 1)
    await eventually(lambda: n1.stopped == [(room.key, taken.epoch - 1)])
    answered = n1.engine.stats.answered
    with pytest.raises(Fenced):
        await stage.turns[0].say("late")
    assert n1.engine.stats.answered == answered, "the port itself refuses"
    assert n1.runner
    assert (n1.runner.turns, n1.runner.zombies) == (0, 0)


async def test_a_lease_alone_stops_nobody(cluster: Cluster) -> None:
    """[P4] Somebody began to take over and failed: the turn is run, because the row says so."""
    stage = Stage("hello")
    stage.may_speak.set()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await ends(clara)
    cluster.leases.take(clara.room.key, 17)
    stage.lines = ["still here"]
    await clara.says("hi")
    await ends(clara)
    assert (await clara.room.messages())[-1] == "Echo: still here"


async def test_the_bot_s_typing_ends_with_its_turn(cluster: Cluster) -> None:
    """[P1]"""
    stage = Stage()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    await clara.says("hi")
    await eventually(lambda: clara.screen.trail[-1] == "typing")
    anna = clara.room.agent("Anna", n1)
    await anna.watches()
    await anna.intervenes()
    seen = len(clara.screen.trail)
    for turn in stage.turns:
        turn.set_typing(True)
    await cluster.settles()
    assert "typing" not in clara.screen.trail[seen:] + anna.screen.trail


async def test_a_turn_that_loses_the_log_is_no_fault_of_its_bot_and_is_taken_up_again(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    """[P5] Its customer is not handed to a person for that."""
    stage = Stage("before", "lost", "after")
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    stage.may_speak.set()
    await ends(clara)
    stage.may_speak.clear()
    await clara.says("hi")
    await eventually(lambda: len(stage.turns) == 2)
    n1.log.is_away = True
    stage.may_speak.set()
    await eventually(lambda: n1.runner is not None and n1.runner.turns == 0)
    n1.log.is_away = False
    for _ in range(3):
        await n1.housekeeping.heartbeat()
        await cluster.settles()
    await ends(clara)
    assert (await clara.room.messages())[-1] == "Echo: after"
    assert isinstance((await clara.room.state()).holder, Bot)


async def test_a_turn_that_is_ended_just_as_it_returns_is_stopped_once(cluster: Cluster) -> None:
    """[P4] Its coroutine has returned, and the loop has not yet called what follows."""
    stage = Stage()
    n1 = cluster.node("n1", {"echo": stage.play})
    clara = await comes_in(cluster, n1)
    runner = n1.runner
    assert runner is not None
    await eventually(lambda: bool(stage.turns))
    pinned = n1.feeds.pin(clara.room.key)
    (turn,) = runner._active.values()
    stage.may_speak.set()
    await eventually(turn.task.done, every=0)
    runner._end(turn)
    await ends(clara)
    assert len(n1.stopped) == 1
    n1.feeds.unpin(pinned)
