"""How the turns that a node runs end, and what a bot streams in them."""

import asyncio
import sys
from typing import Any

import pytest

from intervene.bots.api import BotCallable, Turn
from intervene.core.actors import Agent, Bot
from intervene.core.conversation.turns import Answered, Ask, Finish, Outcome
from intervene.core.errors import Fenced
from intervene.core.limits import BOT_STREAK, REASON_CHARS, REPLY_BYTES
from tests.integration.engine.cluster import Cluster
from tests.integration.engine.stage import comes_in, ends
from tests.kit.limits import eventually

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
    monkeypatch.setattr("intervene.bots.task.TURN_SECONDS", 0.05)

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
