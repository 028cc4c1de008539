"""A streamed reply: gathers text into pieces, of which one is under way at a time. The first goes at once, since it
fixes the reply's place in the log.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from intervene.bots.slots import Slots
from intervene.core.actors import Bot
from intervene.core.conversation.turns import AddPiece, BotSay, FinishMessage
from intervene.core.errors import Fenced, InterveneError, Stale
from intervene.core.ids import CommandId, MessageId
from intervene.core.limits import GATHER_SECONDS, REPLY_BYTES
from intervene.core.text import Text, piece_text
from intervene.engine.queue import Answer, Reply
from intervene.ports.log import Receipt

UNCOMMITTED_CHARS = 4096  # a writer waits beyond it
WRITES = 8  # after so many, others run: a bot may do nothing but write

Submit = Callable[[AddPiece | BotSay | FinishMessage, Reply], None]
"""Gives a command of the turn to the engine; the answer comes later."""
IsLive = Callable[[], bool]
"""Whether the turn is not over, and this is its thread."""
Check = Callable[[], Awaitable[None]]
"""Raises `Fenced` when it is not live."""


class Speaker(NamedTuple):
    """Where a turn's commands come from: its bot, epoch and number."""

    bot: Bot
    epoch: int
    turn: int


class StreamWriter:
    """Writes the message `message`; `finish` ends it as the command `end`. Nothing written: nothing is committed."""

    def __init__(
        self,
        speaker: Speaker,
        message: MessageId,
        end: CommandId,
        submit: Submit,
        is_live: IsLive,
        check: Check,
        slots: Slots,
    ) -> None:
        self._speaker = speaker
        self._message = message
        self._end_id = end
        self._submit = submit
        self._is_live = is_live
        self._check = check
        self._slots = slots
        self._text = ""
        self._pieces = self._writes = 0
        self._room = REPLY_BYTES
        self._is_adding = False
        self._is_waiting = False
        """For its slot."""
        self._due = 0.0
        """When the next piece is."""
        self._failure: InterveneError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()

    async def write(self, text: str) -> None:
        if not self._is_live():  # asked first: a coroutine for each word is a good part of what it costs
            await self._check()
        if self._failure:
            self._raise_failure()
        self._text += piece_text(self._cut(text))
        if self._text and not self._is_adding and not self._is_waiting:
            if self._pieces == 0:
                self._due = self._slots.next_phase(GATHER_SECONDS)
                self._add()
            else:
                self._gather()
        self._writes += 1
        if self._writes % WRITES == 0:
            await asyncio.sleep(0)
        while len(self._text) > UNCOMMITTED_CHARS:
            await self._added_one()
            self._raise_failure()

    async def finish(self) -> None:
        """Commit what is left and end the message."""
        await self._check()
        while self._is_adding:
            await self._added_one()
        self._raise_failure()
        if self._pieces == 0:
            if not self._text:
                return
            self._add()
            await self._added_one()
            self._raise_failure()
        text, self._text = piece_text(self._text), ""
        self._is_adding = True
        self._submit(self._end(text), self._answered)
        await self._added_one()
        self._raise_failure()

    def close(self) -> None:
        """What was written and is not on its way is dropped."""
        self._text = ""

    # -- pieces --------------------------------------------------------------------------------------------------------

    def _gather(self) -> None:
        self._is_waiting = True
        self._slots.call_at(max(self._due, self._loop.time()), self._fall_due)

    def _fall_due(self) -> None:
        """After a pause too, of the bot, the database or the process, each stream goes on in its own rhythm."""
        self._is_waiting = False
        missed = (self._loop.time() - self._due) // GATHER_SECONDS
        self._due += GATHER_SECONDS * (1 + max(missed, 0))
        self._add()

    def _add(self) -> None:
        if self._is_adding or self._failure or not self._text:
            return
        text, self._text = piece_text(self._text), ""
        self._pieces += 1
        self._is_adding = True
        self._submit(self._piece(text), self._answered)

    def _piece(self, text: Text) -> AddPiece:
        bot, epoch, turn = self._speaker
        return AddPiece(author=bot, epoch=epoch, turn=turn, message=self._message, n=self._pieces, text=text)

    def _end(self, text: Text) -> FinishMessage:
        bot, epoch, turn = self._speaker
        return FinishMessage(
            id=self._end_id, author=bot, epoch=epoch, turn=turn, message=self._message, n=self._pieces + 1, text=text
        )

    def _answered(self, answer: Answer) -> None:
        self._is_adding = False
        if not isinstance(answer, Receipt):
            self._failure = answer
        elif self._text and not self._is_waiting:
            self._gather()
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    async def _added_one(self) -> None:
        if not self._is_adding:
            self._add()
        if self._is_adding:
            self._waiter = self._loop.create_future()
            await self._waiter

    def _cut(self, text: str) -> str:
        """As much of `text` as the reply's limit leaves room for, at a character's edge."""
        if text.isascii() and len(text) <= self._room:
            self._room -= len(text)
            return text
        data = text.encode("utf-8", "surrogatepass")
        if len(data) > self._room:
            text = data[: self._room].decode("utf-8", "ignore")
            self._room = 0
        else:
            self._room -= len(data)
        return text

    def _raise_failure(self) -> None:
        if isinstance(self._failure, Stale):
            raise Fenced(self._failure.sentence) from None
        if self._failure:
            raise self._failure
