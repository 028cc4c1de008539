"""Bots that do what no bot should, and servers that run them: `python -m tests.cluster.hostile deaf`.

Settings are the server's own. Every node that may run turns of such a bot has to know it: a bot that a node does not
know hands its conversations to a person. All that they write is marked with the epoch and the turn that it was made in,
so that it gives itself away where it does not belong.
"""

import asyncio
import os
import sys
import threading
import time
from collections.abc import Awaitable, Callable

from intervene import logs
from intervene.bots.api import Turn
from intervene.bots.turn import BotTurn
from intervene.core.actors import Bot
from intervene.core.conversation.bot_desk import BotSetAttributes
from intervene.core.conversation.state import Cause
from intervene.core.conversation.turns import AddPiece, Answered, FinishMessage, Outcome, Wait
from intervene.core.errors import InterveneError
from intervene.core.ids import BotId
from intervene.core.text import piece_text
from intervene.node.serve import serve
from intervene.settings import load

WORDS = ("the", "instalment", "of", "this", "month", "and", "the", "fee", "of", "the", "debit", "are", "open")
LINE = "".join(f"{word} " for word in WORDS)
SECOND = 1.0
TICK = 0.02


def mark(turn: BotTurn) -> str:
    return f"⟦{turn._speaker.epoch}.{turn._speaker.turn}⟧"


Answer = Callable[[BotTurn], Awaitable[Outcome]]


# -- the bots ----------------------------------------------------------------------------------------------------------


async def deaf(turn: BotTurn) -> Outcome:
    """Streams for ever, and takes no for an answer from nobody."""
    while True:
        try:
            async with turn.stream() as reply:
                for _ in range(400):
                    await reply.write(f"{mark(turn)} {LINE}")
                    await asyncio.sleep(TICK)
        except BaseException:  # its cancel too: that is the point
            pass


async def loop(turn: BotTurn) -> Outcome:
    """Commits as fast as it can, past the port and its limits, the next always waiting behind the last. Refused or
    cancelled, it begins another message. A later run begins late: what goes on of an earlier one has nothing in its
    way then but the fence."""
    if turn._speaker.epoch > 1:
        await asyncio.sleep(0.5 * SECOND)
    raw = Raw(turn)

    async def write() -> None:
        while raw.size < 20_000:
            await raw.adds(mark(turn))

    refused = 0
    while refused < 2_000:
        try:
            await asyncio.gather(*(write() for _ in range(8)))
            await raw.finishes()
        except BaseException:  # its cancel too: that is the point
            refused += 1
            raw.begins()
    return Answered()


async def blocker(turn: BotTurn) -> Outcome:
    """Keeps the whole node from doing anything for six seconds when it hears the word."""
    said = turn.history[-1].text
    if said == "block":
        time.sleep(6 * SECOND)  # noqa: ASYNC251  # that is the point
    await turn.say(f"{mark(turn)} You said: {said}")
    return Answered()


async def thread(turn: BotTurn) -> Outcome:
    """Writes from a thread that no cancel reaches, by way of the loop."""
    home = asyncio.get_running_loop()
    writing: set[asyncio.Task[None]] = set()

    async def write(word: str) -> None:
        try:
            await reply.write(word)
        except InterveneError:
            pass  # and on it goes

    def send(word: str) -> None:
        task = home.create_task(write(f"{mark(turn)} {word} "))
        writing.add(task)
        task.add_done_callback(writing.discard)

    def work() -> None:
        for number in range(5_000):
            home.call_soon_threadsafe(send, WORDS[number % len(WORDS)])
            time.sleep(TICK)

    async with turn.stream() as reply:
        threading.Thread(target=work, daemon=True).start()
        await asyncio.Event().wait()
    return Answered()


async def shielded(turn: BotTurn) -> Outcome:
    """Each word goes out to its end, whoever is cancelled meanwhile."""
    async with turn.stream() as reply:
        for number in range(2_000):
            await asyncio.shield(reply.write(f"{mark(turn)} {WORDS[number % len(WORDS)]} "))
            await asyncio.shield(asyncio.sleep(TICK))
    return Answered()


async def slow(turn: BotTurn) -> Outcome:
    """A while passes before its first word."""
    await asyncio.sleep(1.5 * SECOND)
    async with turn.stream() as reply:
        for word in WORDS * 4:
            await reply.write(f"{mark(turn)} {word} ")
            await asyncio.sleep(2.5 * TICK)
    return Answered()


async def silent(turn: BotTurn) -> Outcome:
    """Waits for a model that never answers."""
    await asyncio.Event().wait()
    return Answered()


async def chatty(turn: BotTurn) -> Outcome:
    """A piece every 20 ms, where the port would gather them."""
    raw = Raw(turn)
    for word in WORDS * 20:
        await raw.adds(f"{mark(turn)} {word} ")
        await asyncio.sleep(TICK)
    await raw.finishes()
    return Answered()


async def patient(turn: BotTurn) -> Outcome:
    """Answers, and comes back to it after a while."""
    if turn.cause is Cause.TIMER:
        await turn.say(f"{mark(turn)} I have waited.")
        return Answered()
    await turn.say(f"{mark(turn)} One moment.")
    return Wait(6.0)


async def curious(turn: BotTurn) -> Outcome:
    """Says something new of the contact all the time, past the port and its limits, whatever is answered."""
    await turn.say(f"{mark(turn)} Tell me more.")
    for number in range(4_000):
        bot, epoch, number_of_turn = turn._speaker
        values = {"mark": f"{mark(turn)} {number}"}
        command = BotSetAttributes(author=bot, epoch=epoch, turn=number_of_turn, values=values)
        try:
            await turn._engine.call(turn._state.key, command)
        except BaseException:  # its cancel too: that is the point
            await asyncio.shield(asyncio.sleep(TICK))
    return Answered()


BOTS: dict[str, Answer] = {
    bot.__name__: bot for bot in (deaf, loop, blocker, thread, shielded, slow, silent, chatty, patient, curious)
}  # fmt: skip


class Raw:
    """A message written by commands of one's own, straight into the one door."""

    def __init__(self, turn: BotTurn) -> None:
        self.size = 0
        self._turn = turn
        self.begins()

    def begins(self) -> None:
        self._message = self._turn.next_message()
        self._pieces = 0
        self.size = 0

    async def adds(self, text: str) -> None:
        self._pieces += 1
        self.size += len(text.encode())
        turn = self._turn
        command = AddPiece(
            author=turn.bot, epoch=turn._speaker.epoch, turn=turn._speaker.turn, message=self._message, n=self._pieces,
            text=piece_text(text),
        )  # fmt: skip
        await turn._engine.call(turn._state.key, command)

    async def finishes(self) -> None:
        turn = self._turn
        command = FinishMessage(
            id=turn.next_command(), author=turn.bot, epoch=turn._speaker.epoch, turn=turn._speaker.turn,
            message=self._message, n=self._pieces + 1, text=piece_text(""),
        )  # fmt: skip
        self.begins()
        await turn._engine.call(turn._state.key, command)


# -- the server --------------------------------------------------------------------------------------------------------


def asked(answer: Answer) -> Callable[[Turn], Awaitable[Outcome]]:
    """None of them has anything to say before the customer has."""

    async def play(turn: Turn) -> Outcome:
        if turn.cause is not Cause.TIMER and not turn.inputs:
            return Answered()
        assert isinstance(turn, BotTurn), "it reaches past its port"
        return await answer(turn)

    return play


def main(name: str) -> int:
    settings = load(os.environ, None).config
    logs.configure(settings.log_format, settings.log_level)
    return serve(settings, bots={Bot(id=BotId(name), name=name.capitalize()): asked(BOTS[name])})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
