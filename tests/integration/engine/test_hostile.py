"""Bots that will not stop. Each is taken over from on its own node and on another: the intervene is accepted behind no
more than what was under way, and whatever the bot goes on to do, nothing of it follows in the log.

A bot that blocks the loop is not among them: for that one a process of its own is needed.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any

import pytest

from intervene.bots import task
from intervene.bots.api import BotCallable, Turn
from intervene.bots.turn import BotTurn
from intervene.core.conversation.state import Running
from intervene.core.conversation.turns import AddPiece, Answered, BotSay, EndTurn, Finish, Outcome
from intervene.core.errors import InterveneError
from intervene.core.events import ControlChanged
from intervene.core.ids import CommandId, MessageId
from intervene.core.limits import ABANDONED_PER_BOT, CANCELS
from intervene.core.text import message_text, piece_text
from tests.integration.engine.actors import Customer, Person
from tests.integration.engine.cluster import Cluster, Node
from tests.kit.limits import WAIT, eventually

LATE = 5  # attempts after the takeover that each bot is given time for


class World:
    """What a hostile bot knows of the test: whether it was taken over from, and when to stop after all, since a task
    that never ends keeps the loop from closing."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.taken = asyncio.Event()
        self.taken_for_threads = threading.Event()
        self.is_over = False
        self.late = 0
        """Attempts to do something after the takeover."""
        self.tasks: set[asyncio.Future[Any]] = set()
        self.threads: list[threading.Thread] = []

    async def tries(self, attempt: Awaitable[Any]) -> None:
        """Count it, if it is late, and let nothing that comes of it matter."""
        is_late = self.taken.is_set()
        try:
            await attempt
        except BaseException:
            pass
        self.late += is_late

    def spawns(self, work: Coroutine[Any, Any, Any]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)

    async def ends(self) -> None:
        self.is_over = True
        self.taken.set()
        self.taken_for_threads.set()
        for thread in self.threads:
            await asyncio.to_thread(thread.join)
        await eventually(lambda: all(task.done() for task in self.tasks))


Hostile = Callable[[World, Turn], Coroutine[Any, Any, Outcome]]


async def swallows_its_cancel(world: World, turn: Turn) -> Outcome:
    """And says something each time."""
    world.began.set()
    while not world.is_over:
        try:
            await asyncio.sleep(0.01)
            if world.taken.is_set():
                await world.tries(turn.say("still here"))
        except asyncio.CancelledError:
            pass
    return Finish(close=True)


async def catches_everything(world: World, turn: Turn) -> Outcome:
    while not world.is_over:
        world.began.set()
        await world.tries(turn.say("again"))
    return Answered()


async def streams_and_catches_everything(world: World, turn: Turn) -> Outcome:
    async with turn.stream() as reply:
        while not world.is_over:
            world.began.set()
            await world.tries(reply.write("more "))
    return Answered()


async def writes_from_a_thread(world: World, turn: Turn) -> Outcome:
    """On a loop of its own, on the right loop, and where no loop is asked."""
    loop = asyncio.get_running_loop()

    async def says() -> None:
        await turn.say("from a thread")

    async def counts() -> None:
        await world.tries(turn.say("through the door"))

    def late() -> None:
        world.taken_for_threads.wait()
        for _ in range(LATE):
            with suppress(InterveneError):
                asyncio.run(says())
            turn.set_typing(True)
            if not world.is_over:
                asyncio.run_coroutine_threadsafe(counts(), loop).result(WAIT)

    world.threads.append(threading.Thread(target=late))
    world.threads[-1].start()
    with pytest.raises(InterveneError):
        await asyncio.to_thread(asyncio.run, says())
    world.began.set()
    await world.taken.wait()
    return Answered()


async def shields_its_writes(world: World, turn: Turn) -> Outcome:
    async def goes_on() -> None:
        await world.taken.wait()
        while not world.is_over:
            await world.tries(turn.say("shielded"))

    async with turn.stream() as reply:
        await reply.write("I can ")
        world.began.set()
        await asyncio.shield(asyncio.ensure_future(goes_on()))
    return Answered()


async def calls_back_late(world: World, turn: Turn) -> Outcome:
    loop = asyncio.get_running_loop()
    async with turn.stream() as reply:
        await reply.write("I can ")

        def back() -> None:
            world.spawns(world.tries(reply.write("help ")))
            world.spawns(world.tries(turn.say("later")))
            if not world.is_over:
                loop.call_later(0.01, back)

        back()
        world.began.set()
        await asyncio.Event().wait()
    return Answered()


async def spawns_children(world: World, turn: Turn) -> Outcome:
    async def child(number: int) -> None:
        while not world.is_over:
            await world.tries(turn.say(f"child {number}"))
            await asyncio.sleep(0)

    for number in range(30):
        world.spawns(child(number))
    world.began.set()
    await asyncio.Event().wait()
    return Answered()


async def keeps_its_port(world: World, turn: Turn) -> Outcome:
    """Its turn ends as it should; what it left behind goes on with it."""

    async def goes_on() -> None:
        while not world.is_over:
            await world.tries(turn.say("after the end"))
            async with turn.stream() as reply:
                await world.tries(reply.write("after the end"))

    async def for_ever() -> None:
        while not world.is_over:
            with suppress(InterveneError):
                await goes_on()

    world.spawns(for_ever())
    world.began.set()
    return Answered()


async def writes_without_end(world: World, turn: Turn) -> Outcome:
    async with turn.stream() as reply:
        world.began.set()
        while True:
            await reply.write("x")


async def says_without_end(world: World, turn: Turn) -> Outcome:
    world.began.set()
    while True:
        await turn.say("x")


async def goes_round_its_port(world: World, turn: Turn) -> Outcome:
    """It has found the engine, and makes commands of its own, also for the holder that it was."""
    assert isinstance(turn, BotTurn)
    state, claim = turn._state, turn._state.turn
    assert isinstance(claim, Running)
    engine, made = turn._engine, 0
    world.began.set()
    with suppress(asyncio.CancelledError):
        await asyncio.Event().wait()
    while not world.is_over:
        made += 1
        id, message = CommandId(f"h{made}"), MessageId(f"h{made}")
        common: dict[str, Any] = {"author": turn.bot, "epoch": state.epoch, "turn": claim.number}
        await world.tries(
            engine.call(state.key, BotSay(id=id, message=message, text=message_text("round the port"), **common))
        )
        await world.tries(engine.call(state.key, AddPiece(message=message, n=1, text=piece_text("round"), **common)))
        end = EndTurn(answered=99, outcome=Finish(close=True), **common)
        await world.tries(engine.call(state.key, end))
    return Answered()


BOTS: dict[str, Hostile] = {
    bot.__name__: bot
    for bot in (
        swallows_its_cancel,
        catches_everything,
        streams_and_catches_everything,
        writes_from_a_thread,
        shields_its_writes,
        calls_back_late,
        spawns_children,
        keeps_its_port,
        writes_without_end,
        says_without_end,
        goes_round_its_port,
    )
}
NEVER_LATE = {"writes_without_end", "says_without_end"}  # they end with their turn
ABANDONED = {
    "swallows_its_cancel", "catches_everything", "streams_and_catches_everything", "goes_round_its_port"
}  # fmt: skip


@pytest.fixture
async def world(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    monkeypatch.setattr(task, "CANCEL_SECONDS", 0.02)
    monkeypatch.setattr(
        "intervene.core.conversation.commit.BOT_STREAK", 1 << 30
    )  # or the loudest would stop themselves
    world = World()
    yield world
    await world.ends()
    for node in cluster.nodes:
        if node.runner:
            await eventually(lambda: node.runner is None or node.runner.zombies == 0)  # noqa: B023


async def begins(cluster: Cluster, world: World, bot: BotCallable, where: str) -> tuple[Node, Customer, Person]:
    """Clara and the bot on n1, Ben where he is to be. No limit of the port's is in the bot's way."""
    n1 = cluster.node("n1", {"echo": bot}, burst=float("inf"))
    n2 = cluster.node("n2", {"echo": bot}, burst=float("inf"))
    clara = (await cluster.opens(n1)).customer(n1)
    ben = clara.room.agent("Ben", n1 if where == "n1" else n2)
    await ben.node.policies.loaded(clara.room.key.organisation)  # as a socket does before it shows a conversation
    await clara.watches()
    await ben.watches()
    await world.began.wait()
    return n1, clara, ben


@pytest.mark.parametrize("where", ["n1", "n2"])
@pytest.mark.parametrize("name", BOTS)
async def test_a_hostile_bot_neither_delays_a_takeover_nor_outlives_it(
    cluster: Cluster, world: World, name: str, where: str
) -> None:
    """[P1] [P4] At the click one commit of the bot's node is under way, and both nodes write through one queue: what
    the bot wants to commit next is behind the takeover, however busy the machine is."""

    async def bot(turn: Turn) -> Outcome:
        return await BOTS[name](world, turn)

    n1, clara, ben = await begins(cluster, world, bot, where)
    clicked = clara.known.version
    taken = await ben.intervenes(epoch=1)
    world.taken.set()
    world.taken_for_threads.set()
    assert await clara.room.commit_of(taken.seq) - clicked <= 2
    await ben.says("Hello, I am Ben", confirmed=True)
    await eventually(lambda: world.late >= LATE or name in NEVER_LATE)
    assert n1.runner
    await eventually(lambda: n1.runner is not None and n1.runner.abandoned_turns.total() == (name in ABANDONED))
    after = [event for event in await clara.room.events() if event.seq >= taken.seq]
    assert [type(event.author).__name__ for event in after] == ["Agent", "Agent"]
    assert (n1.runner.zombies > 0) == (name in ABANDONED)


async def test_a_bot_of_which_too_many_turns_were_abandoned_gets_no_more(cluster: Cluster, world: World) -> None:
    """[P7] On this node; its conversations go to people."""
    turns = 0

    async def bot(turn: Turn) -> Outcome:
        nonlocal turns
        turns += 1
        return await swallows_its_cancel(world, turn)

    n1 = cluster.node("n1", {"echo": bot})
    assert n1.runner
    for count in range(1, ABANDONED_PER_BOT + 1):
        room = await cluster.opens(n1)
        await eventually(lambda: turns == count)  # noqa: B023
        await room.agent("Anna", n1).intervenes()
        await eventually(lambda: n1.runner is not None and n1.runner.abandoned_turns.total() == count)  # noqa: B023
    assert n1.runner.zombies == ABANDONED_PER_BOT
    room = await cluster.opens(n1)
    await room.comes_to(lambda state: state.epoch == 2)
    assert (await room.last_change()).reason == "bot_disabled"
    assert turns == ABANDONED_PER_BOT


async def test_a_turn_is_cancelled_several_times_before_it_is_abandoned(cluster: Cluster, world: World) -> None:
    """[P7]"""
    cancels = 0

    async def bot(turn: Turn) -> Outcome:
        nonlocal cancels
        world.began.set()
        while not world.is_over:
            try:
                await asyncio.sleep(0.001)
            except asyncio.CancelledError:
                cancels += 1
        return Answered()

    n1, _, ben = await begins(cluster, world, bot, "n1")
    await ben.intervenes()
    assert n1.runner
    await eventually(lambda: n1.runner is not None and n1.runner.abandoned_turns.total() == 1)
    assert cancels == CANCELS


async def test_a_bot_s_typing_is_bounded(cluster: Cluster, world: World) -> None:
    """[P7] It cannot fill the sockets of those who watch it."""

    async def bot(turn: Turn) -> Outcome:
        for number in range(1000):
            turn.set_typing(number % 2 == 0)
            await asyncio.sleep(0)
        world.began.set()
        return Answered()

    _, _, ben = await begins(cluster, world, bot, "n1")
    await cluster.settles()
    assert ben.screen.trail.count("typing") <= 2  # a change that came within the second is still to be shown


async def test_a_bot_cannot_take_control_back(cluster: Cluster, world: World) -> None:
    """[P1] [P3] Whatever the hostile ones tried, control changed hands once."""

    async def bot(turn: Turn) -> Outcome:
        return await goes_round_its_port(world, turn)

    _, clara, ben = await begins(cluster, world, bot, "n2")
    await ben.intervenes()
    world.taken.set()
    await eventually(lambda: world.late >= LATE)
    changes = [event.body for event in await clara.room.events() if isinstance(event.body, ControlChanged)]
    assert [change.holder for change in changes][1:] == [ben.who]
