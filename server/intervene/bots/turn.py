"""The `Turn` port: all that a bot gets. Its right to write ends with `revoke`, at once and for good; but only the
fence in `decide` is trusted, this merely saves time.
"""

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from intervene.bots.api import Heard, Writer
from intervene.core.actors import Bot
from intervene.core.bucket import Bucket
from intervene.core.conversation.commands import AddPiece, BotSay, FinishMessage
from intervene.core.conversation.state import Cause, Conversation, Running
from intervene.core.errors import Fenced, InterveneError, Stale
from intervene.core.ids import CommandId, MessageId
from intervene.core.limits import BOT_BURST, BOT_PER_SECOND, CURSOR_BYTES, GATHER_SECONDS, REPLY_BYTES
from intervene.core.text import Text, message_text, piece_text
from intervene.engine.engine import Answer, Engine
from intervene.feed.feeds import Feeds
from intervene.ports.log import Receipt

UNCOMMITTED_CHARS = 4096  # a writer waits beyond it
PATIENCE = 8  # calls after the end that are answered quickly; the rest is slowed down


class BotTurn:
    """One turn. See `ports.Turn` for what each method promises."""

    def __init__(
        self,
        engine: Engine,
        feeds: Feeds,
        conversation: Conversation,
        heard: Sequence[Heard],
        *,
        burst: float = BOT_BURST,
        per_second: float = BOT_PER_SECOND,
    ) -> None:
        turn, bot = conversation.turn, conversation.holder
        assert isinstance(turn, Running), "a turn is made for a claim"
        assert isinstance(bot, Bot), "only a bot has turns"
        self._engine = engine
        self._feeds = feeds
        self._bot = bot
        self._conversation = conversation
        self._heard = tuple(heard)
        self._cause = turn.cause
        self._number = turn.number
        self._bucket = Bucket(burst, per_second)
        self._typing = Bucket(BOT_BURST, BOT_PER_SECOND)  # more is dropped
        self._kept: Text | None = None
        self._count = 0
        self._is_over = False
        self._late_calls = 0
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()

    @property
    def bot(self) -> Bot:
        return self._bot

    @property
    def conversation(self) -> Conversation:
        return self._conversation

    @property
    def heard(self) -> Sequence[Heard]:
        return self._heard

    @property
    def said(self) -> Sequence[str]:
        run, epoch = self._conversation.run, self._conversation.epoch
        ended = run.ended if run else 0
        return [
            heard.message.text
            for heard in self._heard
            if heard.event.epoch == epoch and isinstance(heard.event.author, Bot) and heard.event.turn > ended
        ]

    @property
    def cursor(self) -> str:
        run = self._conversation.run
        return run.cursor if run else ""

    @property
    def cause(self) -> Cause:
        return self._cause

    @property
    def kept(self) -> Text | None:
        return self._kept

    def keep(self, cursor: str) -> None:
        self._kept = piece_text(cursor, CURSOR_BYTES)

    def revoke(self) -> None:
        self._is_over = True

    def set_typing(self, on: bool) -> None:
        is_mine = threading.get_ident() == self._thread
        if is_mine and not self._is_over and not self._typing.take(self._loop.time()):
            self._feeds.whisper(self._conversation.key, self._bot, on)

    async def say(self, text: str) -> None:
        await self.check()
        checked = message_text(text)
        while wait := self._bucket.take(self._loop.time()):
            await asyncio.sleep(wait)
            await self.check()
        command = BotSay(
            id=self.next_command(), author=self._bot, epoch=self._conversation.epoch, turn=self._number,
            message=self.next_message(), text=checked,
        )  # fmt: skip
        await self.commit(command)

    @asynccontextmanager
    async def stream(self) -> AsyncIterator[Writer]:
        await self.check()
        writer = StreamWriter(self)
        try:
            yield writer
            await writer.finish()
        finally:
            writer.close()

    # -- for the writer ----------------------------------------------------------------------------------------------

    async def check(self) -> None:
        """Raise `Fenced` when the turn is over, or on a thread that is not the turn's. A bot that goes on calling
        is slowed down, so that it cannot keep the loop to itself."""
        if threading.get_ident() != self._thread:
            raise Fenced("A turn is used from its own coroutine only.")
        if self._is_over:
            self._late_calls += 1
            await asyncio.sleep(0.0 if self._late_calls < PATIENCE else min(1.0, 0.01 * self._late_calls))
            raise Fenced("This turn is over.")

    async def commit(self, command: BotSay | FinishMessage) -> None:
        try:
            await self._engine.call(self._conversation.key, command)
        except Stale as problem:
            raise Fenced(problem.sentence) from None

    def add_piece(self, message: MessageId, n: int, text: Text, writer: "StreamWriter") -> None:
        command = AddPiece(
            author=self._bot, epoch=self._conversation.epoch, turn=self._number, message=message, n=n, text=text
        )
        self._engine.submit(self._conversation.key, command, writer.added)

    async def finish_message(self, message: MessageId, n: int, text: Text) -> None:
        command = FinishMessage(
            id=self.next_command(), author=self._bot, epoch=self._conversation.epoch, turn=self._number,
            message=message, n=n, text=text,
        )  # fmt: skip
        await self.commit(command)

    def next_command(self) -> CommandId:
        """Unique in the conversation, since a turn's number is the version of its claim."""
        self._count += 1
        return CommandId(f"turn-{self._number}.{self._count}")

    def next_message(self) -> MessageId:
        return MessageId(self._engine.new_id())


class StreamWriter:
    """Gathers text into pieces; one is under way at a time. The first goes at once: it fixes the reply's place."""

    def __init__(self, turn: BotTurn) -> None:
        self._turn = turn
        self._message = turn.next_message()
        self._text = ""
        self._pieces = 0
        self._room = REPLY_BYTES
        self._is_adding = False
        self._timer: asyncio.TimerHandle | None = None
        self._failure: InterveneError | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()

    async def write(self, text: str) -> None:
        await self._turn.check()
        self._raise_failure()
        self._text += piece_text(self._cut(text))
        if self._text and not self._is_adding and self._timer is None:
            if self._pieces == 0:
                self._add()
            else:
                self._timer = self._loop.call_later(GATHER_SECONDS, self._add)
        await asyncio.sleep(0)  # a bot that only writes must let others run
        while len(self._text) > UNCOMMITTED_CHARS:
            await self._added_one()
            self._raise_failure()

    async def finish(self) -> None:
        """Commit what is left and end the message. Nothing written: nothing happened."""
        await self._turn.check()
        self._stop_timer()
        while self._is_adding:
            await self._added_one()
        self._raise_failure()
        if self._pieces == 0:
            if not self._text:
                return
            self._add()
            await self._added_one()
            self._raise_failure()
        await self._turn.finish_message(self._message, self._pieces + 1, piece_text(self._text))

    def added(self, answer: Answer) -> None:
        self._is_adding = False
        if not isinstance(answer, Receipt):
            self._failure = answer
        elif self._text and self._timer is None:
            self._timer = self._loop.call_later(GATHER_SECONDS, self._add)
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)

    def _add(self) -> None:
        self._stop_timer()
        if self._is_adding or self._failure or not self._text:
            return
        text, self._text = self._text, ""
        self._pieces += 1
        self._is_adding = True
        self._turn.add_piece(self._message, self._pieces, piece_text(text), self)

    async def _added_one(self) -> None:
        if not self._is_adding:
            self._add()
        if self._is_adding:
            self._waiter = self._loop.create_future()
            await self._waiter

    def _cut(self, text: str) -> str:
        """As much of `text` as the reply's limit leaves room for, at a character's edge."""
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

    def close(self) -> None:
        """What was written and is not on its way is dropped."""
        self._text = ""
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
