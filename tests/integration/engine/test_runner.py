"""Turns that a node really runs: what starts them, what ends them, and who finds those that nobody runs."""

import asyncio
import sys
from typing import Any

import pytest

from intervene.bots.api import BotCallable, Turn
from intervene.bots.kinds.echo import echo
from intervene.core.access import Visitor
from intervene.core.actors import Agent, Bot, Contact
from intervene.core.conversation.commands import Answered, Ask, Finish, Outcome, Wait
from intervene.core.conversation.state import Cause
from intervene.core.errors import Fenced
from intervene.core.ids import ContactId
from intervene.core.limits import BOT_STREAK, REASON_CHARS, REPLY_BYTES, TEXT_BYTES, TURN_RESTARTS
from tests.integration.engine.cluster import Cluster
from tests.integration.engine.faults import Accident
from tests.integration.engine.stage import Stage, comes_in, ends
from tests.kit.limits import eventually
from tests.unit.core.play import ACME

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
    newcomer = Visitor(organisation=ACME, contact=contact, expires=0.0)
    ids = await asyncio.gather(*(nodes[number % 2].engine.open(newcomer) for number in range(16)))
    assert len(set(ids)) == 1
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
    back, again = anna.hands_back(), anna.intervenes(epoch=anna.known.epoch + 1)
    n1.log.releases_writes()
    await note
    assert await clara.room.commit_of((await back).seq) == await clara.room.commit_of((await again).seq)
    await cluster.settles()
    assert n1.stopped == stopped, "nothing was started, not even to be cancelled again"
    assert len(stage.turns) == 1


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
    await n1.upkeep.beat()
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
        await n1.upkeep.beat()
        await cluster.settles()
    assert turns == 2, "the second turn set no timer"
    await clara.says("once more")
    await ends(clara)
    await clara.room.agent("Anna", n1).intervenes()
    await n1.upkeep.beat()
    await cluster.settles()
    assert turns == 3


async def test_upkeep_wakes_for_a_timer(cluster: Cluster) -> None:
    """It does not rest past it, and a timer that is set while it looks is not overlooked."""
    told: list[Cause] = []

    async def bot(turn: Turn) -> Outcome:
        told.append(turn.cause)
        return Wait(0.05)

    n1 = cluster.node("n1", {"echo": bot})
    keeping = asyncio.ensure_future(n1.upkeep.keep())
    await comes_in(cluster, n1)
    await eventually(lambda: told.count(Cause.TIMER) == 3)
    keeping.cancel()
    assert n1.runner
    n1.runner.is_draining = True


# -- how a turn ends ---------------------------------------------------------------------------------------------------


async def _raises(turn: Turn) -> Outcome:
    raise RuntimeError("the customer's words")


async def _raises_what_ends_the_process(turn: Turn) -> Outcome:
    sys.exit("and takes every conversation with it")


async def _cancels_itself(turn: Turn) -> Outcome:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)
    return Answered()


async def _answers_nonsense(turn: Turn) -> Any:
    return "done"


async def _keeps_too_much(turn: Turn) -> Outcome:
    turn.keep("x" * 100_000)
    return Answered()


async def _says_what_no_store_takes(turn: Turn) -> Outcome:
    await turn.say("\ud800")
    return Answered()


async def _streams_what_no_store_takes(turn: Turn) -> Outcome:
    async with turn.stream() as reply:
        await reply.write("fine so far ")
        await reply.write("\0")
    return Answered()


async def _streams_half_a_character(turn: Turn) -> Outcome:
    async with turn.stream() as reply:
        await reply.write("fine so far ")
        await reply.write("\ud83d")
    return Answered()


async def _says_what_nobody_sees(turn: Turn) -> Outcome:
    await turn.say("\u200b")
    return Answered()


async def _keeps_half_a_character(turn: Turn) -> Outcome:
    turn.keep("step \ude00")
    return Answered()


async def _says_that_it_is_fenced(turn: Turn) -> Outcome:
    raise Fenced("it is not")


OUTCOMES: dict[str, tuple[BotCallable, str, bool]] = {
    "raises": (_raises, "bot_failed", True),
    "raises what would end the process": (_raises_what_ends_the_process, "bot_failed", True),
    "cancels itself": (_cancels_itself, "bot_failed", True),
    "answers nonsense": (_answers_nonsense, "bot_failed", True),
    "keeps too much": (_keeps_too_much, "bot_failed", True),
    "says what no store takes": (_says_what_no_store_takes, "bot_failed", True),
    "streams what no store takes": (_streams_what_no_store_takes, "bot_failed", True),
    "streams half a character": (_streams_half_a_character, "bot_failed", True),
    "says what nobody sees": (_says_what_nobody_sees, "bot_failed", True),
    "keeps half a character": (_keeps_half_a_character, "bot_failed", True),
    "asks with half a character": (lambda turn: _with(Ask("angry\ud83d\x1b")), "angry\ufffd", True),
    "asks at length": (lambda turn: _with(Ask("r" * 100_000)), "r" * REASON_CHARS, True),
    "says that it is fenced": (_says_that_it_is_fenced, "fenced", True),
    "asks": (lambda turn: _with(Ask("too hard")), "too hard", True),
    "finishes": (lambda turn: _with(Finish()), "", True),
    "closes": (lambda turn: _with(Finish(close=True)), "", False),
}


async def _with(outcome: Outcome) -> Outcome:
    return outcome


@pytest.mark.parametrize("how", OUTCOMES)
async def test_a_bot_that_cannot_go_on_hands_to_a_person(cluster: Cluster, how: str) -> None:
    """[P5] Nobody holds control then, the reason is in the log, and the next commit is somebody's who can."""
    bot, reason, is_open = OUTCOMES[how]
    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: clara.known.epoch == 2)
    change = await clara.room.last_change()
    assert (change.reason, change.is_open) == (reason, is_open)
    assert change.holder == (await clara.room.state()).holder
    assert not isinstance(change.holder, Bot | Agent)
    assert n1.runner
    assert n1.runner.turns == 0


async def test_a_turn_that_takes_too_long_goes_to_a_person(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """[P7] Even of a bot that waits for something which never comes."""
    monkeypatch.setattr("intervene.bots.runner.TURN_SECONDS", 0.05)

    async def bot(turn: Turn) -> Outcome:
        await asyncio.Event().wait()
        return Answered()

    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: clara.known.epoch == 2)
    assert (await clara.room.last_change()).reason == "turn_too_long"
    runner = n1.runner
    assert runner
    await eventually(lambda: runner.turns == runner.zombies == 0)


async def test_a_bot_that_is_not_here_hands_to_a_person(cluster: Cluster) -> None:
    """[P5]"""
    n1 = cluster.node("n1", {})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: clara.known.epoch == 2)
    assert (await clara.room.last_change()).reason == "no_such_bot"


async def test_a_bot_that_talks_to_itself_hands_to_a_person(cluster: Cluster) -> None:
    """[P7] So many messages without a human between are enough."""

    async def bot(turn: Turn) -> Outcome:
        while True:
            await turn.say("and another thing")

    n1 = cluster.node("n1", {"echo": bot}, burst=float("inf"))
    clara = await comes_in(cluster, n1)
    await eventually(lambda: clara.known.epoch == 2)
    assert (await clara.room.last_change()).reason == "runaway"
    assert len(await clara.room.messages()) == BOT_STREAK


async def test_a_bot_that_is_too_fast_waits(cluster: Cluster) -> None:
    """[P7] Two words at once, then one in a very long time; and a bot that waits can be taken over from."""
    stopped = False

    async def bot(turn: Turn) -> Outcome:
        nonlocal stopped
        try:
            while True:
                await turn.say("hello")
        finally:
            stopped = True

    n1 = cluster.node("n1", {"echo": bot}, burst=2, per_second=0.001)
    clara = await comes_in(cluster, n1)
    await eventually(lambda: len(clara.screen.events) == 3)
    await clara.room.agent("Anna", n1).intervenes()
    await eventually(lambda: stopped)
    assert await clara.room.messages() == ["Echo: hello", "Echo: hello"]


# -- streaming ---------------------------------------------------------------------------------------------------------


async def test_what_a_bot_streams_is_gathered_into_few_pieces(cluster: Cluster) -> None:
    words = [f"word{number} " for number in range(500)]

    async def bot(turn: Turn) -> Outcome:
        async with turn.stream() as reply:
            for word in words:
                await reply.write(word)
        async with turn.stream() as nothing:
            await nothing.write("")
        return Answered()

    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await ends(clara)
    assert await clara.room.messages() == [f"Echo: {''.join(words)}"]
    facts, _ = await clara.room.reads()
    assert len(facts) < 60


async def test_a_reply_is_cut_at_its_limit_at_the_edge_of_a_character(cluster: Cluster) -> None:
    """[P7]"""

    async def bot(turn: Turn) -> Outcome:
        async with turn.stream() as reply:
            for _ in range(100):
                await reply.write("🙂" * 1001)
        return Answered()

    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await ends(clara)
    assert await clara.room.messages() == ["Echo: " + "🙂" * (REPLY_BYTES // 4)]


async def test_a_reply_that_is_left_by_an_exception_is_kept_as_far_as_it_was_committed(cluster: Cluster) -> None:
    """[P2] What was gathered and not committed is not said any more."""
    began = asyncio.Event()

    async def bot(turn: Turn) -> Outcome:
        async with turn.stream() as reply:
            await reply.write("I can ")
            await began.wait()
            await reply.write("never mind")
            raise RuntimeError
        return Answered()

    n1 = cluster.node("n1", {"echo": bot})
    clara = await comes_in(cluster, n1)
    await eventually(lambda: clara.screen.text == "I can ")
    began.set()
    await eventually(lambda: clara.known.epoch == 2)
    assert await clara.room.messages() == ["Echo: I can ..."]


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
        await n1.upkeep.beat()
        await cluster.settles()
    await ends(clara)
    assert (await clara.room.messages())[-1] == "Echo: after"
    assert isinstance((await clara.room.state()).holder, Bot)
